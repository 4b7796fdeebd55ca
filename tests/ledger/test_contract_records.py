"""Visits, documents and consent: who may write, who may read, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from contract_samples import HASH, KEEPER, ORGANISATIONS, PATIENT, PLACE, Suite, deploy_all

from ledger.contracts.embedded import EmbeddedEngine

FIRST, SECOND, THIRD, STRANGER = ORGANISATIONS[:4]
VISITS, DOCUMENTS = 1, 2


class Clock:
    """A clock that a test sets."""

    now = 1_800_000_000

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def suite(tmp_path: Path, clock: Clock) -> Iterator[Suite]:
    with closing(EmbeddedEngine(tmp_path, clock)) as engine:
        suite = deploy_all(engine)
        suite.consent.send(FIRST, "registerPatient", PATIENT, KEEPER.address)
        suite.visits.send(FIRST, "addHospitalVisit", PATIENT, HASH, PLACE)
        suite.documents.send(SECOND, "addDocument", PATIENT, b"\xd0" * 32, HASH, PLACE)
        yield suite


def test_visits_hold_a_reference_only(suite: Suite, clock: Clock) -> None:
    assert suite.visits.ask(KEEPER, "getHospitalVisits", PATIENT) == (
        (FIRST.address, clock.now, HASH, PLACE),
    )


def test_documents_by_hospital_and_by_id(suite: Suite, clock: Clock) -> None:
    document = b"\xd0" * 32
    of_hospital = ("getDocumentsFromHospital", SECOND.address, PATIENT)
    assert suite.documents.ask(KEEPER, *of_hospital) == (document,)
    assert suite.documents.ask(KEEPER, "getDocumentsFromHospital", FIRST.address, PATIENT) == ()
    assert suite.documents.ask(KEEPER, "getDocument", document) == (
        PATIENT,
        SECOND.address,
        clock.now,
        HASH,
        PLACE,
    )
    assert suite.documents.refusal(KEEPER, "getDocument", b"\1" * 32) == "DocumentUnknown"
    again = ("addDocument", PATIENT, document, b"\2" * 32, PLACE)
    assert suite.documents.refusal(FIRST, *again) == "DocumentExists"


@pytest.mark.parametrize("place", ["", "x" * 201])
def test_a_reference_without_place_is_refused(suite: Suite, place: str) -> None:
    add = ("addHospitalVisit", PATIENT, HASH, place)
    assert suite.visits.refusal(FIRST, *add) == "ReferenceInvalid"
    assert suite.visits.refusal(FIRST, "addHospitalVisit", PATIENT, bytes(32), PLACE)


def test_only_members_write(suite: Suite) -> None:
    assert suite.visits.refusal(STRANGER, "addHospitalVisit", PATIENT, HASH, PLACE) == "NotMember"
    add = ("addDocument", PATIENT, b"\3" * 32, HASH, PLACE)
    assert suite.documents.refusal(STRANGER, *add) == "NotMember"
    register = ("registerPatient", b"\4" * 32, STRANGER.address)
    assert suite.consent.refusal(STRANGER, *register) == "NotMember"
    receipt = suite.visits.send(STRANGER, "addHospitalVisit", PATIENT, HASH, PLACE)
    assert not receipt.succeeded and receipt.logs == ()
    assert len(suite.visits.ask(KEEPER, "getHospitalVisits", PATIENT)) == 1


def test_a_grant_opens_its_scope_until_its_time(suite: Suite, clock: Clock) -> None:
    visits, document = ("getHospitalVisits", PATIENT), ("getDocument", b"\xd0" * 32)
    assert suite.visits.refusal(THIRD, *visits) == "NoConsent"
    suite.consent.send(KEEPER, "grant", PATIENT, THIRD.address, VISITS, clock.now + 100)
    assert suite.visits.refusal(THIRD, *visits) == ""
    assert suite.documents.refusal(THIRD, *document) == "NoConsent"
    assert suite.visits.refusal(SECOND, *visits) == "NoConsent"
    clock.now += 100
    assert suite.visits.refusal(THIRD, *visits) == ""
    clock.now += 1
    assert suite.visits.refusal(THIRD, *visits) == "NoConsent", "without any new block"


def test_a_revoked_grant_is_over(suite: Suite, clock: Clock) -> None:
    suite.consent.send(KEEPER, "grant", PATIENT, THIRD.address, VISITS | DOCUMENTS, clock.now + 9)
    assert suite.documents.refusal(THIRD, "getDocument", b"\xd0" * 32) == ""
    assert suite.consent.refusal(FIRST, "revoke", PATIENT, THIRD.address) == "NotKeeper"
    suite.consent.send(KEEPER, "revoke", PATIENT, THIRD.address)
    assert suite.documents.refusal(THIRD, "getDocument", b"\xd0" * 32) == "NoConsent"
    assert suite.consent.refusal(KEEPER, "revoke", PATIENT, THIRD.address) == "NoGrant"


def test_grants_die_with_the_membership(suite: Suite, clock: Clock) -> None:
    suite.consent.send(KEEPER, "grant", PATIENT, THIRD.address, VISITS, clock.now + 1000)
    suite.council.send(FIRST, "proposeExpulsion", THIRD.address)
    suite.council.send(SECOND, "vote", 1)
    assert suite.visits.refusal(THIRD, "getHospitalVisits", PATIENT) == "NoConsent"
    assert suite.visits.refusal(THIRD, "addHospitalVisit", PATIENT, HASH, PLACE) == "NotMember"
    suite.council.send(FIRST, "proposeAdmission", THIRD.address)
    suite.council.send(SECOND, "vote", 2)
    assert suite.visits.refusal(THIRD, "addHospitalVisit", PATIENT, HASH, PLACE) == ""
    assert suite.visits.refusal(THIRD, "getHospitalVisits", PATIENT) == "NoConsent"


@pytest.mark.parametrize(
    ("scopes", "seconds", "error"), [(0, 9, "ScopesUnknown"), (4, 9, "ScopesUnknown")]
)
def test_a_grant_without_sense_is_refused(
    suite: Suite, clock: Clock, scopes: int, seconds: int, error: str
) -> None:
    grant = ("grant", PATIENT, THIRD.address, scopes, clock.now + seconds)
    assert suite.consent.refusal(KEEPER, *grant) == error


def test_grants_to_strangers_or_in_the_past_are_refused(suite: Suite, clock: Clock) -> None:
    past = ("grant", PATIENT, THIRD.address, VISITS, clock.now)
    assert suite.consent.refusal(KEEPER, *past) == "AlreadyExpired"
    stranger = ("grant", PATIENT, STRANGER.address, VISITS, clock.now + 9)
    assert suite.consent.refusal(KEEPER, *stranger) == "NotMember"
    foreign = ("grant", PATIENT, THIRD.address, VISITS, clock.now + 9)
    assert suite.consent.refusal(THIRD, *foreign) == "NotKeeper"


def test_a_lost_key_is_replaced_by_the_registrar_only(suite: Suite, clock: Clock) -> None:
    fresh = STRANGER
    take = ("setKeeper", PATIENT, fresh.address)
    assert suite.consent.refusal(SECOND, *take) == "NotKeeper"
    register = ("registerPatient", PATIENT, fresh.address)
    assert suite.consent.refusal(SECOND, *register) == "AlreadyRegistered"
    suite.consent.send(FIRST, *take)
    assert suite.visits.refusal(KEEPER, "getHospitalVisits", PATIENT) == "NoConsent"
    assert suite.visits.refusal(fresh, "getHospitalVisits", PATIENT) == ""
    suite.council.send(SECOND, "proposeExpulsion", FIRST.address)
    suite.council.send(THIRD, "vote", 1)
    assert suite.consent.refusal(FIRST, *take) == "NotKeeper"
