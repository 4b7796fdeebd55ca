"""The trained part: which intent a masked utterance has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from nlu.extract import sound_line

Masked = Sequence[str]
"""Words of one utterance, entities as capital letters."""


class IntentClassifier:
    """Character n-grams, as spelt and as heard, and logistic regression."""

    def __init__(self, texts: Sequence[Masked], intents: Sequence[str]) -> None:
        self._spelt = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), lowercase=False, sublinear_tf=True
        )
        self._heard = TfidfVectorizer(
            analyzer="char", ngram_range=(2, 5), lowercase=False, sublinear_tf=True
        )
        features = hstack(
            [
                self._spelt.fit_transform([" ".join(text) for text in texts]),
                self._heard.fit_transform([f"^{sound_line(text)}$" for text in texts]),
            ]
        ).tocsr()
        self._model = LogisticRegression(C=20, class_weight="balanced", max_iter=300, tol=1e-3)
        self._model.fit(features, list(intents))
        self.intents: list[str] = [str(intent) for intent in self._model.classes_]

    def probabilities(self, texts: Sequence[Masked]) -> NDArray[np.float64]:
        """Shape (len(texts), len(self.intents)); rows sum to 1."""
        features: csr_matrix = hstack(
            [
                self._spelt.transform([" ".join(text) for text in texts]),
                self._heard.transform([f"^{sound_line(text)}$" for text in texts]),
            ]
        ).tocsr()
        result: NDArray[np.float64] = self._model.predict_proba(features)
        return result
