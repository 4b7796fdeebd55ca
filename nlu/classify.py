"""The trained part: which intent a masked utterance has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel
from rapidfuzz.process import extractOne
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

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
CERTAIN: Final = 0.98
"""Probability from which an utterance needs no second opinion."""
_NEIGHBOURS: Final = 15
_NEARNESS: Final = 12.0
"""How much more a likelier neighbour's vote counts: e to this power from likeness 0 to 1."""
_SAY: Final = 0.35
"""Weight of the neighbours' vote beside the margins, in a geometric mean."""
_LEAST_MARGIN: Final = 1e-3
_LEAST_VOTE: Final = 1e-2
"""Added to a probability: neither opinion alone rules an intent out."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The n-grams that one vectorizer knows, each with its inverse document frequency."""

    terms: tuple[str, ...]
    idf: NDArray[np.float64]
    """Shape (len(terms),)."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What is learnt from masked utterances with their intents."""

    intents: tuple[str, ...]
    meanings: frozenset[str]
    """The common concepts; a word of any other is only its kind."""
    terms: tuple[Terms, ...]
    """As spelt, as heard, as meant."""
    factors: NDArray[np.float64]
    """Shape (all terms, len(intents))."""
    bias: NDArray[np.float64]
    """Shape (len(intents),)."""
    features: csr_matrix
    """Of the utterances learnt from: shape (utterances, all terms), 32 bit."""


class IntentClassifier:
    """Character n-grams, as spelt and as heard, and words by meaning, under a linear margin.

    Where the margins leave doubt, the utterances most like the one heard have a say. ``examples``
    are those that it was trained on, with their intents; ``weights`` are what was learnt.
    """

    def __init__(self, examples: Mapping[tuple[str, ...], str], weights: Weights) -> None:
        texts = list(examples)
        self._lines = _Lines(texts, weights.meanings)
        self._vectorizers = _vectorizers()
        for vectorizer, known_terms in zip(self._vectorizers, weights.terms, strict=True):
            vectorizer.vocabulary = {term: at for at, term in enumerate(known_terms.terms)}
            vectorizer.idf_ = known_terms.idf
        self._factors, self._bias = weights.factors, weights.bias
        self.intents = weights.intents
        self._learnt = weights.features.T.tocsr()
        self._intents_learnt = np.array([self.intents.index(one) for one in examples.values()])

    def probabilities(self, texts: Sequence[Masked]) -> NDArray[np.float64]:
        """Shape (len(texts), len(self.intents)); rows sum to 1."""
        features = self._features(texts)
        margins = _SHARPNESS * (features @ self._factors + self._bias)
        powers: NDArray[np.float64] = np.exp(margins - margins.max(axis=1, keepdims=True))
        result: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
        for row in np.flatnonzero(result.max(axis=1) < CERTAIN):
            vote = self._vote(features[row])
            mean = (result[row] + _LEAST_MARGIN) ** (1 - _SAY) * (vote + _LEAST_VOTE) ** _SAY
            result[row] = mean / mean.sum()
        return result

    def of_the_likest(self, text: Masked) -> str:
        """The intent that the utterances most like ``text`` vote for."""
        return self.intents[int(np.argmax(self._vote(self._features([text])[0])))]

    def _vote(self, features: csr_matrix) -> NDArray[np.float64]:
        """Shape (len(self.intents),): what the likest utterances learnt from were meant as."""
        alike = (features.astype(np.float32) @ self._learnt).toarray()[0] / len(self._vectorizers)
        nearest = np.argsort(-alike, kind="stable")[:_NEIGHBOURS]
        votes = np.exp(_NEARNESS * alike[nearest])
        counted = np.bincount(self._intents_learnt[nearest], votes, len(self.intents))
        share: NDArray[np.float64] = counted / counted.sum()
        return share

    def _features(self, texts: Sequence[Masked]) -> csr_matrix:
        pairs = zip(self._vectorizers, self._lines.of(texts), strict=True)
        return hstack([vectorizer.transform(lines) for vectorizer, lines in pairs]).tocsr()


def learn(texts: Sequence[Masked], intents: Sequence[str]) -> Weights:
    """Train; the same utterances give the same weights."""
    # a running assistant mostly has its weights from before and needs no solver
    from sklearn.svm import LinearSVC

    frequency = Counter(c for text in texts for c in {concept(word) for word in text})
    meanings = frozenset(meaning for meaning, count in frequency.items() if count >= _RARE)
    vectorizers = _vectorizers()
    pairs = zip(vectorizers, _Lines(texts, meanings).of(texts), strict=True)
    features = hstack([vectorizer.fit_transform(lines) for vectorizer, lines in pairs]).tocsr()
    model = LinearSVC(C=0.5, random_state=0).fit(features, list(intents))
    return Weights(
        tuple(map(str, model.classes_)),
        meanings,
        tuple(
            Terms(tuple(map(str, vectorizer.get_feature_names_out())), vectorizer.idf_)
            for vectorizer in vectorizers
        ),
        np.ascontiguousarray(model.coef_.T),
        model.intercept_,
        csr_matrix(features, dtype=np.float32),
    )


def _vectorizers() -> tuple[TfidfVectorizer, ...]:
    return (
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), lowercase=False, sublinear_tf=True),
        TfidfVectorizer(analyzer="char", ngram_range=(2, 5), lowercase=False, sublinear_tf=True),
        TfidfVectorizer(
            token_pattern=r"\S+", ngram_range=(1, 2), lowercase=False, sublinear_tf=True
        ),
    )


class _Lines:
    """Masked utterances as the vectorizers read them: as spelt, as heard, as meant."""

    def __init__(self, texts: Sequence[Masked], meanings: Collection[str]) -> None:
        self._meanings = meanings
        words = {word for text in texts for word in text if len(word) > 3 and not word.isupper()}
        self._by_sound = {sound(word): word for word in sorted(words)}
        self._sounds = list(self._by_sound)

    def of(self, texts: Sequence[Masked]) -> tuple[list[str], list[str], list[str]]:
        return (
            [" ".join(text) for text in texts],
            [f"^{sound_line(text)}$" for text in texts],
            [f"^ {' '.join(map(self._meaning, text))} $" for text in texts],
        )

    def _meaning(self, word: str) -> str:
        meaning = concept(self._heard_as(word))
        common = word.isupper() or meaning in self._meanings
        return meaning if common else kind(word)

    def _heard_as(self, word: str) -> str:
        """The trained word that a word of no language sounds like: «диогноз» is «диагноз»."""
        if len(word) < 4 or word.isupper() or known(word):
            return word
        near = extractOne(
            sound(word), self._sounds, scorer=Indel.normalized_similarity, score_cutoff=_LIKE
        )
        return self._by_sound[near[0]] if near else word
