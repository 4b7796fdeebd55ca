"""Write training utterances with inflected names: ``python -m nlu.generate``.

The names are invented, in all cases, surname first or last, with and without patronymic, after
«больной», «пациентка» and bare. The same seed gives the same file, which is kept under version
control; edit the templates here and run again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from nlu.declension import CASES, Part, decline
from nlu.project import HOME

OUTPUT = HOME / "data" / "nlu_generated.yml"

_PEOPLE = (
    ("m", "Аверьянов", "Егор", "Тихонович"), ("m", "Бойко", "Руслан", "Маркович"),
    ("m", "Вознесенский", "Пётр", "Ильич"), ("m", "Гайдук", "Артём", "Савельевич"),
    ("m", "Долгих", "Родион", "Янович"), ("m", "Ибрагимов", "Ильяс", "Каримович"),
    ("m", "Кравец", "Мирон", "Эдуардович"), ("m", "Лосев", "Никита", "Валерьевич"),
    ("f", "Аверина", "Софья", "Тимофеевна"), ("f", "Бойко", "Жанна", "Платоновна"),
    ("f", "Вознесенская", "Любовь", "Никитична"), ("f", "Гордиенко", "Ева", "Захаровна"),
    ("f", "Долгих", "Инга", "Геннадьевна"), ("f", "Сафина", "Алсу", "Ренатовна"),
    ("f", "Мельник", "Полина", "Кузьминична"), ("f", "Лосева", "Дарья", "Вячеславовна"),
)  # fmt: skip
_TITLES = {
    "m": ("пациент пациента пациенту пациента пациентом пациенте",
          "больной больного больному больного больным больном"),
    "f": ("пациентка пациентки пациентке пациентку пациенткой пациентке",
          "больная больной больной больную больной больной"),
}  # fmt: skip
_ORDERS = (
    (Part.LAST,), (Part.LAST, Part.FIRST), (Part.FIRST, Part.LAST),
    (Part.LAST, Part.FIRST, Part.MIDDLE), (Part.FIRST, Part.MIDDLE, Part.LAST),
    (Part.FIRST, Part.MIDDLE),
)  # fmt: skip
_TEMPLATES: dict[str, tuple[tuple[str, str], ...]] = {
    "select_patient": (
        ("accs", "найди {}"), ("accs", "открой {}"), ("nomn", "{}"), ("datv", "перейди к {}"),
        ("accs", "переключись на {}"), ("gent", "карта {}"), ("ablt", "займёмся {}"),
        ("accs", "{} найди"), ("accs", "{} открой пожалуйста"), ("gent", "карту {} покажи"),
        ("nomn", "а теперь {}"), ("loct", "я спрашиваю о {}"), ("accs", "нет мне нужно {}"),
    ),
    "get_hospital_visits": (
        ("gent", "визиты {}"), ("nomn", "где лечился {}"), ("gent", "госпитализации {} покажи"),
        ("gent", "сколько было посещений у {}"), ("loct", "расскажи о визитах и о {}"),
        ("nomn", "{} когда обращался"), ("gent", "у {} когда был последний приём"),
        ("nomn", "в каких больницах бывал {} за последний год"),
    ),
    "get_documents_from_hospital": (
        ("gent", "документы {}"), ("gent", "какие бумаги есть у {}"), ("accs", "документы на {}"),
        ("gent", "{} документы покажи"), ("datv", "что прислали по {}"),
        ("gent", "документы {} из [кардиоцентра](hospital)"),
    ),
    "get_document": (
        ("gent", "[выписка](document_type) {}"), ("gent", "открой [эпикриз](document_type) {}"),
        ("gent", "есть ли [мрт](document_type) у {}"), ("gent", "{} [экг](document_type) открой"),
        ("gent", "прочитай [выписку](document_type) {} за прошлый месяц"),
    ),
    "get_latest_vitals": (
        ("gent", "какое [давление](observation) у {}"), ("gent", "[пульс](observation) {}"),
        ("gent", "[температура](observation) {} за неделю"),
        ("gent", "у {} какая [сатурация](observation)"), ("gent", "{} [вес](observation) скажи"),
        ("gent", "доложи показатели {}"),
    ),
    "get_lab_result": (
        ("gent", "[гемоглобин](observation) {}"), ("gent", "какой [сахар](observation) у {}"),
        ("gent", "[анализы](document_type) {} за месяц"), ("gent", "у {} готовы анализы"),
        ("gent", "{} [креатинин](observation) назови"),
    ),
    "get_allergies": (
        ("gent", "есть ли аллергия у {}"), ("datv", "что нельзя {}"), ("gent", "{} аллергии"),
        ("nomn", "переносит ли {} пенициллин"), ("datv", "можно ли {} аспирин"),
    ),
    "get_medications": (
        ("nomn", "что принимает {}"), ("gent", "назначения {}"), ("datv", "что назначено {}"),
        ("nomn", "{} какие таблетки пьёт"), ("accs", "чем лечат {}"), ("gent", "лекарства у {}"),
    ),
    "get_diagnoses": (
        ("gent", "диагноз {}"), ("nomn", "чем болеет {}"), ("gent", "какие болезни у {}"),
        ("gent", "{} диагноз назови"), ("gent", "у {} есть диабет"), ("nomn", "с чем лежит {}"),
    ),
    "add_note": (
        ("gent", "добавь заметку для {} спал хорошо"), ("datv", "запиши {} жалоб нет"),
        ("gent", "в карту {} внеси состояние стабильное"),
    ),
    "record_measurement": (
        ("datv", "запиши {} [давление](observation) [120 на 80](value)"),
        ("gent", "у {} [температура](observation) [37,4](value)"),
        ("gent", "[пульс](observation) {} [72](value)"),
    ),
}  # fmt: skip
_PER_TEMPLATE = 6


def utterances(seed: int = 4) -> Iterator[tuple[str, str]]:
    """Pairs of intent and annotated utterance, always the same for one seed."""
    chooser = random.Random(seed)
    for intent, templates in _TEMPLATES.items():
        for case, template in templates:
            for _ in range(_PER_TEMPLATE):
                yield intent, template.format(_person(chooser, case))


def _person(chooser: random.Random, case: str) -> str:
    sex, *names = chooser.choice(_PEOPLE)
    at = CASES.index(case)
    spelt = {part: decline(name, part, sex)[at] for part, name in zip(Part, names, strict=True)}
    name = " ".join(spelt[part] for part in chooser.choice(_ORDERS))
    title = chooser.choice(("", "", *_TITLES[sex]))
    return f"{title.split()[at]} [{name}](patient_name)" if title else f"[{name}](patient_name)"


def write(path: Path = OUTPUT) -> int:
    """Write the file; returns the number of utterances."""
    by_intent: dict[str, dict[str, None]] = {}
    for intent, text in utterances():
        by_intent.setdefault(intent, {})[text] = None
    lines = ["# Written by python -m nlu.generate: edit the templates there, not this file.",
             'version: "3.1"', "nlu:"]  # fmt: skip
    for intent, texts in by_intent.items():
        lines += [f"- intent: {intent}", "  examples: |", *(f"    - {text}" for text in texts)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sum(map(len, by_intent.values()))


if __name__ == "__main__":
    print(f"{write()} utterances in {OUTPUT}")
