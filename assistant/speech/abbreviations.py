"""Abbreviations, letters, Roman numerals and foreign words, said in Russian."""

from __future__ import annotations

import re
from typing import Final

from assistant.speech.numerals import parses

CYRILLIC: Final = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        (
            "а бэ вэ гэ дэ е ё жэ зэ и й ка эль эм эн о пэ эр эс тэ у эф ха цэ че ша ща "
            "твёрдый_знак ы мягкий_знак э ю я"
        )
        .replace("й ка", "и_краткое ка")
        .split(),
        strict=True,
    )
)
LATIN: Final = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        [
            "а",
            "бэ",
            "цэ",
            "дэ",
            "е",
            "эф",
            "гэ",
            "аш",
            "и",
            "йот",
            "ка",
            "эль",
            "эм",
            "эн",
            "о",
            "пэ",
            "ку",
            "эр",
            "эс",
            "тэ",
            "у",
            "вэ",
            "дубль_вэ",
            "икс",
            "игрек",
            "зет",
        ],
        strict=True,
    )
)
_LETTERS: Final = {sign: name.replace("_", " ") for sign, name in (CYRILLIC | LATIN).items()}

_PHRASES: Final = {
    r"в/в": "внутривенно",
    r"в/м": "внутримышечно",
    r"п/к": "подкожно",
    r"per os": "через рот",
    r"и/или": "и или",
    r"н/д": "нет данных",
    r"т\. ?е\.": "то есть",
    r"т\. ?к\.": "так как",
    r"т\. ?ч\.": "том числе",
    r"и т\. ?д\.": "и так далее",
    r"и т\. ?п\.": "и тому подобное",
    r"и др\.": "и другие",
    r"г\. ?р\.": "года рождения",
    r"р/(?:д|день)": "раз в день",
    r"р/(?:сут|сутки)\.?": "раз в сутки",
    r"мм ?рт\.? ?ст\.?": "миллиметров ртутного столба",
    r"HbA1[cс]": "гликированный гемоглобин",
    r"Sp ?O_?2": "сатурация",
    r"д-р": "доктор",
    r"зав\.": "заведующий",
    r"проф\.": "профессор",
    r"отд\.": "отделение",
    r"обл\.": "область",
    r"ул\.": "улица",
    r"им\.": "имени",
    r"таб(?:л)?\.": "таблетки",
    r"капс\.": "капсулы",
    r"сут\.": "сутки",
    r"жен\.": "женский",
    r"муж\.": "мужской",
    r"ср\.": "средний",
    r"см\.": "смотри",
    r"ок\.": "около",
    r"напр\.": "например",
    r"мин\.": "минут",
    r"р-р": "раствор",
    r"ж/д": "железнодорожный",
}
_AGREEING: Final = {
    "АД": ("артериальное давление", "артериального давления"),
    "ЧСС": ("частота сердечных сокращений", "частоты сердечных сокращений"),
    "ЧДД": ("частота дыхания", "частоты дыхания"),
    "ЧД": ("частота дыхания", "частоты дыхания"),
    "ГБ": ("гипертоническая болезнь", "гипертонической болезни"),
}
"""Said in full; the genitive follows a noun («повышение АД») or its preposition."""
_PHRASE: Final = re.compile(
    r"(?<![\w/])(?:"
    + "|".join(f"(?P<p{i}>{pattern})" for i, pattern in enumerate(_PHRASES))
    + r")(?![\w/])"
)
_SPOKEN: Final = tuple(_PHRASES.values())
_AS_WORDS: Final = frozenset(
    [
        "УЗИ",
        "СОЭ",
        "ХОБЛ",
        "ОРВИ",
        "ЛОР",
        "ВИЧ",
        "СПИД",
        "КАГ",
        "БАД",
        "НИИ",
        "ФИО",
        "ОРИТ",
        "ФАП",
        "СНИЛС",
    ]
)
_SHORT: Final = frozenset(
    ["НА", "ПО", "ИЗ", "ДО", "ОТ", "НЕ", "ДА", "ЗА", "ОН", "МЫ", "ВЫ", "ТЫ", "БЫ", "НИ", "ИЛИ"]
)
_SPELLED: Final = frozenset(["ИМ", "КТ", "ИБС", "ОИМ"])
_UPPER: Final = re.compile(r"(?<![А-Яа-яЁёA-Za-z])([А-ЯЁ]{2,5}|[A-Z]{1,3})(?![А-Яа-яЁёA-Za-z])")
_INITIAL: Final = re.compile(
    r"(?<![А-Яа-яЁё])(?:([А-ЯЁ])\.(?=,|\s?[А-ЯЁ])"
    r"|(?<=[а-яё] )([БВГДЖКЛМНПРСТФХЦЧШЩ])(?![А-Яа-яЁё.]))"
)
"""An initial, or a letter that names something: «гепатит В»."""
_ROMAN: Final = re.compile(r"M{0,2}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_SOUNDS: Final = [
    ("sch", "ш"), ("tsch", "ч"), ("sh", "ш"), ("ch", "х"), ("ph", "ф"), ("th", "т"), ("zh", "ж"),
    ("ck", "к"), ("qu", "кв"), ("ya", "я"), ("yu", "ю"), ("yo", "ё"), ("oo", "у"), ("ee", "и"),
    ("ce", "це"), ("ci", "ци"), ("cy", "ци"), ("x", "кс"),
]  # fmt: skip
_SINGLE: Final = dict(zip("abcdefghijklmnopqrstuvwyz", "абкдефгхижклмнопкрстувуиз", strict=True))


def spell(letters: str) -> str:
    """«ЭКГ» → «э ка гэ»; a sign without a name is left out."""
    return " ".join(_LETTERS[s] for s in letters.lower() if s in _LETTERS)


def expand_phrases(text: str) -> str:
    """Replace the abbreviations that have one reading."""
    return _PHRASE.sub(lambda m: _SPOKEN[int((m.lastgroup or "p0")[1:])], text)


def expand_capitals(text: str) -> str:
    """Spell «МРТ» and «П. С.», leave «УЗИ» and headings like «ДИАГНОЗ» as words."""
    text = _INITIAL.sub(lambda match: spell(match[1] or match[2]), text)
    text = re.sub(r"\b[CС]-(?=реактивн)", "цэ-", text)
    return _UPPER.sub(lambda match: _said(match[1], text[: match.start()].split()[-1:]), text)


def _said(word: str, before: list[str]) -> str:
    if word in _AGREEING:
        governed = bool(before) and parses(before[0])[0].tag.POS in ("NOUN", "PREP")
        return _AGREEING[word][governed]
    if word in _AS_WORDS:
        return word.lower()
    if len(word) == 2:
        return word.lower() if word in _SHORT else spell(word)
    ordinary = word not in _SPELLED and any(
        p.is_known and "Abbr" not in p.tag for p in parses(word.lower())
    )
    return word.lower() if ordinary else spell(word)


def transliterate(word: str) -> str:
    """A foreign word letter by letter, near enough to be recognised: «Concor» → «конкор»."""
    sound = word.lower()
    for latin, cyrillic in _SOUNDS:
        sound = sound.replace(latin, cyrillic)
    return "".join(_SINGLE.get(sign, sign) for sign in sound)


def roman(text: str) -> int | None:
    """The value of a Roman numeral, None when ``text`` is none."""
    if not text or not _ROMAN.fullmatch(text):
        return None
    values = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}[s] for s in text]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < after else value for value, after in pairs)
