"""A held-out set from what its authors wrote: ``python -m scripts.blind_set OUT TABLE …``.

The tables have the columns kind, text, intent and patient. Their ``clean`` rows are taken as they
are; their ``asr`` rows are spoken by Festival through noise and recognised as the box does, and
kept, with the recogniser's other readings, where some of the words were heard wrongly, half of them
at most. About a second each.
"""

from __future__ import annotations

import argparse
import random
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

from rich.progress import track

from nlu.evaluate import HELDOUT, Case, read_cases, read_roster
from scripts.misheard import heard, is_misheard

_MISHEARD: Final = 240
"""How many of those misheard are kept."""
_SEED: Final = 1
_COLUMNS: Final = ("kind", "text", "intent", "patient", "alternatives")


def main() -> None:
    """Speak, recognise, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("out", type=Path)
    parser.add_argument("tables", type=Path, nargs="+", metavar="TABLE")
    options = parser.parse_args()
    cases = [case for table in options.tables for case in read_cases(table)]
    said = {case.text: case for case in cases if case.kind == "asr"}
    surnames = tuple(dict.fromkeys(person.last for person in read_roster(HELDOUT.parent)[0]))
    kept = [
        replace(said[text], text=words.text, alternatives=words.alternatives)
        for text, words in heard(track(said, "Speaking and recognising"), _SEED, surnames)
        if is_misheard(text, words.text)
    ]
    print(len(kept), "of", len(said), "misheard", file=sys.stderr)
    chosen = random.Random(_SEED).sample(kept, min(_MISHEARD, len(kept)))
    rows = [case for case in cases if case.kind != "asr"] + chosen
    lines = ["\t".join(_COLUMNS), *map(_row, rows)]
    options.out.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _row(case: Case) -> str:
    cells = (case.kind, case.text, case.intent, case.patient, " | ".join(case.alternatives))
    return "\t".join(cells)


if __name__ == "__main__":
    main()
