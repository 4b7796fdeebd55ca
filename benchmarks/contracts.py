"""Contracts on the embedded engine: transactions a second with fsync, replay, start, reads.

    python -m benchmarks.contracts

Each transaction adds a hospital visit (three contracts take part) and is acknowledged after it
is on disk. Prints a table and writes ``benchmarks/results/contracts.json``.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from rich.console import Console
from rich.table import Table

from ledger.contracts.artifacts import artifact
from ledger.contracts.embedded import EmbeddedEngine
from ledger.contracts.signing import Signer

_RESULTS: Final = Path(__file__).parent / "results" / "contracts.json"
_PATIENTS: Final = 100
_READS: Final = 500


@dataclass(frozen=True, slots=True)
class Measured:
    """One size. Times in seconds where no other unit is named."""

    transactions: int
    per_second: float
    append_p50_ms: float
    append_p95_ms: float
    read_p50_ms: float
    read_p95_ms: float
    visits_per_read: int
    replay: float
    """All transactions run anew without a snapshot."""
    start_from_snapshot: float
    journal_mb: float
    snapshot_mb: float


def measure(size: int, folder: Path) -> Measured:
    """Add ``size`` visits, read some, stop, and start again in both ways."""
    engine = EmbeddedEngine(folder)
    signer, visits = Signer(b"\1" * 32), artifact("Visits")
    address, nonce = _deployed(engine, signer)
    raws = [
        signer.transaction(
            engine.chain_id,
            nonce + number,
            address,
            visits.call(
                "addHospitalVisit",
                _patient(number),
                number.to_bytes(32, "big"),
                "ledger:" + "a" * 32,
            ),
        )
        for number in range(1, size + 1)
    ]
    appends = [_timed(lambda raw=raw: engine.submit(raw)) for raw in raws]
    question = visits.call("getHospitalVisits", _patient(1))
    reads = [_timed(lambda: engine.call(signer.address, address, question)) for _ in range(_READS)]
    head = engine.head
    engine.close()
    sizes = [(folder / name).stat().st_size / 1e6 for name in ("journal", "snapshot")]
    from_snapshot = _start(folder, head.hash)
    (folder / "snapshot").unlink()
    replay = _start(folder, head.hash)
    return Measured(
        transactions=head.transactions,
        per_second=round(size / sum(appends)),
        append_p50_ms=round(median(appends) * 1000, 2),
        append_p95_ms=round(quantiles(appends, n=20)[-1] * 1000, 2),
        read_p50_ms=round(median(reads) * 1000, 2),
        read_p95_ms=round(quantiles(reads, n=20)[-1] * 1000, 2),
        visits_per_read=size // _PATIENTS,
        replay=round(replay, 2),
        start_from_snapshot=round(from_snapshot, 3),
        journal_mb=round(sizes[0], 1),
        snapshot_mb=round(sizes[1], 1),
    )


def _deployed(engine: EmbeddedEngine, signer: Signer) -> tuple[str, int]:
    """The visits contract and the signer's next nonce; the signer may read all patients."""
    council = _made(engine, signer, artifact("Council").deployment([signer.address], 1))
    consent = _made(engine, signer, artifact("Consent").deployment(council))
    visits = _made(engine, signer, artifact("Visits").deployment(consent))
    for number in range(_PATIENTS):
        data = artifact("Consent").call("registerPatient", _patient(number), signer.address)
        nonce = engine.nonce(signer.address)
        engine.submit(signer.transaction(engine.chain_id, nonce, consent, data))
    return visits, engine.nonce(signer.address) - 1


def _made(engine: EmbeddedEngine, signer: Signer, data: bytes) -> str:
    nonce = engine.nonce(signer.address)
    address = engine.submit(signer.transaction(engine.chain_id, nonce, None, data)).contract
    assert address is not None
    return address


def _patient(number: int) -> bytes:
    return (number % _PATIENTS + 1).to_bytes(32, "big")


def _start(folder: Path, head: str) -> float:
    started = time.perf_counter()
    with closing(EmbeddedEngine(folder)) as engine:
        seconds = time.perf_counter() - started
        assert engine.head.hash == head
    return seconds


def _timed(work: object) -> float:
    assert callable(work)
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Measure, show, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000])
    parser.add_argument("--folder", type=Path, help="where to write; default: the temporary folder")
    given = parser.parse_args()
    results = []
    for size in given.sizes:
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            results.append(measure(size, Path(folder)))
    table = Table("", *(f"{result.transactions} transactions" for result in results))
    for name in asdict(results[0]):
        table.add_row(name, *(str(getattr(result, name)) for result in results))
    Console().print(table)
    _RESULTS.write_text(
        json.dumps([asdict(result) for result in results], indent=1) + "\n", "utf-8"
    )


if __name__ == "__main__":
    main()
