"""What a walk over the ledger found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import with_config

from ledger_client.messages import WIRE


class Damage(StrEnum):
    """What happened to a record."""

    CHANGED = "changed"
    DROPPED = "dropped"
    REORDERED = "reordered"
    FORGED = "forged"


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of damage. ``chain`` is None when the ledger as a whole is concerned."""

    damage: Damage
    detail: str
    chain: str | None = None
    sequence: int | None = None


@with_config(WIRE)
@dataclass(frozen=True, slots=True)
class Verdict:
    """What was counted and what was found; holds no PHI."""

    records: int
    chains: int
    blocks: int
    erased: int
    """Records whose content was destroyed on request."""
    findings: tuple[Finding, ...]

    @property
    def intact(self) -> bool:
        """Whether every record is as the node wrote it."""
        return not self.findings
