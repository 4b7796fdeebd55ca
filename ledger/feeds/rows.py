"""Rows of a hospital's views as records of the ledger.

A view has the columns ``row_id`` and the fields of what a client appends, in snake case
(``patient_id`` is the card number): see docs/feeds.md.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import Any, Final

from pydantic import ValidationError
from pydantic.alias_generators import to_camel

from ledger.feeds.sending import Refused
from ledger_client.appends import APPENDED, NewDocument, NewNote, NewObservation, NewVisit
from ledger_client.messages import Origin
from ledger_client.wire import from_wire, to_wire

ROW_ID: Final = "row_id"
VIEWS: Final[dict[str, type[NewVisit | NewDocument | NewNote | NewObservation]]] = {
    f"{kind}s": message for kind, message in APPENDED.items()
}
"""What a row of each view becomes."""


def columns(view: str) -> tuple[set[str], set[str]]:
    """The columns that a view must have, and those it may have."""
    named = {
        "patient_id" if field.name == "card" else field.name: field.default is MISSING
        for field in fields(VIEWS[view])
        if field.name != "origin"
    }
    required = {name for name, needed in named.items() if needed}
    return required | {ROW_ID}, named.keys() - required


def record(
    view: str, body: str, origin: Origin
) -> NewVisit | NewDocument | NewNote | NewObservation:
    """The record of a row, given as a JSON object; raises Refused, which names the columns."""
    # as text: a binary fraction would change decimals
    row: dict[str, Any] = json.loads(body, parse_float=str, parse_int=str)
    row.pop(ROW_ID)
    given = {to_camel(name): value for name, value in row.items()}
    given["origin"] = json.loads(to_wire(origin))
    try:
        return from_wire(VIEWS[view], json.dumps(given).encode())
    except ValidationError as error:
        # its text quotes the values
        wrong = sorted({str(item["loc"][0]) for item in error.errors()})
        raise Refused(
            "feed.mapping",
            f"The view {view} gives no such record: {', '.join(wrong)}. "
            "Correct the view or the row.",
        ) from None
