"""The service's error tree. Each error is one problem document with a stable code."""

from __future__ import annotations

from typing import ClassVar


class ServiceError(Exception):
    """Base of what the ledger refuses on purpose; its text never holds a patient's data.

    ``code`` is stable, ``status`` is the HTTP status; ``parameter`` names what was wrong.
    """

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500

    def __init__(self, detail: str, parameter: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.parameter = parameter


class Unauthorized(ServiceError):
    """The token is missing or wrong."""

    code = "auth.invalid"
    status = 401


class RequestStale(ServiceError):
    """A signed request is too old, from the future, or was sent before."""

    code = "auth.stale"
    status = 401


class AccessDenied(ServiceError):
    """No consent, grant or role lets this account do that."""

    code = "access.denied"
    status = 403


class AccountUnknown(ServiceError):
    """No account has this id."""

    code = "account.unknown"
    status = 404


class RecordUnknown(ServiceError):
    """No record, block or channel has this id."""

    code = "record.unknown"
    status = 404


class CosignatureInvalid(ServiceError):
    """The co-signature is not one of this channel's organisations over this log."""

    code = "cosignature.invalid"
    status = 422


class PathUnknown(ServiceError):
    """No such endpoint."""

    code = "path.unknown"
    status = 404


class MethodNotAllowed(ServiceError):
    """The endpoint has no such method."""

    code = "method.unknown"
    status = 405


class PatientUnknown(ServiceError):
    """No patient has this card."""

    code = "patient.unknown"
    status = 404


class PatientForgotten(ServiceError):
    """The patient's key and records were destroyed; only hashes are left."""

    code = "patient.forgotten"
    status = 410


class HospitalUnknown(ServiceError):
    """No hospital has this id."""

    code = "hospital.unknown"
    status = 404


class DocumentUnknown(ServiceError):
    """No document has this id."""

    code = "document.unknown"
    status = 404


class NotAcceptable(ServiceError):
    """The answer has no form of the media type asked for."""

    code = "media.unknown"
    status = 406


class ParameterInvalid(ServiceError):
    """A query parameter or header is missing, unknown, repeated or ill-formed."""

    code = "parameter.invalid"
    status = 422


class BodyInvalid(ServiceError):
    """The body of an append is not a record."""

    code = "body.invalid"
    status = 422


class BodyTooLarge(ServiceError):
    """The body of an append is larger than any record may be."""

    code = "body.too_large"
    status = 413


class IdempotencyConflict(ServiceError):
    """The idempotency key belongs to another record, which stays as it is."""

    code = "idempotency.conflict"
    status = 422


class RecordUnverified(ServiceError):
    """Stored data does not verify: it is not served and nothing is built on it."""

    code = "record.unverified"
    status = 500


class LedgerFull(ServiceError):
    """No room on disk; nothing of the append was stored."""

    code = "ledger.full"
    status = 507


class LedgerBusy(ServiceError):
    """The database can't be read or written now."""

    code = "ledger.busy"
    status = 503


class SetupError(ServiceError):
    """The ledger's files or options are not fit to start with."""

    code = "ledger.setup"
