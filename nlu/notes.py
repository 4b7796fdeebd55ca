"""Where the words of a dictated note begin and end: nothing in them tells whose note it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from nlu.canon import Canon, canonical, clean
from nlu.concepts import concept
from nlu.courtesy import is_courtesy, without_courtesy
from nlu.declension import name_kinds
from nlu.dictionary import known, morph, reading
from nlu.grammar import may_be_surname

_NOTE: Final = re.compile(
    r"^\W*(?:пожалуйста\W+)?(?:(?:за|в|до)пиши|добавь|внеси|сделай|отметь|занеси|пометь|создай"
    r"|зафиксируй|запомни|(?:на|про)?диктую)\w*"
    r"(?:\W+(?:мне|нам|себе|пожалуйста))*"
    r"(?:\W+(?:в|на|для)\W+(?:карту|карте|историю(?: болезни)?|дневник))?"
    r"(?:\W+(?:в\W+)?(?:заметк[уи]|запись|примечание|пометку|комментарий))?(?:\W+что\b)?\W*",
    re.IGNORECASE,
)
_LEAD: Final = re.compile(r"\W*(?:(?:а|в карт[уе]|на карту|что)\b\W*)*", re.IGNORECASE)
"""What may stand between whom a note is for and its words."""
_NOUN: Final = re.compile(r"(?:(?:за|по)мет(?:оч)?к|примечани|комментари)\w+|запись")
_VERB: Final = re.compile(
    r"(?:(?:за|в|до)пиши|внеси|занеси|добавь|отметь|пометь|сделай|создай|оставь|зафиксируй|запомни)"
    r"(?:те)?|за(?:пишу|пишем|писать)|(?:внес|занес)ти|(?:добав|отмет|остав)ить|(?:(?:на|про)?дикту\w+)"
)
_AROUND_WORDS: Final = """
пожалуйста мне нам себе в во на для к ко о об про у по от карту карте карты карточку историю истории
болезни дневник еще одну новую новое теперь ну так и давай давайте хочу хотел хотела бы надо нужно
можно я мы ему ей нее него его ее это номер номером год года рождения лет
"""
_CORRECTING_WORDS: Final = "не а ой тьфу нет вернее точнее то есть извини извините прости простите"
_AROUND: Final = frozenset(f"{_AROUND_WORDS} {_CORRECTING_WORDS}".split())
_PERSON: Final = re.compile(r"пациент\w*|больн(?:ой|ому|ого|ая|ую)")
_FOR_NAME: Final = (
    r"(?:(?:для|по|об?|про|(?:в|к|на) карт[уе]) (?:D )?[NM](?: [NM])*|(?:D )?N(?: N)*)"
)
_ADDRESS: Final = re.compile(
    rf"(?:не {_FOR_NAME} а (?:{_FOR_NAME}|ему|ей)"
    rf"|{_FOR_NAME}(?: (?:ой|тьфу(?: ты)?|нет|вернее|точнее) {_FOR_NAME})*)\b"
)
"""Whom a note is for, said after «заметку»: D is «пациенту», N a name in the dative, M any name."""
_HAS: Final = re.compile(r"у (?:D )?[NM](?: [NM])*\b")
_DOES: Final = re.compile(r"[NM](?: [NM])*\b")
"""«… что у Громова болит голова», «… что Громов ушёл»: of whom it tells is whose note it is."""
_FEW: Final = 3
"""So many words may be said before a wish to write: «сестра, будьте добры»."""


@dataclass(frozen=True, slots=True)
class NoteSpan:
    """Offsets in a cleaned text."""

    head: int
    """Whose note it is may be said before this."""
    start: int
    """Where the note's words begin, if no patient is named from here to ``head``."""
    end: int
    """Where they end."""


