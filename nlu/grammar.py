"""What the words around a name say about its sex and case, and its ending about its kind."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from rapidfuzz.distance import Indel

from nlu.canon import Canon
from nlu.declension import Part, name_kinds
from nlu.phrases import known, morph, reading
from nlu.sounds import sound

_CUES: dict[str, tuple[str, str]] = {
    "пациент": ("m", "nomn"), "пациента": ("m", "gent"), "пациенту": ("m", "datv"),
    "пациентом": ("m", "ablt"), "пациенте": ("m", "loct"),
    "пациентка": ("f", "nomn"), "пациентки": ("f", "gent"), "пациентке": ("f", "datv"),
    "пациентку": ("f", "accs"), "пациенткой": ("f", "ablt"),
    "больной": ("m", "nomn"), "больного": ("m", "gent"), "больному": ("m", "datv"),
    "больным": ("m", "ablt"), "больном": ("m", "loct"), "больная": ("f", "nomn"),
    "больную": ("f", "accs"),
}  # fmt: skip
_MANY = frozenset(("больные", "больных", "пациенты", "пациентов"))
_OBLIQUE = frozenset(("gent", "datv", "accs", "ablt", "loct"))
_STAFF = ("доктор", "врач", "медсестр", "профессор", "хирург", "кардиолог", "терапевт",
          "невролог", "заведующ", "академик")  # fmt: skip
_NO_GOVERNOR = frozenset(("ADVB", "CONJ", "PRCL", "NPRO"))
"""Kinds of words after which a name may be the subject of the verb that follows."""
_BETWEEN = frozenset(("PREP", "ADVB", "PRCL"))
"""Kinds of words that may stand between a subject and its verb; a preposition with its noun."""
_PARTICLES = frozenset(("ли", "же", "бы", "вообще"))
_TAKES_BACK = frozenset(("вернее", "точнее", "ой", "простите", "извини", "извините", "поправка"))
_BEFORE_NAME = frozenset(("у", "про", "о", "об", "для", "к", "с", "за", "пациент", "пациента",
                          "пациентка", "пациентку"))  # fmt: skip
_ADVERBS = frozenset(("ADVB", "COMP"))
_JOINERS = frozenset(("а", "и", "ну", "так", "теперь"))
_OPENERS = frozenset(("это", "эта", "этот", "нет", "да", "не", "фамилия"))
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
_DOSE = re.compile(r"\bдоз\w+ (\w+)$")
_ASKS_WHAT = re.compile(r"\b(?:что|чего|чем|как\w+|сколько|лекарств|препарат|таблет)")
"""With these a verb of taking has its object: «что пьёт Громов»."""
_BORN = re.compile(r"\b((?:19|20)\d\d|\d\d(?=й? г))й?(?: года?| г)?(?: р)?\b(?! (?:по|до) )")
_WHO_IS = re.compile(r"\b(?:котор\w+|тот что|та что|ту что|того что) ((?:19|20)?\d\d)й? год")

_AFTER_NAME = re.compile(r"\b([а-я]{4,}) ((?:19)?[3-9]\d)й? года?\b")
"""Records of before 2000 are in no ledger."""


@lru_cache(maxsize=8)
def birth_years(text: str) -> frozenset[int]:
    """Years in which the patient may be born, of two digits or four; empty when none was said.

    «Иванов 1958 года рождения», «Иванов, который 58-го года», «Кузнецова 90-го года», as a
    canonical text has them. Asked for each candidate of one utterance.
    """
    years = _BORN if "рожд" in text else _WHO_IS
    after = (
        year
        for word, year in _AFTER_NAME.findall(text)
        if looks_like_name(word) or _ENDS_ONLY_AS_SURNAME.search(word)
    )
    return frozenset(int(year) for year in (*years.findall(text), *after))


def taken_back(canon: Canon) -> set[int]:
    """The items after «не», as in «не Ольга Владимировна» and «не у Ольги»: a name there is not
    meant. A second name of the same kind begins another: «не Ольга, Мария».
    """
    words = [item.text for item in canon.items]
    found: set[int] = set()
    for at, word in enumerate(words[:-1]):
        if word != "не":
            continue
        first = at + 2 if words[at + 1] in _BEFORE_NAME else at + 1
        said: frozenset[Part] = frozenset()
        for i in range(first, len(words)):
            kinds = name_kinds(words[i])
            if i > first and (not kinds or kinds & said):
                break
            found.add(i)
            said |= kinds
    return found


def substances(canon: Canon) -> set[int]:
    """The items that stand where a drug or an allergen does: «аллергия на X», «принимает ли X».

    What ends as only surnames do is none.
    """
    patterns = (_ALLERGEN, _DOSE) if _ASKS_WHAT.search(canon.text) else (_ALLERGEN, _DOSE, _TAKEN)
    found = (match for pattern in patterns for match in pattern.finditer(canon.text))
    items = {i for match in found for i in canon.items_of(*match.span(match.lastindex or 0))}
    return {i for i in items if not _ENDS_ONLY_AS_SURNAME.search(canon.items[i].text)}


def after_correction(canon: Canon) -> int:
    """The first item after the speaker's last «то есть», «вернее», «ой»; 0 without any."""
    words = [item.text for item in canon.items]
    for at in range(len(words) - 1, 0, -1):
        if words[at - 1] in _TAKES_BACK or words[at - 2 : at] == ["то", "есть"]:
            return at
    return 0


