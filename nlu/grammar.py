"""What the words around a name make of it, and what its ending says about its kind."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Literal

from rapidfuzz.distance import Indel

from nlu.canon import Canon
from nlu.concepts import TOPICS, concept
from nlu.declension import name_kinds
from nlu.dictionary import known, morph, reading
from nlu.sounds import sound

CUES: dict[str, tuple[str, str]] = {
    "пациент": ("m", "nomn"), "пациента": ("m", "gent"), "пациенту": ("m", "datv"),
    "пациентом": ("m", "ablt"), "пациенте": ("m", "loct"),
    "пациентка": ("f", "nomn"), "пациентки": ("f", "gent"), "пациентке": ("f", "datv"),
    "пациентку": ("f", "accs"), "пациенткой": ("f", "ablt"),
    "больной": ("m", "nomn"), "больного": ("m", "gent"), "больному": ("m", "datv"),
    "больным": ("m", "ablt"), "больном": ("m", "loct"), "больная": ("f", "nomn"),
    "больную": ("f", "accs"),
}  # fmt: skip
_MANY = frozenset(("больные", "больных", "пациенты", "пациентов"))
_TAKE_BACK = frozenset(("то есть", "тьфу ты"))
_TAKES_BACK = frozenset(
    ("вернее", "точнее", "ой", "простите", "извини", "извините", "поправка", "тьфу")
)
_CORRECTING = _TAKES_BACK | {"нет", "а", "то", "есть"}
_BEFORE_NAME = frozenset(("у", "про", "о", "об", "для", "к", "с", "за", "пациент", "пациента",
                          "пациентка", "пациентку", "это", "лучше", "надо"))  # fmt: skip
_SURNAME_KINDS = re.compile(
    "(?:(?P<enko>[еи]н?к[оа])|(?P<uk>[чщр]?[уюя]к(?:а|у|ом|е)?)"
    "|(?P<sky>[сц]к(?:ий|ого|ому|им|ом|ая|ой|ую))|(?P<ian>янц?(?:а|у|ем|ом|е)?)"
    "|(?P<dze>дзе|швили)|(?P<ich>ич(?:а|у|ем|ом|е)?))$"
)


_ENDS_AS_SURNAME = re.compile(
    r"..(?:[оеё]в|[иы]н|[сц]к|енк|[чщ]ук|юк|ян|ич|дзе|швили)"
    r"(?:а|у|ы|ой|ом|ым|ого|ому|ую|ая|ий|о|е)?$"
)
_ENDS_ONLY_AS_SURNAME = re.compile(
    r"...(?:[оеё]в(?:а|у|ой|ым)?|[сц]к(?:ий|ая|ого|ому)|енко|[чщ]ука?|юка?|янц?а?|дзе|швили)$"
)
"""Drugs and analytes end in -ин."""
_SURNAME = 5
"""Letters of an unknown word from which it may be a surname."""
_ALLERGEN = re.compile(
    r"\b(?:\w*аллерг\w+|реакци\w+|непереносимост\w+)(?: \w+){0,4}? на (\w+)"
    r"|\bнепереносимост\w+ (\w+)"
)
_TAKEN = re.compile(r"\b(?:принимает|пьет|получает|колет|глотает)(?: ли)? (\w+)$")
_GIVEN = re.compile(
    r"\b(?:дал[аи]?|принял[аи]?|принимал[аи]?|выпил[аи]?|ввел[аи]?|вколол[аи]?) (\w+)"
    r"|\b(\w+) (?:дали|приняли|принимали|выпили|ввели|вкололи)\b"
)
_DOSE = re.compile(r"\bдоз\w+ (\w+)$")
_ALLOWED = re.compile(
    r"^(?:(?:а|и|ей|ему) )*(\w+) (?:ей |ему )?(?:можно|нельзя|переносит)\b"
    r"|\b(?:можно|нельзя|переносит)(?: ли)? (?:ей |ему )?(\w+)$"
)
"""«Фурадонин можно», «переносит ли фурадонин»."""
_LIKE_DRUG = re.compile(
    r"..(?:[ц]илл?ин|[мт]ицин|циклин|сацин|донин|статин|дипин|каин|верин|рофен|отен"
    r"|азол|олол|рол|амол|прил|артан|зепам|азин|арин|ерин|парин|фиксин|троксин)$"
)
"""How drugs end and hardly a surname does."""
_ASKS_WHAT = re.compile(r"\b(?:что|чего|чем|как\w+|сколько|лекарств|препарат|таблет)")
"""With these a verb of taking has its object: «что пьёт Громов»."""
_BORN = re.compile(r"\b((?:19|20)\d\d|\d\d(?=й? г))й?(?: года?| г)?(?: р)?\b(?! (?:по|до) )")
_WHO_IS = re.compile(r"\b(?:котор\w+|тот что|та что|ту что|того что) ((?:19|20)?\d\d)й? год")

_AFTER_NAME = re.compile(
    r"\b([а-я]{4,}) "
    r"(19\d\d|[3-9]\d(?=й? года?\b)|(?:3[2-9]|[4-9]\d)(?=й\b(?: (?P<next>\w+))?))(?!\d)"
)
"""Records of before 2000 are in no ledger; no month has a 32nd."""
_WHICH = frozenset(("та", "тот", "ту", "того", "той", "тому", "что", "которая", "который",
                    "которую", "которого", "которой", "которому"))  # fmt: skip
_OLDER = re.compile(r"(?:по)?старше|старш(?:ий|ая|его|ему|ей|ую|им)")
_YOUNGER = re.compile(r"(?:по|на)?моложе|(?:по)?младше|младш(?:ий|ая|его|ему|ей|ую|им)")
_DOUBT = _TAKES_BACK | {"нет", "не", "или", "либо", "ли"}
_OF_BIRTH = re.compile(r"год[ау]?|г|р|рождения")


def birth_after(canon: Canon, at: int) -> range:
    """The items from ``at``, right after a name, that tell the year of birth: «1963 года»."""
    stop, items = at, canon.items
    if at < len(items) and items[at].is_number:
        year = int(re.sub(r"\D", "", items[at].text))
        if year % 100 in {born % 100 for born in birth_years(canon.text)}:
            stop = at + 1
            while stop < len(items) and _OF_BIRTH.fullmatch(items[stop].text):
                stop += 1
    return range(at, stop)


def age_beside(
    canon: Canon, where: range, is_claimed: Callable[[int], bool]
) -> tuple[range, Literal["older", "younger"]] | None:
    """The items right beside the name at ``where`` that tell which of namesakes is meant, and
    which: «Ахметова, которая постарше», «старшая Ахметова».

    None where it may tell of another or is taken back: «старший брат», «старше или младше». So
    what follows is to be asked for: ``is_claimed`` tells which items are an entity.
    """
    words, at, first = [item.text for item in canon.items], where.stop, where.start
    while at < len(words) and words[at] in _WHICH:
        at += 1
    aged = [i for i, word in enumerate(words) if _OLDER.fullmatch(word) or _YOUNGER.fullmatch(word)]
    if len(aged) != 1 or not first - 1 <= aged[0] <= at:
        return None
    beside = range(where.stop, at + 1) if aged[0] == at else range(aged[0], aged[0] + 1)
    before, after = words[: min(first, aged[0])][-1:], words[max(where.stop, beside.stop) :]
    if before == ["не"] or any(map(_is_somebody, before)) or not _DOUBT.isdisjoint(after):
        return None
    follows = len(words) - len(after)
    asked = not after or _bids(after[0]) or concept(after[0]) in TOPICS
    if not asked and (canon.items[follows].is_number or not is_claimed(follows)):
        return None
    return beside, "older" if _OLDER.fullmatch(words[aged[0]]) else "younger"


def _is_somebody(word: str) -> bool:
    """Whether a word is of a living being, and not the patient: «сестра»."""
    tag = reading(word).tag
    return "NOUN" in tag and "anim" in tag and not is_cue(word)


def _bids(word: str) -> bool:
    """Whether a word only asks for something: «покажи», «пожалуйста»."""
    return word == "пожалуйста" or "impr" in reading(word).tag


@lru_cache(maxsize=8)
def birth_years(text: str) -> frozenset[int]:
    """Years in which the patient may be born, of two digits or four; empty when none was said.

    «Иванов 1958 года рождения», «Иванов, который 58-го года», «Кузнецова 90-го года», as a
    canonical text has them. An ordinal without «года» only where it ends what is said or a command
    follows: «шестьдесят шестой» may be a ward or a day. Asked for each candidate of one utterance.
    """
    years = _BORN if "рожд" in text else _WHO_IS
    after = (
        found[2]
        for found in _AFTER_NAME.finditer(text)
        if (looks_like_name(found[1]) or _ENDS_ONLY_AS_SURNAME.search(found[1]))
        and (found["next"] is None or _bids(found["next"]))
    )
    return frozenset(int(year) for year in (*years.findall(text), *after))


def substances(canon: Canon) -> set[int]:
    """The items that stand where a drug or an allergen does: «аллергия на X», «принимает ли X»,
    «дала X», «X можно».

    What ends as only surnames do is none. Beside «можно» and what somebody takes or was given as
    well somebody may stand, and a surname is one there: «можно Гуревича».
    """
    surely = (_ALLERGEN, _DOSE)
    perhaps = (_ALLOWED,) if _ASKS_WHAT.search(canon.text) else (_ALLOWED, _TAKEN, _GIVEN)
    found = {
        (i, pattern in perhaps)
        for pattern in (*surely, *perhaps)
        for match in pattern.finditer(canon.text)
        for i in canon.items_of(*match.span(match.lastindex or 0))
    }
    return {
        i
        for i, may_be_person in found
        if not _ENDS_ONLY_AS_SURNAME.search(canon.items[i].text)
        and not (may_be_person and _is_rather_person(canon.items[i].text))
    }


@lru_cache(maxsize=20_000)
def _is_rather_person(word: str) -> bool:
    """Whether somebody is called by a word, and no drug looks like it."""
    if concept(word) in ("MEDICINE", "DRUG"):
        return False
    return bool(name_kinds(word)) or (may_be_surname(word) and not _LIKE_DRUG.search(word))


def after_correction(canon: Canon) -> int:
    """The first item after the speaker's last «то есть», «вернее», «ой»; 0 without any.

    «Нет» is one where a name follows: «Ольга, нет, Мария», but not «аллергии нет».
    """
    words = [item.text for item in canon.items]
    for at in range(len(words) - 1, 0, -1):
        if words[at - 1] in _TAKES_BACK or " ".join(words[at - 2 : at]) in _TAKE_BACK:
            return at
        name = at + 1 if words[at] in _BEFORE_NAME and at + 1 < len(words) else at
        if words[at - 1] == "нет" and (name_kinds(words[name]) or may_be_surname(words[name])):
            return at
    return 0


def corrected_name(canon: Canon, first: int) -> range:
    """The items of a name that the name from item ``first`` corrects, up to that one.

    «Громова, ой,» in «давление Громова, ой, Орловой»; empty where there is none.
    """
    words = [item.text for item in canon.items]
    at = after_correction(canon)
    if not 0 < at <= first or not set(words[at:first]) <= _BEFORE_NAME:
        return range(0)
    start = at
    while start and words[start - 1] in _CORRECTING:
        start -= 1
    stop = start
    while start and (name_kinds(words[start - 1]) or may_be_surname(words[start - 1])):
        start -= 1
    return range(start, first) if start < stop else range(0)


@lru_cache(maxsize=20_000)
def is_cue(word: str) -> bool:
    """«пациент», «больная» in any case, or misheard as no other word."""
    if word in CUES or word in _MANY:
        return True
    if known(word) or len(word) < 6:
        return False
    key = sound(word)
    return max(Indel.normalized_similarity(key, sound(cue)) for cue in CUES) >= 0.84


@lru_cache(maxsize=20_000)
def surname_kind(word: str) -> str:
    """The family of endings a surname has: one in -енко is never a misheard one in -ин."""
    match = _SURNAME_KINDS.search(word)
    return (match.lastgroup or "") if match else ""


def beside_surname(canon: Canon, first: int, last: int, free: Collection[int]) -> bool:
    """Whether a word next to a first name and patronymic may be a surname.

    «Анна Сомова»; of the ``free`` items, which mean nothing else, also «Мельник Игорь».
    """
    drugs = substances(canon)
    near = (at for at in (first - 1, last + 1) if 0 <= at < len(canon.items) and at not in drugs)
    return any(
        _ENDS_AS_SURNAME.search(word) or (not is_cue(word) and _may_be_called(word, at in free))
        for at in near
        for word in (canon.items[at].text,)
    )


def _may_be_called(word: str, free: bool) -> bool:
    """Whether somebody may be called by a word: «мельник»; if it is ``free``, by any noun."""
    if not known(word):
        return free
    tag = reading(word).tag
    return "NOUN" in tag and (free or "anim" in tag)


@lru_cache(maxsize=20_000)
def may_be_surname(word: str) -> bool:
    """Whether a word of no dictionary has a surname's ending: «Козлодоева»."""
    if known(word) or len(word) < _SURNAME:
        return False
    return bool(_ENDS_ONLY_AS_SURNAME.search(word)) or any(
        "Surn" in parse.tag and "sing" in parse.tag for parse in morph().parse(word)
    )


