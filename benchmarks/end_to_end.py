"""The 120 recorded commands through the whole pipeline: words, intents, patients, milliseconds.

    python -m benchmarks.end_to_end --speech ../shared/speech

Each command runs in a dialogue of its own, asked by an enrolled voice that was accepted before: of
a talk's first utterance two seconds of speech are asked for. Prints tables, saves
``benchmarks/results/end_to_end.json`` and ``.png``, and compares with the last saved run.
The peer on the same work is plain greedy Whisper base without the project's settings.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

import jiwer
import matplotlib
from faster_whisper import WhisperModel
from num2words import num2words
from rich.console import Console
from rich.progress import track
from rich.table import Table

import models
from assistant import cli
from assistant.audio.files import read_utterance
from assistant.box import member_of_staff, opened
from assistant.config import Paths
from assistant.demo import ledger_service
from assistant.messages import Transcript, Utterance
from assistant.recognition.whisper import WhisperRecognizer
from assistant.session import SessionState
from assistant.turn import Turn
from nlu.evaluate import percentile
from nlu.messages import PatientMention

matplotlib.use("Agg")
import matplotlib.pyplot as plt

_RESULTS: Final = Path(__file__).parent / "results"
_EXPECTED: Final = Path(__file__).parents[1] / "tests" / "fixtures" / "commands_expected.tsv"
_VOICES: Final = ("aleksandr", "anna")


def plain(text: str) -> str:
    """Words only: lower case, е for ё, numbers spelt out, for a fair word error rate."""
    spelt = re.sub(r"\d+", lambda found: num2words(int(found[0]), lang="ru"), text)
    return " ".join(re.findall(r"\w+", spelt.casefold().replace("ё", "е")))


@dataclass(frozen=True, slots=True)
class Command:
    """A recorded command and what it means."""

    number: str
    text: str
    intent: str
    patient: str
    """A card number, «ambiguous», or empty when nobody is named."""


def commands() -> list[Command]:
    """The 60 commands with their meanings, decided before any parser ran."""
    with _EXPECTED.open(encoding="utf-8") as file:
        rows = csv.DictReader(file, delimiter="\t")
        return [Command(r["number"], r["text"], r["intent"], r["patient"] or "") for r in rows]


def patient_verdict(turn: Turn, expected: str) -> str:
    """``right``, ``asked`` (instead of acting), ``wrong``, ``missed`` or empty."""
    mention = turn.parse.get("patient_name") if turn.parse else None
    value = mention.value if mention else None
    if not expected:
        named = isinstance(value, PatientMention) and value.candidates and not value.ambiguous
        return "wrong" if named else ""
    if not isinstance(value, PatientMention) or not value.candidates:
        return "missed"
    if expected == "ambiguous":
        return "right" if value.ambiguous else "wrong"
    if value.ambiguous:
        return "asked"
    return "right" if value.candidates[0].card == expected else "wrong"


def _home(folder: Path, speech: Path) -> Paths:
    os.environ["ASSISTANT_HOME"] = str(folder)
    for voice in _VOICES:
        takes = [str(speech / "demo" / f"enrol{n}_{voice}.flac") for n in range(1, 9)]
        cli.main(["staff", "add", voice, "--role", "doctor"])
        cli.main(["enroll", voice, *takes, "--consent-by", voice])
    cli.main(["demo-clinic"])
    return Paths.from_environment()


def measure(speech: Path) -> dict[str, Any]:
    """Run everything once; times are of this machine."""
    known = commands()
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with ledger_service(home / "ledger") as url:
            os.environ["ASSISTANT_LEDGER_URL"] = url
            paths = _home(home, speech)
            with opened(paths) as box:
                for voice in _VOICES:
                    member = member_of_staff(paths, voice)
                    now = datetime.now().astimezone()
                    opener = SessionState(member.id)
                    for command in track(known, f"rhvoice_{voice}"):
                        file = speech / f"rhvoice_{voice}" / f"{command.number}.flac"
                        state = SessionState(member.id, speaker=opener.speaker)
                        turn, after = box.assistant.ask(read_utterance(file), member, state, now)
                        rows.append(_row(voice, command, turn))
                        if command is known[0]:
                            opener = after
    return {
        "when": datetime.now().astimezone().isoformat(timespec="seconds"),
        "rows": rows,
        "summary": _summary(rows, *_human_and_peer(speech, known)),
    }


def _row(voice: str, command: Command, turn: Turn) -> dict[str, Any]:
    heard = turn.heard.text if isinstance(turn.heard, Transcript) else ""
    return {
        "voice": voice,
        "number": command.number,
        "text": command.text,
        "heard": heard,
        "intent": command.intent,
        "got": turn.parse.intent if turn.parse else "nothing_heard",
        "patient": patient_verdict(turn, command.patient),
        "speaker": turn.speaker.outcome.value if turn.speaker else None,
        "timings_ms": turn.timings_ms,
    }


def _human_and_peer(speech: Path, known: list[Command]) -> tuple[float, float, float]:
    """Word error rates: ours on the human recordings, plain Whisper's on both sets."""
    weights = models.path_of("whisper-base", Paths.from_environment().models)
    ours, plain_whisper = (
        WhisperRecognizer(weights),
        WhisperModel(str(weights), compute_type="int8"),
    )
    with (speech / "human_ru" / "transcripts.tsv").open(encoding="utf-8") as file:
        human = [line.rstrip("\n").split("\t")[:2] for line in file]
    said, heard, peer = [], [], []
    for name, text in track(human, "human_ru"):
        utterance = read_utterance(speech / "human_ru" / name)
        said.append(plain(text))
        found = ours.transcribe(utterance) if isinstance(utterance, Utterance) else utterance
        heard.append(plain(found.text) if isinstance(found, Transcript) else "")
        peer.append(plain(_peer(plain_whisper, speech / "human_ru" / name)))
    peer_commands = [
        plain(_peer(plain_whisper, speech / f"rhvoice_{voice}" / f"{command.number}.flac"))
        for voice in _VOICES
        for command in track(known, f"plain Whisper, {voice}")
    ]
    command_texts = [plain(command.text) for _ in _VOICES for command in known]
    return (
        jiwer.wer(said, heard),
        jiwer.wer(said, peer),
        jiwer.wer(command_texts, peer_commands),
    )


