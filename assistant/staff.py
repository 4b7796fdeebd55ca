"""Who works here: role and patients of each speaker, from ``staff.toml`` in the home folder.

[dr-petrov]
role = "doctor"            # doctor or nurse
patients = "all"           # or a list of card numbers
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from assistant.errors import AssistantError
from assistant.vault import write_atomically


class StaffError(AssistantError):
    """The staff file can't be read, or a speaker is not in it."""

    code = "staff"
    spoken = "Ваша учётная запись не найдена. Позовите администратора."
    exit_code = 6


class Role(StrEnum):
    """What a member of staff does here."""

    DOCTOR = "doctor"
    NURSE = "nurse"


_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


@dataclass(frozen=True, slots=True)
class StaffMember:
    """One person who may ask. ``patients`` is None for all, else card numbers."""

    id: str
    role: Role
    patients: frozenset[str] | None = None

    def may_see(self, card: str) -> bool:
        """Whether the patient with this card is among the member's patients."""
        return self.patients is None or card in self.patients


def load(path: Path) -> Mapping[str, StaffMember]:
    """The staff by id; empty when the file is not there yet. Raises :class:`StaffError`."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StaffError(
            "staff.toml is not valid TOML.", f"Mend it: {path}, {error.__class__.__name__}."
        ) from error
    return {name: _member(name, row) for name, row in table.items()}


def add(path: Path, member: StaffMember) -> None:
    """Add or replace one member; the file is rewritten atomically."""
    if not _SLUG.fullmatch(member.id):
        raise StaffError(
            "A speaker's id must be lower-case Latin letters, digits, '-' or '_'.",
            "Choose another id, for example dr-petrov.",
        )
    staff = {**load(path), member.id: member}
    write_atomically(path, "\n".join(_row(one) for one in staff.values()).encode())


def _row(member: StaffMember) -> str:
    cards = member.patients
    patients = '"all"' if cards is None else "[" + ", ".join(f'"{c}"' for c in sorted(cards)) + "]"
    return f'[{member.id}]\nrole = "{member.role}"\npatients = {patients}\n'


def _member(name: str, row: object) -> StaffMember:
    bad = StaffError(
        "staff.toml holds an entry without a valid role or patients.",
        'Each entry needs role = "doctor" or "nurse" and patients = "all" or a list of cards.',
    )
    if not isinstance(row, dict) or row.get("role") not in set(Role):
        raise bad
    patients = row.get("patients")
    if patients == "all":
        return StaffMember(name, Role(row["role"]))
    if not isinstance(patients, list) or not all(isinstance(card, str) for card in patients):
        raise bad
    return StaffMember(name, Role(row["role"]), frozenset(patients))
