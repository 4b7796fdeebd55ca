"""What is certain without training: form decides, or a word that no intent can serve."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.messages import Entity

_REFUSED = re.compile(
    r"\b(?:полис\w*|снилс\w*|паспорт\w*|групп\w+ крови|резус\w*|лечащ\w+ врач\w*"
    r"|распечата\w+|напечата\w+|позвони\w*|удали\w*|сотри|отправ[ьи]\w*"
    r"|говори(?:те)? \w*(?:медленн|быстр|громче|тише)\w*|громче|погромче|помедленнее|медленнее"
    r"|аллерги\w+ у меня|у меня \w*аллерги\w+)\b"
)
_CHOICE = frozenset(["P", "C", "O"])


def rule_intent(masked: Sequence[str], entities: Sequence[Entity]) -> str | None:
    """The intent that the form alone decides, if it does."""
    words = " ".join(masked)
    if _REFUSED.search(words):
        return "out_of_scope"
    if set(masked) <= _CHOICE:
        return "select_patient"
    if any(entity.name == "value" for entity in entities) and set(masked) <= {"X", "L", "V", "P"}:
        return "record_measurement"
    return None
