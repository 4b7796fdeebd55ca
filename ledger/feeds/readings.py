"""Readings of bedside devices: what goes over MQTT, and the topics it goes by.

A device keeps each reading until the relay says that it is settled: a broker's acknowledgement
is not enough, since Mosquitto loses acknowledged messages when it is killed. So a reading may
come twice, late or out of order; what makes it one is device, series and sequence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field, ValidationError, with_config

from ledger_client.appends import Item, NewAlert
from ledger_client.messages import WIRE
from ledger_client.wire import from_wire

WINDOW: Final = 20
"""Messages under way at once: beyond it Mosquitto drops silently."""
READINGS: Final = "clinic/devices/{device}/readings"
SETTLED: Final = "clinic/devices/{device}/settled"
ALL_READINGS: Final = "clinic/devices/+/readings"
_TOPIC: Final = re.compile(r"clinic/devices/([A-Za-z0-9_.-]{1,64})/readings")


class ReadingInvalid(Exception):
    """The message is no reading; holds nothing of it."""


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value. PHI."""

    series: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    """Made anew with the device's buffer, so that a replaced device does not repeat numbers."""
    sequence: Annotated[int, Field(gt=0, lt=2**53)]
    record: Item
    """An observation or a stretch of ECG."""


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Settled:
    """The relay's word that the ledger has these readings, or has refused them for good."""

    series: str
    sequences: tuple[int, ...]


def received(topic: str, payload: bytes) -> tuple[str, Reading]:
    """The device and its reading; raises :class:`ReadingInvalid`.

    The broker lets a device write to its own topic only, so the topic says whose reading it is.
    """
    device = _TOPIC.fullmatch(topic)
    if device is None:
        raise ReadingInvalid("The topic is no device's.")
    try:
        reading = from_wire(Reading, payload)
    except (ValidationError, RecursionError):
        # its text quotes the values
        raise ReadingInvalid("The message is no reading.") from None
    record = reading.record
    measured = record.ecg if record.observation is None else record.observation
    one = record in (Item(observation=record.observation), Item(ecg=record.ecg))
    if measured is None or not one:
        raise ReadingInvalid("The message holds no single observation or ECG.")
    if measured.source != device[1]:
        raise ReadingInvalid("The reading names another device.")
    return device[1], reading


def alert_of(record: Item) -> NewAlert | None:
    """The alert that a value beyond the device's own limits raises.

    The limits are those of the first value: of blood pressure, the systolic.
    """
    value = record.observation
    if value is None:
        return None
    first = value.values[0]
    if (value.low is None or first >= value.low) and (value.high is None or first <= value.high):
        return None
    return NewAlert(
        value.card,
        value.code,
        value.values,
        value.unit,
        value.low,
        value.high,
        value.taken,
        value.source,
    )
