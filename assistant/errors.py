"""The package's error tree: each error says what to do next, in the words of its reader."""

from __future__ import annotations

from typing import ClassVar


class AssistantError(Exception):
    """Base of every error the assistant raises on purpose.

    ``code`` is stable and safe to log. ``spoken`` is the one Russian sentence a doctor hears.
    The message given to the constructor is the cause, ``fix`` the next step, both for an
    admin; neither may hold a transcript, a name or an identifier.
    """

    code: ClassVar[str] = "assistant"
    spoken: ClassVar[str] = "Произошла ошибка. Повторите, пожалуйста, или позовите администратора."
    exit_code: ClassVar[int] = 1

    def __init__(self, cause: str, fix: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.cause} {self.fix}"


class AudioInputError(AssistantError):
    """The recording or the stream can't be used."""

    code = "audio"
    spoken = "Запись не читается. Повторите, пожалуйста, вопрос."
    exit_code = 3


class UnreadableAudioError(AudioInputError):
    """The file is missing, empty, or in no known format."""

    code = "audio.unreadable"


class AudioTooLongError(AudioInputError):
    """The recording is longer than one utterance may be."""

    code = "audio.too_long"
    spoken = "Запись слишком длинная. Задайте, пожалуйста, один короткий вопрос."


class ModelError(AssistantError):
    """A model is missing or its files are not the pinned ones."""

    code = "model"
    spoken = "Помощник не готов к работе. Позовите администратора."
    exit_code = 4


class EnrolmentError(AssistantError):
    """A voiceprint can't be made, read or found."""

    code = "enrolment"
    spoken = "Ваш голос не записан. Пройдите, пожалуйста, запись голоса."
    exit_code = 6


class VaultError(AssistantError):
    """The site key is missing or too open, or sealed data doesn't open with it."""

    code = "vault"
    spoken = "Хранилище недоступно. Позовите администратора."
    exit_code = 6


class FileError(AssistantError):
    """The operating system refused a file or a folder."""

    code = "file"
    spoken = "Хранилище недоступно. Позовите администратора."


class SynthesisError(AssistantError):
    """The voice engine failed or was silent."""

    code = "synthesis"
    spoken = "Голос недоступен. Ответ показан на экране."
    exit_code = 7
