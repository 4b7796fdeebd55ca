"""The answer about allergies. All of it is PHI."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from assistant.answers.messages import Answer
from assistant.answers.substances import can_deny, same
from assistant.answers.wording import count, in_list, join, of_patient, sentence
from ledger_client.messages import Allergy, Patient

_SEVERITY: Final = {
    "mild": "лёгкая реакция",
    "moderate": "реакция средней тяжести",
    "severe": "тяжёлая реакция",
}


def allergies(
    patient: Patient, found: Sequence[Allergy], asked_substance: str | None = None
) -> Answer:
    """Whether ``asked_substance``, as said after «на», is among them, then all of them: a related
    one matters too.

    Of a class («антибиотики») nothing is denied, for the record names substances, nor beside
    a substance that is kin to it.
    """
    said = [_allergy(allergy) for allergy in found]
    lines = tuple(map(sentence, said))
    if not found:
        return Answer("Аллергии в карте не отмечены.")
    lead = f"{of_patient(patient)} {_allergy_count(len(found))}"
    if asked_substance is None:
        return Answer(join([lead, *said]), lines, join([lead]))
    matching = [
        line
        for line, allergy in zip(said, found, strict=True)
        if same(asked_substance, allergy.substance)
    ]
    if not matching and not all(can_deny(asked_substance, one.substance) for one in found):
        return Answer(join([lead, *said]), lines, join([lead]))
    others = [line for line in said if line not in matching]
    if matching:
        also = "Отмечено также: " + "; ".join(map(in_list, others)) if others else ""
        yes = "Да, аллергия отмечена: " + "; ".join(map(in_list, matching))
        return Answer(join([yes, also]), tuple(map(sentence, others)), join([yes]))
    no_record = f"Записи об аллергии на {asked_substance} нет"
    other = "Отмечено другое"
    text = join([no_record, f"{other}: " + "; ".join(map(in_list, said))])
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
