"""The endpoints of the ledger's REST API."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp

from ledger import openapi
from ledger.access import CLINICAL, AccessControl
from ledger.accounts import Accounts
from ledger.charts import Charts
from ledger.contracts.endpoints import endpoints as contract_endpoints
from ledger.contracts.service import Contracts
from ledger.erasure import forget
from ledger.errors import (
    AccessDenied,
    AccountUnknown,
    BodyInvalid,
    IdempotencyConflict,
    PatientForgotten,
)
from ledger.feeds.alerts import Alerts
from ledger.http import HEADERS, Call, Endpoint, Query, application, reply
from ledger.intake import Intake, ecg_chain
from ledger.objects import check_type, seal, verify_file
from ledger.objects import opened as opened_object
from ledger.proofs import Proofs
from ledger.reads import ReadJournal
from ledger.store import Draft, Store
from ledger.verify import Verdict, verify
from ledger.writing import REGISTRY
from ledger_client import appends as new
from ledger_client.algorithms import PublicKey
from ledger_client.messages import (
    Access,
    Account,
    Alert,
    Allergy,
    Attachment,
    BreakGlass,
    ChainProof,
    Channel,
    Checkpoint,
    Consent,
    Diagnosis,
    Document,
    DocumentHeader,
    EcgChunk,
    Grant,
    Health,
    HistoryEntry,
    Hospital,
    Medication,
    Note,
    Observation,
    Page,
    Patient,
    Receipt,
    RecordProof,
    SignedBlock,
    Transaction,
    Visit,
    current,
)
from ledger_client.sealed import Header
from ledger_client.wire import API_VERSION, to_wire

_MAX_PATIENTS: Final = 1000
_NO_LIMIT: Final = 100_000_000
_PATIENT: Final = Query("patientId", "Number of the patient's card.", "[0-9]{1,16}", required=True)
_KNOWN_SIZE: Final = Query(
    "knownSize",
    "Size of the channel's log that the client trusts; the answer proves that it only grew.",
    kind="number",
    default=0,
)
_RECORD: Final = Query("recordId", "Id of a record.", "[0-9a-f]{32}", required=True)
_ACCOUNT: Final = Query("accountId", "Id of an account.", "[A-Za-z0-9_.-]{1,64}", required=True)
_LIMIT: Final = Query("limit", "Most that are wanted.", kind="number", least=1, most=1000)

T = TypeVar("T")


def create_app(store: Store, journal: ReadJournal, contracts: Contracts) -> ASGIApp:
    """The ASGI application over ``store``; reads are recorded in ``journal``."""
    store.objects.clean()
    charts = Charts(store)
    accounts = Accounts(store, charts)
    api = _Api(store, charts, accounts, journal)
    endpoints = (
        *_reads(api),
        *_chain(api),
        *_appends(api),
        *_administration(api),
        *contract_endpoints(contracts, journal, charts),
    )
    opened = {
        "/health": reply(Health("ok", API_VERSION)),
        "/openapi.json": openapi.document(endpoints),
    }
    return application(endpoints, opened, accounts, store.objects.folder)


def _reads(api: _Api) -> tuple[Endpoint, ...]:
    def listed(path: str, kind: type[T], summary: str, day: Callable[[T], Any]) -> Endpoint:
        answer = api.of_patient(path[1:], kind, day)
        return Endpoint("GET", path, summary, answer, Page[kind], (_PATIENT,), roles=CLINICAL)  # type: ignore[valid-type]

    code = "[a-z0-9_]{1,40}"
    return (
        Endpoint(
            "GET",
            "/patients",
            "Patients whose records the caller may read, found by name or card.",
            api.patients,
            Page[Patient],
            (
                Query("query", "Part of a name or of a card number."),
                replace(_LIMIT, default=100),
                Query("offset", "How many to leave out.", kind="number", default=0),
            ),
            roles=CLINICAL,
        ),
        Endpoint("GET", "/hospitals", "All hospitals.", api.hospitals, Page[Hospital]),
        listed("/getHospitalVisits", Visit, "A patient's visits to all hospitals.", _started),
        Endpoint(
            "GET",
            "/getDocumentsFromHospital",
            "A patient's documents from one hospital, without their texts.",
            api.documents,
            Page[DocumentHeader],
            (Query("hospitalId", "Id of a hospital.", code, required=True), _PATIENT),
            roles=CLINICAL,
        ),
        Endpoint(
            "GET",
            "/getDocument",
            "One document with its text.",
            api.document,
            Document,
            (Query("documentId", "Id of a document.", "[0-9a-f]{32}", required=True),),
            roles=CLINICAL,
        ),
        Endpoint(
            "GET",
            "/observations",
            "Measured values, newest first.",
            api.observations,
            Page[Observation],
            (
                _PATIENT,
                Query("code", "What was measured.", code),
                Query("category", "vital or laboratory.", "vital|laboratory"),
                Query("since", "First day.", kind="date"),
                Query("until", "Last day.", kind="date"),
                replace(_LIMIT, most=_NO_LIMIT),
            ),
            roles=CLINICAL,
        ),
        listed("/allergies", Allergy, "Known allergies.", lambda a: a.recorded),
        listed("/medications", Medication, "Prescriptions, past ones too.", lambda m: m.since),
        listed("/diagnoses", Diagnosis, "Diagnoses, past ones too.", lambda d: d.recorded),
        listed("/notes", Note, "Clinicians' notes.", lambda n: n.written),
        listed(
            "/attachments", Attachment, "A patient's documents of any kind.", lambda a: a.created
        ),
        Endpoint(
            "GET",
            "/attachments/{recordId}/content",
            "The content of a document, checked against the chain before it is sent.",
            api.content,
            None,
            (_RECORD,),
            roles=CLINICAL,
            download=True,
        ),
        listed("/consents", Consent, "The patient's consent and its withdrawals.", lambda c: 0),
        listed("/grants", Grant, "What the patient has allowed to whom.", lambda g: 0),
        Endpoint(
            "GET",
            "/ecg",
            "A patient's ECG, newest stretch first.",
            api.ecg,
            Page[EcgChunk],
            (_PATIENT, replace(_LIMIT, default=10)),
            roles=CLINICAL,
        ),
        Endpoint(
            "GET",
            "/alerts",
            "Alerts on the patients that the caller is in charge of and has not heard.",
            api.alerts,
            Page[Alert],
            roles=CLINICAL,
        ),
        listed("/emergencies", BreakGlass, "Broken glass, with the reasons.", lambda b: b.since),
        Endpoint(
            "GET",
            "/accesses",
            "Who looked at the patient's records.",
            api.accesses,
            Page[Access],
            (_PATIENT,),
            roles=CLINICAL,
        ),
    )


def _started(visit: Visit) -> Any:
    return visit.started


def _chain(api: _Api) -> tuple[Endpoint, ...]:
    number = Query("number", "Number of a block, from 1.", kind="number", least=1, required=True)
    return (
        Endpoint(
            "GET",
            "/chain",
            "Headers of a patient's chain, each link verified.",
            api.chain,
            Page[Header],
            (_PATIENT,),
            roles=CLINICAL,
        ),
        Endpoint(
            "GET",
            "/chain/proof",
            "That a patient's chain is whole: headers up to the end that the block names.",
            api.chain_proof,
            ChainProof,
            (
                _PATIENT,
                Query("knownSequence", "Records that the client has.", kind="number", default=0),
                _KNOWN_SIZE,
            ),
            roles=CLINICAL,
        ),
        Endpoint(
            "GET",
            "/blocks",
            "Blocks in order; a block is one sealed commit.",
            api.blocks,
            Page[SignedBlock],
            (
                replace(number, name="first", required=False, default=1),
                replace(_LIMIT, default=100),
            ),
        ),
        Endpoint("GET", "/blocks/{number}", "One block.", api.block, SignedBlock, (number,)),
        Endpoint(
            "GET",
            "/blocks/{number}/transactions",
            "The records that a block sealed, without content.",
            api.transactions,
            Page[Transaction],
            (number,),
        ),
        Endpoint(
            "GET",
            "/transactions/{recordId}",
            "One record without its content, and its block.",
            lambda c: api.proofs.transaction(c.values["recordId"]),
            Transaction,
            (_RECORD,),
        ),
        Endpoint(
            "GET",
            "/transactions/{recordId}/proof",
            "That a record stands in its channel's log.",
            lambda c: api.proofs.record(c.values["recordId"], c.values["knownSize"]),
            RecordProof,
            (_RECORD, _KNOWN_SIZE),
        ),
        Endpoint(
            "GET",
            "/checkpoint",
            "A channel's log as the newest block names it, with co-signatures.",
            lambda c: api.proofs.checkpoint(c.values["channel"], c.values["knownSize"]),
            Checkpoint,
            (Query("channel", "Id of a channel.", "[a-z0-9_]{1,40}", required=True), _KNOWN_SIZE),
        ),
        Endpoint(
            "POST",
            "/cosignatures",
            "Co-sign a channel's checkpoint for an organisation.",
            lambda c: api.proofs.cosign(c.body),
            Checkpoint,
            body=new.NewCosignature,
        ),
        Endpoint(
            "GET", "/verify", "Validate every chain, block and signature.", api.verify, Verdict
        ),
    )


def _appends(api: _Api) -> tuple[Endpoint, ...]:
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
                _PATIENT,
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


def _administration(api: _Api) -> tuple[Endpoint, ...]:
    admin = ("admin",)
    return (
        Endpoint(
            "GET", "/accounts", "All accounts.", api.accounts_page, Page[Account], roles=admin
        ),
        Endpoint(
            "GET",
            "/accounts/{accountId}",
            "One account.",
            api.account,
            Account,
            (_ACCOUNT,),
            roles=admin,
        ),
        Endpoint(
            "GET",
            "/accounts/{accountId}/history",
            "The records that an account made, without content.",
            api.history,
            Page[HistoryEntry],
            (_ACCOUNT,),
            roles=admin,
        ),
        Endpoint(
            "POST",
            "/accounts",
            "Create an account, or give it another role or key.",
            api.create_account,
            Receipt,
            body=new.NewAccount,
            roles=admin,
        ),
        Endpoint(
            "POST",
            "/accounts/{accountId}/status",
            "Suspend, close or reactivate an account.",
            api.set_status,
            Receipt,
            (_ACCOUNT,),
            body=new.NewStatus,
            roles=admin,
        ),
        Endpoint("GET", "/channels", "All channels.", api.channels, Page[Channel]),
        Endpoint(
            "POST",
            "/channels",
            "Make a channel, or change its organisations.",
            api.create_channel,
            Receipt,
            body=new.NewChannel,
            roles=admin,
        ),
        Endpoint(
            "POST",
            "/erasures",
            "Destroy a patient's key and ciphertexts for ever.",
            lambda c: forget(api.store, c.body.card, c.caller.account.id, c.body.reason),
            Receipt,
            body=new.NewErasure,
            roles=admin,
        ),
    )


class _Api:
    """What the endpoints do. Each takes a proved and parsed call and gives a message."""

    def __init__(
        self, store: Store, charts: Charts, accounts: Accounts, journal: ReadJournal
    ) -> None:
        self.store = store
        self.intake = Intake(store, charts)
        self._alerts = Alerts(store)
        self.proofs = Proofs(store, charts)
        self._charts = charts
        self._accounts = accounts
        self._journal = journal
        self._access = AccessControl(store, journal)

    def patients(self, call: Call) -> Page[Patient]:
        query, offset = _folded(call.values["query"] or ""), call.values["offset"]
        everyone = self._charts.patients()
        readable = self._access.roster(call.caller, [patient.card for patient in everyone])
        found = tuple(
            patient
            for patient in everyone
            if patient.card in readable
            and (
                query in patient.card
                or query in _folded(f"{patient.last} {patient.first} {patient.middle}")
            )
        )
        return Page(found[offset : offset + call.values["limit"]], len(found), offset)

    def hospitals(self, _: Call) -> Page[Hospital]:
        return _all(self._charts.hospitals())

    def documents(self, call: Call) -> Page[DocumentHeader]:
        card = self._readable(call, "getDocumentsFromHospital")
        hospital = self._charts.hospital(call.values["hospitalId"])
        every = [document.header for document in self._charts.chart(card).all(Document)]
        headers = [header for header in current(every) if header.hospital_id == hospital.id]
        return _newest_first(headers, lambda header: header.created)

    def document(self, call: Call) -> Document:
        document = self._charts.document(call.values["documentId"])
        self._access.read(call.caller, document.header.patient_id, "getDocument")
        return document

    def observations(self, call: Call) -> Page[Observation]:
        card, asked = self._readable(call, "observations"), call.values
        found = [
            item
            for item in current(self._charts.chart(card).all(Observation))
            if asked["code"] in (None, item.code)
            and asked["category"] in (None, item.category)
            and (asked["since"] is None or item.taken.date() >= asked["since"])
            and (asked["until"] is None or item.taken.date() <= asked["until"])
        ]
        newest = sorted(found, key=lambda item: item.taken, reverse=True)
        return Page(tuple(newest[: asked["limit"] or _NO_LIMIT]), len(found), 0)

    def of_patient(
        self, what: str, kind: type[T], day: Callable[[T], Any]
    ) -> Callable[[Call], Page[T]]:
        """An endpoint that lists one kind of a patient's records, newest first."""

        def answer(call: Call) -> Page[T]:
            card = self._readable(call, what)
            items = self._charts.chart(card).all(kind)
            return _newest_first(list(reversed(items)), day)

        return answer

    def accesses(self, call: Call) -> Page[Access]:
        card = self._readable(call, "accesses")
        return _all(self._journal.recorded(self._charts, card))

    def chain(self, call: Call) -> Page[Header]:
        return _all(self._charts.chart(self._readable(call, "chain")).headers)

    def chain_proof(self, call: Call) -> ChainProof:
        card = str(call.values["patientId"])
        self._access.prove(call.caller, card)
        return self.proofs.chain(card, call.values["knownSequence"], call.values["knownSize"])

    def blocks(self, call: Call) -> Page[SignedBlock]:
        first = call.values["first"]
        found, total = self.proofs.blocks(first, call.values["limit"])
        return Page(tuple(found), total, first - 1)

    def block(self, call: Call) -> SignedBlock:
        return self.proofs.block(call.values["number"])[0]

    def transactions(self, call: Call) -> Page[Transaction]:
        return _all(self.proofs.block(call.values["number"])[1])

    def verify(self, _: Call) -> Verdict:
        return verify(self.store.home)

    def append(
        self, kind: str, draft: Callable[[Any, str | None], Draft]
    ) -> Callable[[Call], Receipt]:
        """An endpoint that stores one record about a patient."""

        def answer(call: Call) -> Receipt:
            self._access.append(call.caller, call.body.card, kind)
            _check_origin(call, call.body)
            made = draft(call.body, _own_key(call))
            return self.store.append([_authored(call, made, call.given[0])])[0]

        return answer

    def transaction(self, call: Call) -> Page[Receipt]:
        drafts = []
        for number, (item, given) in enumerate(zip(call.body.records, call.given, strict=True)):
            kind, record = _only(item)
            self._access.append(call.caller, record.card, kind)
            _check_origin(call, record)
            key = _own_key(call)
            make: Callable[[Any, str | None], Draft] = getattr(self.intake, kind)
            made = make(record, f"{key}:{number}" if key else None)
            drafts.append(_authored(call, made, given))
        return _all(self.store.append(drafts))

    def ecg(self, call: Call) -> Page[EcgChunk]:
        chain = ecg_chain(self.store, self._readable(call, "ecg"))
        chunks = self._charts.chain(chain).all(EcgChunk) if self.store.has_chain(chain) else ()
        limit = call.values["limit"]
        newest = sorted(chunks, key=lambda chunk: chunk.started, reverse=True)
        return Page(tuple(newest[:limit]), len(chunks), 0)

    def alerts(self, call: Call) -> Page[Alert]:
        found = []
        for alert in self._alerts.waiting(call.caller.actor):
            with suppress(AccessDenied, PatientForgotten):
                self._access.read(call.caller, alert.card, "alerts")
                found.append(alert)
        return _all(found)

    def heard(self, call: Call) -> Receipt:
        self._access.append(call.caller, call.body.card, "heard")
        draft = self.intake.heard(call.body, call.caller.actor, _own_key(call))
        return self.store.append([_authored(call, draft, call.given[0])])[0]

    def attach(self, call: Call) -> Receipt:
        """Seal the content beside the chain, then store the record that names it."""
        asked, upload = call.values, call.body
        card = asked["patientId"]
        self._access.append(call.caller, card, "attachment")
        check_type(upload.media_type, upload.start)
        identity = self.store.record_id(_own_key(call))
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
            draft = _authored(call, self.intake.attachment(card, attachment), call.given[0])
            self.store.objects.keep(draft_file, chain, identity)
        finally:
            draft_file.unlink(missing_ok=True)
        return self.store.append([draft])[0]

    def content(self, call: Call) -> Response:
        chain, attachment = self._charts.attachment(call.values["recordId"])
        card = self._charts.chain(chain).all(Patient)[0].card
        self._access.read(call.caller, card, "content")
        path = self.store.objects.path(chain, attachment.id)
        verify_file(path, attachment.sealed_sha256)
        key = self.store.data_key(chain).object_key(attachment.id)
        return StreamingResponse(
            opened_object(path, key, attachment.id),
            headers={**HEADERS, "Content-Length": str(attachment.size)},
            media_type=attachment.media_type,
        )

    def break_glass(self, call: Call) -> Receipt:
        caller, key = call.caller, _own_key(call)
        draft = self.intake.break_glass(
            call.body, caller.account.id, caller.actor, datetime.now(UTC), key
        )
        for taken in self._charts.chart(call.body.card).all(BreakGlass):
            if taken.id == draft.id:  # sent again: the hour began with the first
                draft = replace(draft, payload=to_wire(taken))
        return self.store.append([_authored(call, draft, call.given[0])])[0]

    def register(self, call: Call) -> Page[Receipt]:
        self._access.register(call.caller, call.body.card)
        drafts = self.intake.registration(
            call.body, call.caller.account.organisation, _own_key(call)
        )
        return _all(self.store.append([_authored(call, d, call.given[0]) for d in drafts]))

    def accounts_page(self, _: Call) -> Page[Account]:
        return _all(tuple(self._accounts.all().values()))

    def account(self, call: Call) -> Account:
        try:
            return self._accounts.all()[call.values["accountId"]]
        except KeyError:
            raise AccountUnknown("No account has this id.") from None

    def history(self, call: Call) -> Page[HistoryEntry]:
        account = self.account(call)
        return _all(self.proofs.history(self.store.author(account.id)))

    def create_account(self, call: Call) -> Receipt:
        asked: new.NewAccount = call.body
        try:
            PublicKey.parse(asked.key)
        except ValueError:
            raise BodyInvalid("No such algorithm.", "key") from None
        account = Account(asked.id, asked.name, asked.role, asked.organisation, asked.key)
        return self._store_account(call, account)

    def set_status(self, call: Call) -> Receipt:
        return self._store_account(call, replace(self.account(call), status=call.body.status))

    def channels(self, _: Call) -> Page[Channel]:
        return _all(tuple(self._charts.registry("channel", Channel).values()))

    def create_channel(self, call: Call) -> Receipt:
        asked: new.NewChannel = call.body
        try:
            for member in asked.members:
                PublicKey.parse(member.key)
        except ValueError:
            raise BodyInvalid("No such algorithm.", "members.key") from None
        channel = Channel(asked.id, asked.name, asked.members)
        draft = Draft(
            self.store.registry_chain("channels"),
            "channel",
            self.store.record_id(_own_key(call)),
            call.caller.account.id,
            to_wire(channel),
            REGISTRY,
        )
        return self.store.append([_authored(call, draft, call.given[0])])[0]

    def _store_account(self, call: Call, account: Account) -> Receipt:
        evidence = call.caller.evidence(call.given[0])
        draft = self._accounts.draft(account, call.caller.account.id, evidence)
        return self.store.append([draft])[0]

    def _readable(self, call: Call, what: str) -> str:
        card = str(call.values["patientId"])
        self._access.read(call.caller, card, what)
        return card


def _own_key(call: Call) -> str | None:
    """The idempotency key, one account's apart from another's."""
    return f"{call.caller.account.id}:{call.key}" if call.key else None


def _check_origin(call: Call, record: Any) -> None:
    """An account corrects and withdraws what it has mirrored itself; raises BodyInvalid."""
    origin = getattr(record, "origin", None)
    if origin is not None and not origin.source.startswith(f"{call.caller.account.id}:"):
        raise BodyInvalid("The origin begins with another account's id.", "origin")


def _authored(call: Call, draft: Draft, given: bytes) -> Draft:
    return replace(draft, author=call.caller.account.id, evidence=call.caller.evidence(given))


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


def _all(items: Sequence[T]) -> Page[T]:
    return Page(tuple(items), len(items), 0)


def _newest_first(items: list[T], day: Callable[[T], Any]) -> Page[T]:
    return _all(sorted(items, key=day, reverse=True))


def _folded(text: str) -> str:
    return text.casefold().replace("ё", "е")
