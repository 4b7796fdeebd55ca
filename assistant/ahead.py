"""A read of the ledger that was made before its utterance was over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from assistant.dialogue.carried import Carried
from assistant.judging import Judged
from assistant.staff import StaffMember

_KEPT_S: Final = 5.0
"""What was read longer ago is read again."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was read, and for which request. PHI: it is kept in memory, for one turn."""

    judged: Judged
    member: StaffMember
    at: datetime
    carried: Carried

    def fits(self, judged: Judged, member: StaffMember, now: datetime) -> bool:
        """Whether it is just what the gate has now let pass, for the same person, and is fresh.

        The plan holds the patient's card. The context counts as well, for an answer and what is
        remembered of it depend on it, and so do the names that both were understood with.
        """
        mine = self.judged
        return (
            judged.gate.allowed
            and mine.plan == judged.plan
            and mine.dialogue == judged.dialogue
            and mine.snapshot is judged.snapshot
            and self.member == member
            and 0 <= (now - self.at).total_seconds() <= _KEPT_S
        )
