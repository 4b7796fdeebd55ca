"""Errors of enrolment and the voiceprint store; see :mod:`assistant.errors`."""

from __future__ import annotations

from assistant.errors import AssistantError, EnrolmentError


class NotEnrolledError(EnrolmentError):
    """Nobody is enrolled under this id."""

    code = "enrolment.missing"


class LoggedOutError(NotEnrolledError):
    """There is no session of this speaker, or it has ended; its voiceprints are wiped."""

    code = "enrolment.logged_out"
    spoken = "Сеанс завершён. Войдите, пожалуйста, снова."


class ModeError(EnrolmentError):
    """The site's ``[voice] mode`` forbids to store voiceprints."""

    code = "enrolment.mode"
    spoken = "Здесь голоса не записываются. Войдите, пожалуйста, по пин-коду."


class VoiceprintUnreadableError(EnrolmentError):
    """The stored voiceprints don't open, or belong to another model."""

    code = "enrolment.unreadable"
    spoken = "Запись вашего голоса не читается. Пройдите, пожалуйста, запись голоса снова."


class RecordingQualityError(EnrolmentError):
    """At least one enrolment recording is not good enough; nothing was stored."""

    code = "enrolment.quality"
    spoken = "Запись голоса не удалась. Повторите её, пожалуйста, в тишине."


class ConsentMissingError(EnrolmentError):
    """No consent was given; nothing was stored."""

    code = "enrolment.consent"
    spoken = "Без вашего согласия голос не записывается."


class SpeakerIdError(EnrolmentError):
    """The speaker's id is not a plain slug."""

    code = "enrolment.speaker_id"
    exit_code = 2


class CalibrationError(AssistantError):
    """The recordings can't support the threshold that was asked for."""

    code = "calibration"
    exit_code = 2


class PinError(AssistantError):
    """The PIN is wrong, or too easy to be one."""

    code = "pin"
    spoken = "Пин-код неверен. После пяти неверных попыток он закроется."
    exit_code = 6


class PinLockedError(PinError):
    """Too many wrong tries."""

    code = "pin.locked"
    spoken = "Пин-код закрыт после неверных попыток. Подождите четверть часа."


class PinMissingError(PinError):
    """No PIN is set for this speaker."""

    code = "pin.missing"
    spoken = "Пин-код не задан. Позовите администратора."
