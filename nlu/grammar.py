"""What the words around a name say about its sex and case."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from rapidfuzz.distance import Indel

from nlu.canon import Canon
from nlu.phrases import known, morph
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
_OBLIQUE = frozenset(["gent", "datv", "accs", "ablt", "loct"])
_STAFF = frozenset(
    ["доктор", "доктора", "доктору", "доктором", "врач", "врача", "врачу", "врачом", "врачи", "медсестра", "медсестре", "медсестру", "медсестры", "профессор", "профессора", "профессору", "хирург", "хирурга", "кардиолог", "кардиолога", "терапевт", "терапевта", "невролог", "невролога", "заведующий", "заведующая", "заведующему", "академика"]
)
_OPENERS = frozenset(["это", "эта", "этот", "нет", "да", "не", "пациент", "пациентка", "больной", "больная", "фамилия"])


@lru_cache(maxsize=20_000)
def is_cue(word: str) -> bool:
    """«пациент», «больная» in any case, or misheard as no other word."""
    if word in _CUES or word in ("больные", "больных", "пациенты", "пациентов"):
        return True
    if known(word) or len(word) < 6:
        return False
    key = sound(word)
    return max(Indel.normalized_similarity(key, sound(cue)) for cue in _CUES) >= 0.84


def after_staff(canon: Canon, i: int) -> bool:
    """Whether item ``i`` belongs to a doctor's or nurse's name («доктор Григорьев»)."""
    return any(at >= 0 and canon.items[at].text in _STAFF for at in (i - 1, i - 2, i - 3)) and not (
        any(at >= 0 and is_cue(canon.items[at].text) for at in (i - 1, i - 2))
    )


def cue_sex(canon: Canon, first: int) -> str | None:
    """``f`` when the name beginning at ``first`` follows a word only said of women."""
    if first == 0:
        return None
    return _CUES.get(canon.items[first - 1].text, (None, ""))[0]


def surname_fits(
    canon: Canon, first: int, sex: str, cases: Collection[str], relative: Collection[str]
) -> bool:
    """Whether a surname alone means this person and not a namesake of the other sex.

    «Попова» is a woman's nominative and a man's genitive: only the context tells. ``cases`` are
    those of the person's own form, ``relative`` those of the other sex.
    """
    before = canon.items[first - 1].text if first else None
    cue = _CUES.get(before or "")
    if cue is not None:
        case = {"gent": {"gent", "accs"}, "accs": {"accs", "gent"}}.get(cue[1], {cue[1]})
        own, other = bool(case & set(cases)), bool(case & set(relative))
        return own and (not other or cue[0] == sex)
    alone = first == 0 or before in _OPENERS
    own_nominative = "nomn" in cases
    if alone:
        return own_nominative and "nomn" not in relative
    return not own_nominative and bool(_OBLIQUE & set(cases))


@lru_cache(maxsize=20_000)
def looks_like_name(word: str) -> bool:
    """Whether the dictionary's first reading of the word is a name."""
    tag = morph().parse(word)[0].tag
    return any(mark in tag for mark in ("Surn", "Name", "Patr"))
