"""What goes over the WebSocket. docs/bedside.md lists the messages.

Text messages are JSON objects with a ``type``. Binary from the tablet: a frame's number (4 bytes,
little endian, counting up) and mono 16 kHz s16le. Binary to the tablet: the turn's number and
1 if it is the last of the turn else 0 (4 + 4 bytes, little endian), and audio of the same form.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, assert_never

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from assistant.answers import Answer, nothing_heard
from assistant.answers.wording import full_name
from assistant.live import events
from assistant.messages import Samples, Transcript
from assistant.speaker.session_voice import VoiceIdMode
from assistant.staff import StaffMember

_NUMBER: Final = struct.Struct("<I")
_HEADER: Final = struct.Struct("<II")
_MOST_SAMPLES: Final = 8_000
"""Of one frame, and of one message of spoken answer: 0.5 s."""


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Hello(_Message):
    """The first message: who the tablet is."""

    type: Literal["hello"]
    token: Annotated[str, Field(max_length=200)]
    locked: bool = False
    """The lock button was pressed, and the server may not have heard of it."""


class Pin(_Message):
    """What was typed on the keypad, or by a badge reader."""

    type: Literal["pin"]
    digits: Annotated[str, Field(pattern=r"^[0-9]{1,32}$", repr=False)]


class Tap(_Message):
    """A choice of the last answer was tapped."""

    type: Literal["tap"]
    turn: int
    choice: int


class Playing(_Message):
    """Whether the tablet's loudspeaker is sounding."""

    type: Literal["playing"]
    on: bool


class Button(_Message):
    """A button of the page."""

    type: Literal["hold", "release", "mute", "stop", "lock"]


Message = Hello | Pin | Tap | Playing | Button
_MESSAGE: Final[TypeAdapter[Message]] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


class ProtocolError(Exception):
    """The tablet sent what no tablet of ours sends."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One stretch of the microphone."""

    number: int
    samples: Samples


def read_message(text: str) -> Message:
    """Raises :class:`ProtocolError`."""
    try:
        return _MESSAGE.validate_json(text)
    except ValueError as error:
        raise ProtocolError("no known message") from error


def read_frame(data: bytes) -> Frame:
    """Raises :class:`ProtocolError`."""
    size = len(data) - _NUMBER.size
    if not 0 < size <= 2 * _MOST_SAMPLES or size % 2:
        raise ProtocolError("no frame of audio")
    pcm = np.frombuffer(data, "<i2", offset=_NUMBER.size)
    return Frame(_NUMBER.unpack_from(data)[0], pcm.astype(np.float32) / np.float32(32768))


def ready(member: StaffMember, mode: VoiceIdMode, wake_word: str | None) -> dict[str, Any]:
    """The answer to ``hello``, once somebody is logged in."""
    return {"type": "ready", "member": member.id, "voice": mode, "wake_word": wake_word}


def alive() -> dict[str, Any]:
    """Nothing has happened, and the server is there."""
    return {"type": "alive"}


def pin_wanted(member: str, fault: str) -> dict[str, Any]:
    """The log-in's first step; ``fault`` is why the last try failed, in Russian, or empty."""
    return {"type": "login", "stage": "pin", "member": member, "fault": fault}


def reading_wanted(member: str, prompt: str, said: str) -> dict[str, Any]:
    """The second step: what to read aloud, after what is to be said about the take before."""
    return {"type": "login", "stage": "read", "member": member, "prompt": prompt, "said": said}


def messages(event: events.Event) -> Iterator[dict[str, Any] | bytes]:
    """What the tablet is sent for one event."""
    match event:
        case events.SpeechBegan():
            yield {"type": "speech"}
        case events.Partial(text=text):
            yield {"type": "partial", "text": text}
        case events.Thinking():
            yield {"type": "thinking"}
        case events.Ignored(refused=refused):
            yield {"type": "ignored", "refused": refused}
        case events.Called():
            yield {"type": "called"}
        case events.NothingSaid(reason=reason):
            yield {"type": "nothing", "reason": reason, "text": nothing_heard(reason).text}
        case events.Answered():
            yield _answered(event)
        case events.Clause():
            yield from _clause(event)
        case events.VoiceFailed(number=number):
            yield {"type": "voice_failed", "turn": number}
        case events.VoiceStopped():
            yield {"type": "silence"}
        case events.Cleared(reason=reason):
            yield {"type": "clear", "reason": reason}
        case events.Failed(code=code, spoken=spoken):
            yield {"type": "failed", "code": code, "text": spoken}
        case events.Timed(stages_ms=stages):
            rounded = {name: round(value, 1) for name, value in stages.items()}
            yield {"type": "timing", "stages_ms": rounded}
        case _ as unreachable:
            assert_never(unreachable)


def _answered(event: events.Answered) -> dict[str, Any]:
    turn, patient = event.turn, event.patient
    accepted = turn.speaker is not None and turn.speaker.accepted
    return {
        "type": "answer",
        "turn": event.number,
        # a refused speaker's words are not put on the screen
        "heard": turn.heard.text if isinstance(turn.heard, Transcript) and accepted else "",
        "speaker": turn.speaker.outcome if turn.speaker else None,
        "reason": turn.gate.reason,
        "allowed": turn.gate.allowed,
        "error": turn.error,
        "tapped": event.tapped,
        "speaks": event.speaks,
        "answer": _answer(turn.answer),
        "choices": [{"label": one.label, "item": one.item} for one in event.choices],
        "patient": None
        if patient is None
        else {
            "name": full_name(patient),
            "born": patient.birth_date.year,
            "card": patient.card,
        },
    }


def _answer(answer: Answer) -> dict[str, Any]:
    headline = answer.headline or answer.text
    return {"text": answer.text, "headline": headline, "items": list(answer.items)}


def _clause(clause: events.Clause) -> Iterator[bytes]:
    if clause.last:
        yield _HEADER.pack(clause.number, 1)
    pcm = (np.clip(clause.samples, -1, 1) * 32767).astype("<i2")
    for start in range(0, len(pcm), _MOST_SAMPLES):
        yield _HEADER.pack(clause.number, 0) + pcm[start : start + _MOST_SAMPLES].tobytes()
