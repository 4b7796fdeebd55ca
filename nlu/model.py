"""What is trained from the project's files: it knows no roster, so names may change without it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from nlu import kept
from nlu.canon import canonical, fold
from nlu.classify import IntentClassifier, learn
from nlu.courtesy import without_courtesy
from nlu.extract import HOSPITAL, PERSON, Extraction, Extractor, Readings, sound_line
from nlu.gazetteer import Gazetteer
from nlu.grammar import looks_like_name
from nlu.kept import Learnt, Masks
from nlu.messages import ACTS, READINGS
from nlu.project import HOME, Example, Project, load_project
from nlu.rules import ONE_WORD, asked_of, rule_intent, states_value, writes
from nlu.staff import STAFF

REFUSE_BELOW: Final = 0.4
"""Least probability of an intent; below it the utterance is out of scope."""

_REFUSE_CONTROL_BELOW: Final = 0.5
"""The same of what asks for nothing: «дальше» in a question that was lost in noise."""
_DOUBT: Final = 0.7
"""Probability below which it is asked whether another intent was meant: first the one of the
utterances most like the one heard, else the second likeliest."""
_COMMON: Final = 3
"""Training utterances from which a word is no name: a rarer one may be one that was misheard."""
_WORD: Final = 3
"""Letters from which an unexplained word may be a name."""
_OTHERS: Final = 2
"""So many other readings have a say on the intent: more take time and add nothing."""
_LEAST: Final = 1e-6
"""Added to a probability: no reading alone rules an intent out."""
_FINISHED: Final = re.compile(r"(?:(?:за|о)?конч|заверш)(?:ил|ен)\w*")
_TRAINING_DAY: Final = date(2030, 1, 1)
"""Stands for today in training, so that the same files give the same model on every day."""


@dataclass(frozen=True, slots=True)
class Understood:
    """An intent, and how sure it is, 0 to 1."""

    intent: str
    confidence: float
    doubt: str | None = None
    """Another intent that may be meant, where this one is none too sure."""


class Model:
    """What was learnt from a project: :meth:`fit` learns it anew, :meth:`trained` where it must."""

    def __init__(self, project: Project, learnt: Learnt) -> None:
        self.learnt = learnt
        self._synonyms = project.synonyms
        self.examples = _by_mask(project, learnt.masks)
        """Masked words of the training utterances, each with its intent."""
        self._classifier = IntentClassifier(self.examples, learnt.weights)
        words = [(m[0], i) for m, i in self.examples.items() if len(m) == 1]
        quantities = {_skeleton(phrase) for phrase, _ in project.synonyms}
        self._skeletons = {
            key: intent
            for key, intent in _skeletons((*words, *ONE_WORD.items())).items()
            if key not in quantities  # «дивление» is no «довольно»
        }

    @classmethod
    def fit(cls, project: Project, masks: Masks | None = None) -> Model:
        """Learn from ``project``; the same project gives the same model.

        ``masks`` are what its examples were read as, where that is known.
        """
        common = _common(project)
        if masks is None:
            reader = _trainer(project.synonyms, common)
            masks = [reader.extract(_unnamed(example)).masked for example in project.examples]
        examples = _by_mask(project, masks)
        weights = learn(list(examples), list(examples.values()))
        return cls(project, Learnt(masks, common, weights))

    @classmethod
    def load(cls, home: Path = HOME) -> Model:
        """Train from the Rasa project in ``home``; raises :class:`nlu.project.ProjectError`.

        The program's own project never changes: it is trained once per process.
        """
        return _shipped() if home == HOME else cls.trained(load_project(home))

    @classmethod
    def trained(cls, project: Project) -> Model:
        """Learn from ``project`` only where what was learnt before was not kept."""
        learnt = kept.load(project)
        if learnt is not None:
            return cls(project, learnt)
        model = cls.fit(project)
        kept.save(project, model.learnt)
        return model

    def extractor(self, gazetteer: Gazetteer, today: Callable[[], date]) -> Extractor:
        """What finds entities with this model's words and one roster."""
        return Extractor(gazetteer, self._synonyms, self.learnt.common, today)

    def read_example(self, example: Example) -> str:
        """The intent of an annotated utterance that this model was not trained on."""
        return self.intent(Readings(self._trainer, _unnamed(example), ())).intent

    def unexplained(self, extraction: Extraction) -> bool:
        """Whether there is a word that no entity and few training utterances have, or a name
        that may be a doctor's.
        """
        return STAFF in extraction.masked or any(
            len(word) >= _WORD and word.isalpha() and word not in self.learnt.common
            for word in extraction.masked
            if not word.isupper()
        )

    def _agreed(
        self, own: NDArray[np.float64], others: Iterable[Extraction]
    ) -> NDArray[np.float64]:
        """The geometric mean with the other readings; ``own``, shape (intents,), where it would
        be a «да» of theirs only.
        """
        masked: list[tuple[str, ...]] = []
        for other in others:
            if other.masked and other.masked not in masked:
                masked.append(other.masked)
            if len(masked) == _OTHERS:
                break
        of_each = np.array([own, *(one.probabilities for one in self._classifier.opinions(masked))])
        mean = np.exp(np.log(of_each + _LEAST).mean(axis=0))
        yes = self._classifier.intents.index("affirm")
        if mean.argmax() == yes != own.argmax():
            return own
        agreed: NDArray[np.float64] = mean / mean.sum()
        return agreed

    def _finished_another(self, masked: Sequence[str]) -> bool:
        """Whether something was finished that no farewell tells of: «антибиотик закончила»."""
        done = [word for word in masked if _FINISHED.fullmatch(word)]
        return bool(done) and not self._farewells.issuperset(set(masked).difference(done))

    def _but_the_end(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """``probabilities``, shape (intents,), where it is certain that no session is to end."""
        left = probabilities.copy()
        left[self._classifier.intents.index("end_session")] = 0.0
        rest: NDArray[np.float64] = left / left.sum()
        return rest

    @cached_property
    def _reading_at(self) -> list[int]:
        """Where among the intents those stand that ask for a quantity."""
        return [self._classifier.intents.index(intent) for intent in sorted(READINGS)]

    @cached_property
    def _farewells(self) -> frozenset[str]:
        """The words of those who end a session."""
        ends = (mask for mask, intent in self.examples.items() if intent == "end_session")
        return frozenset(word for mask in ends for word in mask)

    @cached_property
    def _trainer(self) -> Extractor:
        return _trainer(self._synonyms, self.learnt.common)

    def intent(self, readings: Readings) -> Understood:
        """The intent of an utterance.

        Where neither a rule nor its first reading decides, the others have a say: what one lost
        another one kept. They make no «да» of what was none.
        """
        masked = readings.first.masked
        if not masked:
            return Understood("out_of_scope", 1.0)
        if masked not in self.examples:
            masked = without_courtesy(masked)
        ruled = rule_intent(masked)
        if ruled:
            return Understood(ruled, 1.0)
        if masked in self.examples:
            return Understood(self.examples[masked], 1.0)
        if len(masked) == 1 and (intent := self._skeletons.get(_skeleton(masked[0]))):
            return Understood(intent, 0.8)
        (opinion,) = self._classifier.opinions([masked])
        probabilities = opinion.probabilities
        if opinion.likest is not None:  # «деверно» beside «да, верно» needs no other reading
            probabilities = self._agreed(probabilities, readings.others())
        if self._finished_another(masked):
            probabilities = self._but_the_end(probabilities)
        best = int(np.argmax(probabilities))
        intent, confidence = self._classifier.intents[best], float(probabilities[best])
        if intent.startswith("get_") and writes(masked):
            return Understood("add_note", confidence)
        if intent == "select_patient" and (asked := asked_of(masked)):
            intent = asked
        if intent in READINGS and states_value(masked):
            intent = "record_measurement"
        elif confidence < (REFUSE_BELOW if intent in ACTS else _REFUSE_CONTROL_BELOW):
            return Understood("out_of_scope", 1 - confidence)
        if intent in READINGS:  # one question, whichever of the two is named first
            confidence = float(probabilities[self._reading_at].sum())
        if confidence >= _DOUBT:
            return Understood(intent, confidence)
        second = self._classifier.intents[int(np.argsort(probabilities)[-2])]
        other = opinion.likest if opinion.likest != intent else second
        return Understood(intent, confidence, other if other != intent else None)


def _by_mask(project: Project, masks: Masks) -> dict[tuple[str, ...], str]:
    """The intent that most examples of the same masked words have; of as many, the last one's."""
    intents: dict[tuple[str, ...], Counter[str]] = {}
    for example, mask in zip(project.examples, masks, strict=True):
        intents.setdefault(mask, Counter())[example.intent] += 1
    return {
        mask: max(reversed(list(counts)), key=counts.__getitem__)
        for mask, counts in intents.items()
    }


def _common(project: Project) -> frozenset[str]:
    """Words of many training utterances, but names in the dictionary: they are no patient's."""
    frequency = Counter(
        item.text
        for example in project.examples
        for item in canonical(example.replaced({"patient_name": " "})).items
    )
    return frozenset(
        word for word, count in frequency.items() if count >= _COMMON and not looks_like_name(word)
    )


def _trainer(synonyms: Iterable[tuple[str, str]], common: Collection[str]) -> Extractor:
    """What reads annotated utterances: of no roster, on the day of the training."""
    return Extractor(Gazetteer((), ()), synonyms, common, lambda: _TRAINING_DAY)


def _unnamed(example: Example) -> str:
    return example.replaced({"patient_name": PERSON, "hospital": HOSPITAL})


def _skeleton(word: str) -> str:
    """The consonants of a word by sound: vowels are what a recogniser confuses most."""
    return re.sub("[аиуеоыэюя]", "", sound_line([fold(word)]))


def _skeletons(commands: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Consonants of one-word commands, where they point to one intent only."""
    found: dict[str, set[str]] = {}
    for word, intent in commands:
        if not word.isupper():
            found.setdefault(_skeleton(word), set()).add(intent)
    return {key: next(iter(s)) for key, s in found.items() if len(s) == 1 and len(key) >= 3}


@cache
def _shipped() -> Model:
    return Model.trained(load_project(HOME))
