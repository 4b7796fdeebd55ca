"""Endpoints that store records about patients."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ledger.access import CLINICAL
from ledger.endpoints.shared import PATIENT, Endpoints, authored, own_key, page_of_all
from ledger.errors import BodyInvalid, IdempotencyConflict
from ledger.objects import check_type, seal
from ledger.operations import Call, Endpoint, Query
from ledger.store import Draft
from ledger_client import appends as new
from ledger_client.messages import Attachment, BreakGlass, Page, Receipt
from ledger_client.wire import to_wire


def endpoints(api: Appending) -> tuple[Endpoint, ...]:
    """The operations, as they are served and described."""

    def one(path: str, body: type, summary: str, kind: str, draft: Any) -> Endpoint:
        answer = api.append(kind, draft)
        return Endpoint("POST", path, summary, answer, Receipt, body=body)

    intake = api.intake
    return (
        one(
            "/observations", new.NewObservation, "Store a value.", "observation", intake.observation
        ),
        one("/notes", new.NewNote, "Store a note.", "note", intake.note),
        one("/visits", new.NewVisit, "Store a visit.", "visit", intake.visit),
        one("/documents", new.NewDocument, "Store a document.", "document", intake.document),
        one("/consents", new.NewConsent, "Record consent.", "consent", intake.consent),
        one("/ecg", new.NewEcg, "Store a stretch of ECG.", "ecg", intake.ecg),
        one("/alerts", new.NewAlert, "Raise an alert.", "alert", intake.alert),
        one("/charges", new.NewCharge, "Put a doctor in charge.", "charge", intake.charge),
        Endpoint(
            "POST",
            "/alertsHeard",
            "Record that the caller has heard an alert.",
            api.heard,
            Receipt,
            body=new.NewHeard,
            roles=CLINICAL,
        ),
        one("/grants", new.NewGrant, "Record a grant.", "grant", intake.grant),
        Endpoint(
            "POST",
            "/attachments",
            "Store a document of any kind; the body is its content.",
            api.attach,
            Receipt,
            (
                PATIENT,
                Query("hospitalId", "Id of a hospital.", "[a-z0-9_]{1,40}", required=True),
                Query("title", "What it is.", ".{1,300}", required=True),
                Query("author", "Person or device that made it.", ".{1,300}", required=True),
                Query("created", "When it was made.", kind="date", required=True),
                Query("documentId", "The document it belongs to.", "[0-9a-f]{32}"),
            ),
            upload=True,
            about="At most 64 MiB. The signed `content` is the SHA-256 of the JSON string that "
            "holds the hex SHA-256 of the body.",
        ),
        Endpoint(
            "POST",
            "/transactions",
            "Store several records together, or none.",
            api.transaction,
            Page[Receipt],
            body=new.NewTransaction,
        ),
        Endpoint(
            "POST",
            "/breakGlass",
            "Take access in an emergency.",
            api.break_glass,
            Receipt,
            body=new.NewBreakGlass,
            roles=CLINICAL,
            about="For one hour, without consent or grant; recorded and shown to the patient.",
        ),
        Endpoint(
            "POST",
            "/patients",
            "Register a patient with their consent.",
            api.register,
            Page[Receipt],
            body=new.NewPatient,
            roles=("doctor", "organisation"),
        ),
    )


class Appending(Endpoints):
    """Appends, on behalf of the caller."""

    def append(
        self, kind: str, draft: Callable[[Any, str | None], Draft]
    ) -> Callable[[Call], Receipt]:
        """An endpoint that stores one record about a patient."""

        def answer(call: Call) -> Receipt:
            self._access.append(call.caller, call.body.card, kind)
            _check_origin(call, call.body)
            made = draft(call.body, own_key(call))
            return self.store.append([authored(call, made, call.given[0])])[0]

        return answer

    def transaction(self, call: Call) -> Page[Receipt]:
        drafts = []
        for number, (item, given) in enumerate(zip(call.body.records, call.given, strict=True)):
            kind, record = _only(item)
            self._access.append(call.caller, record.card, kind)
            _check_origin(call, record)
            key = own_key(call)
            make: Callable[[Any, str | None], Draft] = getattr(self.intake, kind)
            made = make(record, f"{key}:{number}" if key else None)
            drafts.append(authored(call, made, given))
        return page_of_all(self.store.append(drafts))

    def heard(self, call: Call) -> Receipt:
        self._access.append(call.caller, call.body.card, "heard")
        draft = self.intake.heard(call.body, call.caller.actor, own_key(call))
        return self.store.append([authored(call, draft, call.given[0])])[0]

    def attach(self, call: Call) -> Receipt:
        """Seal the content beside the chain, then store the record that names it."""
        asked, upload = call.values, call.body
        card = asked["patientId"]
        self._access.append(call.caller, card, "attachment")
        check_type(upload.media_type, upload.start)
        identity = self.store.record_id(own_key(call))
        chain = self.store.patient_chain(card)
        if self.store.chain_of(identity, "attachment") == chain:
            attachment = self._charts.attachment(identity)[1]
            if attachment.sha256 != upload.sha256:
                raise IdempotencyConflict("The idempotency key belongs to another document.")
            return self.store.append([self.intake.attachment(card, attachment)])[0]
        key = self.store.data_key(chain).object_key(identity)
        draft_file = self.store.objects.draft()
        try:
            sealed = seal(upload.file, draft_file, key, identity)
            attachment = Attachment(
                id=identity,
                hospital_id=asked["hospitalId"],
                document_id=asked["documentId"],
                title=asked["title"],
                media_type=upload.media_type,
                size=sealed.size,
                sha256=sealed.content,
                sealed_sha256=sealed.ciphertext,
                created=asked["created"],
                author=asked["author"],
                account=call.caller.account.id,
            )
            draft = authored(call, self.intake.attachment(card, attachment), call.given[0])
            self.store.objects.keep(draft_file, chain, identity)
        finally:
            draft_file.unlink(missing_ok=True)
        return self.store.append([draft])[0]

    def break_glass(self, call: Call) -> Receipt:
        caller, key = call.caller, own_key(call)
        draft = self.intake.break_glass(
            call.body, caller.account.id, caller.actor, datetime.now(UTC), key
        )
        for taken in self._charts.chart(call.body.card).all(BreakGlass):
            if taken.id == draft.id:  # sent again: the hour began with the first
                draft = replace(draft, payload=to_wire(taken))
        return self.store.append([authored(call, draft, call.given[0])])[0]

    def register(self, call: Call) -> Page[Receipt]:
        self._access.register(call.caller, call.body.card)
        drafts = self.intake.registration(
            call.body, call.caller.account.organisation, own_key(call)
        )
        return page_of_all(self.store.append([authored(call, d, call.given[0]) for d in drafts]))


def _check_origin(call: Call, record: Any) -> None:
    """An account corrects and withdraws what it has mirrored itself; raises BodyInvalid."""
    origin = getattr(record, "origin", None)
    if origin is not None and not origin.source.startswith(f"{call.caller.account.id}:"):
        raise BodyInvalid("The origin begins with another account's id.", "origin")


def _only(item: new.Item) -> tuple[str, Any]:
    """The one record that an item holds; raises BodyInvalid."""
    held = {
        "observation": item.observation,
        "note": item.note,
        "visit": item.visit,
        "document": item.document,
        "ecg": item.ecg,
        "alert": item.alert,
    }
    found = [(kind, record) for kind, record in held.items() if record is not None]
    if len(found) != 1:
        raise BodyInvalid("Each item holds exactly one record.", "records")
    return found[0]
