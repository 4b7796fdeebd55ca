"""Units of measure as they are written in Russian charts, and how they are said."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from assistant.speech.numerals import cardinal, counted, ordinal, parse_gender, parses

_NOUNS: Final = {
    "миллиметр": ("мм",),
    "микрометр": ("мкм",),
    "сантиметр": ("см",),
    "метр": ("м",),
    "километр": ("км",),
    "килограмм": ("кг", "kg"),
    "грамм": ("г", "гр"),
    "миллиграмм": ("мг", "mg"),
    "микрограмм": ("мкг",),
    "нанограмм": ("нг",),
    "пикограмм": ("пг",),
    "литр": ("л",),
    "децилитр": ("дл",),
    "миллилитр": ("мл", "ml"),
    "миллимоль": ("ммоль", "mmol"),
    "микромоль": ("мкмоль",),
    "наномоль": ("нмоль",),
    "пикомоль": ("пмоль",),
    "моль": ("моль",),
    "единица": ("ЕД", "Ед", "ед"),
    "процент": ("%",),
    "градус": ("°",),
    "удар": ("уд",),
    "вдох": ("дых", "вдох", "вд"),
    "тысяча": ("тыс",),
    "таблетка": ("табл", "таб", "тб"),
    "капсула": ("капс",),
    "капля": ("кап",),
    "ампула": ("амп",),
    "флакон": ("фл",),
    "час": ("ч", "час"),
    "минута": ("мин",),
    "секунда": ("сек",),
    "миллисекунда": ("мс",),
    "герц": ("Гц",),
    "джоуль": ("Дж",),
    "сутки": ("сут",),
    "день": ("дн",),
    "неделя": ("нед",),
    "месяц": ("мес",),
    "раз": ("р", "раз"),
}
_PER: Final = {
    "л": "на литр",
    "l": "на литр",
    "L": "на литр",
    "дл": "на децилитр",
    "мл": "на миллилитр",
    "мкл": "на микролитр",
    "кг": "на килограмм",
    "м^2": "на квадратный метр",
    "моль": "на моль",
    "ч": "в час",
    "час": "в час",
    "мин": "в минуту",
    "сек": "в секунду",
    "д": "в день",
    "дн": "в день",
    "день": "в день",
    "сут": "в сутки",
    "сутки": "в сутки",
    "нед": "в неделю",
    "мес": "в месяц",
}
_FIXED: Final = {
    "мм рт ст": ("миллиметр", "ртутного столба"),
    "мм вод ст": ("миллиметр", "водного столба"),
    "° C": ("градус", "Цельсия"),
    "МЕ": ("единица", "", "международная"),
    "мМЕ": ("миллиединица", "", "международная"),
    "м^2": ("метр", "", "квадратный"),
    "см^2": ("сантиметр", "", "квадратный"),
    "см^3": ("сантиметр", "", "кубический"),
    "ст л": ("ложка", "", "столовая"),
    "ч л": ("ложка", "", "чайная"),
}
_INVARIANT: Final = frozenset({"миллимоль", "микромоль", "наномоль", "пикомоль", "моль", ""})
_BY_ABBREVIATION: Final = {short: noun for noun, shorts in _NOUNS.items() for short in shorts}


def _any_of(words: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_POWER: Final = r"(?:[×xх·*]\s?)?10\s?[\^*]\s?(?P<power>\d{1,2})\s?/\s?(?P<power_per>мкл|мл|л|l|L)"
_HEAD: Final = (
    r"(?P<mercury>мм\.?\s?рт\.?\s?ст)|(?P<water>мм\.?\s?вод\.?\s?ст)|(?P<celsius>[°º]\s?[CСcс])"
    r"|(?P<fixed>м?МЕ|см\^[23]|м\^2)|(?P<spoon>(?:ст|ч)\. ?л)|(?P<head>"
    + _any_of(list(_BY_ABBREVIATION))
    + ")"
)
_TAIL: Final = r"(?P<per>(?:\.?\s?(?:/|в)\s?(?:" + _any_of(list(_PER)) + r")(?![а-яёa-z^]))*)"
_BARE: Final = r"/\s?(?P<bare>" + _any_of(list(_PER)) + ")"
UNIT: Final = rf"(?:{_POWER}|(?:{_HEAD}){_TAIL}|{_BARE})(?![А-Яа-яЁёA-Za-z\d^])(?P<dot>\.?)"
"""A pattern with the groups that :func:`read_unit` needs; no spaces before it."""


@dataclass(frozen=True, slots=True)
class Unit:
    """How a unit is said: a noun that agrees with the number, and what stays the same."""

    noun: str
    tail: str
    adjective: str = ""

    @property
    def gender(self) -> str:
        """Of the noun: ``m``, ``f`` or ``n``."""
        return parse_gender(parses(self.noun)[0]) if self.noun not in _INVARIANT else "m"

    def after(self, number: str, case: str) -> str:
        """The words that follow ``number``, which is written «5» or «5,7»."""
        if not self.noun:
            return self.tail
        if self.noun in _INVARIANT:
            noun = self.noun
        else:
            # the dictionary has not every prefix: «микро» + «грамм»
            stem = "грамм" if self.noun.endswith("грамм") else self.noun
            whole = "," not in number
            noun = self.noun.removesuffix(stem)
            noun += counted(stem, int(number) if whole else 2, case if whole else "n")
        return " ".join(part for part in (self._adjective(number, case), noun, self.tail) if part)

    def _adjective(self, number: str, case: str) -> str:
        if not self.adjective:
            return ""
        stem = self.adjective[:-2]
        if "," in number:
            return stem + ("ой" if self.gender == "f" else "ого")
        one = number.endswith("1") and not number.endswith("11")
        if not one:
            ending = {"d": "м", "i": "ми"}.get(case, "х")
            return stem + ("и" if stem.endswith("к") else "ы") + ending
        if self.gender == "f":
            return stem + {"n": "ая", "a": "ую"}.get(case, "ой")
        soft = "и" if stem.endswith("к") else "ы"
        return stem + {"g": "ого", "d": "ому", "i": soft + "м", "p": "ом"}.get(
            case, self.adjective[-2:]
        )


def read_unit(match: re.Match[str]) -> Unit | None:
    """The unit that the groups of :data:`UNIT` found, None when there is none."""
    found = match.groupdict()
    if found["power"]:
        power = ordinal(int(found["power"]), "p", "f")
        per = _PER.get(found["power_per"], "на микролитр")
        return Unit("", f"на {cardinal(10)} в {power} степени {per}")
    if found["bare"]:
        return Unit("", _PER[found["bare"]])
    parts = re.findall(r"[^\s./]+", found["per"] or "")
    per = " ".join(_PER[part] for part in parts if part != "в")
    key = (
        "мм рт ст"
        if found["mercury"]
        else "мм вод ст"
        if found["water"]
        else "° C"
        if found["celsius"]
        else f"{found['spoon'].split('.')[0]} л"
        if found["spoon"]
        else found["fixed"]
    )
    if key:
        noun, tail, *adjective = _FIXED[key]
        return Unit(noun, f"{tail} {per}".strip(), *adjective)
    if found["head"]:
        return Unit(_BY_ABBREVIATION[found["head"]], per)
    return None
