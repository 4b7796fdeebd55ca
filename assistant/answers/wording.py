"""Names, dates, counts and values as the answers write them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from assistant.answers.messages import Answer
from assistant.speech.dates import MONTHS
from assistant.speech.numerals import counted, ordinal
from ledger_client.messages import Patient
from nlu.declension import CASES, Part, decline

_UNITS: Final = {
    "mm[Hg]": " мм рт. ст.",
    "/min": " в минуту",
    "Cel": " °C",
    "%": " %",
    "kg": " кг",
    "g": " г",
    "mg": " мг",
    "ug": " мкг",
    "mL": " мл",
    "L": " л",
    "cm": " см",
    "mmol/L": " ммоль/л",
    "umol/L": " мкмоль/л",
    "g/L": " г/л",
    "mg/L": " мг/л",
    "ng/L": " нг/л",
    "10*9/L": "×10⁹/л",
    "mm/h": " мм/ч",
    "[iU]": " МЕ",
    "U": " ЕД",
}
OLD: Final = timedelta(hours=24)
"""A vital sign older than this is called old."""


def full_name(patient: Patient) -> str:
    """«Иванов Пётр Сергеевич»; a missing patronymic leaves no gap."""
    return " ".join(part for part in (patient.last, patient.first, patient.middle) if part)


def patient_line(patient: Patient) -> str:
    """«Иванов Пётр Сергеевич, 1958 года рождения»."""
    return f"{full_name(patient)}, {patient.birth_date.year} года рождения"


def dative_line(patient: Patient) -> str:
    """«Иванову Петру Сергеевичу, 1958 года рождения»."""
    words = (patient.last, patient.first, patient.middle)
    name = " ".join(
        decline(word, part, patient.sex)[CASES.index("datv")]
        for part, word in zip(Part, words, strict=True)
        if word
    )
    return f"{name}, {patient.birth_date.year} года рождения"


def of_patient(patient: Patient) -> str:
    """«У пациента» or «У пациентки»."""
    return "У пациентки" if patient.sex == "f" else "У пациента"


def count(number: int, noun: str) -> str:
    """«1 посещение», «2 посещения», «5 посещений»; ``noun`` in the nominative singular."""
    return f"{number} {counted(noun, number)}"


def nth(number: int, gender: str) -> str:
    """«первая», «второй», «третье»."""
    return ordinal(number, "n", gender)


def day(when: date) -> str:
    """«12 марта 2026 года»."""
    return f"{when.day} {MONTHS[when.month - 1]} {when.year} года"


def recent_day(when: date, today: date) -> str:
    """«сегодня», «вчера», else the date."""
    return {0: "сегодня", 1: "вчера"}.get((today - when).days, day(when))


def start_of(when: date, zoned: datetime) -> datetime:
    """The midnight that stands for a day whose hour nobody said, on the clock of ``zoned``."""
    return datetime.combine(when, time(), zoned.tzinfo)


def is_day(when: datetime, now: datetime) -> bool:
    """Whether ``when`` is :func:`start_of` a day, whose hour nobody said."""
    return in_zone_of(when, now).time() == time()


def moment(when: datetime, now: datetime) -> str:
    """«сегодня в 10:40», «12 марта 2026 года в 10:40», in the zone of ``now``.

    Of :func:`start_of` a day only the day.
    """
    local = in_zone_of(when, now)
    if is_day(when, now):
        return recent_day(local.date(), now.date())
    return f"{recent_day(local.date(), now.date())} в {local.hour}:{local.minute:02}"


def as_of(answer: Answer, taken: datetime, now: datetime) -> Answer:
    """An answer that was kept, with when the ledger gave it: «По данным на 10:40.»"""
    local = in_zone_of(taken, now)
    at = f"{local:%H:%M}" if local.date() == now.date() else f"{day(local.date())}, {local:%H:%M}"
    return answer.after(f"По данным на {at}.")


def in_zone_of(when: datetime, now: datetime) -> datetime:
    """``when`` on the clock that ``now`` shows."""
    return when.astimezone(now.tzinfo) if when.tzinfo and now.tzinfo else when


def number(value: Decimal) -> str:
    """With a decimal comma and every digit that the ledger holds."""
    return format(value, "f").replace(".", ",")


def unit_words(unit: str) -> str:
    """The Russian sign of a UCUM unit with the space before it; an unknown one as it is."""
    return _UNITS.get(unit, f" {unit}" if unit else "")


def value(code: str, values: Sequence[Decimal], unit: str) -> str:
    """«130/80 мм рт. ст.», «72 удара в минуту», «5,7 ммоль/л»."""
    beats = code == "heart_rate" and unit == "/min"
    unit_text = " уд/мин" if beats else unit_words(unit)
    return "/".join(number(part) for part in values) + unit_text


def sentence(text: str) -> str:
    """``text`` with a capital letter and a full stop, whichever it lacks."""
    text = text.strip()
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!", "…")) else f"{text}."


def in_list(text: str) -> str:
    """Lower case at the front unless the word is an abbreviation: «выписка», «МРТ»."""
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def join(sentences: Sequence[str]) -> str:
    """Sentences one after the other, empty ones left out."""
    return " ".join(sentence(part) for part in sentences if part)
