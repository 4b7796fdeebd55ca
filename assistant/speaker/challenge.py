"""The spoken challenge of the write tier: random digits, recognised and verified together.

A replayed recording can't hold digits that were drawn a moment ago. Pure: what is asked and
how it is worded is the dialogue's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Final

from assistant.messages import SpeakerDecision
from assistant.speaker.decision import SpeakerState
from assistant.speaker.risk import RiskTier
from nlu.numerals import Numeral, compose, numeral

DIGITS: Final = 4
FRESH_S: Final = 600.0
"""How long a passed challenge covers further writes."""
ANSWER_S: Final = 20.0
"""How long the clinician may take to answer."""
BORDERLINE: Final = 0.05
"""A score this near to its threshold asks for a challenge however fresh the last one is."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """Digits that were asked for, and when."""

    digits: str
    asked_at: float


def new(rng: Random, now: float) -> Challenge:
    """Fresh digits without two equal neighbours, which recognisers merge.

    ``rng`` should be :class:`random.SystemRandom`: the digits must not be foreseen.
    """
    digits = [rng.randrange(10)]
    while len(digits) < DIGITS:
        digits.append(rng.choice([digit for digit in range(10) if digit != digits[-1]]))
    return Challenge("".join(map(str, digits)), now)


def needed(tier: RiskTier, decision: SpeakerDecision, state: SpeakerState, now: float) -> bool:
    """Whether an accepted request of ``tier`` must first answer a challenge."""
    if tier is not RiskTier.WRITE:
        return False
    passed = state.challenge_passed_at
    fresh = passed is not None and 0 <= now - passed <= FRESH_S
    return not fresh or decision.score < decision.threshold + BORDERLINE


def passed(challenge: Challenge, heard_text: str, decision: SpeakerDecision, now: float) -> bool:
    """Whether one utterance answered in time, with the digits, in the accepted voice.

    This utterance's voice must reach the threshold itself: what was heard before makes up for
    little speech, not for a low score.
    """
    in_time = 0 <= now - challenge.asked_at <= ANSWER_S
    helped = decision.reason in {"pooled", "inherited"}
    own_voice = decision.accepted and not helped and decision.score >= decision.threshold
    return in_time and own_voice and matches(challenge.digits, heard_text)


def matches(expected: str, heard_text: str) -> bool:
    """Whether the numbers in ``heard_text``, words or figures, read as ``expected`` in order.

    «четыре семь один девять», «47 19», «4-7-1-9» and «сорок семь девятнадцать» all read 4719.
    Other words do not matter.
    """
    return _digits(heard_text) == expected


def _digits(text: str) -> str:
    numbers: list[str] = []
    run: list[Numeral] = []
    for token in (*re.findall(r"[0-9]+|[а-я]+", text.lower().replace("ё", "е")), ""):
        word = numeral(token)
        if word is not None and not word.ordinal:
            run.append(word)
            continue
        numbers += [str(value) for value, *_ in compose(run)]
        run = []
        if token.isdigit():
            numbers.append(token)
    return "".join(numbers)
