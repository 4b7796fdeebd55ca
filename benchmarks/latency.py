"""End of speech to first audio, through the real web server, with recordings in real time.

    python -m benchmarks.latency

Tablets without a screen stream recordings as a microphone would, 32 ms by 32 ms, to
``assistant serve`` in a process of its own, and take the time at which the first audio of the
answer arrives. Each tablet asks, stops the voice when it begins, and waits 3 to 5 s, as somebody
who listens would. Prints tables, saves ``benchmarks/results/latency.json`` and ``.png``, and
compares with the last saved run.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

import matplotlib
import numpy as np
import psutil
import requests
from rich.console import Console
from rich.table import Table

from assistant import cli
from assistant.config import Paths
from assistant.demo import ledger_service
from assistant.live.listener import PAUSE_S
from assistant.messages import SAMPLE_RATE
from assistant.server.devices import Devices
from benchmarks.tablet import Tablet, recording

matplotlib.use("Agg")
import matplotlib.pyplot as plt

_RESULTS: Final = Path(__file__).parent / "results"
_SPEECH: Final = Path(__file__).parents[1] / "tests" / "fixtures" / "speech"
_QUESTIONS: Final = tuple(f"demo/turn{number:02}_aleksandr" for number in (1, 2, 3, 4, 6, 9))
_REPLIES: Final = ("commands/aleksandr_15", "demo/turn11_aleksandr")
"""«да» and «стоп»."""
_STAGES: Final = ("endpoint", "wait", "answer", "first_clause", "network")
_BESIDE: Final = ("recognise", "speaker", "understand", "gate", "ledger")
"""Within those: recognition and voice in ``endpoint`` and ``wait``, the rest in ``answer``."""
_IDLE_S: Final = 20.0
_DOCTOR: Final = "doctor-aleksandr"


@dataclass(slots=True)
class Asked:
    """One utterance: seconds to first audio, and the server's own account of them."""

    name: str
    first_audio_ms: float
    speech_s: float
    stages_ms: dict[str, float]


@dataclass(slots=True)
class Load:
    """What the server used between two moments."""

    process: psutil.Process
    begun: float = field(default_factory=time.perf_counter)
    cpu_s: float = 0.0

    def __post_init__(self) -> None:
        self.cpu_s = self._cpu()

    def cores(self) -> float:
        """Mean number of cores busy since then, voice engine included."""
        return (self._cpu() - self.cpu_s) / (time.perf_counter() - self.begun)

    def memory_mb(self) -> float:
        """Resident now, voice engine included."""
        return sum(one.memory_info().rss for one in self._all()) / 2**20

    def _all(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]

    def _cpu(self) -> float:
        return sum(sum(one.cpu_times()[:2]) for one in self._all())


@contextmanager
def clinic() -> Iterator[Devices]:
    """A home of its own with the demo clinic and one enrolled doctor; its ledger runs."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ASSISTANT_HOME"] = folder
        paths = Paths.from_environment()
        with ledger_service(paths.ledger) as ledger:
            os.environ["ASSISTANT_LEDGER_URL"] = ledger
            takes = [
                str(_SPEECH / "demo" / f"enrol{number}_aleksandr.flac") for number in range(1, 9)
            ]
            for command in (
                ["demo-clinic"],
                ["staff", "add", _DOCTOR, "--role", "doctor"],
                ["enroll", _DOCTOR, *takes, "--consent-by", _DOCTOR],
            ):
                if cli.main(command) != 0:
                    sys.exit("The box could not be set up.")
            yield Devices(paths.devices)


def paired(devices: Devices) -> str:
    """The token of a new tablet of the doctor's."""
    return devices.pair(_DOCTOR, datetime.now(UTC))[1]