def _peer(model: WhisperModel, file: Path) -> str:
    segments, _ = model.transcribe(
        str(file), language="ru", beam_size=1, condition_on_previous_text=False
    )
    return " ".join(segment.text for segment in segments)


def _share(hits: int, of: int) -> dict[str, Any]:
    return {"hits": hits, "of": of, "share": round(hits / of, 4) if of else None}


def _summary(
    rows: list[dict[str, Any]], human_wer: float, peer_human_wer: float, peer_wer: float
) -> dict[str, Any]:
    named = [row for row in rows if row["patient"] in {"right", "asked", "missed"}]
    named += [row for row in rows if row["patient"] == "wrong"]
    summary: dict[str, Any] = {
        "wer_commands": round(
            jiwer.wer([plain(r["text"]) for r in rows], [plain(r["heard"]) for r in rows]), 4
        ),
        "wer_commands_plain_whisper": round(peer_wer, 4),
        "wer_human": round(human_wer, 4),
        "wer_human_plain_whisper": round(peer_human_wer, 4),
        "intent": _share(sum(r["got"] == r["intent"] for r in rows), len(rows)),
        "patient_right": _share(sum(r["patient"] == "right" for r in named), len(named)),
        "patient_wrong": _share(sum(r["patient"] == "wrong" for r in rows), len(rows)),
        "speaker_accepted": _share(sum(r["speaker"] == "accept" for r in rows), len(rows)),
        "stages_ms": {},
    }
    stages = sorted({stage for row in rows for stage in row["timings_ms"]})
    for stage in stages:
        values = sorted(r["timings_ms"][stage] for r in rows if stage in r["timings_ms"])
        p95 = percentile(values, 0.95)
        summary["stages_ms"][stage] = {"median": round(median(values), 1), "p95": round(p95, 1)}
    return summary


def show(result: dict[str, Any], last: dict[str, Any] | None, console: Console) -> None:
    """Tables of this run beside the last saved one."""
    old = last["summary"] if last else {}
    table = Table("measure", "now", "last run", title="120 recorded commands, 40 human recordings")
    for name, value in result["summary"].items():
        if name != "stages_ms":
            table.add_row(name, _cell(value), _cell(old.get(name)))
    console.print(table)
    stages = Table("stage", "median ms", "p95 ms", "last median", "last p95")
    for name, value in result["summary"]["stages_ms"].items():
        before = old.get("stages_ms", {}).get(name, {})
        stages.add_row(
            name,
            *(str(cell) for cell in (value["median"], value["p95"])),
            *(str(before.get(key, "–")) for key in ("median", "p95")),
        )
    console.print(stages)
    wrong = Table("voice", "no", "said", "heard", "intent", "got", "patient", title="Not right")
    for row in result["rows"]:
        if row["got"] != row["intent"] or row["patient"] in {"wrong", "missed", "asked"}:
            columns = ("voice", "number", "text", "heard", "intent", "got", "patient")
            wrong.add_row(*(row[column] for column in columns))
    console.print(wrong)


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, dict):
        return f"{value['hits']}/{value['of']} = {100 * value['share']:.1f} %"
    return f"{100 * value:.1f} %"


def plot(result: dict[str, Any], path: Path) -> None:
    """Milliseconds per stage as boxes."""
    stages = list(result["summary"]["stages_ms"])
    data = [[r["timings_ms"][s] for r in result["rows"] if s in r["timings_ms"]] for s in stages]
    figure, axes = plt.subplots(figsize=(8, 3.5), layout="constrained")
    axes.boxplot(data, orientation="horizontal", tick_labels=stages, whis=(5, 95))
    axes.set_xlabel("milliseconds (box: quartiles, whiskers: 5-95 %)")
    axes.set_title("One recorded command on 2 cores, per stage")
    figure.savefig(path, dpi=120)


def main() -> None:
    """Measure, show, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speech", type=Path, required=True, help="the folder shared/speech")
    args = parser.parse_args()
    file = _RESULTS / "end_to_end.json"
    last = json.loads(file.read_text(encoding="utf-8")) if file.exists() else None
    result = measure(args.speech)
    show(result, last, Console())
    _RESULTS.mkdir(exist_ok=True)
    file.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    plot(result, file.with_suffix(".png"))


if __name__ == "__main__":
    main()
