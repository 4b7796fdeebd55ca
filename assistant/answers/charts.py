"""Answers about visits and documents.

Each leads with the fact and offers the rest. Everything here is PHI.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from assistant.answers.messages import Answer
from assistant.answers.periods import day_of_talk, nearest, none_within
from assistant.answers.wording import (
    count,
    day,
    in_list,
    join,
    nth,
    of_patient,
    recent_day,
)
from assistant.answers.wording import sentence as as_sentence
from ledger_client.messages import (
    Document,
    DocumentHeader,
    Hospital,
    Patient,
    Visit,
)
from nlu.messages import Period
from nlu.vocabulary import DOCUMENT_TYPES

PAGE: Final = 3
"""Items said at once."""
_MORE: Final = "Сказать дальше?"


def _newest_first(visits: Sequence[Visit]) -> list[Visit]:
    return sorted(visits, key=lambda visit: visit.started, reverse=True)


def visited_hospitals(visits: Sequence[Visit]) -> tuple[tuple[str, str], ...]:
    """(id, name) of each hospital once, the one visited last first: «из второй» counts here."""
    names: dict[str, str] = {}
    for visit in _newest_first(visits):
        names.setdefault(visit.hospital_id, visit.hospital_name)
    return tuple(names.items())


def _visit(visit: Visit, today: date, at: Hospital | None = None, of: str = "") -> str:
    """Left out is the hospital's name where all are visits ``at`` it, and the department ``of``
    which all are.
    """
    name = "" if at else visit.hospital_name
    department = "" if visit.department.lower() == of.lower() else in_list(visit.department)
    where = ", ".join(part for part in (name, department) if part)
    reason = f": {in_list(visit.reason)}" if visit.reason else ""
    return ", ".join(filter(None, (recent_day(visit.started, today), where))) + reason


def visits(
    patient: Patient,
    visits: Sequence[Visit],
    today: date,
    start: int = 0,
    at: Hospital | None = None,
    of: str = "",
    *,
    alone: bool = False,
) -> Answer:
    """How many, the latest, and the hospitals in numbered order; earlier visits from ``start`` on,
    or that one ``alone``, with its place.

    ``visits`` are all of them, or all ``at`` one hospital and ``of`` one department; ``start`` is
    the first to say, 0 being the latest, which is said alone: who wants the others says «дальше».
    """
    if not visits:
        return Answer("Посещений не найдено.")
    found = _newest_first(visits)
    lines = tuple(_visit(visit, today, at, "" if start else of) for visit in found)
    if start:
        shown = lines[start : next_visit(start, alone=alone)]
        first = start == len(lines) - 1
        headline = "Самое раннее:" if first else "Ранее:"
        if alone and not first:
            headline = f"{nth(start + 1, 'n').capitalize()} с конца:"
        parts = [f"{headline} " + "; ".join(line.rstrip(".") for line in shown)]
    else:
        shown = lines[:1]
        lead = f"{_place(at, of)}:" if at or of else of_patient(patient)
        total = f"{lead} {count(len(found), 'посещение')}"
        colon = ", " if at or of else ": "
        one = f"{total}{colon}{lines[0]}"
        parts = [total, f"Последнее — {lines[0]}"] if len(found) > 1 else [one]
        hospitals = visited_hospitals(visits)
        if len(hospitals) > 1:
            parts.append("Больницы: " + _numbered([name for _, name in hospitals], "f"))
        headline = join([total, *parts[2:]]) + (" Последнее:" if len(found) > 1 else "")
    more = _MORE if len(found) > next_visit(start, alone=alone) else ""
    return Answer(join([*parts, more]), tuple(map(as_sentence, shown)), headline)


def next_visit(start: int, *, alone: bool = False) -> int:
    """The first visit of the page after the one that begins at ``start``."""
    return start + PAGE if start and not alone else start + 1


def no_visits(
    at: Hospital | None,
    of: str,
    period: Period | None,
    here: Sequence[Visit],
    visits: Sequence[Visit],
    today: date,
) -> Answer:
    """None ``at`` a hospital, ``of`` a department or in ``period``; ``here`` are those of any time
    and ``visits`` all of the patient's.
    """
    name = _place(at, of)
    if not here and visits:
        total = count(len(visits), "посещение")
        which = ", последнее — " if len(visits) > 1 else ": "
        last = _visit(_newest_first(visits)[0], today)
        return Answer(join([f"{name}: посещений нет", f"Всего {total}{which}{last}"]))
    near = nearest(period, here, lambda visit: visit.started) if period else None
    if period is None or near is None:
        return Answer("Посещений не найдено.")
    where = (near.hospital_name if at is None else "", in_list(near.department))
    told = "".join(f", {part}" for part in where if part)
    return none_within(period, name, "посещений", ("ближайшее", near.started, told), today)


def _place(at: Hospital | None, of: str) -> str:
    """«Кардиология», «Военный госпиталь, кардиология», or nothing."""
    if at is None:
        return of
    return f"{at.name}, {of.lower()}" if of else at.name


def _numbered(names: Sequence[str], gender: str, first: int = 1) -> str:
    """«первая — Боткинская больница; вторая — …»."""
    return "; ".join(f"{nth(i, gender)} — {name}" for i, name in enumerate(names, first))


def _title(header: DocumentHeader) -> str:
    return header.title or DOCUMENT_TYPES.get(header.type, "документ")


def documents(
    patient: Patient,
    hospital_name: str,
    headers: Sequence[DocumentHeader],
    start: int = 0,
    page: int = PAGE,
) -> Answer:
    """The documents of one hospital, numbered from the first of ``headers``."""
    if not headers:
        return Answer(f"{hospital_name}: документов нет.")
    shown = headers[start : start + page]
    if not shown:
        return Answer("Больше документов нет.")
    lines = tuple(f"{_title(header)}, {day(header.created)}" for header in shown)
    said = _numbered([in_list(line) for line in lines], "m", start + 1)
    total = f"{hospital_name}: {count(len(headers), 'документ')}"
    lead = "" if start else total
    if len(headers) == 1:
        said = in_list(lines[0])
    more = _MORE if len(headers) > start + page else ""
    numbered = tuple(f"{i}. {line}." for i, line in enumerate(lines, start + 1))
    return Answer(join([lead, said, more]), numbered, join([total]))


def no_document(
    kind: str | None,
    place: str | None,
    period: Period | None,
    near: DocumentHeader | None,
    today: date,
) -> Answer:
    """No document of ``kind`` from ``place`` in ``period``; ``near`` is the nearest other one."""
    subject = ", ".join(filter(None, (place, DOCUMENT_TYPES.get(kind or "", ""))))
    told = ""
    if near is not None:
        title = "" if kind else f": {in_list(_title(near))}"
        told = title if near.hospital_name == place else f"{title}, {near.hospital_name}"
    if period is not None:
        other = ("ближайший", near.created, told) if near else None
        return none_within(period, subject, "документов", other, today)
    if near is None:
        return Answer(as_sentence(f"{subject}: документов нет" if subject else "Документов нет"))
    elsewhere = f"из другой больницы последний — {day_of_talk(near.created, today)}{told}"
    return Answer(as_sentence(f"{subject}: документов нет, {elsewhere}"))


def document(document: Document, patient: Patient) -> Answer:
    """Title, date and conclusion; the full text is offered."""
    header = document.header
    lead = f"{_title(header)}, {day(header.created)}, {header.hospital_name}"
    if not document.conclusion:
        return Answer(join([lead, document.text]))
    offer = "Прочитать полностью?" if document.text else ""
    return Answer(join([lead, f"Заключение: {document.conclusion}", offer]))


def document_text(document: Document) -> Answer:
    """The whole document, conclusion last."""
    header = document.header
    conclusion = document.conclusion
    if conclusion and conclusion not in document.text:
        conclusion = f"Заключение: {conclusion}"
    else:
        conclusion = ""
    return Answer(join([f"{_title(header)}, {day(header.created)}", document.text, conclusion]))


def only_this(answer: Answer) -> Answer:
    """A document's answer where another specialist's or of another part of the body was asked."""
    return replace(answer, text=f"Есть только {in_list(answer.text)}")


def with_attached(answer: Answer, files: int) -> Answer:
    """A document's answer after its files were found to be genuine."""
    if not files:
        return answer
    return replace(answer, text=f"Приложено файлов: {files}, подлинность проверена. {answer.text}")


def which_hospital(names: Sequence[str]) -> Answer:
    """Ask back, in the order that «из второй» counts in."""
    lines = tuple(f"{i}. {name}." for i, name in enumerate(names, 1))
    asked = "Из какой больницы?"
    return Answer(join([asked, _numbered(names, "f")]), lines, asked)


def which_document(headers: Sequence[DocumentHeader], start: int = 0, place: str = "") -> Answer:
    """Ask back; a few are named, from ``start`` on, and the ``place`` that all are from."""
    lines = [f"{_title(header)}, {day(header.created)}" for header in headers]
    said = _numbered([in_list(line) for line in lines[start : start + PAGE]], "m", start + 1)
    numbered = tuple(f"{i}. {line}." for i, line in enumerate(lines, 1))
    if start:
        more = _MORE if len(headers) > start + PAGE else ""
        return Answer(join([said, more]), numbered[start : start + PAGE])
    total = "" if len(headers) <= PAGE else f"Всего {count(len(headers), 'документ')}"
    asked = [f"{place}." if place else "", "Какой документ?"]
    return Answer(join([*asked, said, total]), numbered, join([*asked, total]))
