"""What the contract engines refuse; part of the ledger's error tree."""

from __future__ import annotations

from ledger.errors import ServiceError


class TransactionInvalid(ServiceError):
    """The transaction can't be run on this chain: it changes nothing and is not recorded."""

    code = "transaction.invalid"
    status = 422


class TransactionUnknown(ServiceError):
    """No transaction has this hash."""

    code = "transaction.unknown"
    status = 404


class ContractUnknown(ServiceError):
    """No contract has this address."""

    code = "contract.unknown"
    status = 404


class CallReverted(ServiceError):
    """The contract refuses the read; ``data`` is what it said."""

    code = "contract.reverted"
    status = 409

    def __init__(self, detail: str, data: bytes = b"") -> None:
        super().__init__(detail)
        self.data = data


class CallUnauthorized(ServiceError):
    """The signature of a read is wrong or too old, or its account has not the role."""

    code = "contract.forbidden"
    status = 403


class EngineUnavailable(ServiceError):
    """The engine can't store or answer now; what was not acknowledged may be tried again."""

    code = "contract.unavailable"
    status = 503


class JournalDamaged(ServiceError):
    """The journal does not hold what was acknowledged: nothing is run on it."""

    code = "contract.journal_damaged"
