"""Texts of the invented documents, in the words that such documents have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from ledger.demo.library import Condition, Medicine
from ledger.demo.measures import Reading
from nlu.vocabulary import DOCUMENT_TYPES, OBSERVATIONS

BLOOD: Final = ("haemoglobin", "leukocytes", "platelets", "esr")
"""What a blood test holds."""

_UNITS: Final = {
    "mmol/L": "ммоль/л",
    "umol/L": "мкмоль/л",
    "g/L": "г/л",
    "10*9/L": "× 10⁹/л",
    "mm/h": "мм/ч",
    "mg/L": "мг/л",
    "ng/L": "нг/л",
    "%": "%",
}
_KIDNEYS: Final = ("N18.3", "N10", "N20.0")


@dataclass(frozen=True, slots=True)
class Occasion:
    """A visit as a document tells of it."""

    woman: bool
    condition: Condition
    started: date
    ended: date | None
    results: Mapping[str, Reading]


def title(kind: str, condition: Condition) -> str:
    """What the document is, and about what."""
    name = DOCUMENT_TYPES[kind]
    return f"{name[0].upper()}{name[1:]}: {_lower(condition.name)}"


def body(kind: str, occasion: Occasion) -> tuple[str, str]:
    """Text and conclusion of a document of this type."""
    condition = occasion.condition
    if kind in condition.documents:
        return condition.documents[kind]
    a = "а" if occasion.woman else ""
    treatment = _treatment(condition.medicines)
    ended = occasion.ended or occasion.started
    match kind:
        case "discharge_summary":
            stayed = "Находилась" if occasion.woman else "Находился"
            return (
                f"{stayed} в отделении «{condition.department}» с {_day(occasion.started)} "
                f"по {_day(ended)}. Диагноз: {_lower(condition.name)}. Жалобы при поступлении: "
                f"{_lower(condition.reason)}. Анализы: {_results(occasion.results)}. "
                f"Лечение: {treatment}.",
                f"Выписан{a} с улучшением под наблюдение поликлиники.",
            )
        case "epicrisis":
            return (
                f"Диагноз: {_lower(condition.name)}. Анализы: {_results(occasion.results)}. "
                f"Лечение: {treatment}. Состояние стабильное, осложнений нет.",
                "Лечение эффективно, продолжить по прежней схеме.",
            )
        case "laboratory_report":
            return _results(occasion.results) + ".", _deviations(occasion.results)
        case "blood_test":
            blood = {code: occasion.results[code] for code in BLOOD}
            return _results(blood) + ".", _deviations(blood)
        case "urine_test":
            if condition.icd in _KIDNEYS:
                return (
                    "Цвет жёлтый, прозрачность неполная. Белок 0,3 г/л. Лейкоциты 12–15 "
                    "в поле зрения. Глюкозы нет.",
                    "Белок и лейкоциты в моче повышены.",
                )
            return (
                "Цвет соломенно-жёлтый, прозрачная. Белка и глюкозы нет. Лейкоциты 1–2 "
                "в поле зрения.",
                "Показатели мочи в пределах нормы.",
            )
        case "referral":
            return (
                f"Направляется на обследование. Диагноз: {_lower(condition.name)}. "
                f"Обоснование: {_lower(condition.reason)}.",
                f"Необходим осмотр специалиста, отделение «{condition.department}».",
            )
        case "prescription":
            return f"Назначено: {treatment}.", "Рецепт действителен шестьдесят дней."
        case "vaccination":
            return (
                f"Вакцина против гриппа введена {_day(occasion.started)} внутримышечно. "
                "Реакции в течение получаса нет.",
                "Привит" + a + " от гриппа.",
            )
        case "sick_leave":
            return (
                f"Освобождение от работы с {_day(occasion.started)} по {_day(ended)}. "
                f"Причина: заболевание, {_lower(condition.name)}.",
                "По окончании приступить к работе.",
            )
        case _:
            raise ValueError(f"no text for {kind}")


def _treatment(medicines: tuple[Medicine, ...]) -> str:
    if not medicines:
        return "лекарства не назначены"
    return "; ".join(f"{_lower(m.name)} {_number(m.dose)} {m.unit} {m.schedule}" for m in medicines)


def _results(results: Mapping[str, Reading]) -> str:
    return "; ".join(
        f"{OBSERVATIONS[code].name} {_number(reading.values[0])} {_UNITS[OBSERVATIONS[code].unit]}"
        for code, reading in results.items()
    )


def _deviations(results: Mapping[str, Reading]) -> str:
    found = [
        f"{OBSERVATIONS[code].name} {reading.deviation}"
        for code, reading in results.items()
        if reading.deviation
    ]
    if not found:
        return "Показатели в пределах нормы."
    text = "; ".join(found)
    return f"Отклонения: {text}."


def _lower(text: str) -> str:
    """The first letter small, unless the word is an abbreviation."""
    return text if text[:2].isupper() else text[0].lower() + text[1:]


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}".replace(".", ",")


def _day(day: date) -> str:
    return day.strftime("%d.%m.%Y")
