"""The relay: readings from the broker into the ledger, a batch at a time, each reading once.

    python -m ledger.feeds.relay --ledger URL --token-file FILE --broker HOST:PORT --inbox FILE

It may be killed at any moment, and so may the broker: a reading is kept on disk before the
broker is told, its batch before the ledger is asked, and the device keeps it until the relay
says on the device's own topic that it is settled.
"""

from __future__ import annotations

import argparse
import logging
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from ledger.feeds.inbox import Batch, Inbox
from ledger.feeds.readings import (
    ALL_READINGS,
    SETTLED,
    WINDOW,
    ReadingInvalid,
    Settled,
    alert_of,
    received,
)
from ledger.feeds.sending import Refused, append
from ledger_client import LedgerClient
from ledger_client.appends import NewAlert, NewEcg, NewObservation
from ledger_client.errors import LedgerError
from ledger_client.wire import to_wire

_NAME: Final = "ledger-relay"
_KEEPALIVE_S: Final = 30
_SESSION_S: Final = 7 * 24 * 3600
_PAUSE_S: Final = 0.5
_LOOP_S: Final = 0.05
_GATHER_S: Final = 0.25
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Broker:
    """Where the broker listens and who asks; ``authority`` is a file of certificates for TLS."""

    host: str
    port: int
    user: str | None = None
    password: str | None = None
    authority: Path | None = None


def connected_client(broker: Broker, name: str) -> mqtt.Client:
    """An MQTT 5 client with the broker's credentials; it is not connected yet."""
    client = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=name,
        protocol=mqtt.MQTTv5,
        reconnect_on_failure=False,
    )
    client.max_inflight_messages_set(WINDOW)
    if broker.user is not None:
        client.username_pw_set(broker.user, broker.password)
    if broker.authority is not None:
        client.tls_set(str(broker.authority))
    return client


def connect(client: mqtt.Client, broker: Broker) -> None:
    """Connect to a session that outlives the connection; raises OSError."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _SESSION_S
    properties.ReceiveMaximum = WINDOW
    client.connect(broker.host, broker.port, _KEEPALIVE_S, clean_start=False, properties=properties)


class Relay:
    """Moves readings. Call :meth:`step` again and again, from one thread."""

    def __init__(self, ledger: LedgerClient, inbox: Inbox, broker: Broker) -> None:
        self._ledger = ledger
        self._inbox = inbox
        self._broker = broker
        self._connected = False
        self._fault = ""
        self._client = connected_client(broker, _NAME)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def step(self) -> None:
        """Take what comes for a quarter of a second, and send it to the ledger in batches."""
        until = time.monotonic() + _GATHER_S
        while time.monotonic() < until:
            self._listen()
        self._inbox.take_back()
        while self._forward():
            pass

    def close(self) -> None:
        """Leave the broker, which keeps what comes for the next time."""
        self._client.disconnect()

    def _listen(self) -> None:
        try:
            if not self._connected:
                connect(self._client, self._broker)
                self._connected, self._fault = True, ""
            self._connected = self._client.loop(_LOOP_S) is MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError as error:
            self._connected = False
            if self._fault != (fault := type(error).__name__):
                self._fault = fault
                _log.warning("no connection to the broker: %s", fault)
        if not self._connected:
            time.sleep(_PAUSE_S)

    def _on_connect(self, client: mqtt.Client, _: Any, __: Any, reason: Any, ___: Any) -> None:
        if reason.is_failure:
            _log.error("the broker refuses the relay: %s", reason)
        else:
            client.subscribe(ALL_READINGS, qos=1)

    def _on_message(self, _: mqtt.Client, __: Any, message: mqtt.MQTTMessage) -> None:
        # the broker is told after this returns, when the reading is on disk
        try:
            device, reading = received(message.topic, bytes(message.payload))
        except ReadingInvalid as error:
            _log.warning("a message was dropped: %s", error)
            return
        if self._inbox.add(device, reading):
            self._tell(device, reading.series, (reading.sequence,))

    def _forward(self) -> bool:
        """Send one batch; whether there may be another to send now."""
        batch = self._inbox.batch()
        if batch is None:
            return False
        try:
            append(self._ledger, _records(batch), batch.id)
            self._inbox.stored(batch)
        except Refused as refused:
            if len(batch.readings) > 1:
                # one of them is at fault; which one shows when each goes alone
                self._inbox.split(batch)
                return True
            device = batch.readings[0].device
            _log.error("the ledger refuses a reading of %s: %s", device, refused.code)
            self._inbox.refuse(batch, refused.reason)
        except LedgerError as error:
            _log.warning("the ledger did not take a batch: %s", error.code)
            time.sleep(_PAUSE_S)
            return False
        self._tell_all(batch)
        return True

    def _tell_all(self, batch: Batch) -> None:
        sequences: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for item in batch.readings:
            sequences[item.device, item.series].append(item.sequence)
        for (device, series), settled in sequences.items():
            self._tell(device, series, tuple(settled))

    def _tell(self, device: str, series: str, sequences: tuple[int, ...]) -> None:
        # a word that gets lost is said again when the device sends again
        self._client.publish(SETTLED.format(device=device), to_wire(Settled(series, sequences)))


def _records(batch: Batch) -> list[NewObservation | NewEcg | NewAlert]:
    """What a batch appends: its readings, and the alerts that they raise."""
    records: list[NewObservation | NewEcg | NewAlert] = []
    for item in batch.readings:
        held = (item.record.observation, item.record.ecg, alert_of(item.record))
        records += [record for record in held if record is not None]
    return records


def main() -> None:
    """Relay until a signal stops it."""
    parser = argparse.ArgumentParser(prog="relay", description=__doc__)
    parser.add_argument("--ledger", required=True, metavar="URL")
    parser.add_argument("--token-file", type=Path, required=True, help="credential of the ledger")
    parser.add_argument("--broker", required=True, metavar="HOST:PORT")
    parser.add_argument("--inbox", type=Path, required=True, help="the relay's database")
    parser.add_argument("--user", help="name at the broker")
    parser.add_argument("--password-file", type=Path)
    parser.add_argument("--authority", type=Path, help="certificates to trust, for TLS")
    given = parser.parse_args()
    host, _, port = given.broker.rpartition(":")
    password = given.password_file.read_text().strip() if given.password_file else None
    broker = Broker(host, int(port), given.user, password, given.authority)
    token = given.token_file.read_text("ascii").strip()
    with LedgerClient(given.ledger, token) as ledger:
        relay = Relay(ledger, Inbox(given.inbox), broker)
        print("Relay ready", flush=True)
        while True:
            relay.step()


if __name__ == "__main__":
    main()
