"""`assistant staff` and `assistant audit`: who may ask, and what was done."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table

from assistant import staff
from assistant.audit import Audit, Broken
from assistant.config import Paths
from assistant.vault import Vault

_BROKEN_EXIT_CODE = 8


def add_commands(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the commands of this module."""
    group = subparsers.add_parser("staff", help="who may ask").add_subparsers(required=True)
    add = group.add_parser("add", help="add or change a member of staff")
    add.add_argument("speaker", metavar="SPEAKER")
    add.add_argument("--role", choices=[role.value for role in staff.Role], required=True)
    add.add_argument(
        "--patients", nargs="+", metavar="CARD", help="only these patients (default: all)"
    )
    add.set_defaults(run=_add)
    group.add_parser("list", help="list the staff").set_defaults(run=_list)

    audit = subparsers.add_parser("audit", help="the audit log").add_subparsers(required=True)
    audit.add_parser("verify", help="check the hash chain").set_defaults(run=_verify)


def _add(args: argparse.Namespace) -> int:
    patients = frozenset(args.patients) if args.patients else None
    member = staff.StaffMember(args.speaker, staff.Role(args.role), patients)
    staff.add(Paths.from_environment().staff, member)
    return 0


def _list(_: argparse.Namespace) -> int:
    table = Table("speaker", "role", "patients")
    for member in staff.load(Paths.from_environment().staff).values():
        cards = member.patients
        table.add_row(member.id, member.role, "all" if cards is None else f"{len(cards)}")
    Console().print(table)
    return 0


def _verify(_: argparse.Namespace) -> int:
    paths = Paths.from_environment()
    match Audit(paths.audit, Vault.open_site(paths.site_key)).verify():
        case Broken(line=line):
            print(f"The audit log is broken at line {line}: keep the file and call security.")
            return _BROKEN_EXIT_CODE
        case intact:
            print(f"The audit log is intact: {intact.lines} events.")
            return 0
