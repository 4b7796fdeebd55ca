"""Answers about what the ledger keeps: visits, documents, allergies, medicines, diagnoses.

Each leads with the fact and offers the rest. Everything here is PHI.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

from pymorphy3.analyzer import Parse
from rapidfuzz import fuzz

from assistant.answers.messages import Answer
from assistant.answers.wording import (
    count,
    day,
    join,
    nth,
    number,
    of_patient,
    recent_day,
    unit_words,
)
from assistant.answers.wording import sentence as as_sentence
from assistant.speech.numerals import parses
from ledger_client.messages import (
    Allergy,
    Diagnosis,
    Document,
    DocumentHeader,
    Medication,
    Patient,
    Visit,
)
from nlu.vocabulary import DOCUMENT_TYPES

PAGE: Final = 3
"""Items said at once."""
_SAME: Final = 85.0
"""Likeness of two words, 0 to 100, from which they name one substance."""
_CLASSES: Final = frozenset(
    ("лекарство", "препарат", "медикамент", "средство", "таблетка", "укол", "антибиотик",
     "анестетик", "анальгетик", "обезболивающее", "обезболивающий", "вакцина", "прививка",
     "наркоз", "анестезия", "еда", "пища", "продукт")
)  # fmt: skip
"""Words for many substances, of which the record names one."""
_MORE: Final = "Сказать дальше?"
_SEVERITY: Final = {
    "mild": "лёгкая реакция",
    "moderate": "реакция средней тяжести",
    "severe": "тяжёлая реакция",
}


def _newest_first(visits: Sequence[Visit]) -> list[Visit]:
    return sorted(visits, key=lambda visit: visit.started, reverse=True)


def visited_hospitals(visits: Sequence[Visit]) -> tuple[tuple[str, str], ...]:
    """(id, name) of each hospital once, the one visited last first: «из второй» counts here."""
    names: dict[str, str] = {}
    for visit in _newest_first(visits):
        names.setdefault(visit.hospital_id, visit.hospital_name)
    return tuple(names.items())


def _visit(visit: Visit, today: date) -> str:
    department = _in_list(visit.department)
    where = ", ".join(part for part in (visit.hospital_name, department) if part)
    reason = f": {_in_list(visit.reason)}" if visit.reason else ""
    return f"{recent_day(visit.started, today)}, {where}{reason}"


def visits(patient: Patient, visits: Sequence[Visit], today: date, start: int = 0) -> Answer:
    """How many, the latest, and the hospitals in numbered order; earlier visits from ``start`` on.

    ``visits`` are all of them; ``start`` is the first to say, 0 being the latest, which is said
    alone: who wants the others says «дальше».
    """
    if not visits:
        return Answer("Посещений не найдено.")
    found = _newest_first(visits)
    lines = tuple(_visit(visit, today) for visit in found)
    if start:
        shown = lines[start : start + PAGE]
        parts = ["Ранее: " + "; ".join(line.rstrip(".") for line in shown)]
        headline = "Ранее:"
    else:
        shown = lines[:1]
        total = f"{of_patient(patient)} {count(len(found), 'посещение')}"
        parts = [total, f"Последнее — {lines[0]}"] if len(found) > 1 else [f"{total}: {lines[0]}"]
        hospitals = visited_hospitals(visits)
        if len(hospitals) > 1:
            parts.append("Больницы: " + _numbered([name for _, name in hospitals], "f"))
        headline = join([total, *parts[2:]]) + (" Последнее:" if len(found) > 1 else "")
    more = _MORE if len(found) > next_visit(start) else ""
    return Answer(join([*parts, more]), tuple(map(as_sentence, shown)), headline)


def next_visit(start: int) -> int:
    """The first visit of the page after the one that begins at ``start``."""
    return start + PAGE if start else 1


def _numbered(names: Sequence[str], gender: str, first: int = 1) -> str:
    """«первая — Боткинская больница; вторая — …»."""
    return "; ".join(f"{nth(i, gender)} — {name}" for i, name in enumerate(names, first))


def _title(header: DocumentHeader) -> str:
    return header.title or DOCUMENT_TYPES.get(header.type, "документ")


def _in_list(text: str) -> str:
    """Lower case at the front unless the word is an abbreviation: «выписка», «МРТ»."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


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
    said = _numbered([_in_list(line) for line in lines], "m", start + 1)
    total = f"{hospital_name}: {count(len(headers), 'документ')}"
    lead = "" if start else total
    if len(headers) == 1:
        said = _in_list(lines[0])
    more = _MORE if len(headers) > start + page else ""
    numbered = tuple(f"{i}. {line}." for i, line in enumerate(lines, start + 1))
    return Answer(join([lead, said, more]), numbered, join([total]))


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


def with_attached(answer: Answer, files: int) -> Answer:
    """A document's answer after its files were found to be genuine."""
    if not files:
        return answer
    return replace(answer, text=f"Приложено файлов: {files}, подлинность проверена. {answer.text}")


