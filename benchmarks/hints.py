"""What prompt, roster names and other readings do for recognition and understanding.

    python -m benchmarks.hints ../shared/speech

Each command of ``commands_expected.tsv`` in the voices of ``VOICES`` is recognised without a
prompt, with the prompt of command words, and with names of patients and hospitals before it. Each
transcript is understood alone and with the recogniser's other readings. Writes
``results/hints.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import jiwer
from rich.console import Console
from rich.progress import track
from rich.table import Table

import models
from assistant.audio.files import read_utterance
from assistant.config import Paths
from assistant.messages import Transcript, Utterance
from assistant.recognition.whisper import WhisperRecognizer
from benchmarks.asr import normalised
from nlu.evaluate import HELDOUT, HELDOUT_TODAY, read_roster
from nlu.gazetteer import Gazetteer
from nlu.messages import Parse, PatientMention
from nlu.parser import InProcessParser

RESULTS = Path(__file__).parent / "results"
EXPECTED = Path(__file__).parents[1] / "tests" / "fixtures" / "commands_expected.tsv"
VOICES = ("rhvoice_aleksandr", "rhvoice_anna")


@dataclass(slots=True)
class Score:
    """One way of recognising and understanding, over all recordings."""

    recognition: str
    readings: str
    recordings: int = 0
    wer: float = 0.0
    """Per cent, of the first reading."""
    intents_right: int = 0
    patients_right: int = 0
    patients_asked: int = 0
    patients_wrong: int = 0
    patients_named: int = 0


class Unprompted(WhisperRecognizer):
    """The same engine without the words of commands before the utterance."""

    def _prompted(self, hints: object) -> list[int]:
        return [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]


def main() -> None:
    """Measure, print, write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    folder: Path = arguments.parse_args().folder
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    people, places = read_roster(HELDOUT.parent)
    parser = InProcessParser.load(Gazetteer(people, places), lambda: HELDOUT_TODAY)
    weights = models.path_of("whisper-base", Paths.from_environment().models)
    names = [*(person.last for person in people), *(place.name for place in places)]
    engines = {
        "no prompt": lambda: Unprompted(weights),
        "prompt": lambda: WhisperRecognizer(weights),
        "prompt and names": lambda: WhisperRecognizer(weights, names),
    }
    scores = []
    for name, engine in engines.items():
        recognizer = engine()
        heard = []
        for voice in VOICES:
            for row in track(rows, f"{name}, {voice}", console=Console(stderr=True)):
                utterance = read_utterance(folder / voice / f"{row['number']}.flac")
                assert isinstance(utterance, Utterance), row["number"]
                outcome = recognizer.transcribe(utterance)
                text = outcome if isinstance(outcome, Transcript) else Transcript("")
                heard.append((row, text))
        scores += [understood(parser, name, nbest, heard) for nbest in (False, True)]
    show(scores)
    form = [asdict(score) for score in scores]
    (RESULTS / "hints.json").write_text(json.dumps(form, indent=2) + "\n", encoding="utf-8")


def understood(
    parser: InProcessParser, name: str, nbest: bool, heard: list[tuple[dict[str, str], Transcript]]
) -> Score:
    """Parse all transcripts, with or without the other readings."""
    truths = [normalised(row["text"]) for row, _ in heard]
    first = [normalised(text.text) for _, text in heard]
    score = Score(name, "all" if nbest else "first", len(heard))
    score.wer = round(100 * jiwer.wer(truths, first), 1)
    for row, text in heard:
        parse = parser.parse(text.text, text.alternatives if nbest else ())
        score.intents_right += parse.intent == row["intent"]
        card, asked = patient(parse)
        score.patients_named += bool(row["patient"])
        score.patients_asked += asked
        score.patients_right += bool(row["patient"]) and card == row["patient"]
        score.patients_wrong += bool(card) and card != row["patient"]
    return score


def patient(parse: Parse) -> tuple[str, bool]:
    """The card that would be acted on, and whether the assistant would ask."""
    entity = parse.get("patient_name")
    if entity is None or not isinstance(entity.value, PatientMention):
        return "", False
    mention = entity.value
    if mention.ambiguous or not mention.candidates:
        return "", mention.ambiguous
    return mention.candidates[0].card, False


def show(scores: list[Score]) -> None:
    """Print the table."""
    table = Table("recognition", "readings", "n", "WER %", "intents", "patient right, asked, wrong")
    for score in scores:
        patients = f"{score.patients_right}/{score.patients_named}"
        table.add_row(
            score.recognition,
            score.readings,
            str(score.recordings),
            str(score.wer),
            str(score.intents_right),
            f"{patients}, {score.patients_asked}, {score.patients_wrong}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
