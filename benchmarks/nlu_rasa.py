"""The parsers side by side: ``python -m benchmarks.nlu_rasa``, after ``make rasa rasa-diet``.

In-process, Rasa light, Rasa DIET and the combination (in-process with Rasa light beside it) over
all tables that nothing is trained with. Prints a table with the change since the last run, and
writes ``results/nlu_rasa.json``.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from nlu.combined import CombinedParser
from nlu.evaluate import (
    BLIND_SETS,
    HELDOUT,
    HELDOUT_TODAY,
    TUNED_SETS,
    Case,
    percentile,
    read_cases,
    read_roster,
)
from nlu.gazetteer import Gazetteer
from nlu.messages import ACTS, Parse, Parser
from nlu.parser import InProcessParser
from nlu.rasa_client import Guess, RasaClient
from nlu.rasa_process import RASA_PYTHON
from nlu.rasa_project import DIET, LIGHT, spelt
from nlu.rasa_server import RasaServer
from nlu.rasa_train import train

RESULT = Path(__file__).parent / "results" / "nlu_rasa.json"
PATIENCE_S = 10.0
"""The assistant waits less; here it is the understanding that is compared."""
RUNS = 3
"""The sets are read this often; times are medians over the runs."""
Row = dict[str, float]


class RasaAlone:
    """Rasa's intent with the app's entities: for comparison only."""

    def __init__(self, own: InProcessParser, rasa: RasaClient) -> None:
        self._own, self._rasa = own, rasa

    def parse(self, text: str, alternatives: Sequence[str] = ()) -> Parse:
        """As Rasa reads it."""
        readings = self._own.readings(text, alternatives)
        if not readings.first.masked:
            return self._own.read(readings)
        guess = self._rasa.ask(spelt(readings.first.masked))
        if not isinstance(guess, Guess):
            raise SystemExit(f"Rasa gave no answer ({guess.reason.value}).")
        return self._own.read(readings, intent=guess.intent)


@contextmanager
def served(model: Path) -> Iterator[tuple[RasaClient, Callable[[], float]]]:
    """A client of a running server, and what tells its memory in MB."""
    with RasaServer(RASA_PYTHON, model) as server:
        if not server.wait_ready(180):
            raise SystemExit("Rasa did not start: try make rasa")
        client = RasaClient(server.endpoint, PATIENCE_S)
        yield client, lambda: resident_mb(server.pid)
        client.close()


def resident_mb(pid: int | None) -> float:
    """Memory of a process."""
    status = Path(f"/proc/{pid or 'self'}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def score(parser: Parser, cases: Sequence[Case]) -> Row:
    """Rates in percent of all cases but for ``refused``: of those out of scope."""
    times: list[list[float]] = []
    parses: list[Parse] = []
    for _ in range(RUNS):
        parses, took = [], []
        for case in cases:
            started = time.perf_counter()
            parses.append(parser.parse(case.text))
            took.append((time.perf_counter() - started) * 1000)
        times.append(sorted(took))
    pairs = list(zip(cases, parses, strict=True))
    asked = [(c, p, p.disagreement) for c, p in pairs if p.disagreement is not None]
    sure = [(c, p) for c, p in pairs if p.disagreement is None]
    strange = [p.intent for c, p in pairs if c.intent == "out_of_scope"]

    def right(kind: str) -> float:
        of_kind = [(c, p) for c, p in pairs if c.kind == kind]
        return percent(sum(c.intent == p.intent for c, p in of_kind), len(of_kind))

    return {
        "utterances": len(cases),
        "intent_clean": right("clean"),
        "intent_asr": right("asr"),
        "refused": percent(strange.count("out_of_scope"), len(strange)),
        "wrong_actions": percent(
            sum(p.intent in ACTS and p.intent != c.intent for c, p in sure), len(cases)
        ),
        "asked": percent(len(asked), len(cases)),
        "asked_in_vain": percent(
            sum(c.intent == p.intent for c, p, _ in asked if p.intent in ACTS), len(cases)
        ),
        "asked_and_offered": percent(
            sum(c.intent in (p.intent, other.intent) for c, p, other in asked), len(cases)
        ),
        "p50_ms": round(median(percentile(took, 0.5) for took in times), 1),
        "p95_ms": round(median(percentile(took, 0.95) for took in times), 1),
    }


def percent(part: int, whole: int) -> float:
    """With one digit after the point."""
    return round(100 * part / max(1, whole), 1)


def main() -> None:
    """Run everything."""
    sets = {name: read_cases(path) for name, path in (TUNED_SETS | BLIND_SETS).items()}
    started = time.perf_counter()
    own = InProcessParser.load(Gazetteer(*read_roster(HELDOUT.parent)), lambda: HELDOUT_TODAY)
    own_s = time.perf_counter() - started
    before = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    rows = {"in-process": measured(own, sets, own_s, resident_mb(None))}
    with tempfile.TemporaryDirectory() as folder:
        for name, config in (("Rasa light", LIGHT), ("Rasa DIET", DIET)):
            model = Path(folder) / "model.tar.gz"
            train_s = train(RASA_PYTHON, model, config)
            with served(model) as (client, memory):
                rows[name] = measured(RasaAlone(own, client), sets, train_s, memory())
                if config == LIGHT:
                    rows["combination"] = measured(
                        CombinedParser(own, client), sets, own_s + train_s, memory()
                    )
                save(rows)
    show(rows, before)


def save(rows: dict[str, dict[str, Row]]) -> None:
    """As far as it went: DIET trains long, and what was measured before it is not lost."""
    RESULT.write_text(json.dumps(rows, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def measured(
    parser: Parser, sets: dict[str, list[Case]], train_s: float, memory_mb: float
) -> dict[str, Row]:
    """One parser over all sets; ``memory_mb`` is that of the process which classifies."""
    rows = {name: score(parser, cases) for name, cases in sets.items()}
    return {**rows, "all": {"train_s": round(train_s, 1), "memory_mb": round(memory_mb)}}


def show(rows: dict[str, dict[str, Row]], before: dict[str, dict[str, Row]]) -> None:
    """One table a set; in brackets the change since the last run."""
    for name in next(iter(rows.values())):
        table = Table(title=name)
        table.add_column("")
        for parser in rows:
            table.add_column(parser, justify="right")
        for measure in next(iter(rows.values()))[name]:
            cells = []
            for parser in rows:
                value = rows[parser][name][measure]
                was = before.get(parser, {}).get(name, {}).get(measure, value)
                cells.append(f"{value:g}" + (f" ({value - was:+.1f})" if value != was else ""))
            table.add_row(measure, *cells)
        Console().print(table)


if __name__ == "__main__":
    main()
