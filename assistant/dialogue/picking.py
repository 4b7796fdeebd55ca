"""Which of those offered a reply picks by what is true of them: age, birthday, older or younger."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import date
from typing import Final

from assistant.dialogue.whom import ALMOST_EXACT, Roster, born_in_year, born_on_day, rejections
from assistant.speech.numerals import counted
from nlu.canon import canonical
from nlu.gazetteer import SHOWN
from nlu.grammar import age_beside
from nlu.messages import Entity, Parse, PatientMention, covered

_ENDING: Final = "(?:ий|ая|его|ему|ей|ую|им)"
_OLDER: Final = re.compile(rf"\b(?:(?:по)?старше|старш{_ENDING}|стар(?:ый|ая|ого|ую|ой|ому))\b")
_YOUNGER: Final = re.compile(
    rf"\b(?:(?:по|на)?моложе|(?:по)?младше|младш{_ENDING}|молод(?:ой|ая|ого|ую|ому))\b"
)
_AGE: Final = re.compile(
    r"\b(?:(?P<years>\d{1,3}) (?P<word>лет|года?)|(?:котор\w+|ей|ему|возраст) (?P<bare>\d{1,3}))\b"
)
"""«66 лет», «та, которой 66»; in a canonical text."""
_WORDS: Final = """
та тот ту того той тому эта этот эту это кто что которая который которую которого которой которому
из них пожалуйста самая самый самую самого самой самому у по про о об пациент пациента пациентка
пациентки пациентку больной больная больную больного мне нужна нужен нужно давай давайте открой
откройте покажи покажите выбери выберите карту да ну вот она он ей ему сейчас уже возраст
"""
FILLER: Final = frozenset(_WORDS.split())
"""Words beside a place or an age that ask for nothing by themselves."""
_NOT_OF_BIRTH: Final = re.compile(r"(?:за|на|от|с|со|по|до)\s+$", re.IGNORECASE)
_NUMERIC_YEAR: Final = re.compile(r"\b\d{4}\b|\bгод")


def only_picks(parse: Parse) -> bool:
    """Whether it says nothing but which one: «вторую открой», «та, что постарше», «66 лет»."""
    canon = canonical(parse.text)
    text = _AGE.sub(" ", _OLDER.sub(" ", _YOUNGER.sub(" ", canon.text)))
    places = {
        item.text
        for item in canon.items
        if item.is_number
        and any(e.name == "ordinal" and e.overlaps(item.start, item.end) for e in parse.found)
    }
    said = places or text != canon.text
    return bool(said) and all(word in FILLER or word in places for word in text.split())


def compares(parse: Parse) -> bool:
    """Whether the older or the younger one of those offered is picked."""
    text = canonical(parse.text).text
    return bool(_OLDER.search(text)) or bool(_YOUNGER.search(text))


def by_age(cards: Collection[str], parse: Parse, roster: Roster) -> Collection[str] | None:
    """Who of ``cards`` is the older or the younger one, or as old as was said; None when no age
    was said.

    «72 года» may be an age and a year of birth, «семьдесят два года» is an age, «77 года» none.
    """
    canon = canonical(parse.text)
    eldest, youngest = _OLDER.search(canon.text), _YOUNGER.search(canon.text)
    if bool(eldest) != bool(youngest) and only_picks(parse):
        births = [roster.born(card) for card in cards]
        born = min(births) if eldest else max(births)
        return {card for card in cards if roster.born(card) == born}
    aged = [found for found in _AGE.finditer(canon.text) if _agrees(found)]
    years = born_in_year(parse, cards, roster)
    if not aged:
        return years
    ages = {int(found["years"] or found["bare"]) for found in aged}
    fit = {card for card in cards if roster.age(card) in ages}
    said = "".join(canon.surface(canon.items_of(*found.span())) for found in aged)
    in_digits = any(map(str.isdigit, said))
    return fit | (years or set()) if in_digits else fit


def by_birthday(cards: Collection[str], parse: Parse, roster: Roster) -> Collection[str] | None:
    """Who of ``cards`` was born on the day that was said, in whatever year where none was said;
    None when no day was said.
    """
    exact = born_on_day(parse, roster)
    day = parse.get("date")
    if exact is None or day is None or not isinstance(day.value, date):
        return exact
    born = {card for card in exact if card in cards}
    said = canonical(day.text).text
    if born or _NUMERIC_YEAR.search(said) or not said[0].isdigit():
        return born
    if _NOT_OF_BIRTH.search(parse.text[: day.start]):
        return born
    month_day = (day.value.month, day.value.day)
    return {c for c in cards if (roster.born(c).month, roster.born(c).day) == month_day}


def denied(cards: tuple[str, ...], parse: Parse, roster: Roster) -> set[str]:
    """Those of the ``cards`` whom a rejected name means that was said beside another."""
    canon, name = canonical(parse.text), parse.get("patient_name")
    items = [canon.items[i] for i in sorted(rejections(parse).items)]
    words = [i.text for i in items if name is None or i.end <= name.start or name.end <= i.start]
    fits = [roster.match_patients(word, among=cards).candidates for word in words]
    return {one.card for fit in fits for one in fit if one.score >= ALMOST_EXACT}


def told_apart(name: Entity, parse: Parse, roster: Roster) -> str | None:
    """Which of those called as was said is meant, where the words beside the name tell:
    «Ахметова постарше», «Кузнецова, но не Ольга».

    Nobody, where more may be called so than are known, somebody is only called alike, or a word
    for age tells something else.
    """
    mention = name.value
    if not isinstance(mention, PatientMention) or not 1 < len(mention.candidates) < SHOWN:
        return None
    cards = tuple(one.card for one in mention.candidates)
    alike = any(one.score < ALMOST_EXACT for one in mention.candidates)
    if alike or len({roster.sex(card) for card in cards}) > 1:
        return None
    left = set(cards) - denied(cards, parse, roster)
    canon = canonical(parse.text)
    items = [i for i, item in enumerate(canon.items) if name.overlaps(item.start, item.end)]
    inside = covered(canon, parse.found)
    aged = age_beside(canon, range(items[0], items[-1] + 1), inside.__getitem__) if items else None
    if aged is None and (_OLDER.search(canon.text) or _YOUNGER.search(canon.text)):
        return None
    if aged is not None:
        born = (min if aged[1] == "older" else max)(map(roster.born, cards))
        left = {card for card in left if roster.born(card) == born}
    return left.pop() if len(left) == 1 else None


def _agrees(age: re.Match[str]) -> bool:
    """Whether the noun stands as it does after that many years."""
    if age["word"] is None:
        return True
    word = counted("год", int(age["years"]))
    return bool(age["word"] == (word if word in ("год", "года") else "лет"))
