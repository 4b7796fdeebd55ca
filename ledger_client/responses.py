"""What an answer of the ledger must look like, and which error a refusal stands for."""

from __future__ import annotations

import json
import time
from typing import Final

import requests

from ledger_client import errors
from ledger_client.wire import API_VERSION, PROBLEM_TYPE, VERSION_HEADER

_MAX_BODY: Final = 32 * 2**20
RESTART: Final = "Check that the ledger service runs and that its address is right."
UPGRADE: Final = "Check the address, and install an assistant and a ledger that belong together."

_BY_CODE: Final[dict[str, tuple[type[errors.LedgerError], str]]] = {
    "auth.invalid": (errors.LedgerUnauthorized, "Give the client the credential of this ledger."),
    "auth.stale": (
        errors.LedgerUnauthorized,
        "Set the clocks of this machine and of the ledger right.",
    ),
    "access.denied": (
        errors.AccessDenied,
        "Record the patient's consent and a grant, or break the glass in an emergency.",
    ),
    "patient.forgotten": (errors.PatientForgotten, "Nothing can be done: the key is destroyed."),
    "record.unknown": (errors.NotFound, "Use an id that the ledger gave."),
    "account.unknown": (errors.NotFound, "Use an id from the list of accounts."),
    "cosignature.invalid": (errors.LedgerRequestError, "Sign the log that the ledger shows."),
    "patient.unknown": (errors.PatientNotFound, "Ask for the card number again."),
    "hospital.unknown": (errors.HospitalNotFound, "Use an id from the list of hospitals."),
    "document.unknown": (errors.DocumentNotFound, "Use an id from the patient's documents."),
    "parameter.invalid": (errors.LedgerRequestError, "Correct the value that was asked with."),
    "body.invalid": (errors.LedgerRequestError, "Correct the record."),
    "body.too_large": (errors.LedgerRequestError, "Shorten the text."),
    "idempotency.conflict": (
        errors.IdempotencyConflict,
        "Take a new idempotency key for a new record.",
    ),
    "record.unverified": (
        errors.IntegrityError,
        "Run: assistant ledger verify, and restore the ledger from a backup.",
    ),
    "transaction.invalid": (errors.LedgerRequestError, "Sign the account's next transaction."),
    "transaction.unknown": (errors.NotFound, "Use a hash that the ledger gave."),
    "contract.unknown": (errors.NotFound, "Use the address in the receipt of the deployment."),
    "contract.reverted": (errors.ContractRefused, "Ask the patient's keeper for a grant."),
    "contract.forbidden": (
        errors.AccessDenied,
        "Sign the read anew, and set the clocks of this machine and of the ledger right.",
    ),
    "contract.unavailable": (errors.LedgerUnavailable, "Try again in a moment."),
    "ledger.full": (errors.LedgerFull, "Free disk space on the ledger's machine."),
    "ledger.busy": (errors.LedgerUnavailable, "Try again in a moment."),
}


def whole_body(response: requests.Response, deadline: float) -> bytes:
    """The body as it comes, given up at the deadline or when it grows without end."""
    content = bytearray()
    while chunk := response.raw.read1(65_536):
        content += chunk
        if time.monotonic() > deadline:
            raise too_slow()
        if len(content) > _MAX_BODY:
            raise errors.LedgerProtocolError("The ledger's answer has no end.", UPGRADE)
    length = response.headers.get("Content-Length")
    if length is not None and length != str(len(content)):
        raise errors.LedgerUnavailable("The ledger's answer broke off.", RESTART)
    return bytes(content)


def checked(response: requests.Response, content: bytes) -> bytes:
    """The body of an answer that is as it should be; raises :class:`errors.LedgerError`."""
    version = response.headers.get(VERSION_HEADER)
    if version != API_VERSION:
        said = "no version" if version is None else "another version"
        raise errors.LedgerVersionError(
            f"The service names {said} of the ledger API; version {API_VERSION} is needed.",
            UPGRADE,
        )
    media = response.headers.get("Content-Type", "").partition(";")[0].strip()
    if response.status_code in (200, 201) and media == "application/json":
        return content
    if media == PROBLEM_TYPE:
        raise _problem(response.status_code, content)
    if response.status_code in (502, 503, 504):
        raise errors.LedgerUnavailable(
            f"The ledger answers with status {response.status_code}.", RESTART
        )
    raise errors.LedgerProtocolError(
        f"The ledger answers with status {response.status_code} and no JSON.", UPGRADE
    )


def _problem(status: int, content: bytes) -> errors.LedgerError:
    """The error that a problem document (RFC 9457) stands for; only known codes are repeated."""
    try:
        code = json.loads(content)["code"]
        kind, fix = _BY_CODE[code]
    except (ValueError, TypeError, KeyError, RecursionError):
        kind = errors.LedgerUnavailable if status in (502, 503, 504) else errors.LedgerProtocolError
        return kind(f"The ledger answers with status {status} and an unknown code.", RESTART)
    return kind(f"The ledger refuses: {code}.", fix)


def no_answer(error: Exception) -> errors.LedgerUnavailable:
    """The error where none came; only the kind of ``error`` is told, its text holds the URL."""
    return errors.LedgerUnavailable(
        f"No whole answer from the ledger ({type(error).__name__}).", RESTART
    )


def too_slow() -> errors.LedgerTimeout:
    """The error of a time limit that has passed."""
    return errors.LedgerTimeout("The ledger did not answer in time.", RESTART)
