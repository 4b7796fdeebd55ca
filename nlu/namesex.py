"""What the words around a surname say about the sex of its bearer, and about its case."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from nlu.canon import Canon
from nlu.dictionary import known, morph, reading
from nlu.grammar import CUES

_OBLIQUE = frozenset(("gent", "datv", "accs", "ablt", "loct"))
_NO_GOVERNOR = frozenset(("ADVB", "CONJ", "PRCL", "NPRO"))
"""Kinds of words after which a name may be the subject of the verb that follows."""
_BETWEEN = frozenset(("PREP", "ADVB", "PRCL"))
"""Kinds of words that may stand between a subject and its verb; a preposition with its noun."""
_PARTICLES = frozenset(("ли", "же", "бы", "вообще"))
_ADVERBS = frozenset(("ADVB", "COMP"))
_JOINERS = frozenset(("а", "и", "ну", "так", "теперь"))
_OPENING = _JOINERS | {
    "сейчас", "потом", "далее", "дальше", "следом", "итак", "коллеги", "вот", "значит", "обход",
    "снова", "опять", "вновь", "следующая", "следующий",
}  # fmt: skip
"""What is said before a name that begins something."""
_PERSONS = {"ему": "m", "ей": "f"}
_OF_PERSONS = {"него": "m", "нее": "f"}
"""After «у»."""
_PEOPLE = {"мужчина": "m", "мальчик": "m", "юноша": "m",
           "женщина": "f", "девочка": "f", "девушка": "f"}  # fmt: skip
_OPENERS = frozenset(("это", "эта", "этот", "нет", "да", "не", "фамилия"))


def cue_sex(canon: Canon, first: int) -> str | None:
    """The sex of the word before a name that begins at ``first``: ``f`` after «пациентка».

    ``m`` says little: «пациент» is said of women as well.
    """
    cue = CUES.get(canon.items[first - 1].text) if first else None
    return cue[0] if cue else None


def surname_fits(
    canon: Canon,
    first: int,
    sex: str,
    cases: Collection[str],
    relative: Collection[str],
    *,
    shared: bool,
    told: bool = False,
) -> bool:
    """Whether a surname alone means this person and not a namesake of the other sex.

    «Попова» is a woman's nominative and a man's genitive: only the context tells, and where
    there is none, whether the form is ``shared`` by another patient. ``cases`` are those of the
    person's own form, ``relative`` those of the other sex. ``told`` says that the sex is certain
    by :func:`told_sex`.
    """
    before = canon.items[first - 1].text if first else ""
    cue = CUES.get(before)
    if cue is not None:
        case = {"gent", "accs"} if cue[1] in ("gent", "accs") else {cue[1]}
        own, other = bool(case & set(cases)), bool(case & set(relative))
        return own and (not other or cue[0] == sex)
    verb = verb_sex(canon, first, first + 1)
    if verb:
        return verb == sex and "nomn" in cases
    if told and (not before or _has_comma(canon, first)):
        return "nomn" in cases
    if before in _JOINERS or all(item.text in _OPENING for item in canon.items[:first]):
        # «Попова» answers «кто?» sooner than «чьи анализы?»
        return not shared and ("nomn" in cases or "nomn" not in relative)
    governor = _governor(canon, first)
    verb = _past_sex(governor)
    if verb:
        return verb == sex and "nomn" in cases and "nomn" not in relative
    if before in _OPENERS or _has_subject(governor):
        return "nomn" in cases and "nomn" not in relative
    return "nomn" not in cases and bool(_OBLIQUE & set(cases))


def takes_oblique(canon: Canon, first: int) -> bool:
    """Whether a name at ``first`` can be no nominative: after «у», «аллергии», «открой»."""
    if not first:
        return False
    before = canon.items[first - 1].text
    cue = CUES.get(before)
    if cue is not None:
        return cue[1] != "nomn"
    return _kind(before) in ("PREP", "NOUN") or "impr" in reading(before).tag


def told_sex(canon: Canon, first: int) -> str | None:
    """The sex of whoever is called by the surname at ``first``, by words elsewhere.

    «что ей поставили», «женщину», «родилась»; None where they disagree, or may be said of
    somebody or something else: «мать», «выписка … она».
    """
    said: set[str] = set()
    others: set[str] = set()
    for i, item in enumerate(canon.items):
        if i == first or item.text in CUES:
            continue
        word = reading(item.text)
        before = canon.items[i - 1].text if i else ""
        if item.text in _PERSONS:
            said.add(_PERSONS[item.text])
        elif before == "у" and item.text in _OF_PERSONS:
            said.add(_OF_PERSONS[item.text])
        elif word.normal_form in _PEOPLE:
            said.add(_PEOPLE[word.normal_form])
        elif word.normal_form == "родиться":
            said.add(_past_sex(item.text) or "")
        elif word.tag.POS == "NOUN":
            others.add("anim" if "anim" in word.tag else word.tag.gender)
    words = {item.text for item in canon.items}
    for pronoun, gender, sex in (("он", "masc", "m"), ("она", "femn", "f")):
        if pronoun in words:
            said.add(sex if gender not in others else "")
    return said.pop() or None if len(said) == 1 and "anim" not in others else None


@lru_cache(maxsize=20_000)
def given_sexes(word: str) -> frozenset[str]:
    """The sexes of whoever a given name or patronymic may be a form of: both for «Валентина»."""
    tags = [p.tag for p in morph().parse(word) if "Name" in p.tag or "Patr" in p.tag]
    return frozenset(
        sex for tag in tags for sex in {"masc": "m", "femn": "f"}.get(tag.gender, "mf")
    )


def _has_comma(canon: Canon, i: int) -> bool:
    return "," in canon.cleaned[canon.items[i - 1].end : canon.items[i].start]


def verb_sex(canon: Canon, start: int, stop: int) -> str | None:
    """The sex that a past verb after the items ``start`` to ``stop`` shows.

    «Орлова лежала» tells, and so does «Орлова в весе прибавила»; «у Орлова поднялась
    температура», «сатурация Орлова упала» and «Орлова температура поднялась» don't.
    """
    before = canon.items[start - 1].text if start else ""
    if before and before != "раз" and _kind(before) not in _NO_GOVERNOR:
        return None
    at, words = stop, [item.text for item in canon.items]
    while at < len(words) - 1 and (kind := _kind(words[at])) in _BETWEEN:
        at += 2 if kind == "PREP" else 1
    return _past_sex(words[at]) if at < len(words) else None


def _governor(canon: Canon, first: int) -> str:
    """The word that a name beginning at ``first`` hangs on: «лежала» in «лежала ли раньше X»."""
    for item in reversed(canon.items[:first]):
        if item.text not in _PARTICLES and _kind(item.text) not in _ADVERBS:
            return item.text
    return ""


@lru_cache(maxsize=20_000)
def _kind(word: str) -> str | None:
    """The part of speech that a word most often is."""
    pos: str | None = reading(word).tag.POS
    return pos


@lru_cache(maxsize=20_000)
def _past_sex(word: str) -> str | None:
    """The sex that a past verb shows; None for any other word."""
    tag = reading(word).tag if known(word) else ()
    if not ("VERB" in tag and "past" in tag and "sing" in tag):
        return None
    return "f" if "femn" in tag else "m" if "masc" in tag else None


@lru_cache(maxsize=20_000)
def _has_subject(word: str) -> bool:
    """Whether the word is a verb whose subject may follow («принимает»)."""
    tag = reading(word).tag if known(word) else ()
    return "VERB" in tag and "sing" in tag and "3per" in tag
