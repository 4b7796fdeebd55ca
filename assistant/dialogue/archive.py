"""A patient's documents: which there are, which is meant, and what stands in it."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from assistant import answers
from assistant.answers import Answer
from assistant.answers.charts import PAGE
from assistant.answers.periods import nearest, within
from assistant.dialogue.asked import at_place
from assistant.dialogue.carried import Carried, introduced
from assistant.dialogue.papers import is_named, listing, to_list
from assistant.dialogue.periods import before as before_its_period
from assistant.dialogue.periods import comes_on
from assistant.dialogue.state import ChooseHospital, DialogueState, Request
from assistant.dialogue.values import Values
from ledger_client import LedgerClient
from ledger_client.messages import DocumentHeader, Hospital, Patient


class Archive:
    """Reads documents from one ledger on behalf of whom its client acts for."""

    def __init__(
        self,
        ledger: LedgerClient,
        patients: Mapping[str, Patient],
        hospitals: Mapping[str, Hospital],
    ) -> None:
        self._ledger = ledger
        self._patients = patients
        self._hospitals = hospitals
        self._values = Values(ledger)

    def listed(
        self,
        card: str,
        request: Request,
        before: DialogueState,
        state: DialogueState,
        today: date,
    ) -> Carried:
        patient = self._patients[card]
        at = request.hospital
        hospitals = self._where(card, request)
        # what was listed tells nothing of which hospitals have documents of that time
        headers = self._all_documents(card, request, hospitals, before.documents if at else ())
        if at is None:
            having = {one.hospital_id for one in headers}
            with_any = tuple(id_ for id_ in hospitals if id_ in having)
            if len(with_any) > 1:
                return self.ask_where(card, request, with_any, before, state)
            if not with_any:
                answer = self._no_document(card, request, today)
                asked = listing(request, (), replace(before, hospitals=()))
                return introduced(patient, answer, state, asked)
            at = with_any[0]
        name = self._hospitals[at].name
        answer = answers.documents(patient, name, headers, request.start, PAGE)
        if not headers:
            answer = self._no_document(card, request, today)
            if request.period is None:  # what was listed before stays at hand
                return introduced(patient, answer, state, replace(before, pending=None))
        return introduced(patient, answer, state, listing(request, headers, before))

    def ask_where(
        self,
        card: str,
        request: Request,
        hospitals: tuple[str, ...],
        before: DialogueState,
        state: DialogueState,
    ) -> Carried:
        """Ask which of the ``hospitals`` is meant, in the order in which they are counted."""
        names = tuple(self._hospitals[id_].name for id_ in hospitals)
        asked = replace(
            before,
            hospitals=hospitals,
            documents=(),
            document=None,
            pending=ChooseHospital(card, replace(request, hospital=None, offered=())),
        )
        return introduced(self._patients[card], answers.which_hospital(names), state, asked)

    def opened(
        self,
        card: str,
        request: Request,
        before: DialogueState,
        state: DialogueState,
        now: datetime,
    ) -> Carried:
        """Open one document: by its place in the last list, or the only one that fits."""
        patient = self._patients[card]
        document_id, sole, page = request.document, False, None
        counted = before.counted(request.document_type)
        if document_id is None and before.document is not None and _refers_to_open(request):
            document_id = before.document
        if document_id is None and request.ordinal is not None:
            # of the patient who is current though named as well
            document_id = at_place(counted, request.ordinal)
        if document_id is None:
            if request.paper == "unknown":
                return introduced(patient, answers.unknown_document(), state, before)
            among = before.page
            if request.ordinal is not None and counted:
                return Carried(answers.no_more(), before)
            if among is not None and _refers_to_open(request) and len(before.documents) > 1:
                if among.intent == "get_documents_from_hospital":
                    return self.listed(card, among, before, state, now.date())
                if among.intent == "get_document":
                    request = among
            listed = before.page
            if listed and listed.intent == "get_documents_from_hospital" and request.paper:
                same = None if request.document_type else listed.period
                request = replace(
                    request,
                    hospital=request.hospital or listed.hospital,
                    period=request.period or same,
                )
            hospitals = self._where(card, request)
            headers = self._all_documents(card, request, hospitals, before.documents)
            if not headers:
                answer = self._values.without_document(card, request, now) or self._no_document(
                    card, request, now.date()
                )
                return introduced(patient, answer, state, before)
            named = headers
            if request.named and len(headers) > 1:
                named = tuple(
                    one for one in headers if is_named(self._ledger.document(one.id), request.named)
                )
            headers = named or headers
            if request.paper == "others":
                if [one.id for one in headers] == [before.document]:
                    # «не та» may have been said of the patient
                    none = answers.what_is_wrong() if request.say_whose else answers.no_more()
                    return introduced(patient, none, state, before)
                request = replace(request, paper="")
            if len(headers) > 1 and (not request.paper or not named):
                first = to_list(request)
                place = self._hospitals[request.hospital].name if request.hospital else ""
                answer = answers.which_document(headers, first.start, place)
                after = listing(first, headers, before)
                return introduced(patient, answer, state, after)
            if request.start >= len(headers):
                earlier = before_its_period(replace(request, paper="newest"))
                if earlier is None:
                    return Carried(answers.no_more(), before)
                return self.opened(card, earlier, before, state, now)
            oldest = request.paper == "oldest"
            document_id = headers[-1 if oldest else request.start].id
            sole, page = len(headers) == 1, request
            if oldest:
                page = replace(request, paper="newest", start=len(headers) - 1)
            in_list = document_id in before.documents and len(before.documents) > 1
            if in_list and not before.unread:
                page = None  # it is one of those that were read out
            else:
                before = replace(before, documents=tuple(one.id for one in headers))
        elif before.page is not None and before.unread and document_id in before.documents:
            page = replace(before.page, start=before.documents.index(document_id))
        document = self._ledger.document(document_id)
        if document.header.patient_id != card:
            return Carried(answers.nothing_found("документы"), before)
        attached = self._genuine(card, document_id)
        if request.full:
            answer, more = answers.document_text(document), None
        else:
            answer = answers.document(document, patient)
            more = Request("get_document", document=document_id, full=True)
        if sole and request.named and not is_named(document, request.named):
            answer = answers.only_this(answer)
        answer = answers.with_attached(answer, attached)
        if document_id not in before.documents:
            before = replace(before, documents=(document_id,))
        after = replace(before, document=document_id, pending=None, more=more, page=page)
        return introduced(patient, answer, state, after)

    def _no_document(self, card: str, request: Request, today: date) -> Answer:
        """The nearest in time from the same place; without a time the newest from any other."""
        place = self._hospitals[request.hospital].name if request.hospital else None
        kind, period = request.document_type, request.period
        anytime = replace(request, period=None)
        others = self._all_documents(card, anytime, self._where(card, anytime))
        if not others and place is not None:
            period, anywhere = None, Request(request.intent, document_type=kind)
            others = self._all_documents(card, anywhere, self._where(card, anywhere))
        near = nearest(period, others, lambda one: one.created) if period else None
        if period is None and others:
            near = others[0]
        return answers.no_document(kind, place, period, near, today)

    def _genuine(self, card: str, document_id: str) -> int:
        """How many files belong to a document, each checked; raises LedgerError for a false one."""
        files = [a for a in self._ledger.attachments(card) if a.document_id == document_id]
        for file in files:
            with Path(os.devnull).open("wb") as nowhere:
                self._ledger.attachment_content(file, nowhere)
        return len(files)

    def _where(self, card: str, request: Request) -> tuple[str, ...]:
        """The hospital that was asked for, else all where the patient was, the latest first."""
        if request.hospital is not None:
            return (request.hospital,)
        visits = self._ledger.hospital_visits(card)
        return tuple(id_ for id_, _ in answers.visited_hospitals(visits))

    def _all_documents(
        self,
        card: str,
        request: Request,
        hospitals: tuple[str, ...],
        listed: Collection[str] = (),
    ) -> tuple[DocumentHeader, ...]:
        """The patient's documents from ``hospitals`` that fit the request, newest first.

        Where none is of that day, and no year or no month was said, those of any other; of a month
        without its year those that were ``listed``.
        """
        found = [
            header
            for hospital in hospitals
            for header in self._ledger.documents_from_hospital(hospital, card)
        ]
        newest = sorted(found, key=lambda header: header.created, reverse=True)
        kind, period = request.document_type, request.period
        fitting = tuple(header for header in newest if kind is None or header.type == kind)
        fit = within(period, fitting, lambda header: header.created)
        if fit or period is None:
            return fit
        if request.monthless:
            return tuple(one for one in fitting if one.created.day == period.start.day)
        if not request.yearless:
            return fit
        day = period.start == period.end
        meant = (one for one in fitting if day or one.id in listed)
        return tuple(one for one in meant if comes_on(one.created, period))


def _refers_to_open(request: Request) -> bool:
    """Whether the request names nothing else than the document that lies open."""
    return request == Request("get_document", full=request.full)
