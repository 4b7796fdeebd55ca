"""The client's error tree: what a caller may meet, each with a cause, a fix and a sentence."""

from __future__ import annotations

from typing import ClassVar


class LedgerError(Exception):
    """Base of every error of the client.

    ``code`` is stable and safe to log; ``cause`` and ``fix`` are for an admin and hold no
    patient's data; ``spoken`` is the one Russian sentence a doctor hears.
    """

    code: ClassVar[str] = "ledger"
    spoken: ClassVar[str] = "Медицинский реестр ответил ошибкой. Позовите администратора."

    def __init__(self, cause: str, fix: str) -> None:
        super().__init__(cause)
        self.cause = cause
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.cause} {self.fix}"


class LedgerConfigurationError(LedgerError):
    """The client was given an address or a token it can't use."""

    code = "ledger.configuration"
    spoken = "Медицинский реестр настроен неверно. Позовите, пожалуйста, администратора."


class LedgerUnavailable(LedgerError):
    """No connection, or the service says that it can't answer now."""

    code = "ledger.unavailable"
    spoken = "Медицинский реестр сейчас недоступен. Повторите, пожалуйста, чуть позже."


class LedgerTimeout(LedgerUnavailable):
    """The whole answer did not come within the time given."""

    code = "ledger.timeout"
    spoken = "Медицинский реестр не ответил вовремя. Повторите, пожалуйста, запрос."


class LedgerUnauthorized(LedgerError):
    """The service does not take the token."""

    code = "ledger.unauthorized"
    spoken = "Нет доступа к медицинскому реестру. Позовите, пожалуйста, администратора."


class AccessDenied(LedgerError):
    """The patient's consent and grants do not let this account do that."""

    code = "ledger.access_denied"
    spoken = "Доступ запрещён: нет согласия или разрешения пациента."


class LedgerFull(LedgerError):
    """The service has no room for another record; nothing was stored."""

    code = "ledger.full"
    spoken = "Запись не сохранена: в медицинском реестре нет места. Позовите администратора."


class LedgerRequestError(LedgerError):
    """The service refuses the request as it stands."""

    code = "ledger.request"
    spoken = "Медицинский реестр не принял запрос. Проверьте, пожалуйста, сказанное."


class IdempotencyConflict(LedgerRequestError):
    """The same idempotency key came with another record; the first one stays."""

    code = "ledger.idempotency_conflict"
    spoken = "Запись не сохранена: такой запрос уже был. Повторите, пожалуйста, заново."


class ContractRefused(LedgerError):
    """A contract does not give this account what it asked for."""

    code = "ledger.contract_refused"
    spoken = "Контракт реестра отказал в доступе."


class NotFound(LedgerError):
    """What was asked for is not in the ledger."""

    code = "ledger.not_found"
    spoken = "В медицинском реестре этого нет."


class PatientNotFound(NotFound):
    """No patient has this card."""

    code = "ledger.patient_not_found"
    spoken = "Пациента с таким номером карты в реестре нет."


class PatientForgotten(NotFound):
    """The patient's records were destroyed on request."""

    code = "ledger.patient_forgotten"
    spoken = "Записи этого пациента удалены из реестра по запросу."


class HospitalNotFound(NotFound):
    """No hospital has this id."""

    code = "ledger.hospital_not_found"
    spoken = "Такой больницы в реестре нет."


class DocumentNotFound(NotFound):
    """No document has this id."""

    code = "ledger.document_not_found"
    spoken = "Такого документа в реестре нет."


class IntegrityError(LedgerError):
    """The service refuses to serve a record that fails verification."""

    code = "ledger.integrity"
    spoken = "Запись в реестре повреждена, показывать её нельзя. Позовите администратора."


class LedgerProofError(IntegrityError):
    """The ledger shows what it can't prove: a changed, foreign, missing or older record."""

    code = "ledger.proof"
    spoken = "Подлинность записей не подтверждена, показывать их нельзя. Позовите администратора."

    def __init__(self, cause: str) -> None:
        super().__init__(
            cause, "Do not use this ledger: compare its key and its newest block with others'."
        )


class LedgerProtocolError(LedgerError):
    """The answer is not what this API promises: another service, a garbled or a false answer."""

    code = "ledger.protocol"
    spoken = "Ответ медицинского реестра непонятен. Позовите, пожалуйста, администратора."


class LedgerCertificateError(LedgerProtocolError):
    """The server's TLS certificate is not the pinned one, or does not verify."""

    code = "ledger.certificate"
    spoken = "Соединение с реестром не защищено. Позовите, пожалуйста, администратора."


class LedgerVersionError(LedgerProtocolError):
    """The service speaks another version of the API, or none."""

    code = "ledger.version"
    spoken = "Версия медицинского реестра не подходит. Позовите, пожалуйста, администратора."
