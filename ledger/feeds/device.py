"""The device's side: a buffer on disk, and its readings to the broker until they are settled."""

from __future__ import annotations

import secrets
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import paho.mqtt.client as mqtt
from paho.mqtt.enums import MQTTErrorCode
from pydantic import ValidationError

from ledger.feeds.readings import READINGS, SETTLED, WINDOW, Reading, Settled
from ledger.feeds.relay import Broker, connect, connected_client
from ledger_client.appends import Item
from ledger_client.wire import from_wire, to_wire

_AGAIN_S: Final = 3.0
_LOOP_S: Final = 0.05
_SCHEMA: Final = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = FULL;
CREATE TABLE IF NOT EXISTS series (name TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS readings (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    body BLOB NOT NULL
) STRICT;
"""


class Buffer:
    """Readings that are not settled. For one thread."""

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.executescript(_SCHEMA)
        found = self._connection.execute("SELECT name FROM series").fetchone()
        if found is None:
            found = (secrets.token_hex(8),)
            self._connection.execute("INSERT INTO series VALUES (?)", found)
        self.series: str = found[0]

    def add(self, record: Item) -> int:
        """Keep an observation or ECG and give its sequence; on disk when it returns."""
        cursor = self._connection.execute(
            "INSERT INTO readings (body) VALUES (?)", (to_wire(record),)
        )
        return int(cursor.lastrowid or 0)

    def oldest(self, count: int) -> list[Reading]:
        """The first readings that are not settled."""
        rows = self._connection.execute(
            "SELECT sequence, body FROM readings ORDER BY sequence LIMIT ?", (count,)
        )
        return [Reading(self.series, sequence, from_wire(Item, body)) for sequence, body in rows]

    def settle(self, settled: Settled) -> None:
        """Drop what the relay has settled."""
        if settled.series == self.series:
            self._connection.executemany(
                "DELETE FROM readings WHERE sequence = ?",
                [(sequence,) for sequence in settled.sequences],
            )

    def close(self) -> None:
        """Close the database."""
        self._connection.close()


class Device:
    """Sends a buffer's readings. Call :meth:`step` again and again, from one thread.

    At most 20 readings are on their way at once; one that is not settled in three seconds is
    sent again. ``clock`` gives seconds that only grow.
    """

    def __init__(
        self,
        name: str,
        buffer: Buffer,
        broker: Broker,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._buffer = buffer
        self._broker = broker
        self._clock = clock
        self._sent: dict[int, float] = {}
        self._connected = False
        self._client = connected_client(broker, name)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def step(self) -> None:
        """Send what is due, and take what the relay says."""
        try:
            if not self._connected:
                connect(self._client, self._broker)
                self._sent.clear()
                self._connected = True
            self._connected = self._client.loop(_LOOP_S) is MQTTErrorCode.MQTT_ERR_SUCCESS
        except OSError:
            self._connected = False
        if not self._client.is_connected():
            time.sleep(_LOOP_S)
            return
        now = self._clock()
        for reading in self._buffer.oldest(WINDOW):
            if now - self._sent.get(reading.sequence, float("-inf")) > _AGAIN_S:
                self._sent[reading.sequence] = now
                self._client.publish(READINGS.format(device=self._name), to_wire(reading), qos=1)

    def close(self) -> None:
        """Leave the broker."""
        self._client.disconnect()

    def _on_connect(self, client: mqtt.Client, _: Any, __: Any, reason: Any, ___: Any) -> None:
        if not reason.is_failure:
            client.subscribe(SETTLED.format(device=self._name), qos=1)

    def _on_message(self, _: mqtt.Client, __: Any, message: mqtt.MQTTMessage) -> None:
        try:
            settled = from_wire(Settled, bytes(message.payload))
        except (ValidationError, RecursionError):
            return
        self._buffer.settle(settled)
        for sequence in settled.sequences:
            self._sent.pop(sequence, None)
