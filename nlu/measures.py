"""Dictated values: numbers with units, read only when they can mean one thing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from nlu.canon import canonical
from nlu.messages import Measurement

BOUNDS: dict[str, tuple[str, str]] = {
    "heart_rate": ("20", "300"),
    "temperature": ("25", "44"),
    "spo2": ("30", "100"),
    "respiratory_rate": ("3", "80"),
    "weight": ("0.3", "400"),
    "height": ("20", "250"),
    "glucose": ("0.5", "60"),
    "haemoglobin": ("20", "250"),
    "hba1c": ("3", "20"),
    "creatinine": ("10", "2000"),
    "cholesterol": ("0.5", "30"),
    "potassium": ("1", "10"),
    "leukocytes": ("0.1", "500"),
    "platelets": ("1", "2000"),
    "esr": ("0", "150"),
    "crp": ("0", "600"),
    "troponin": ("0", "100000"),
    "ejection_fraction": ("5", "90"),
}
"""Lowest and highest value taken as heard right, in the ledger's unit. They are limits of the
possible, not of the healthy: outside them the assistant asks again."""

SYSTOLIC, DIASTOLIC = (50, 300), (20, 200)
"""Limits of the two pressures, mm[Hg]; the first must also exceed the second."""

TENTHS = frozenset(("temperature", "potassium", "glucose", "hba1c", "cholesterol", "leukocytes"))
"""Quantities said as «тридцать семь и две» or «тридцать шесть шесть»: a lone digit is tenths, and
two digits after «и» are hundredths where they can't be a value of their own."""

WHOLE = frozenset(("heart_rate", "spo2", "respiratory_rate"))
"""Counted or shown without a fraction: «60 и 7» is 67 torn apart, or two numbers."""

