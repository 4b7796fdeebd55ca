"""Whether two names mean one substance, are kin or may be.

All of it is PHI.
"""

from __future__ import annotations

from itertools import product
from typing import Final

from pymorphy3.analyzer import Parse
from rapidfuzz import fuzz

from assistant.speech.numerals import parses

_SAME: Final = 85.0
"""Likeness of two words, 0 to 100, from which they name one substance."""
_WHOLE: Final = 5
"""Letters of a word from which another one that begins with it names the same substance."""
_BEGINNING: Final = 4
"""Letters by which two substances that begin alike may be one."""
_CLASSES: Final = frozenset(
    ("лекарство", "препарат", "медикамент", "средство", "таблетка", "укол", "антибиотик",
     "анестетик", "анальгетик", "обезболивающее", "обезболивающий", "вакцина", "прививка",
     "наркоз", "анестезия", "еда", "пища", "продукт", "ряд", "группа", "класс", "лактам",
     "антисептик", "контраст", "сульфаниламид", "животное", "растение", "трава",
     "насекомое", "орех", "фрукт",
     "ягода", "цитрус", "рыба", "масло", "кислота", "соль", "вещество", "белок", "шерсть")
)  # fmt: skip
"""Words for many substances, of which the record names one."""
_NAMES: Final = (
    ("аспирин", "ацетилсалицил", "кардиомагни", "тромбоасс"),
    ("анальгин", "метамизол"),
    ("парацетамол", "ацетаминофен", "панадол"),
    ("ибупрофен", "нурофен"),
    ("кеторол", "кеторолак", "кетанов"),
    ("нимесулид", "найз", "нимесил"),
    ("новокаин", "прокаин"),
    ("супрастин", "хлоропирамин"),
    ("верошпирон", "спиронолактон"),
    ("фуросемид", "лазикс"),
    ("эутирокс", "тироксин", "левотироксин"),
    ("кордарон", "амиодарон"),
    ("бисопролол", "конкор"),
    ("метопролол", "беталок", "эгилок"),
    ("каптоприл", "капотен"),
    ("эналаприл", "энап", "ренитек"),
    ("лизиноприл", "диротон"),
    ("периндоприл", "престариум"),
    ("лозартан", "лозап", "лориста"),
    ("клопидогрел", "плавикс"),
    ("ривароксабан", "ксарелто"),
    ("апиксабан", "эликвис"),
    ("метформин", "сиофор", "глюкофаж"),
    ("омепразол", "омез"),
    ("беродуал", "ипратропи", "фенотерол"),
    ("инсулин", "гларгин", "лантус", "аспарт", "новорапид", "лизпро", "хумалог", "деглудек"),
)
"""Beginnings of the names of one substance, everyday ones and trade names among them."""
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


def same(asked: str, recorded: str) -> bool:
    """Whether the words name one substance: in any case, misheard by little («пеницилину»), by
    another name («аспирин»), or one made of the other («арахисовое масло»).
    """
    mine, theirs = _stems(asked), _stems(recorded)
    if any(_begins(mine, names) and _begins(theirs, names) for names in _NAMES):
        return True
    if _adjectives(asked) and _adjectives(recorded):  # «кислота» alone tells nothing
        mine, theirs = _adjectives(asked), _adjectives(recorded)
    return any(
        fuzz.ratio(one, other) >= _SAME or _made_of(one, other)
        for one, other in product(mine, theirs)
    )


def can_deny(asked: str, recorded: str) -> bool:
    """Whether ``recorded`` surely says nothing of what was ``asked``: where either is a class, of
    a word that no dictionary has, and of a substance that is kin or sounds so, nothing is sure.
    """
    mine, theirs = _stems(asked), _stems(recorded)
    if not mine or _is_class(asked) or any(map(_is_plural, recorded.split())):
        return False
    if _alike(mine, theirs):
        return False
    return not any(_has(mine, kin) and _has(theirs, kin) for kin in _KIN)


def is_another_medicine(asked: str, recorded: str) -> bool:
    """Whether ``recorded`` surely isn't the medicine that was ``asked`` for by one of its names:
    «калия йодид» may be «йод», and what a class is called tells nothing.
    """
    mine = _stems(asked)
    return not (mine & _CLASSES or _alike(mine, _stems(recorded)))


def _alike(mine: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether two of the words begin alike, a short one being the whole beginning."""
    return any(
        one[:_BEGINNING].startswith(other[:_BEGINNING]) or other.startswith(one[:_BEGINNING])
        for one, other in product(mine, theirs)
    )


def _has(words: frozenset[str], parts: tuple[str, ...]) -> bool:
    """Short parts begin a word; longer ones may stand anywhere in it."""
    return any(
        word.startswith(part) or (len(part) > 3 and part in word)
        for word in words
        for part in parts
    )


def _begins(words: frozenset[str], parts: tuple[str, ...]) -> bool:
    return any(word.startswith(parts) for word in words)


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
        _plain(p.normal_form)
        for p in readings
        if p.tag.POS in ("NOUN", "ADJF", "PRTF") or not p.is_known
    )


def _plain(word: str) -> str:
    return word.replace("ё", "е")
