"""Invented doctors: one for each department of each hospital, the same at every load."""

from __future__ import annotations

from random import Random
from typing import Final

_LAST: Final = (
    ("Абрамов", "Абрамова"),
    ("Беляев", "Беляева"),
    ("Виноградов", "Виноградова"),
    ("Герасимов", "Герасимова"),
    ("Дементьев", "Дементьева"),
    ("Ершов", "Ершова"),
    ("Журавлёв", "Журавлёва"),
    ("Калинин", "Калинина"),
    ("Логинов", "Логинова"),
    ("Мельников", "Мельникова"),
    ("Назаров", "Назарова"),
    ("Осипов", "Осипова"),
    ("Панфилов", "Панфилова"),
    ("Румянцев", "Румянцева"),
    ("Савельев", "Савельева"),
    ("Терентьев", "Терентьева"),
    ("Устинов", "Устинова"),
    ("Чернышёв", "Чернышёва"),
)
_FIRST: Final = (
    ("Александр", "Алёна", "Александр"),
    ("Борис", "Валентина", "Борис"),
    ("Вадим", "Галина", "Вадим"),
    ("Герман", "Дарья", "Герман"),
    ("Денис", "Жанна", "Денис"),
    ("Егор", "Инна", "Егор"),
    ("Кирилл", "Ксения", "Кирилл"),
    ("Леонид", "Лариса", "Леонид"),
    ("Михаил", "Марина", "Михайл"),
    ("Роман", "Нина", "Роман"),
)
"""Male, female, and the stem of the patronymic."""


def doctor(hospital_id: str, department: str) -> str:
    """Last name, first name and patronymic in the nominative, of one gender."""
    chance = Random(f"doctor:{hospital_id}:{department}")
    woman = chance.random() < 0.55
    last, first = chance.choice(_LAST)[woman], chance.choice(_FIRST)[woman]
    patronymic = chance.choice(_FIRST)[2] + ("овна" if woman else "ович")
    return f"{last} {first} {patronymic}"