def allergies(
    patient: Patient, found: Sequence[Allergy], asked_substance: str | None = None
) -> Answer:
    """Whether ``asked_substance`` is among them, then all of them: a related one matters too.

    Of a class («антибиотики») nothing is denied, for the record names substances.
    """
    said = [_allergy(allergy) for allergy in found]
    lines = tuple(map(as_sentence, said))
    if not found:
        return Answer("Аллергии в карте не отмечены.")
    lead = f"{of_patient(patient)} {_allergy_count(len(found))}"
    if asked_substance is None:
        return Answer(join([lead, *said]), lines, join([lead]))
    matching = [
        line
        for line, allergy in zip(said, found, strict=True)
        if _same_substance(asked_substance, allergy.substance)
    ]
    if not matching and _is_class(asked_substance):
        return Answer(join([lead, *said]), lines, join([lead]))
    others = [line for line in said if line not in matching]
    if matching:
        also = "Отмечено также: " + "; ".join(map(_in_list, others)) if others else ""
        yes = "Да, аллергия отмечена: " + "; ".join(map(_in_list, matching))
        return Answer(join([yes, also]), tuple(map(as_sentence, others)), join([yes]))
    no_record = f"Записи об аллергии нет: {asked_substance}"
    other = "Отмечено другое"
    text = join([no_record, f"{other}: " + "; ".join(map(_in_list, said))])
    return Answer(text, lines, join([no_record, other]))


def _allergy_count(number_of: int) -> str:
    tens, ones = number_of // 10 % 10, number_of % 10
    if tens == 1 or ones == 0 or ones > 4:
        verb = "отмечено"
    else:
        verb = "отмечена" if ones == 1 else "отмечены"
    return f"{verb} {count(number_of, 'аллергия')}"


def _allergy(allergy: Allergy) -> str:
    severity = _SEVERITY.get(allergy.severity, allergy.severity)
    return f"{allergy.substance}: " + ", ".join(
        part for part in (allergy.reaction, severity) if part
    )


def _is_class(word: str) -> bool:
    """Whether a word means many substances: that none bears its name says nothing then."""
    readings = parses(word.lower())
    return all("plur" in p.tag for p in readings) or any(
        p.normal_form in _CLASSES for p in readings
    )


def _same_substance(asked: str, recorded: str) -> bool:
    """Whether a word is the same in any case, or misheard by little: «пеницилину»."""
    return any(
        fuzz.ratio(heard, written) >= _SAME
        for heard in _stems(asked)
        for written in _stems(recorded)
    )


def _stems(text: str) -> frozenset[str]:
    readings: list[Parse] = [parse for word in text.lower().split() for parse in parses(word)]
    return frozenset(p.normal_form for p in readings if p.tag.POS in ("NOUN", "ADJF"))


def medications(patient: Patient, found: Sequence[Medication]) -> Answer:
    """What the patient takes now, and how many prescriptions are over."""
    active = [medication for medication in found if medication.active]
    over = len(found) - len(active)
    if not found:
        return Answer("Назначений в карте нет.")
    ended = f"Отменено {count(over, 'назначение')}" if over else ""
    if not active:
        return Answer(join(["Действующих назначений нет", ended]))
    lines = tuple(_medication(medication) for medication in active)
    lead = f"{of_patient(patient)} {count(len(active), 'назначение')}"
    return Answer(join([lead, *lines, ended]), tuple(map(as_sentence, lines)), join([lead, ended]))


def _medication(medication: Medication) -> str:
    dose = number(medication.dose) + unit_words(medication.unit)
    schedule = f", {medication.schedule}" if medication.schedule else ""
    return f"{medication.name} {dose}{schedule}"


def diagnoses(patient: Patient, found: Sequence[Diagnosis]) -> Answer:
    """Those that hold now, then those of the past, with their codes."""
    if not found:
        return Answer("Диагнозов в карте нет.")
    active = [diagnosis for diagnosis in found if diagnosis.active]
    past = [diagnosis for diagnosis in found if not diagnosis.active]
    lead = f"{of_patient(patient)} {count(len(active), 'диагноз')}"
    if not active:
        lead = "Действующих диагнозов нет"
    now = [_diagnosis(diagnosis) for diagnosis in active]
    over = [_in_list(_diagnosis(diagnosis)) for diagnosis in past]
    before = "В прошлом: " + "; ".join(over) if over else ""
    lines = tuple(map(as_sentence, (*now, *(f"В прошлом: {one}" for one in over))))
    return Answer(join([lead, *now, before]), lines, join([lead]))


def _diagnosis(diagnosis: Diagnosis) -> str:
    return f"{diagnosis.name}, код {diagnosis.code}" if diagnosis.code else diagnosis.name


def which_hospital(names: Sequence[str]) -> Answer:
    """Ask back, in the order that «из второй» counts in."""
    lines = tuple(f"{i}. {name}." for i, name in enumerate(names, 1))
    asked = "Из какой больницы?"
    return Answer(join([asked, _numbered(names, "f")]), lines, asked)


def which_document(headers: Sequence[DocumentHeader]) -> Answer:
    """Ask back; the first few are named."""
    lines = [f"{_title(header)}, {day(header.created)}" for header in headers]
    total = "" if len(headers) <= PAGE else f"Всего {count(len(headers), 'документ')}"
    said = _numbered([_in_list(line) for line in lines[:PAGE]], "m")
    return Answer(
        join(["Какой документ?", said, total]),
        tuple(f"{i}. {line}." for i, line in enumerate(lines, 1)),
        join(["Какой документ?", total]),
    )
