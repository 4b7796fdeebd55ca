"""How much harm an answer to the wrong person would do: one threshold for each tier."""

from __future__ import annotations

from enum import StrEnum


class RiskTier(StrEnum):
    """Tiers in rising order of what the speaker must prove."""

    HARMLESS = "harmless"
    """Says nothing about a patient: help, stop."""
    READ = "read"
    SENSITIVE = "sensitive"
    """Read aloud what harms most when overheard by the wrong person: diagnoses, documents."""
    WRITE = "write"
    """Changes the record; also asks the spoken challenge."""
