"""The trained part: which intent a masked utterance has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Indel
from rapidfuzz.process import extractOne
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from nlu.concepts import concept, kind
from nlu.dictionary import known
from nlu.extract import sound_line
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
_CERTAIN: Final = 0.98
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


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """What one masked utterance may be meant as."""

    probabilities: NDArray[np.float64]
    """Shape (len(intents),); sums to 1."""
    likest: str | None
    """The intent that the utterances most like it vote for; None where they are not asked."""


class IntentClassifier:
    """Character n-grams, as spelt and as heard, and words by meaning, under a linear margin.

    Where the margins leave doubt, the utterances most like the one heard have a say. ``examples``
    are those that it was trained on, with their intents; ``weights`` are what was learnt.
    """

    def __init__(self, examples: Mapping[tuple[str, ...], str], weights: Weights) -> None:
        texts = list(examples)
        self._lines = _Lines(texts, weights.meanings)
        starts = np.cumsum([0, *(len(terms.terms) for terms in weights.terms)])
        self._counters = [
            _TermCounter(vectorizer, terms, int(start))
            for vectorizer, terms, start in zip(
                _vectorizers(), weights.terms, starts[:-1], strict=True
            )
        ]
        self._size = int(starts[-1])
        self._factors, self._bias = weights.factors, weights.bias
        self.intents = weights.intents
        self._learnt = weights.features.T.tocsr()
        self._intents_learnt = np.array([self.intents.index(one) for one in examples.values()])

    def opinions(self, texts: Sequence[Masked]) -> list[Opinion]:
        """One of each text."""
        if not texts:
            return []
        features = self._features(texts)
        margins = _SHARPNESS * (features @ self._factors + self._bias)
        powers = np.exp(margins - margins.max(axis=1, keepdims=True))
        by_margins = powers / powers.sum(axis=1, keepdims=True)
        return [self._opinion(of_one, features[row]) for row, of_one in enumerate(by_margins)]

    def _opinion(self, by_margins: NDArray[np.float64], features: csr_matrix) -> Opinion:
        if by_margins.max() >= _CERTAIN:
            return Opinion(by_margins, None)
        vote = self._vote(features)
        mean = (by_margins + _LEAST_MARGIN) ** (1 - _SAY) * (vote + _LEAST_VOTE) ** _SAY
        return Opinion(mean / mean.sum(), self.intents[int(np.argmax(vote))])

    def _vote(self, features: csr_matrix) -> NDArray[np.float64]:
        """Shape (len(self.intents),): what the likest utterances learnt from were meant as."""
        shared = self._learnt[features.indices]
        alike = shared.T @ features.data.astype(np.float32) / len(self._counters)
        few = min(_NEIGHBOURS, len(alike))
        nearest = np.argpartition(-alike, few - 1)[:few]
        votes = np.exp(_NEARNESS * alike[nearest])
        counted = np.bincount(self._intents_learnt[nearest], votes, len(self.intents))
        share: NDArray[np.float64] = counted / counted.sum()
        return share

    def _features(self, texts: Sequence[Masked]) -> csr_matrix:
        """Shape (len(texts), all terms)."""
        rows = [
            [counter.count(line) for counter, line in zip(self._counters, lines, strict=True)]
            for lines in zip(*self._lines.of(texts), strict=True)
        ]
        parts = [part for row in rows for part in row]
        ends = np.cumsum([0, *(sum(len(where) for where, _ in row) for row in rows)])
        where, values = (np.concatenate(column) for column in zip(*parts, strict=True))
        return csr_matrix((values, where, ends), shape=(len(rows), self._size))


class _TermCounter:
    """What a trained :class:`TfidfVectorizer` makes of one line, without what it checks of many.

    ``start`` is added to the places of its terms.
    """

    def __init__(self, vectorizer: TfidfVectorizer, known_terms: Terms, start: int) -> None:
        self._analyze = vectorizer.build_analyzer()
        self._places = {term: at for at, term in enumerate(known_terms.terms)}
        self._idf = known_terms.idf
        self._start = start

    def count(self, line: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """The places of the known terms and their weights, whose squares sum to 1."""
        found = (self._places.get(term) for term in self._analyze(line))
        counts = Counter(place for place in found if place is not None)
        where = np.fromiter(counts, np.intp, len(counts))
        often = np.fromiter(counts.values(), np.float64, len(counts))
        values = (1 + np.log(often)) * self._idf[where]
        return where + self._start, values / (np.linalg.norm(values) or 1.0)


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
        self._heard_as = lru_cache(maxsize=10_000)(self._nearest)

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

    def _nearest(self, word: str) -> str:
        """The trained word that a word of no language sounds like: «диогноз» is «диагноз»."""
        if len(word) < 4 or word.isupper() or known(word):
            return word
        near = extractOne(
            sound(word), self._sounds, scorer=Indel.normalized_similarity, score_cutoff=_LIKE
        )
        return self._by_sound[near[0]] if near else word