@contextmanager
def server() -> Iterator[tuple[str, psutil.Process]]:
    """`assistant serve` as a process of its own."""
    command = [sys.executable, "-m", "assistant", "serve", "--no-wake-word", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[-1], psutil.Process(process.pid)
        finally:
            process.terminate()


async def ask(tablet: Tablet, name: str) -> Asked:
    """One question and the begin of its answer, which is then stopped."""
    samples = recording(_SPEECH / f"{name}.flac")
    since = len(tablet.received)
    ended = await tablet.say(samples)
    first = await tablet.wait("audio", "failed", since=since, timeout_s=60)
    timing = await tablet.wait("timing", since=since)
    await tablet.send(type="stop")
    took = (first.at - ended) * 1000
    stages = dict(timing.message["stages_ms"])
    stages["network"] = max(0.0, took - stages.pop("total"))
    return Asked(name, took, len(samples) / SAMPLE_RATE, stages)


async def converse(
    url: str, token: str, names: tuple[str, ...], rounds: int, seed: int
) -> list[Asked]:
    """One tablet's conversation."""
    pauses = random.Random(seed)
    tablet = await Tablet.open(url, token)
    asked = []
    try:
        await asyncio.sleep(pauses.uniform(0, 6))
        for _ in range(rounds):
            for name in names:
                asked.append(await ask(tablet, name))
                await asyncio.sleep(pauses.uniform(3, 5))
    finally:
        await tablet.close()
    return asked


async def interrupt(url: str, token: str, name: str, rounds: int) -> list[dict[str, float]]:
    """Speak over a long answer: milliseconds until it is told to pause, and to end."""
    tablet = await Tablet.open(url, token)
    samples = recording(_SPEECH / f"{name}.flac")
    onset_s = float(np.flatnonzero(np.abs(samples) > 0.05)[0]) / SAMPLE_RATE
    delays = []
    for _ in range(rounds):
        for question in ("demo/turn01_aleksandr", "demo/turn02_aleksandr"):
            since = len(tablet.received)
            await tablet.say(recording(_SPEECH / f"{question}.flac"))
            await tablet.wait("audio", since=since)
            await tablet.send(type="playing", on=True)
            await asyncio.sleep(1.5)
        since = len(tablet.received)
        ended = await tablet.say(samples)
        began = ended - len(samples) / SAMPLE_RATE + onset_s
        speech = await tablet.wait("speech", since=since)
        silence = await tablet.wait("silence", since=since)
        answer = await tablet.wait("answer", since=since)
        await tablet.send(type="stop")
        delays.append(
            {
                "onset_to_pause": (speech.at - began) * 1000,
                "onset_to_end": (silence.at - began) * 1000,
                "end_of_speech_to_end": (silence.at - ended) * 1000,
                "end_before_answer": (answer.at - silence.at) * 1000,
            }
        )
        await asyncio.sleep(3)
    await tablet.close()
    return delays


async def idle(url: str, tokens: list[str], process: psutil.Process) -> dict[str, float]:
    """Tablets whose microphones hear silence."""
    tablets = [await Tablet.open(url, token) for token in tokens]
    await asyncio.sleep(3)
    load = Load(process)
    await asyncio.sleep(_IDLE_S)
    used = {"cores": load.cores(), "memory_mb": load.memory_mb()}
    for tablet in tablets:
        await tablet.close()
    return used


def lost_frames(url: str) -> tuple[int, int]:
    """Lost and received microphone messages so far, as the server counts them."""
    text = requests.get(f"{url}metrics", timeout=10).text

    def value(name: str) -> int:
        found = re.search(rf"^{name} ([\d.e+]+)$", text, re.MULTILINE)
        return int(float(found[1])) if found else 0

    return value("assistant_frames_lost_total"), value("assistant_frames_total")


def percentile(values: list[float], share: float) -> float:
    """Nearest rank."""
    ranked = sorted(values)
    return round(ranked[min(len(ranked) - 1, int(share * len(ranked)))], 1)


def summary(asked: list[Asked]) -> dict[str, Any]:
    """Percentiles of one run."""
    delays = [one.first_audio_ms for one in asked]
    stages = {
        stage: round(median(one.stages_ms.get(stage, 0.0) for one in asked), 1)
        for stage in (*_STAGES, *_BESIDE)
    }
    factors = [one.stages_ms["recognise"] / 1000 / one.speech_s for one in asked]
    return {
        "utterances": len(asked),
        "p50_ms": percentile(delays, 0.5),
        "p95_ms": percentile(delays, 0.95),
        "stages_median_ms": stages,
        "real_time_factor": round(median(factors), 3),
    }


async def measure(
    url: str, process: psutil.Process, tokens: list[str], rounds: int
) -> dict[str, Any]:
    """All runs, one after the other."""
    console = Console(stderr=True)
    result: dict[str, Any] = {"sessions": {}, "idle": {}, "barge_in": {}}
    await converse(url, tokens[0], _QUESTIONS[:2], 1, 0)  # warms caches
    bare = Load(process)
    await asyncio.sleep(_IDLE_S / 2)
    result["idle"]["0"] = {"cores": bare.cores(), "memory_mb": bare.memory_mb()}
    for count in (1, 8):
        console.print(f"{count} idle")
        result["idle"][str(count)] = await idle(url, tokens[:count], process)
    for count in (1, 2, 4, 8):
        console.print(f"{count} sessions")
        load, before = Load(process), lost_frames(url)
        asked = [
            one
            for conversation in await asyncio.gather(
                *(
                    converse(url, token, _QUESTIONS, max(2, rounds // count), number)
                    for number, token in enumerate(tokens[:count])
                )
            )
            for one in conversation
        ]
        lost, received = (now - then for now, then in zip(lost_frames(url), before, strict=True))
        result["sessions"][str(count)] = {
            **summary(asked),
            "cores": load.cores(),
            "memory_mb": load.memory_mb(),
            "frames": received,
            "frames_lost": lost,
        }
    console.print("short replies, barge-in")
    replies = await converse(url, tokens[0], _REPLIES, rounds, 1)
    result["replies"] = {
        name: summary([one for one in replies if one.name == path])
        for name, path in zip(("да", "стоп"), _REPLIES, strict=True)
    }
    for what, name in (("стоп", _REPLIES[1]), ("accepted speech", "demo/turn03_aleksandr")):
        delays = await interrupt(url, tokens[0], name, rounds)
        result["barge_in"][what] = {
            key: {
                "median": round(median(one[key] for one in delays), 1),
                "worst": round(max(one[key] for one in delays), 1),
            }
            for key in delays[0]
        }
    return result


def show(result: dict[str, Any], last: dict[str, Any] | None, console: Console) -> None:
    """Tables of this run beside the last saved one."""
    table = Table(
        "sessions", "p50 ms", "p95 ms", "last p50", "last p95", "utterances", "cores", "MB",
        "frames lost", "RTF", title="End of speech to first audio",
    )  # fmt: skip
    for count, run in result["sessions"].items():
        old = (last or {}).get("sessions", {}).get(count, {})
        table.add_row(
            count, f"{run['p50_ms']:.0f}", f"{run['p95_ms']:.0f}",
            str(old.get("p50_ms", "–")), str(old.get("p95_ms", "–")), str(run["utterances"]),
            f"{run['cores']:.2f}", f"{run['memory_mb']:.0f}",
            f"{run['frames_lost']}/{run['frames']}", f"{run['real_time_factor']:.2f}",
        )  # fmt: skip
    console.print(table)
    console.print(f"Load of the machine, mean of 15 minutes: {result['load_average_15_min']}")
    table = Table("what", "p50 ms", "p95 ms", title="Short replies, one session")
    for name, run in result["replies"].items():
        table.add_row(f"«{name}»", f"{run['p50_ms']:.0f}", f"{run['p95_ms']:.0f}")
    console.print(table)
    table = Table("idle tablets", "cores", "MB")
    for count, used in result["idle"].items():
        table.add_row(count, f"{used['cores']:.3f}", f"{used['memory_mb']:.0f}")
    console.print(table)
    table = Table("spoken over the voice", "", "median ms", "worst ms", title="Barge-in")
    for what, delays in result["barge_in"].items():
        for key, value in delays.items():
            label = key.replace("_", " ")
            table.add_row(what, label, f"{value['median']:.0f}", f"{value['worst']:.0f}")
    console.print(table)


def plot(result: dict[str, Any], path: Path) -> None:
    """The waterfall of the median utterance, and percentiles by number of sessions.

    A thick bar is what the doctor waits for. The thin ones under it are what is done meanwhile:
    recognition beside the voice, drawn from the first pause (where several speak at once, it begins
    when its turn comes), and the parts of the answer.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
    counts = list(result["sessions"])
    medians = [result["sessions"][count]["stages_median_ms"] for count in counts]
    rows = np.arange(len(counts), dtype=float)
    colours = iter(plt.get_cmap("tab10").colors)  # type: ignore[attr-defined]
    starts = np.zeros(len(counts))
    for stage in _STAGES:
        widths = np.array([median[stage] for median in medians])
        label = stage.replace("_", " ")
        left.barh(rows, widths, 0.34, left=starts, label=label, color=next(colours))
        starts += widths
    at = np.array([median["endpoint"] + median["wait"] for median in medians])
    for stage in _BESIDE:
        widths = np.array([median[stage] for median in medians])
        colour = next(colours)
        if stage in ("recognise", "speaker"):
            row = rows + (0.25 if stage == "recognise" else 0.38)
            left.barh(row, widths, 0.12, left=1000 * PAUSE_S, label=stage, color=colour)
        else:
            left.barh(rows + 0.25, widths, 0.12, left=at, label=stage, color=colour)
            at += widths
    left.set_yticks(rows, counts)
    left.invert_yaxis()
    left.set_xlabel("median milliseconds after the end of speech")
    left.set_ylabel("sessions")
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=5, fontsize=8)
    left.set_title("Where the time goes")
    for key, style in (("p50_ms", "o-"), ("p95_ms", "s--")):
        values = [result["sessions"][count][key] for count in counts]
        right.plot(counts, values, style, label=key.removesuffix("_ms"))
    right.axhline(800, color="grey", linewidth=0.8)
    right.axhline(1300, color="grey", linewidth=0.8, linestyle="--")
    right.set_ylim(0)
    right.set_xlabel("sessions at once")
    right.set_ylabel("milliseconds")
    right.legend()
    right.set_title("End of speech to first audio; grey: targets")
    figure.savefig(path, dpi=110)


def main() -> None:
    """Measure, show, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=4, help="conversations of six questions")
    args = parser.parse_args()
    file = _RESULTS / "latency.json"
    last = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    with clinic() as devices:
        tokens = [paired(devices) for _ in range(8)]
        with server() as (url, process):
            result = asyncio.run(measure(url, process, tokens, args.rounds))
    result = {
        "when": datetime.now().astimezone().isoformat(timespec="seconds"),
        # far above what the server uses, other work on the machine made these times
        "load_average_15_min": round(psutil.getloadavg()[2], 1),
        **result,
    }
    show(result, last, Console(width=120))
    _RESULTS.mkdir(exist_ok=True)
    file.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    plot(result, file.with_suffix(".png"))


if __name__ == "__main__":
    main()