def note_span(text: str) -> NoteSpan:
    """Find the note's words in the cleaned ``text``, whether or not it dictates any.

    They begin after «заметку» and whom it is for in the dative, after «запиши …, что», else with
    the first word that is no name and belongs to no wish to write.
    """
    canon = canonical(text)
    words = [item.text for item in canon.items]
    if not words:
        return NoteSpan(0, 0, len(text))
    end = len(text)
    at = next((i for i, w in enumerate(words) if _VERB.fullmatch(w) or _NOUN.fullmatch(w)), 0)
    before = [] if is_courtesy(words[:at]) else without_courtesy(tuple(words[:at]))
    if _VERB.fullmatch(words[at]) and len(before) > 1 and not any(map(_is_content, words[at:])):
        end = _offset(canon, at)  # «у мамы диабет, запиши в заметку»
    if end < len(text) or sum(map(_is_content, before)) > _FEW:
        at = 0
    asked = _NOTE.match(text)
    if _tells_only_of(words[at:]):
        return NoteSpan(len(text), len(text), len(text))
    while at < len(words) and (
        words[at] == "что" or not _is_content(words[at]) or _tells_whose(words, at)
    ):
        that = words[at] == "что" and any(map(_VERB.fullmatch, words[:at]))
        if that or _NOUN.fullmatch(words[at]):
            named = any(map(_may_be_name, words[:at]))
            more = _addressed(words[at + 1 :], named=named, told=that)
            return NoteSpan(_offset(canon, at + 1 + more), _offset(canon, at + 1), len(text))
        at += 1
    return NoteSpan(_offset(canon, at), asked.end() if asked else 0, end)


def note_body(text: str, named: int = 0) -> str:
    """What to write of «запиши в карту, что…»: the rest, as it was heard; may be empty.

    ``named`` is the offset at which the name of the patient ends in the cleaned text.
    """
    cleaned = clean(text)
    span = note_span(cleaned)
    start = span.start
    begins = cleaned[start:].lstrip(" ,:;—-").lower().startswith("у ")
    if named and named <= span.head and not begins:
        lead = _LEAD.match(cleaned, named)
        start = max(start, lead.end() if lead else named)
    return cleaned[start : span.end].strip(" ,:;—-")


def without_note(text: str) -> str:
    """The cleaned ``text`` with dots for the letters of the note: what says whose it is."""
    span = note_span(text)
    return text[: span.head] + re.sub(r"\S", ".", text[span.head : span.end]) + text[span.end :]


def _tells_whose(words: list[str], at: int) -> bool:
    """Whether the word there points at whom a note is for: «запиши следующему заметку»."""
    tags = [parse.tag for parse in morph().parse(words[at])]
    noun = any(map(_NOUN.fullmatch, words[at + 1 : at + 2])) and words[at + 1] != "запись"
    return noun and any({"ADJF", "datv"} in tag for tag in tags)


def _tells_only_of(words: list[str]) -> bool:
    """Whether only what the note will tell of is said, and of whom: «жалобы Лебедевой»."""
    topic, *named = words
    of_whom = all(
        (name_kinds(word) or may_be_surname(word)) and reading(word).tag.POS != "ADJF"
        for word in named
    )  # «шов сухой» is a note
    return concept(topic) == "SYMPTOM" and bool(named) and of_whom


def _offset(canon: Canon, item: int) -> int:
    """Where the item ends that stands before ``item``."""
    return canon.items[item - 1].end if item else 0


def _is_content(word: str) -> bool:
    """Whether a word is no name, and no wish to write."""
    wishes = word in _AROUND or any(one.fullmatch(word) for one in (_VERB, _NOUN, _PERSON))
    return not (wishes or word[0].isdigit() or _may_be_name(word))


def _may_be_name(word: str) -> bool:
    return bool(name_kinds(word)) or may_be_surname(word) or not known(word)


def _addressed(words: list[str], *, named: bool, told: bool) -> int:
    """How many of the ``words`` after «заметку» say whose it is, where nobody was ``named``
    before or it is said anew; after «что» it is whoever is ``told`` of.
    """
    kinds = " ".join(map(_kind, words))
    found = _ADDRESS.match(kinds)
    if not found and not named:
        found = _HAS.match(kinds) or (_DOES.match(kinds) if told else None)
    return len(found[0].split()) if found else 0


def _kind(word: str) -> str:
    if _PERSON.fullmatch(word):
        return "D"
    if word in _AROUND or not _may_be_name(word):
        return word
    return "N" if _is_dative(word) else "M"


def _is_dative(word: str) -> bool:
    """Whether a name is in the dative and not in the nominative: «Орловой», but not «Орлова»."""
    tags = [p.tag for p in morph().parse(word) if {"Surn", "Name", "Patr"} & set(p.tag.grammemes)]
    cases = {str(tag.case) for tag in tags if "sing" in tag}
    return ("datv" in cases and "nomn" not in cases) or (
        not cases and re.search(r"(?:у|ю|ой|ей|е)$", word) is not None
    )
