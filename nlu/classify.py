"""The trained part: which intent a masked utterance has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel
from rapidfuzz.process import extractOne
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.svm import LinearSVC

from nlu.concepts import concept, kind
from nlu.extract import sound_line
from nlu.phrases import known
from nlu.sounds import sound

Masked = Sequence[str]
"""Words of one utterance, entities as capital letters."""

_SHARPNESS: Final = 5.0
"""Turns margins into probabilities; fitted to the log loss in cross-validation."""
_LIKE: Final = 0.8
"""Least likeness of sounds at which an unknown word is taken for a trained one."""
_RARE: Final = 2
"""A word of fewer training utterances is only a noun, a verb …: so the classifier learns what
words that it never saw speak for."""


class IntentClassifier:
    """Character n-grams, as spelt and as heard, and words by meaning, under a linear margin."""

    def __init__(self, texts: Sequence[Masked], intents: Sequence[str]) -> None:
        self._spelt = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), lowercase=False, sublinear_tf=True
        )
        self._heard = TfidfVectorizer(
            analyzer="char", ngram_range=(2, 5), lowercase=False, sublinear_tf=True
        )
        self._meant = TfidfVectorizer(
            token_pattern=r"\S+", ngram_range=(1, 2), lowercase=False, sublinear_tf=True
        )
        self._frequency = Counter(c for text in texts for c in {concept(word) for word in text})
        words = {word for text in texts for word in text if len(word) > 3 and not word.isupper()}
        self._by_sound = {sound(word): word for word in sorted(words)}
        self._sounds = list(self._by_sound)
        pairs = zip(self._vectorizers, self._lines(texts), strict=True)
        features = hstack([vectorizer.fit_transform(lines) for vectorizer, lines in pairs]).tocsr()
        self._model = LinearSVC(C=0.5).fit(features, list(intents))
        self.intents: list[str] = [str(intent) for intent in self._model.classes_]

    def probabilities(self, texts: Sequence[Masked]) -> NDArray[np.float64]:
        """Shape (len(texts), len(self.intents)); rows sum to 1."""
        margins = _SHARPNESS * self._model.decision_function(self._features(texts))
        powers: NDArray[np.float64] = np.exp(margins - margins.max(axis=1, keepdims=True))
        result: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        return result

    @property
    def _vectorizers(self) -> tuple[TfidfVectorizer, ...]:
        return self._spelt, self._heard, self._meant

    def _features(self, texts: Sequence[Masked]) -> csr_matrix:
        pairs = zip(self._vectorizers, self._lines(texts), strict=True)
        return hstack([vectorizer.transform(lines) for vectorizer, lines in pairs]).tocsr()

    def _lines(self, texts: Sequence[Masked]) -> tuple[list[str], list[str], list[str]]:
        return (
            [" ".join(text) for text in texts],
            [f"^{sound_line(text)}$" for text in texts],
            [f"^ {' '.join(map(self._meaning, text))} $" for text in texts],
        )

    def _meaning(self, word: str) -> str:
        meaning = concept(self._heard_as(word))
        common = word.isupper() or self._frequency[meaning] >= _RARE
        return meaning if common else kind(word)

    def _heard_as(self, word: str) -> str:
        """The trained word that a word of no language sounds like: «диогноз» is «диагноз»."""
        if len(word) < 4 or word.isupper() or known(word):
            return word
        near = extractOne(
            sound(word), self._sounds, scorer=Indel.normalized_similarity, score_cutoff=_LIKE
        )
        return self._by_sound[near[0]] if near else word
