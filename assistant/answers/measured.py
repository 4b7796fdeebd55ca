"""Answers about vital signs and laboratory results, and the two steps of recording one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from assistant.answers.fixed import ask_apart, ask_value
from assistant.answers.messages import Alarm, Answer
from assistant.answers.periods import none_within
from assistant.answers.wording import (
    OLD,
    dative_line,
    day,
    in_zone_of,
    is_day,
    join,
    moment,
    number,
    patient_line,
    recent_day,
    sentence,
    value,
)
from assistant.speech.numerals import decline, parses
from ledger_client.messages import Alert, Observation, Patient
from nlu.messages import Period
from nlu.refusals import Refusal
from nlu.vocabulary import OBSERVATIONS

_IN_UNIT = {
    "mm[Hg]": "в миллиметрах ртутного столба",
    "/min": "за минуту",
    "Cel": "в градусах Цельсия",
    "%": "в процентах",
    "kg": "в килограммах",
    "cm": "в сантиметрах",
    "mmol/L": "в миллимолях на литр",
    "umol/L": "в микромолях на литр",
    "g/L": "в граммах на литр",
    "mg/L": "в миллиграммах на литр",
    "ng/L": "в нанограммах на литр",
    "10*9/L": "в миллиардах на литр",
    "mm/h": "в миллиметрах в час",
}


def _name(code: str) -> str:
    return OBSERVATIONS[code].name if code in OBSERVATIONS else code


def _newest_first(observations: Sequence[Observation]) -> list[Observation]:
    return sorted(observations, key=lambda observation: observation.taken, reverse=True)


def _said(observation: Observation) -> str:
    return value(observation.code, observation.values, observation.unit)


def _age(taken: datetime, now: datetime) -> str:
    age = now - in_zone_of(taken, now)
    units = ((365, "года"), (31, "месяца"), (7, "недели"))
    unit = next((unit for days, unit in units if age > timedelta(days)), "суток")
    return f", больше {unit} назад" if age > OLD else ""


def _against_norm(observation: Observation) -> str:
    """«выше нормы, норма 3,3–5,5»; nothing without limits, or for blood pressure."""
    low, high = observation.low, observation.high
    if len(observation.values) != 1 or (low is None and high is None):
        return ""
    measured = observation.values[0]
    if low is not None and measured < low:
        verdict = "ниже нормы"
    elif high is not None and measured > high:
        verdict = "выше нормы"
    else:
        return "в норме"
    if low is not None and high is not None:
        limits = f"{number(low)}–{number(high)}"
    else:
        limits = f"до {number(high)}" if high is not None else f"от {number(low or Decimal())}"
    return f"{verdict}, норма {limits}"


def _trend(newest: Observation, earlier: Observation, now: datetime) -> str:
    """«Предыдущее значение — 6,9, 3 февраля 2026 года: рост»; «рост» of weight is «прибавка», and
    of height nothing.
    """
    previous = "/".join(number(part) for part in earlier.values)
    when = moment(earlier.taken, now) if newest.category == "vital" else _day(earlier, now)
    trend = ""
    if newest.unit != earlier.unit:
        return f"Предыдущее значение — {_said(earlier)}, {when}"
    if len(newest.values) == 1 and newest.code != "height":
        change = newest.values[0] - earlier.values[0]
        rise = "прибавка" if newest.code == "weight" else "рост"
        trend = f": {rise}" if change > 0 else ": снижение" if change < 0 else ": без изменений"
    return f"Предыдущее значение — {previous}, {when}{trend}"


def _day(observation: Observation, now: datetime) -> str:
    return recent_day(in_zone_of(observation.taken, now).date(), now.date())


def vitals(patient: Patient, observations: Sequence[Observation], now: datetime) -> Answer:
    """The latest of each vital sign and when it was taken; for a single one the trend too."""
    if not observations:
        return Answer("Измерений не найдено.")
    found = _newest_first(observations)
    latest: dict[str, Observation] = {}
    for observation in found:
        latest.setdefault(observation.code, observation)
    order = list(OBSERVATIONS)
    parts = []
    for taken, together in groupby(latest.values(), key=lambda observation: observation.taken):
        same_time = sorted(
            together, key=lambda o: order.index(o.code) if o.code in order else len(order)
        )
        values = ", ".join(
            f"{_name(o.code)} {_said(o)}" + (f" ({norm})" if (norm := _against_norm(o)) else "")
            for o in same_time
        )
        parts.append(f"{values} — {moment(taken, now)}{_age(taken, now)}")
    if len(latest) == 1 and len(found) > 1:
        parts.append(_trend(found[0], found[1], now))
    first, *others = map(sentence, parts)
    return Answer(join(parts), tuple(others), first)


def lab(patient: Patient, observations: Sequence[Observation], code: str, now: datetime) -> Answer:
    """The latest result of ``code``, the norm, and the trend when there are several."""
    found = _newest_first([o for o in observations if o.code == code])
    if not found:
        return Answer(f"Результата нет: {_name(code)}.")
    newest = found[0]
    when = moment(newest.taken, now) if newest.category == "vital" else _day(newest, now)
    norm = _against_norm(newest)
    parts = [f"{_name(code)} {_said(newest)}, {when}" + (f": {norm}" if norm else "")]
    if len(found) > 1:
        parts.append(_trend(newest, found[1], now))
    # the two newest are said
    return Answer(join(parts), tuple(sentence(f"{_said(o)}, {_day(o, now)}") for o in found[2:]))


def none_in_part(part: str) -> str:
    """Said before the values of the whole day, of which none was taken in ``part``."""
    return f"{part.capitalize()} измерений нет."


def no_results(
    code: str | None, laboratory: bool, period: Period, near: Sequence[Observation], now: datetime
) -> Answer:
    """No value in ``period``; ``near`` are those of the nearest moment, if there is any.

    One quantity is called by its ``code``, for others may well have been measured.
    """
    things, one = ("результатов", "ближайший") if laboratory else ("измерений", "ближайшее")
    values = ", ".join(_said(o) if code else f"{_name(o.code)} {_said(o)}" for o in near)
    other = (one, in_zone_of(near[0].taken, now).date(), f": {values}") if near else None
    return none_within(period, _name(code) if code else "", things, other, now.date())


def results(observations: Sequence[Observation], now: datetime) -> Answer:
    """Laboratory values that no document holds: the latest of each, those of one day together."""
    latest: dict[str, Observation] = {}
    for observation in _newest_first(observations):
        latest.setdefault(observation.code, observation)
    lines = [
        ", ".join(
            f"{_name(o.code)} {_said(o)}" + (f" ({norm})" if (norm := _against_norm(o)) else "")
            for o in together
        )
        + f" — {when}"
        for when, together in groupby(latest.values(), key=lambda o: _day(o, now))
    ]
    lead = "Документа нет, есть отдельные результаты"
    return Answer(join([lead, *lines]), tuple(map(sentence, lines)), join([lead]))


def _accusative(code: str) -> str:
    """«артериальное давление», «температуру», «частоту дыхания»: the first noun is inflected."""
    words = _name(code).split()
    for i, word in enumerate(words):
        reading = parses(word)[0]
        if reading.tag.POS == "NOUN" and word.islower():
            words[i] = word if "plur" in reading.tag else decline(word, "a")
            break
    return " ".join(words)


def confirm_measurement(
    patient: Patient,
    code: str,
    values: Sequence[Decimal],
    unit: str,
    *,
    taken: datetime | None = None,
    part: str | None = None,
    now: datetime,
    left: Sequence[str] = (),
) -> Answer:
    """The last chance to hear a wrong patient, value or time; what is ``left`` is not written.

    Of a ``part`` of the day without an hour the day alone is written.
    """
    partly = taken is not None and is_day(taken, now) and part is not None
    when = _when(taken, now, f" {part}" if partly else "")
    what = f"{_accusative(code)} {value(code, values, unit)}{when}"
    others = _left("Отдельно продиктуйте", left)
    reply = "«да», «нет» или час: без него запишу только день" if partly else "«да» или «нет»"
    return Answer(f"Записать {dative_line(patient)}, {what}?{others} Скажите {reply}.")


def _left(dictate: str, left: Sequence[str]) -> str:
    """Sentences that tell what to ``dictate`` and what to ask for apart from a value."""
    written = [what for what in left if what in OBSERVATIONS or what == "add_note"]
    asked = [what for what in left if what not in written]
    names = ", ".join("заметку" if what == "add_note" else _name(what) for what in written)
    said = f" {dictate}: {names}." if written else ""
    return f"{said} {ask_apart(asked)}" if asked else said


def ask_value_again(code: str, refusal: Refusal) -> Answer:
    """Which number to record, and why not the one that was said."""
    said, unit = refusal.numbers, OBSERVATIONS[code].unit
    match refusal.kind:
        case "half":
            return Answer(f"{number(said[0])} на сколько?")
        case "impossible":
            why = f"{value(code, said, unit)} — так не бывает."
        case "several":
            why = "Слышу несколько чисел."
        case "torn":
            why = "Не расслышал число."
        case "relative":
            why = "Нужно точное значение."
        case "usual":
            why = "Записываю только измеренное."
        case "either":
            joined, *apart = map(number, said)
            either = [" на ".join(apart)] if code == "blood_pressure" else apart
            return Answer(f"{' или '.join((joined, *either))}?")
        case "unit":
            why = f"Записываю {_IN_UNIT[unit]}."
    return ask_value(code).after(why)


def recorded_measurement(
    patient: Patient,
    code: str,
    values: Sequence[Decimal],
    unit: str,
    *,
    taken: datetime | None = None,
    now: datetime,
    left: Sequence[str] = (),
) -> Answer:
    """What is now in the ledger; what is ``left`` is to be dictated next."""
    stored = join([f"Записано: {_name(code)} {value(code, values, unit)}{_when(taken, now)}"])
    return Answer(stored + _left("Теперь продиктуйте", left))


def _when(taken: datetime | None, now: datetime, part: str = "") -> str:
    """«, вчера вечером, 20 ноября 2026 года», «, сегодня»; nothing where no day was said."""
    if taken is None:
        return ""
    local = in_zone_of(taken, now)
    yesterday = (now.date() - local.date()).days == 1
    return f", {moment(taken, now)}{part}" + (f", {day(local.date())}" if yesterday else "")


def confirm_note(patient: Patient, text: str, *, left: Sequence[str] = ()) -> Answer:
    """The note as it was understood; what is ``left`` is not written."""
    asked = (
        f"Записать {dative_line(patient)}, заметку: «{text}»?{_left('Отдельно продиктуйте', left)}"
    )
    return Answer(f"{asked} Скажите «да» или «нет».")


def alarm(patient: Patient, alert: Alert, now: datetime) -> str:
    """A device's value beyond its limits: whose, what, how far and when."""
    first, low, high = alert.values[0], alert.low, alert.high
    beyond = ""
    if high is not None and first > high:
        beyond = f", выше предела {number(high)}"
    elif low is not None and first < low:
        beyond = f", ниже предела {number(low)}"
    measured = f"{_name(alert.code)} {value(alert.code, alert.values, alert.unit)}"
    return sentence(
        f"Тревога: {patient_line(patient)}: {measured}{beyond}, {moment(alert.taken, now)}"
    )


def after_alarms(alarms: Sequence[Alarm], answer: Answer) -> Answer:
    """The answer to what was asked, told apart from the alarms before it."""
    before = join([*(alarm.text for alarm in alarms), "Теперь ответ"])
    return replace(answer.after(before), alarms=tuple(alarms))


def retold_note(text: str) -> Answer:
    """The note that was stored, once more."""
    return Answer(f"Записана заметка: «{text}».")


def recorded_note(patient: Patient, *, left: Sequence[str] = ()) -> Answer:
    """The note is in the ledger; what is ``left`` is to be dictated next."""
    return Answer(f"Заметка записана.{_left('Теперь продиктуйте', left)}")
