"""Finding known phrases in what was heard: inflected, misheard, words glued or split."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel
from rapidfuzz.process import cdist

from nlu.canon import Canon, canonical
from nlu.dictionary import known, reading
from nlu.sounds import sound, stem

_SHORT = 4
_AND = "и"
_NUMBERS = re.compile(r"\d+")
_EXAMINATION = re.compile("(?=(?:граф|грам|скоп|метр).{0,2}$)")
"""By sound, before the ending that many examinations share."""
_SAME_EXAMINATION = 0.8
"""Least likeness of what stands before that ending: «маммография» is no «томография»."""


@dataclass(frozen=True, slots=True)
class PhraseHit:
    """A phrase that was found: its value, how near it was (0 to 1), and where (item indexes)."""

    value: str
    score: float
    where: range
    letters: int = 0
    """Length of the phrase by sound: of overlapping hits the longer phrase is meant."""


class PhraseIndex:
    """Phrases with values. Short ones match only in their own inflected forms."""

    def __init__(self, phrases: Iterable[tuple[str, str]], threshold: float) -> None:
        self._threshold = threshold
        self._keys: list[str] = []
        self._values: list[str] = []
        self._numbers: list[str] = []
        self.word_keys: list[frozenset[str]] = []
        self._exact: dict[str, str] = {}
        self._words = 1
        for phrase, value in phrases:
            words = [item.text for item in canonical(phrase).items]
            key = _key(words)
            if len(key) <= _SHORT:
                for form in _forms(words):
                    self._exact.setdefault(_short_key(form), value)
            else:
                self._keys.append(key)
                self._values.append(value)
                self._numbers.append(_numbers(words))
                self.word_keys.append(frozenset(map(word_key, words)))
            self._words = max(self._words, len(words) + 1)

    def find(
        self, canon: Canon, free: Iterable[int] | None = None, names: Collection[int] = ()
    ) -> list[PhraseHit]:
        """The best phrases that do not overlap, left to right; ``free`` limits the items used.

        ``names`` are items that may be a surname: they belong only to a phrase that has the very
        word, or «креатинин Орловой» would be «креатинин крови».
        """
        usable = set(range(len(canon.items)) if free is None else free)
        windows = [
            range(start, start + size)
            for size in range(1, self._words + 1)
            for start in range(len(canon.items) - size + 1)
            if all(i in usable for i in range(start, start + size))
        ]
        if not windows or not (self._keys or self._exact):
            return []
        texts = [[canon.items[i].text for i in window] for window in windows]
        hits = [
            PhraseHit(self._exact[key], 1.0, window, len(key))
            for window, words in zip(windows, texts, strict=True)
            if (key := _short_key(" ".join(words))) in self._exact
        ]
        if self._keys:
            scores = self._scores([_key(words) for words in texts])
            # a word torn in two has its ending only at its end, so both readings are tried
            torn = [at for at, words in enumerate(texts) if len(words) > 1]
            whole = self._scores([_key(["".join(texts[at])]) for at in torn])
            scores[torn] = np.maximum(scores[torn], whole)
            for at, phrase in np.argwhere(scores >= self._threshold):
                words = self.word_keys[phrase]
                exact = scores[at, phrase] == 1  # «дав лене» is
                if len(words) == 1 < len(texts[at]) and all(map(known, texts[at])) and not exact:
                    continue  # «весь список» is no torn «выписка»
                keys = [word_key(word) for word in texts[at]]
                if (
                    len(words) > 1 < len(keys)
                    and words.isdisjoint(keys)
                    and all(map(known, texts[at]))
                ):
                    continue  # «сколько вам» is no «калий крови»
                if _AND in texts[at] and word_key(_AND) not in words:
                    continue  # «эхо и экг» are two
                named = (canon.items[i].text for i in windows[at] if i in names)
                if not all(word_key(name) in words for name in named):
                    continue
                if not _may_be_one_examination(texts[at], self._keys[phrase]):
                    continue
                if any(map(_commands, texts[at])) and not words.issuperset(
                    map(word_key, texts[at])
                ):
                    continue  # «внесите» is no «весит»
                if _numbers(texts[at]) == self._numbers[phrase]:
                    hits.append(
                        PhraseHit(
                            self._values[phrase],
                            float(scores[at, phrase]),
                            windows[at],
                            len(self._keys[phrase]),
                        )
                    )
        return _best(hits)

    def _scores(self, keys: list[str]) -> NDArray[np.float32]:
        """Likeness of each key to each phrase; 0 below the threshold."""
        result: NDArray[np.float32] = cdist(
            keys,
            self._keys,
            scorer=Indel.normalized_similarity,
            score_cutoff=self._threshold,
            dtype=np.float32,
        )
        return result


def _forms(words: list[str]) -> set[str]:
    """All case forms of one short word the dictionary knows; otherwise only what is written."""
    if len(words) > 1 or not known(words[0]):
        return {" ".join(words)}
    forms = reading(words[0]).lexeme
    return {words[0], *(form.word.replace("ё", "е") for form in forms)}


def _short_key(text: str) -> str:
    """By sound from five letters on; «вес» and «весь» sound the same and must not."""
    return sound(text) if len(text) >= 5 and " " not in text else text


def _key(words: Iterable[str]) -> str:
    return "".join(map(word_key, words))


@lru_cache(maxsize=50_000)
def word_key(word: str) -> str:
    """What the forms of a word share, also misheard: its stem by sound; of a number its digits."""
    return word.rstrip("й") if word[0].isdigit() else sound(stem(word))


def _commands(word: str) -> bool:
    """Whether a known word tells what to do."""
    return known(word) and "impr" in reading(word).tag


def _may_be_one_examination(words: list[str], key: str) -> bool:
    """Whether the ``words`` and the phrase with that ``key`` are not two kinds of «-графия»."""
    mine, theirs = (_EXAMINATION.split(one) for one in (_key(words), key))
    if len(mine) == 1 or len(theirs) == 1:
        return True
    return Indel.normalized_similarity(mine[0], theirs[0]) >= _SAME_EXAMINATION


def _numbers(words: Iterable[str]) -> str:
    return " ".join(m[0] for word in words for m in [_NUMBERS.match(word)] if m)


def _best(hits: list[PhraseHit]) -> list[PhraseHit]:
    """Longer and nearer first; a hit that overlaps a better one is dropped."""
    chosen: list[PhraseHit] = []
    for hit in sorted(hits, key=lambda h: (-(h.score - 0.6) * h.letters, h.where.start)):
        if not any(
            hit.where.start < other.where.stop and other.where.start < hit.where.stop
            for other in chosen
        ):
            chosen.append(hit)
    return sorted(chosen, key=lambda h: h.where.start)
