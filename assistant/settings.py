"""The box's settings, from ``settings.toml`` in the home folder. Every key has a default.

[voice]
mode = "enrolled"          # enrolled, session or none: see docs/voice-id.md
engine = "campplus"        # campplus or speechbrain
operator = ""              # name and address of the organisation, for the text of consent
speechbrain_model = ""     # folder of SpeechBrain's model; empty: where models fetch puts it

[nlu]
review = false             # keep masked utterances that were not understood: see docs/tuning.md
rasa = false               # a Rasa server as a second parser: see docs/rasa.md

[recognition]
engine = "whisper"         # whisper or vosk

[attention]
wake_word = "ассистент"    # one Russian word of six letters or more
follow_up_s = 8.0          # after an answer: so long no wake word is needed
question_s = 60.0          # after a question of the assistant's

A new section is a dataclass of its own and a field of :class:`Settings`; types are checked.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from pydantic import ConfigDict, TypeAdapter, ValidationError

from assistant.attention import AttentionSettings
from assistant.errors import AssistantError
from assistant.recognition.engines import Engine
from assistant.speaker.engines import SpeakerEngine
from assistant.speaker.session_voice import VoiceIdMode


class SettingsError(AssistantError):
    """settings.toml can't be read, or holds a key or a value that means nothing."""

    code = "settings"
    spoken = "Помощник настроен неверно. Позовите администратора."
    exit_code = 2


@dataclass(frozen=True, slots=True)
class VoiceSection:
    """How the assistant knows who speaks."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    mode: VoiceIdMode = VoiceIdMode.ENROLLED
    engine: SpeakerEngine = SpeakerEngine.CAMPPLUS
    speechbrain_model: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True)
class NluSection:
    """How the assistant understands what was said."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    review: bool = False
    rasa: bool = False


@dataclass(frozen=True, slots=True)
class RecognitionSection:
    """How speech becomes words."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    engine: Engine = Engine.WHISPER


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one box."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    voice: VoiceSection = field(default_factory=VoiceSection)
    nlu: NluSection = field(default_factory=NluSection)
    recognition: RecognitionSection = field(default_factory=RecognitionSection)
    attention: AttentionSettings = field(default_factory=AttentionSettings)


_SETTINGS: Final = TypeAdapter(Settings)


def load(path: Path) -> Settings:
    """The settings; the defaults when there is no file. Raises :class:`SettingsError`."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        cause = f"settings.toml is not valid TOML: {error}."
        raise SettingsError(cause, f"Mend {path}.") from error
    try:
        return _SETTINGS.validate_python(table)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}"
            for one in error.errors(include_url=False)
        )
        raise SettingsError(f"settings.toml: {wrong}.", f"Mend {path}.") from error
