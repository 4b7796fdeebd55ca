"""Hospitals as people say them: by name, number or nickname, inflected or misheard."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from nlu.agreement import counts
from nlu.canon import Canon, canonical, fold
from nlu.concepts import concept, lemma
from nlu.declension import Part, name_kinds
from nlu.dictionary import known, reading
from nlu.grammar import may_be_surname
from nlu.messages import Place
from nlu.numerals import numeral
from nlu.phrases import PhraseIndex, word_key

UNKNOWN_PLACE = ""
"""The id given for a hospital that was named but is none of ours."""

KINDS = ("больниц", "поликлиник", "госпитал", "диспансер", "центр", "клиник", "роддом")
_AROUND = """
в во из с со от а да ну вот это та ту той тот мне нужна нужен нужны давай давайте покажи открой
пожалуйста
"""
PAPERS = frozenset(("документ", "документы", "бумаги"))
BESIDE = PAPERS.union(_AROUND.split())
"""Words beside a place that call none."""
_FROM = frozenset(("из", "в", "во"))
_ORDINAL = re.compile(r"\d+й")
_CALLS_NONE = frozenset(("номер", "имени"))
"""Words of names that tell no place from others: «номер один» is a place in a list."""
_HANDED_OUT = frozenset(("выписка", "эпикриз", "заключение", "рецепт", "направление"))
"""What one hospital writes; «документы Бурденко», «посещения Бурденко» are a patient's."""
_BEGINNING = 5
"""Letters of a word by sound from which it may be the beginning of another."""
_LETTER_NAMES = "бэ вэ гэ дэ жэ зэ ка эль эм эн пэ эр эс тэ эф ха цэ че ша ща"
_LETTERS = dict(zip("бвгджзклмнпрстфхцчшщ", _LETTER_NAMES.split(), strict=True))
_CONSONANTS = re.compile(rf"\b[{''.join(_LETTERS)}]{{2,5}}\b")
"""An abbreviation that is said letter by letter."""
_NAMED_PLACE = re.compile(
    r"\b(?:\d+й (?:\w+ )?(?:больниц|поликлиник|госпитал|диспансер|клиник|роддом)\w*"
    r"|(?:больниц|поликлиник|госпитал|роддом|клиник)\w* (?:номер )?\d+й?\b"
    r"|(?:городск|районн|областн|краев|детск)\w+ (?:больниц|поликлиник|госпитал)\w*"
    r"(?: (?:номер )?\d+й?\b)?"
    r"|(?:больниц|госпитал|клиник)\w* (?:имени|свят\w+) \w+)"
)


def _phrases(place: Place) -> Iterable[str]:
    """The name and the aliases, each also with the word for its kind («первая городская больница»)
    and with abbreviations letter by letter («цэ эр бэ»).

    Else «Первая градская больница» would be nearer to that than the alias «первая городская».
    """
    kind = next((word for word in place.name.lower().split() if word.startswith(KINDS)), None)
    for phrase in (place.name, *place.aliases):
        yield phrase
        if (spelt := _CONSONANTS.sub(_letters, phrase.lower())) != phrase.lower():
            yield spelt
        if kind and not any(word.lower().startswith(KINDS) for word in phrase.split()):
            yield f"{phrase} {kind}"


def _letters(abbreviation: re.Match[str]) -> str:
    return " ".join(_LETTERS[letter] for letter in abbreviation[0])


def _nicknames(places: Iterable[Place]) -> dict[str, str]:
    """Adjectives and names that only one place has, with its id: «районная» is «районная
    больница», «Бурденко» and «Георгия» the hospitals named after them.
    """
    of: dict[str, set[str]] = {}
    for place in places:
        for phrase in (place.name, *place.aliases):
            for word in map(fold, phrase.split()):
                if numeral(word) is None and (
                    _describes(word) or _is_surname(word) or bool(name_kinds(word))
                ):
                    of.setdefault(lemma(word), set()).add(place.id)
    return {word: next(iter(ids)) for word, ids in of.items() if len(ids) == 1}


def _describes(word: str) -> bool:
    return known(word) and "ADJF" in reading(word).tag


def _is_surname(word: str) -> bool:
    return Part.LAST in name_kinds(word) or may_be_surname(word)


def called(canon: Canon, places: Iterable[Place]) -> tuple[str, ...]:
    """Ids of the ``places`` whose names and aliases have every word that was said, whatever stands
    with any place left out: «в детской», «бурденко», «первая больница».

    A number alone calls one only as in «из пятой». A word that no dictionary has may be one of
    them misheard, or its beginning: «кардио». «У» stands before a person.
    """
    said = [item.text for item in canon.items if item.text not in BESIDE]
    words = {place.id: _words(place) for place in places}
    calls = any(word.isalpha() and word not in _CALLS_NONE for word in said)
    calls = calls or (len(said) == 1 and numbered(canon) is not None)
    fit = set(words) if calls else set()
    for word in said:
        have = {id for id, own in words.items() if any(_is_form(word, one) for one in own)}
        if not have and not known(word) and len(key := word_key(word)) >= _BEGINNING:
            have = {
                id for id, own in words.items() if any(word_key(w).startswith(key) for w in own)
            }
        fit &= have
    return tuple(id for id in words if id in fit)


