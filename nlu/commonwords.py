"""The words of commands, which are no names."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from rapidfuzz.distance import Indel
from rapidfuzz.process import extractOne

from nlu.canon import Canon
from nlu.dictionary import known
from nlu.gazetteer import Gazetteer
from nlu.sounds import sound


class CommonWords:
    """The words of commands, also when misheard: they are no names."""

    def __init__(self, words: Collection[str]) -> None:
        self._words = frozenset(words)
        self._sounds = sorted(
            {sound(word) for word in self._words if len(word) > 3 and word.isalpha()}
        )
        self._likeness = lru_cache(maxsize=10_000)(self._sounds_like_one)

    def has(self, word: str, gazetteer: Gazetteer) -> bool:
        """Whether ``word`` is one, or sounds more like one than like any patient's name."""
        if word in self._words:
            return True
        if known(word) or len(word) < 4:
            return False
        likeness = self._likeness(word)
        return likeness > 0 and likeness > gazetteer.likeness(word)

    def may_name(self, canon: Canon, i: int, gazetteer: Gazetteer) -> bool:
        """Whether item ``i`` may be a name, or the end of one that was torn: «Сидорен ко»."""
        word = canon.items[i].text
        if not self.has(word, gazetteer) or gazetteer.has_surname_form(word):
            return True
        before = canon.items[i - 1].text if i else ""
        torn = bool(before) and not known(before)
        return torn and gazetteer.has_surname_form(before + word)

    def _sounds_like_one(self, word: str) -> float:
        """How near a word comes to the nearest common one, 0 to 1; 0 when not near."""
        near = extractOne(
            sound(word), self._sounds, scorer=Indel.normalized_similarity, score_cutoff=0.84
        )
        return near[1] if near else 0.0
