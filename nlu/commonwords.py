"""The words of commands, which are no names."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Final

from rapidfuzz.distance import Indel
from rapidfuzz.process import extractOne

from nlu.canon import Canon
from nlu.declension import Part, name_kinds
from nlu.dictionary import known
from nlu.gazetteer import Gazetteer
from nlu.grammar import may_be_surname
from nlu.nameplace import may_stand_for_name
from nlu.sounds import sound

_SURNAME: Final = 5
"""Letters from which a word may be a surname that was misheard."""
_LIKE_SURNAME: Final = 0.75
_PIECES: Final = 3
"""Into so many words a recogniser may tear a name."""


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

    def is_like_surname(self, canon: Canon, i: int, gazetteer: Gazetteer) -> bool:
        """Whether item ``i`` is none, and may be a patient's surname that was misheard as another
        word: «островка», «ковальчика».
        """
        word = canon.items[i].text
        rare = word not in self._words or (i > 0 and canon.items[i - 1].text == "у")
        near = len(word) >= _SURNAME and gazetteer.surname_likeness(word) >= _LIKE_SURNAME
        return rare and near and may_stand_for_name(canon, i)

    def may_name(self, canon: Canon, i: int, gazetteer: Gazetteer) -> bool:
        """Whether item ``i`` may be a name, or a piece of one that was torn: «Сидорен ко»."""
        word = canon.items[i].text
        if not self.has(word, gazetteer) or gazetteer.has_surname_form(word):
            return True
        return any(
            self._is_torn([item.text for item in canon.items[start : start + size]], gazetteer)
            for size in (2, _PIECES)
            for start in range(max(i - size + 1, 0), i + 1)
            if start + size <= len(canon.items)
        )

    def _is_torn(self, pieces: Sequence[str], gazetteer: Gazetteer) -> bool:
        """Whether ``pieces`` make a surname of the roster, and none is one by itself: «Попов, а»
        is not «Попова», also where the roster has no Попов.
        """
        return (
            gazetteer.has_surname_form("".join(pieces))
            and not self._words.issuperset(pieces)
            and not any(map(gazetteer.has_surname_form, pieces))
            and not (len(pieces[-1]) == 1 and _is_surname(pieces[:-1]))
        )

    def _sounds_like_one(self, word: str) -> float:
        """How near a word comes to the nearest common one, 0 to 1; 0 when not near."""
        near = extractOne(
            sound(word), self._sounds, scorer=Indel.normalized_similarity, score_cutoff=0.84
        )
        return near[1] if near else 0.0


def _is_surname(pieces: Sequence[str]) -> bool:
    """Whether ``pieces`` are one word that is a surname, of the roster or not."""
    return len(pieces) == 1 and (Part.LAST in name_kinds(pieces[0]) or may_be_surname(pieces[0]))
