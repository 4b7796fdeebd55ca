"""`make demo`: a recorded bedside conversation through the whole pipeline, checked turn by turn."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from assistant import cli
from assistant.audio.files import read_utterance
from assistant.audio.player import write_wav
from assistant.box import ledger_client, member_of_staff, opened
from assistant.commands.ask import turn_to_json
from assistant.config import Paths
from assistant.session import SessionState
from assistant.speaker.decision import SpeakerState
from ledger_client import LedgerClient

_DOCTOR: Final = "doctor-aleksandr"
_PATIENT: Final = "1236"
_RECORDINGS: Final = Path(__file__).parents[1] / "tests" / "fixtures" / "speech" / "demo"
_STAGES: Final = ("recognise", "speaker", "understand", "gate", "ledger", "synthesise", "total")


class Facts:
    """What the ledger really holds about the demo's patient, read beside the assistant."""

    def __init__(self, ledger: LedgerClient) -> None:
        self.ledger = ledger
        self.visits = ledger.hospital_visits(_PATIENT)
        hospitals = dict.fromkeys(
            (visit.hospital_id, visit.hospital_name)
            for visit in sorted(self.visits, key=lambda visit: visit.started, reverse=True)
        )
        self.second_hospital, self.second_hospital_name = list(hospitals)[1]
        self.documents = ledger.documents_from_hospital(self.second_hospital, _PATIENT)
        self.first_document = ledger.document(self.documents[0].id)
        self.allergies = ledger.allergies(_PATIENT)

    def pressure(self) -> tuple[str, ...]:
        """The latest blood pressure as it stands in an answer."""
        latest = self.ledger.observations(_PATIENT, code="blood_pressure", limit=1)[0]
        return (f"{latest.values[0]}/{latest.values[1]}",)

    def secrets(self) -> tuple[str, ...]:
        """Words that a stranger must not hear."""
        return (
            "иванов",
            "1958",
            *(diagnosis.name.casefold() for diagnosis in self.ledger.diagnoses(_PATIENT)),
            *(medicine.name.casefold() for medicine in self.ledger.medications(_PATIENT)),
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """What one turn has to do. ``says`` gives texts that its answer must hold."""

    recording: str
    what: str
    intent: str | None
    allowed: bool = True
    patient: str | None = _PATIENT
    says: Callable[[Facts], tuple[str, ...]] = lambda _: ()


CONVERSATION: Final = (
    Expected(
        "turn01_aleksandr",
        "asks back: two patients",
        "get_hospital_visits",
        patient=None,
        says=lambda _: ("Сергей Петрович", "Пётр Сергеевич"),
    ),
    Expected(
        "turn02_aleksandr",
        "the choice; visits",
        None,
        says=lambda facts: ("Иванов Пётр Сергеевич", "1958", facts.second_hospital_name),
    ),
    Expected(
        "turn03_aleksandr",
        "documents from the second hospital",
        "get_documents_from_hospital",
        says=lambda facts: (facts.second_hospital_name, facts.documents[0].title),
    ),
    Expected(
        "turn04_aleksandr",
        "opens the first document",
        "get_document",
        says=lambda facts: (facts.first_document.conclusion.rstrip("."),),
    ),
    Expected("turn06_aleksandr", "latest blood pressure", "get_latest_vitals", says=Facts.pressure),
    Expected("turn05_anna", "an impostor is refused", None, allowed=False, patient=None),
    Expected(
        "turn07_aleksandr",
        "repeats value and patient",
        "record_measurement",
        says=lambda _: ("130/80", "Иванов", "1958"),
    ),
    Expected("turn08_aleksandr", "writes once confirmed", "affirm", says=lambda _: ("130/80",)),
    Expected(
        "turn09_aleksandr",
        "«у него»: allergies",
        "get_allergies",
        says=lambda facts: tuple(allergy.substance for allergy in facts.allergies),
    ),
    Expected("turn10_aleksandr", "not its business", "out_of_scope", patient=None),
    Expected("turn11_aleksandr", "stops", "stop", patient=None),
)


def wrong_with(turn: dict[str, Any], expected: Expected, facts: Facts) -> list[str]:
    """What a turn did not do as it should; empty when all is well."""
    answer = turn["answer"]["text"].casefold().replace("ё", "е")
    wrong = []
    if expected.intent is not None and turn["intent"] != expected.intent:
        wrong.append(f"intent is {turn['intent']}, not {expected.intent}")
    if turn["gate"]["allowed"] != expected.allowed:
        wrong.append(f"the gate said {turn['gate']['reason']}")
    if turn["patient"] != expected.patient:
        wrong.append("another patient than expected")
    if turn["answer"]["audio"] is None:
        wrong.append("no spoken answer")
    for text in expected.says(facts):
        if text.casefold().replace("ё", "е") not in answer:
            wrong.append(f"the answer lacks «{text}»")
    if not expected.allowed:
        wrong += [
            "the refusal tells about the patient"
            for secret in facts.secrets()
            if secret.replace("ё", "е") in answer
        ]
    return wrong


@contextmanager
def ledger_service(home: Path) -> Iterator[str]:
    """The ledger as a process of its own; gives its address."""
    command = [sys.executable, "-m", "ledger", "serve", "--home", str(home), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            url = next((word for word in line.split() if word.startswith("http")), None)
            if url is None:
                raise RuntimeError("the ledger did not start; its messages are above")
            yield url
        finally:
            process.terminate()


def run(recordings: Path, out: Path, console: Console) -> bool:
    """Play the conversation; True when every turn did what it should."""
    shutil.rmtree(out, ignore_errors=True)
    home = out / "home"
    os.environ["ASSISTANT_HOME"] = str(home)
    paths = Paths.from_environment()
    with ledger_service(paths.ledger) as url:
        os.environ["ASSISTANT_LEDGER_URL"] = url
        takes = [str(recordings / f"enrol{number}_aleksandr.flac") for number in range(1, 9)]
        for command in (
            ["demo-clinic"],
            ["staff", "add", _DOCTOR, "--role", "doctor"],
            ["enroll", _DOCTOR, *takes, "--consent-by", _DOCTOR],
        ):
            if cli.main(command) != 0:
                return False
        console.print("The demo keeps these recordings: nobody's voice, a synthesiser's.")
        return _converse(recordings, out, paths, console)


def _converse(recordings: Path, out: Path, paths: Paths, console: Console) -> bool:
    facts = Facts(ledger_client(paths))
    member = member_of_staff(paths, _DOCTOR)
    turns, right = [], True
    timings = Table("turn", *_STAGES, title="Milliseconds per stage")
    with opened(paths) as box:
        # recordings can't repeat random digits: the doctor passed the challenge a moment ago
        voice = SpeakerState(challenge_passed_at=datetime.now().timestamp())
        state = SessionState(member.id, speaker=voice)
        for number, expected in enumerate(CONVERSATION, start=1):
            utterance = read_utterance(recordings / f"{expected.recording}.flac")
            turn, state = box.assistant.ask(utterance, member, state, datetime.now().astimezone())
            audio = out / f"turn{number:02}.wav"
            if turn.speech is not None:
                write_wav(audio, turn.speech)
            form = turn_to_json(turn, audio if turn.speech is not None else None)
            wrong = wrong_with(form, expected, facts)
            right = right and not wrong
            turns.append({"turn": number, "recording": expected.recording, **form})
            _tell(console, number, form, expected, wrong)
            milliseconds = form["timings_ms"]
            timings.add_row(str(number), *(f"{milliseconds.get(s, 0):.0f}" for s in _STAGES))
    transcript = json.dumps(turns, ensure_ascii=False, indent=2)
    (out / "transcript.json").write_text(transcript + "\n", encoding="utf-8")
    console.print(timings)
    console.print(f"Answers and transcript: {out}/")
    return right


def _tell(
    console: Console, number: int, form: dict[str, Any], expected: Expected, wrong: list[str]
) -> None:
    speaker = form["speaker"]
    verdict = "[red]✗[/red]" if wrong else "[green]✓[/green]"
    console.print(f"\n{verdict} [bold]{number}.[/bold] [dim]{expected.what}[/dim]")
    console.print(f"   heard:  {form['transcript'] or form['heard']}", highlight=False)
    console.print(
        f"   voice:  {speaker['decision']}  {speaker['score']} (threshold {speaker['threshold']})"
        f" · gate: {form['gate']['reason']}",
        highlight=False,
    )
    console.print(f"   answer: [bold]{form['answer']['text']}[/bold]", highlight=False)
    for problem in wrong:
        console.print(f"   [red]{problem}[/red]", highlight=False)


def main() -> int:
    """Exit code 0 only if every turn did what it should."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("out/demo"))
    parser.add_argument("--recordings", type=Path, default=_RECORDINGS)
    args = parser.parse_args()
    return 0 if run(args.recordings, args.out.resolve(), Console()) else 1


if __name__ == "__main__":
    sys.exit(main())