@lru_cache(maxsize=20_000)
def is_place_or_surname(word: str) -> bool:
    """«Кириллова», «Зыковой», which the dictionary has only as villages, or «Температурова»."""
    only = bool(_ENDS_ONLY_AS_SURNAME.search(word))
    return only and (not known(word) or "Geox" in reading(word).tag)


def is_half(canon: Canon, covered: Collection[int]) -> bool:
    """Whether a surname is only half of the one that was said: «Громова-Орловского»."""
    pairs = ((i, i + 1) for i in range(len(canon.items)) if canon.is_hyphened(i))
    return any(
        _is_surname(canon.items[other].text)
        for pair in pairs
        for half, other in (pair, pair[::-1])
        if half in covered and other not in covered
    )


def _is_surname(word: str) -> bool:
    """Whether a word beside a hyphen is another surname."""
    return len(word) > 2 and bool(name_kinds(word) or _ENDS_AS_SURNAME.search(word))


@lru_cache(maxsize=20_000)
def is_another(word: str) -> bool:
    """Whether a word of the dictionary may be a surname of its own, whatever it sounds like.

    «Василева» is not Васильева, «Соловья» not Соловьёва.
    """
    tags = [parse.tag for parse in morph().parse(word)] if known(word) else []
    return any("NOUN" in tag and "sing" in tag for tag in tags) or (
        bool(tags) and surname_kind(word) == "sky"
    )


def is_addressed(canon: Canon, i: int) -> bool:
    """«запиши Петровскому»: a surname in the dictionary, though more often another word."""
    if not i or "impr" not in reading(canon.items[i - 1].text).tag:
        return False
    tags = (parse.tag for parse in morph().parse(canon.items[i].text))
    return known(canon.items[i].text) and any("Surn" in tag and "datv" in tag for tag in tags)


@lru_cache(maxsize=20_000)
def looks_like_name(word: str) -> bool:
    """Whether the dictionary's first reading of the word is a name."""
    tag = reading(word).tag
    return any(mark in tag for mark in ("Surn", "Name", "Patr"))