def _words(place: Place) -> set[str]:
    phrases = (canonical(phrase) for phrase in (place.name, *place.aliases))
    return {item.text for phrase in phrases for item in phrase.items}


def _is_form(said: str, word: str) -> bool:
    """Whether ``said`` is a place's ``word`` as a place is called: an adjective or a kind in any
    case, a number, else the very form. «Здорова» isn't «Здоровье», «Георгию» isn't «Георгия».
    """
    if said == word:
        return True
    if not said.isalpha() or not known(said):
        return word_key(said) == word_key(word)
    inflects = said.startswith(KINDS) or _is_adjective(said)
    return inflects and not name_kinds(said) and lemma(said) == lemma(word)


def _is_adjective(word: str) -> bool:
    """Whether it is one of a single thing: «кардиологические» are documents."""
    return {"ADJF", "sing"}.issubset(reading(word).tag.grammemes)


def numbered(canon: Canon) -> int | None:
    """The number in «из пятой», «во второй»: of a hospital, or of its place in a list.

    No document is feminine: «из второго», «второй». «В первой половине» and «из первой и второй»
    tell none.
    """
    at = [i for i, item in enumerate(canon.items) if _ORDINAL.fullmatch(item.text)]
    if len(at) != 1 or at[0] == 0 or canon.items[at[0] - 1].text not in _FROM:
        return None
    said = canon.surface(range(at[0], at[0] + 1))
    after = canon.items[at[0] + 1].text if at[0] + 1 < len(canon.items) else ""
    of_other = bool(after) and not after.startswith(KINDS) and counts(said, after)
    feminine = said.endswith("й") and not said.endswith("ий")
    return int(canon.items[at[0]].text[:-1]) if feminine and not of_other else None


class PlaceIndex:
    """The hospitals by id, and a search in what was heard."""

    def __init__(self, places: Iterable[Place]) -> None:
        self.by_id = {place.id: place for place in places}
        self._index = PhraseIndex(
            ((phrase, place.id) for place in self.by_id.values() for phrase in _phrases(place)),
            threshold=0.85,
        )
        self._nicknames = _nicknames(self.by_id.values())

    def find(
        self, canon: Canon, names: Collection[int] = (), patients: Collection[int] = ()
    ) -> list[tuple[str, range]]:
        """Places with the items they cover; :data:`UNKNOWN_PLACE` for one that isn't ours.

        ``names`` are items that may be a surname, ``patients`` those that may be a patient's.
        """
        found: list[tuple[str, range]] = []
        for hit in self._index.find(canon, names=names):
            if _is_illness(canon, hit.where) or _asks_which(canon, hit.where):
                continue
            where = _with_type(canon, hit.where)
            said = [t for t in KINDS for i in where if canon.items[i].text.startswith(t)]
            place = self.by_id[hit.value]
            called = " ".join((place.name, *place.aliases)).lower()
            fits = all(kind in called for kind in said)
            found.append((hit.value if fits else UNKNOWN_PLACE, where))
        for match in _NAMED_PLACE.finditer(canon.text):
            where = canon.items_of(*match.span())
            taken_already = any(set(where) & set(taken) for _, taken in found)
            if not taken_already and not _asks_which(canon, where):
                found.append((UNKNOWN_PLACE, where))
        for i, item in enumerate(canon.items):
            id = self._nicknames.get(lemma(item.text))
            calls = _alone(canon, i) or (i not in patients and of_paper(canon, i))
            if id and calls and not any(i in taken for _, taken in found):
                found.append((id, range(i, i + 1)))
        return sorted(found, key=lambda f: f[1].start)


def _is_illness(canon: Canon, where: range) -> bool:
    """Whether a place's nickname is an illness here: «онкология есть», but «из онкологии»."""
    word = canon.items[where.start].text
    alone = len(where) == 1 < len(canon.items)
    return alone and concept(word) == "BE_ILL" and lemma(word) == word


def _asks_which(canon: Canon, where: range) -> bool:
    """Whether a hospital is asked for: «в какой больнице второе посещение» names none."""
    return where.start > 0 and lemma(canon.items[where.start - 1].text) == "какой"


def _alone(canon: Canon, i: int) -> bool:
    """Whether item ``i`` stands after «в» or «из» and describes no noun after it: of a name it
    is no patient's then, but «от Бурденко» may be.
    """
    before = canon.items[i - 1].text if i else ""
    if not _describes(canon.items[i].text):
        return before in ("в", "во", "из")
    after = canon.items[i + 1].text if i + 1 < len(canon.items) else ""
    if before not in ("в", "во", "из", "с", "от", "со"):
        return False
    return not (known(after) and {"NOUN", "ADJF"} & {reading(after).tag.POS})


def of_paper(canon: Canon, i: int) -> bool:
    """Whether item ``i`` is a surname right after what a hospital hands out: «выписка Бурденко»."""
    before = lemma(canon.items[i - 1].text) if i else ""
    return before in _HANDED_OUT and _is_surname(canon.items[i].text)


def _with_type(canon: Canon, where: range) -> range:
    """Take in a word such as «больницы» right before or after the name of a place."""
    start, stop = where.start, where.stop
    if start > 0 and canon.items[start - 1].text.startswith(KINDS):
        start -= 1
    if stop < len(canon.items) and canon.items[stop].text.startswith(KINDS):
        stop += 1
    return range(start, stop)
