"""Scores of a model: on the golden set, and by cross-validation over its own examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sklearn.model_selection import StratifiedKFold

from nlu.evaluate import (
    BLIND_SETS,
    FORMER_SETS,
    HELDOUT,
    HELDOUT_TODAY,
    TUNED_SETS,
    Case,
    evaluate,
    labelled_slots,
    read_cases,
    read_roster,
)
from nlu.gazetteer import Gazetteer
from nlu.kept import Masks
from nlu.model import Model
from nlu.parser import InProcessParser
from nlu.project import Project

FOLDS: Final = 5
GOLDEN: Final = TUNED_SETS | BLIND_SETS
"""The utterances that no version may read worse than the one before."""
SLOTS: Final = FORMER_SETS
"""Of these only the labelled entities count, with those of :data:`GOLDEN`."""
_SEED: Final = 4


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    right: int
    total: int

    @property
    def rate(self) -> float:
        """0 to 1; 1 when there was nothing to do."""
        return self.right / self.total if self.total else 1.0

    def __str__(self) -> str:
        return f"{self.right}/{self.total} = {self.rate:.1%}"


@dataclass(frozen=True, slots=True)
class Golden:
    """What a model makes of the golden set."""

    measures: dict[str, Share]
    """By name; in each a higher ``right`` is better."""
    entities: dict[str, float]
    """F1 by entity, 0 to 1, to the digit that is shown; without an entity there was nothing to
    find, which is 1."""
    failures: dict[str, str]
    """What was read wrongly: the utterance and the fault. Invented text, no patient's."""

    def worse_than(self, other: Golden) -> list[str]:
        """What fell against ``other``: measures by name, entities as ``F1 hospital``."""
        measures = [
            name
            for name, share in self.measures.items()
            if share.rate < other.measures.get(name, Share(0, 0)).rate
        ]
        return measures + [
            f"F1 {name}" for name, f1 in self.entities.items() if f1 < other.entities.get(name, 1.0)
        ]


@dataclass(frozen=True, slots=True)
class Validation:
    """Cross-validation: every example read by a model that was trained without it, though maybe
    with one that says the same once names and values are masked (8 % of the shipped ones)."""

    accuracy: Share
    confusions: dict[str, dict[str, int]]
    """``confusions[meant][read]``: how often."""


def golden_cases() -> list[Case]:
    """The utterances of the golden set."""
    return [case for path in GOLDEN.values() for case in read_cases(path)]


def golden(model: Model) -> Golden:
    """Score ``model`` on the golden set, which ships with its own roster."""
    gazetteer = Gazetteer(*read_roster(HELDOUT.parent))
    parser = InProcessParser(model, gazetteer, lambda: HELDOUT_TODAY)
    report = evaluate(parser, golden_cases(), labelled_slots(SLOTS))
    measures = {f"intents, {kind}": Share(*counts) for kind, counts in report.intents_right.items()}
    measures["out of scope refused"] = Share(*report.refused)
    measures["right patient"] = Share(*report.patients)
    measures["no wrong patient"] = Share(report.cases - report.patients_wrong, report.cases)
    measures["no wrong action"] = Share(report.cases - report.wrong_actions, report.cases)
    tallies = report.entities.values()
    found = sum(tally.right for tally in tallies)
    measures["entities"] = Share(found, found + sum(t.wrong + t.missed for t in tallies))
    return Golden(
        measures=measures,
        entities={name: round(tally.f1, 3) for name, tally in report.entities.items()},
        failures={case.text: fault for case, fault in report.failures},
    )


def cross_validate(project: Project, masks: Masks, done: Callable[[], None]) -> Validation:
    """Train :data:`FOLDS` times on all but a part and read that part; ``done`` after each.

    ``masks`` are those of the whole project: reading them anew for each part takes longer than
    the training.

    The folds are the same for the same examples. Entities count only as far as they help to
    find the intent; their own scores come from the golden set.
    """
    intents = [example.intent for example in project.examples]
    confusions: dict[str, Counter[str]] = {intent: Counter() for intent in sorted(set(intents))}
    split = StratifiedKFold(FOLDS, shuffle=True, random_state=_SEED)
    for kept, left_out in split.split(intents, intents):
        part = Project(tuple(project.examples[i] for i in kept), project.synonyms)
        model = Model.fit(part, [masks[i] for i in kept])
        for i in left_out:
            example = project.examples[i]
            confusions[example.intent][model.read_example(example)] += 1
        done()
    right = sum(counts[intent] for intent, counts in confusions.items())
    return Validation(
        Share(right, len(intents)), {intent: dict(c) for intent, c in confusions.items()}
    )
