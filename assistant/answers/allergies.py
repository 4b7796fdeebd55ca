"""The answer about allergies, and whether two substances are one, are kin or may be.

All of it is PHI.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Final

from pymorphy3.analyzer import Parse
from rapidfuzz import fuzz

from assistant.answers.messages import Answer
from assistant.answers.wording import count, in_list, join, of_patient, sentence
from assistant.speech.numerals import parses
from ledger_client.messages import Allergy, Patient

_SEVERITY: Final = {
    "mild": "лёгкая реакция",
    "moderate": "реакция средней тяжести",
    "severe": "тяжёлая реакция",
}
_SAME: Final = 85.0
"""Likeness of two words, 0 to 100, from which they name one substance."""
_WHOLE: Final = 5
"""Letters of a word from which another one that begins with it names the same substance."""
_CLASSES: Final = frozenset(
    ("лекарство", "препарат", "медикамент", "средство", "таблетка", "укол", "антибиотик",
     "анестетик", "анальгетик", "обезболивающее", "обезболивающий", "вакцина", "прививка",
     "наркоз", "анестезия", "еда", "пища", "продукт", "ряд", "группа", "класс", "лактам",
     "антисептик", "контраст", "животное", "растение", "трава", "насекомое", "орех", "фрукт",
     "ягода", "цитрус", "рыба", "масло", "кислота", "соль", "вещество", "белок", "шерсть")
)  # fmt: skip
"""Words for many substances, of which the record names one."""
_KIN: Final = (
    ("циллин", "цеф", "пенем", "лактам"),
    ("каин", "анест"),
    ("сульф", "септол", "тримоксазол"),
    ("мицин",),
    ("циклин",),
    ("салици", "аспирин", "профен", "диклофенак", "кетор", "кетопр", "метамизол", "анальгин",
     "баралгин", "нимесулид", "оксикам", "индометацин", "нестероид", "нпв"),
    ("код", "морф", "трамадол", "промедол", "фентанил", "опи"),
    ("йод", "контраст", "урограф", "омнипак"),
    ("арахис", "орех", "фундук", "миндал", "кешью", "фисташ"),
    ("молок", "молоч", "лактоз", "казеин", "творог", "сыр", "кефир"),
    ("яйц", "яич"),
    ("рыб", "кревет", "морепрод", "краб", "лосос", "треск"),
    ("пыльц", "поллиноз", "берез", "полын", "амброз", "цветен"),
    ("прополис", "мед", "пчел", "ос"),
    ("кош", "собак", "шерст"),
    ("латекс", "резин", "перчат"),
)  # fmt: skip
"""Parts of the names of substances of which who reacts to one may react to another."""


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
    if not matching and not all(_can_deny(asked_substance, one.substance) for one in found):
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


def same(asked: str, recorded: str) -> bool:
    """Whether the words name one substance: in any case, misheard by little («пеницилину»), or
    one made of the other («арахисовое масло»).
    """
    mine, theirs = _stems(asked), _stems(recorded)
    if _adjectives(asked) and _adjectives(recorded):  # «кислота» alone tells nothing
        mine, theirs = _adjectives(asked), _adjectives(recorded)
    return any(
        fuzz.ratio(one, other) >= _SAME or _made_of(one, other)
        for one, other in product(mine, theirs)
    )


def _can_deny(asked: str, recorded: str) -> bool:
    """Whether ``recorded`` surely says nothing of what was ``asked``: where either is a class, of
    a word that no dictionary has, and of a substance that is kin or sounds so, nothing is sure.
    """
    mine, theirs = _stems(asked), _stems(recorded)
    if not mine or _is_class(asked) or any(map(_is_plural, recorded.split())):
        return False
    if any(one[:4] == other[:4] for one, other in product(mine, theirs)):
        return False
    return not any(_has(mine, kin) and _has(theirs, kin) for kin in _KIN)


def _has(words: frozenset[str], parts: tuple[str, ...]) -> bool:
    """Short parts begin a word; longer ones may stand anywhere in it."""
    return any(
        word.startswith(part) or (len(part) > 3 and part in word)
        for word in words
        for part in parts
    )


def _made_of(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(short) >= _WHOLE and long.startswith(short)


def _is_class(words: str) -> bool:
    """Whether one of the words means many substances, or is not known at all."""
    return any(
        _is_plural(word)
        or not parses(word)[0].is_known
        or any(p.normal_form in _CLASSES for p in parses(word))
        for word in words.lower().replace("-", " ").split()
    )


def _is_plural(word: str) -> bool:
    return all("plur" in p.tag for p in parses(word.lower()))


def _adjectives(text: str) -> frozenset[str]:
    return frozenset(
        _plain(parses(word)[0].normal_form)
        for word in text.lower().split()
        if parses(word)[0].tag.POS in ("ADJF", "PRTF")
    )


def _stems(text: str) -> frozenset[str]:
    readings: list[Parse] = [parse for word in text.lower().split() for parse in parses(word)]
    return frozenset(
        _plain(p.normal_form) for p in readings if p.tag.POS in ("NOUN", "ADJF", "PRTF")
    )


def _plain(word: str) -> str:
    return word.replace("ё", "е")