_UNITS: tuple[tuple[str, str], ...] = (
    (r"(?:миллиметр\w*|мм)(?: рт| ртутн\w*)(?: ст| столб\w*)?", "mm[Hg]"),
    (r"(?:миллиметр\w*|мм)(?: в час| / час| / ч)", "mm/h"),
    (r"(?:миллимол\w*|ммоль)(?: на литр| / л| л)?", "mmol/L"),
    (r"(?:микромол\w*|мкмоль)(?: на литр| / л| л)?", "umol/L"),
    (r"(?:миллиграмм\w*|мг)(?: на литр| / л| л)", "mg/L"),
    (r"(?:нанограмм\w*|нг)(?: на литр| / л| л)", "ng/L"),
    (r"(?:грамм\w*|г)(?: на литр| / л| л)", "g/L"),
    (r"процент\w*", "%"),
    (r"градус\w*(?: цельсия)?", "Cel"),
    (
        r"(?:удар\w*|вдох\w*|дыхани\w*|дыхательн\w* движени\w*|раза?)?(?: ?в минуту)|удар\w*"
        r"|вдох\w*",
        "/min",
    ),
    (r"(?:килограмм\w*|кг|кило)", "kg"),
    (r"(?:сантиметр\w*|см)", "cm"),
)
UNIT = re.compile(
    " (?:" + "|".join(f"(?P<u{i}>{pattern})" for i, (pattern, _) in enumerate(_UNITS)) + r")\b"
)
"""A unit as it is said after a number in canonical text, with the space before it."""
_EXPECTED = {
    "blood_pressure": "mm[Hg]", "heart_rate": "/min", "temperature": "Cel", "spo2": "%",
    "respiratory_rate": "/min", "weight": "kg", "height": "cm", "glucose": "mmol/L",
    "haemoglobin": "g/L", "hba1c": "%", "creatinine": "umol/L", "cholesterol": "mmol/L",
    "potassium": "mmol/L", "leukocytes": "10*9/L", "platelets": "10*9/L", "esr": "mm/h",
    "crp": "mg/L", "troponin": "ng/L", "ejection_fraction": "%",
}  # fmt: skip
_PAIR = re.compile(
    r"(?<![\d.,/-] )(?<!\d на )(?<!\d дробь )\b(\d{2,3}) (?:(на|/|-|дробь|и|:) )?(\d{2,3})\b"
    r"(?! (?:[.,/-] )?\d)"
)
_SLASHED = re.compile(r"(?<![\d.,/-] )\b(\d{2,3}) (?:на|/|дробь) (\d{2,3})\b(?! (?:[.,/-] )?\d)")
_GLUED = re.compile(r"(?<!\d )\b(\d{4,6})\b(?! (?:[.,/-] )?\d)")
_HUNDREDS_SPLIT = re.compile(r"\b[1-3]00 [1-9]0? ")
_NUMBER = re.compile(
    r"\b(\d+)"
    r"(?: (?:[.,]|(?P<dash>-)|цел\w+(?: и)?|(?P<and>и)) (?P<part>\d{1,2})(?: (?P<tenths>10й|100й))?"
    r"| (?P<half>с половинк?ой)(?P<thousand> 1000)?| (?P<digit>\d))?\b"
)
_PART = re.compile(
    r"\b(?:(?P<upper>верх|верхн\w+|систол\w+)|низ|нижн\w+|диастол\w+|(?<!\d )(?:на|дробь))"
    r"(?: (?:…|давлени\w*|а|на|было|будет))* (?P<number>\d{2,3})\b"
    r"(?! (?:(?:[.,/:-]|на|дробь|и) )?\d| (?:минут|час|секунд|процент))"
)
_PART_AFTER = re.compile(
    r"\b(?P<number>\d{2,3}) (?:(?P<upper>верх|верхн\w+|систол\w+)|низ|нижн\w+|диастол\w+)\b"
)
_ENDS_WITH_PART = re.compile(r"\d (?:верх|низ|верхн\w+|нижн\w+|систол\w+|диастол\w+)$")
_CELLS = {"leukocytes": 100, "platelets": 1000}
"""Counted in thousands: «двести сорок тысяч» in a microlitre are 240×10⁹ in a litre, and what is
said so is a multiple of these."""
HALVED = re.compile(r"\b(?:полтор[аы]|полутора|пол) (?:\S+ )?\d")
"""«Полторы тысячи», «пол тысячи»: the number in digits is not what was said."""
_METRES = re.compile(
    r"\b(?:(?:(?P<m>[12]) )?(?:метра?|м)(?: и)? (?P<cm>\d{2}|\d(?= (?:сантим|см\b)))"
    r"(?: (?:[.,]|и|цел\w+(?: и)?) (?P<mm>\d)(?: 10й)?\b(?! \d)|(?P<half> с половинк?ой))?"
    r"(?: (?:сантим\w*|см))?"
    r"|(?P<metre>[12]) (?:[.,]|и|цел\w+(?: и)?) (?P<part>\d{2})(?: 100й)?(?: (?:метр\w*|м))?)\b"
    r"(?! (?:(?:[.,/-]|и) )?\d)"
)
"""«метр 75», «1 метр 75 сантиметров», «метр 75 и 5», «1,75 метра», «один и семьдесят пять»."""
_COUNTED = re.compile(
    r"\bпоследни(?:е|х|ми?) \d{1,2}\b(?! (?:[.,/:-]|и|на|цел\w+|с половинк?ой|10й)\b| \d)"
    r"|\b\d{1,2} последни(?:е|х|ми?)\b|\b(?:[1-9]|10) раза?\b(?! в минуту)"
)
"""«Последние два сахара», «два раза»: how many, and no value."""
_BREATHS = re.compile(r"\b\d{1,2} раза?$")
"""«Частота дыхания восемь раз», and nothing in which they may be counted but a minute."""
_METRE = re.compile(r"\b(?:метра?|м)\b")
KILOS_AND_GRAMS = re.compile(
    r"\b(\d{1,3}) (?:килограмм\w*|кило|кг)(?: и)? (\d{1,3}) (?:грамм\w*|г)\b(?! (?:на|/|и) )"
)
"""«82 килограмма 500 грамм»."""


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A value with its place in the canonical text."""

    value: Measurement
    start: int
    end: int


def read_value(text: str, observation: str) -> Measurement | None:
    """The value of ``observation`` that a short answer says («сто тридцать на восемьдесят»).

    None when there is none, when it could be two different ones, or when it is outside
    :data:`BOUNDS`: the caller asks again.
    """
    found = find_value(canonical(text).text, observation)
    return found.value if found else None


def find_value(text: str, observation: str) -> FoundValue | None:
    """Find the value of one observation in a stretch of canonical text."""
    if observation != "respiratory_rate" or not _BREATHS.search(text):
        text = _COUNTED.sub(lambda counted: "…" * len(counted[0]), text)
    if observation == "blood_pressure":
        return _pressure(text)
    if observation == "height" and (metres := _METRES.search(text)):
        whole = 100 * int(metres["m"] or metres["metre"] or 1) + int(metres["cm"] or metres["part"])
        tenths = 5 if metres["half"] else int(metres["mm"] or 0)
        height = Decimal(10 * whole + tenths).scaleb(-1) if tenths else Decimal(whole)
        return FoundValue(_measure(height, None), *metres.span())
    if observation == "height" and _METRE.search(text):
        return None  # what is beside the metres is not the whole height
    if observation == "weight" and (grams := KILOS_AND_GRAMS.search(text)):
        weight = Decimal(grams[1]) + Decimal(grams[2]) / 1000
        return FoundValue(_measure(weight, "kg"), *grams.span())
    matches = list(_NUMBER.finditer(text))
    if len(matches) != 1 or HALVED.search(text):
        return None  # of two numbers none is the value, even where only one of them is possible
    unit, end = unit_after(text, matches[0].end())
    possible = [n for n in _numbers(matches[0], observation) if _in_bounds(observation, n)]
    if len(possible) != 1 or unit not in (None, _EXPECTED[observation]):
        return None
    return FoundValue(_measure(possible[0], unit), matches[0].start(), end)


def find_bare_pressure(text: str) -> FoundValue | None:
    """«130 на 80» with nothing named can only be a blood pressure."""
    return _pressure(text) if _SLASHED.search(text) else _both_parts(text)


def is_possible(observation: str, value: Measurement) -> bool:
    """Whether ``value`` has the parts, the unit and the size that ``observation`` can have."""
    if value.unit not in (None, _EXPECTED[observation]):
        return False
    if observation == "blood_pressure":
        return len(value.numbers) == 2 and _is_pressure(*value.numbers)
    return len(value.numbers) == 1 and _in_bounds(observation, value.numbers[0])


def find_pressure_parts(text: str, known: Measurement | None) -> tuple[Measurement, str] | None:
    """«верхнее 140», «90 нижнее», «на 90»: the pressure that it makes of the ``known`` one, with
    the rest of the canonical text. None where a part is missing or said twice, or the two don't
    fit.
    """
    parts: dict[str, Decimal] = {}
    pattern = _PART_AFTER if _ENDS_WITH_PART.search(text) else _PART
    for match in pattern.finditer(text):
        which = "upper" if match["upper"] else "lower"
        if which in parts:
            return None
        parts[which] = Decimal(match["number"])
    if not parts or (len(parts) < 2 and known is None):
        return None
    upper, lower = known.numbers if known is not None else (Decimal(), Decimal())
    value = Measurement(
        (parts.get("upper", upper), parts.get("lower", lower)), known.unit if known else None
    )
    return (value, pattern.sub("…", text)) if is_possible("blood_pressure", value) else None


def _measure(number: Decimal, unit: str | None) -> Measurement:
    return Measurement((number,), unit)


def _pressure(text: str) -> FoundValue | None:
    if _HUNDREDS_SPLIT.search(text):
        return None  # «100 30 на 80» is 130/80 torn apart, or 100/30 and something else
    if parts := _both_parts(text):
        return parts
    pairs = list(_PAIR.finditer(text))
    if len(pairs) > 1:
        return None
    if pairs:
        match = pairs[0]
        if match[2] is None and match[1][-1] != "0" and match[1][-1] == match[3][0]:
            return None  # «138 80» may be «130 80» with the eight heard twice
        numbers = [(int(match[1]), int(match[3]))]
    else:
        glued = list(_GLUED.finditer(text))
        if len(glued) != 1:
            return None
        match = glued[0]
        digits = match[1]
        numbers = [(int(digits[:cut]), int(digits[cut:])) for cut in (2, 3) if digits[cut] != "0"]
    possible = [(s, d) for s, d in numbers if _is_pressure(s, d)]
    if len(possible) != 1:
        return None
    unit, end = unit_after(text, match.end())
    if unit not in (None, "mm[Hg]"):
        return None
    systolic, diastolic = possible[0]
    return FoundValue(
        Measurement((Decimal(systolic), Decimal(diastolic)), unit), match.start(), end
    )


def _both_parts(text: str) -> FoundValue | None:
    """«верхнее 160 нижнее 90»."""
    found = [*_PART.finditer(text)]
    parts = find_pressure_parts(text, None) if len(found) == 2 else None
    return FoundValue(parts[0], found[0].start(), found[1].end()) if parts else None


def _is_pressure(systolic: int | Decimal, diastolic: int | Decimal) -> bool:
    return (
        SYSTOLIC[0] <= systolic <= SYSTOLIC[1]
        and DIASTOLIC[0] <= diastolic <= DIASTOLIC[1]
        and systolic > diastolic
    )


def unit_after(text: str, end: int) -> tuple[str | None, int]:
    """The unit (UCUM) that follows at ``end`` of canonical text, and where it ends."""
    match = UNIT.match(text, end)
    if match is None:
        return None, end
    index = next(i for i in range(len(_UNITS)) if match[f"u{i}"] is not None)
    return _UNITS[index][1], match.end()


def _in_bounds(observation: str, number: Decimal) -> bool:
    low, high = (Decimal(bound) for bound in BOUNDS[observation])
    return low <= number <= high


def _numbers(match: re.Match[str], observation: str) -> tuple[Decimal, ...]:
    """What one match of ``_NUMBER`` can mean for this quantity; nothing of two numbers."""
    whole, part, digit = Decimal(match[1]), match["part"], match["digit"]
    if observation in WHOLE and (match["half"] or part or digit):
        return ()
    if match["thousand"] and observation not in _CELLS:
        return ()
    if match["half"]:
        return (whole + Decimal("0.5"),)
    if part:
        if match["dash"] and (observation not in TENTHS or len(part) > 1):
            return ()
        if match["and"] and len(part) > 1 and not match["tenths"]:  # «95 и 72» are two numbers
            apart = observation not in TENTHS or _in_bounds(observation, Decimal(part))
            return () if apart else (whole + Decimal(part).scaleb(-2),)
        places = 2 if match["tenths"] == "100й" or len(part) == 2 else 1
        return (whole + Decimal(part).scaleb(-places),)
    if digit:
        if observation not in TENTHS:
            return ()
        tenths = whole + Decimal(digit).scaleb(-1)
        # «сорок пять» heard as «40 5»
        return (tenths, whole + Decimal(digit)) if match[1].endswith("0") and whole else (tenths,)
    many = observation in _CELLS and whole >= 1000 and whole % _CELLS[observation] == 0
    if many and not _in_bounds(observation, whole):
        return (whole / 1000,)
    if observation == "temperature" and len(match[1]) == 3:
        return (whole / 10,)  # «36 6» written together
    return (whole,)