@lru_cache(maxsize=20_000)
def is_cue(word: str) -> bool:
    """«пациент», «больная» in any case, or misheard as no other word."""
    if word in _CUES or word in _MANY:
        return True
    if known(word) or len(word) < 6:
        return False
    key = sound(word)
    return max(Indel.normalized_similarity(key, sound(cue)) for cue in _CUES) >= 0.84


def after_staff(canon: Canon, i: int) -> bool:
    """Whether item ``i`` belongs to a doctor's or nurse's name («доктор Григорьев»)."""
    at = i - 1
    while at >= 0 and name_kinds(canon.items[at].text):
        at -= 1
    return at >= 0 and canon.items[at].text.startswith(_STAFF)


def cue_sex(canon: Canon, first: int) -> str | None:
    """The sex of the word before a name that begins at ``first``: ``f`` after «пациентка».

    ``m`` says little: «пациент» is said of women as well.
    """
    cue = _CUES.get(canon.items[first - 1].text) if first else None
    return cue[0] if cue else None


def surname_fits(
    canon: Canon,
    first: int,
    sex: str,
    cases: Collection[str],
    relative: Collection[str],
    *,
    shared: bool,
) -> bool:
    """Whether a surname alone means this person and not a namesake of the other sex.

    «Попова» is a woman's nominative and a man's genitive: only the context tells, and where
    there is none, whether the form is ``shared`` by another patient. ``cases`` are those of the
    person's own form, ``relative`` those of the other sex.
    """
    before = canon.items[first - 1].text if first else ""
    cue = _CUES.get(before)
    if cue is not None:
        case = {"gent", "accs"} if cue[1] in ("gent", "accs") else {cue[1]}
        own, other = bool(case & set(cases)), bool(case & set(relative))
        return own and (not other or cue[0] == sex)
    verb = verb_sex(canon, first, first + 1)
    if verb:
        return verb == sex and "nomn" in cases
    if not before or before in _JOINERS:
        # «Попова» answers «кто?» sooner than «чьи анализы?»
        return not shared and ("nomn" in cases or "nomn" not in relative)
    governor = _governor(canon, first)
    verb = _past_sex(governor)
    if verb:
        return verb == sex and "nomn" in cases and "nomn" not in relative
    if before in _OPENERS or _has_subject(governor):
        return "nomn" in cases and "nomn" not in relative
    return "nomn" not in cases and bool(_OBLIQUE & set(cases))


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


@lru_cache(maxsize=20_000)
def surname_kind(word: str) -> str:
    """The family of endings a surname has: one in -енко is never a misheard one in -ин."""
    match = _SURNAME_KINDS.search(word)
    return (match.lastgroup or "") if match else ""


def beside_surname(canon: Canon, first: int, last: int) -> bool:
    """Whether a word next to a first name and patronymic ends as a surname: «Анна Сомова»."""
    near = (at for at in (first - 1, last + 1) if 0 <= at < len(canon.items))
    return any(_ENDS_AS_SURNAME.search(canon.items[at].text) for at in near)


@lru_cache(maxsize=20_000)
def may_be_surname(word: str) -> bool:
    """Whether a word of no dictionary has a surname's ending: «Козлодоева»."""
    if known(word) or len(word) < _SURNAME:
        return False
    return bool(_ENDS_ONLY_AS_SURNAME.search(word)) or any(
        "Surn" in parse.tag and "sing" in parse.tag for parse in morph().parse(word)
    )


@lru_cache(maxsize=20_000)
def looks_like_name(word: str) -> bool:
    """Whether the dictionary's first reading of the word is a name."""
    tag = reading(word).tag
    return any(mark in tag for mark in ("Surn", "Name", "Patr"))
