"""An utterance without what tells of whom it was: masks in braces for names, places and numbers.

Russian surnames are often everyday words («Король», «Гречка»), so a word is masked also for where
it stands and for what it may be.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from nlu.agreement import agrees
from nlu.canon import Canon, canonical
from nlu.concepts import concept, lemma
from nlu.declension import name_kinds
from nlu.dictionary import known, morph, reading
from nlu.grammar import is_cue
from nlu.messages import Parse, covered

PATIENT: Final = "{patient}"
NUMBER: Final = "{number}"
MONTH: Final = "{month}"
_PLACE: Final = "{place}"
_WORD: Final = "{word}"

_MONTHS: Final = frozenset(
    ("январь", "февраль", "март", "апрель", "май", "июнь", "июль", "август", "сентябрь",
     "октябрь", "ноябрь", "декабрь")
)  # fmt: skip
_PERSON_WORDS: Final = """
пациент пациентка больной врач доктор профессор заведовать хирург терапевт кардиолог невролог
медсестра медбрат санитар санитарка фельдшер акушерка коллега мать мама отец папа сын дочь дочка муж
жена супруг супруга брат сестра бабушка дедушка дед бабка внук внучка теща свекровь тесть зять
невестка племянник племянница дядя тетя родственник родственница сосед соседка ребенок мальчик
девочка мужчина женщина девушка парень старик старушка гражданин гражданка господин госпожа
"""
_PERSONS: Final = frozenset((*_PERSON_WORDS.split(), "фамилия", "имя", "отчество", "звать"))
"""Dictionary forms after which somebody's name is said."""
_ADDRESS_WORDS: Final = """
улица проспект переулок площадь бульвар шоссе набережная проезд тупик аллея микрорайон квартал
район город поселок деревня село станица хутор аул
"""
_ADDRESS: Final = frozenset(_ADDRESS_WORDS.split())
"""Dictionary forms beside which the name of a place is said."""
_THINGS: Final = frozenset(
    ("белок", "график", "единица", "лицо", "место", "метр", "половина", "рот", "тип", "язык")
)
"""What doctors often speak of, though the dictionary has a living being of that name as well."""

_BEFORE_SENTENCE: Final = '.!?…:«"—'


def masked(parse: Parse, is_name: Callable[[str], bool]) -> str:
    """The words of ``parse`` that may be kept, masks in braces for all others.

    ``is_name`` tells a folded word that is on the roster, in any form. Masked are also whom the
    parser took for a patient; what the dictionary knows as a name, a place, a brand or not at all;
    a living being that is none of the words for people, since «ткач» and «коза» are surnames too;
    what stands beside «пациент», «доктор», «улица»; and a capital letter within a sentence.
    """
    canon = canonical(parse.text)
    patients = covered(canon, [e for e in parse.found if e.name in ("patient_name", "patient_id")])
    topics = covered(canon, [e for e in parse.found if e.name in ("observation", "document_type")])
    kept: list[str] = []
    beside = ""
    for i, item in enumerate(canon.items):
        word = item.text
        if not word[0].isalnum():
            continue
        mask = _always(word, named=patients[i] or is_name(word))
        if not mask and not topics[i] and not _is_usual(word):
            mask = (beside if _is_nominal(word) else "") or _where_it_stands(canon, i)
        if _names_next(word):
            beside = _names_next(word)
        elif not mask:
            beside = ""
        if not mask or kept[-1:] != [mask]:
            kept.append(mask or word)
    return " ".join(kept)


def _always(word: str, *, named: bool) -> str:
    """The mask of what is never kept, else nothing."""
    if word[0].isdigit():
        return NUMBER
    if any(parse.normal_form in _MONTHS for parse in morph().parse(word)):
        return MONTH
    if named or name_kinds(word):
        return PATIENT
    if not known(word):
        return _WORD
    tags = [parse.tag for parse in morph().parse(word)]
    return _PLACE if any(mark in tag for tag in tags for mark in ("Geox", "Orgn", "Trad")) else ""


def _where_it_stands(canon: Canon, i: int) -> str:
    """The mask of a known word beside «улица», a living being, or a capital within a sentence."""
    word, after = canon.items[i].text, "".join(item.text for item in canon.items[i + 1 : i + 2])
    if lemma(after) in _ADDRESS and agrees(word, after):
        return _PLACE
    return _WORD if _is_living(word) or _has_capital(canon, i) else ""


def _is_living(word: str) -> bool:
    tags = [parse.tag for parse in morph().parse(word)]
    return tags[0].POS == "NOUN" and any({"NOUN", "anim"} in tag for tag in tags)


def _has_capital(canon: Canon, i: int) -> bool:
    """Whether a word that begins no sentence has one, and is no abbreviation."""
    item = canon.items[i]
    said, before = canon.cleaned[item.start : item.end], canon.cleaned[: item.start].rstrip()
    return bool(before) and before[-1] not in _BEFORE_SENTENCE and said.istitle() and len(said) > 1


@lru_cache(maxsize=20_000)
def _is_usual(word: str) -> bool:
    """Whether a known word is one that commands have."""
    return bool(_names_next(word)) or lemma(word) in _THINGS or concept(word).isupper()


@lru_cache(maxsize=20_000)
def _names_next(word: str) -> str:
    """The mask of a name that may be said after ``word``, else nothing."""
    if is_cue(word) or lemma(word) in _PERSONS:
        return PATIENT
    return _PLACE if lemma(word) in _ADDRESS else ""


@lru_cache(maxsize=20_000)
def _is_nominal(word: str) -> bool:
    tag = reading(word).tag
    return tag.POS in ("NOUN", "ADJF", "PRTF") and "Apro" not in tag
