"""What prompt, roster names and other readings do for recognition and understanding.

    python -m benchmarks.hints ../shared/speech [PART …]

Each command of ``commands_expected.tsv`` in the voices of ``VOICES`` is recognised without a
prompt, with the prompt of command words, and with names of patients and hospitals before it. Each
transcript is understood alone and with the recogniser's other readings.

Whether the names make strangers into patients: Festival's voice (``make voice``) says utterances of
the held-out sets over a roster of every second surname; who has another surname is a stranger. In
the last part it is the other way round. Writes the parts that were measured, by default all, into
``results/hints.json``.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path

import jiwer
from rich.console import Console
from rich.progress import track
from rich.table import Table

import models
from assistant.audio.files import find_utterance, read_utterance
from assistant.config import Paths
from assistant.messages import Transcript, Utterance
from assistant.recognition.bench import normalised
from assistant.recognition.whisper import WhisperRecognizer
from assistant.speech.synthesizer import VoiceSettings, open_synthesizer
from assistant.speech.verbalise import verbalise
from nlu.evaluate import (
    BLIND_SETS,
    HELDOUT,
    HELDOUT_TODAY,
    TUNED_SETS,
    read_cases,
    read_roster,
)
from nlu.gazetteer import Gazetteer
from nlu.messages import Parse, PatientMention, Person, Place
from nlu.parser import InProcessParser

RESULTS = Path(__file__).parent / "results"
EXPECTED = Path(__file__).parents[1] / "tests" / "fixtures" / "commands_expected.tsv"
PARTS = ("recordings", "Festival", "Festival, other half")
PROMPTED = ("prompt", "surnames, prompt")
VOICES = ("rhvoice_aleksandr", "rhvoice_anna")
STRANGERS, PATIENTS = 160, 80
"""How many utterances are spoken that name somebody who is not on the roster, or who is."""


@dataclass(frozen=True, slots=True)
class Said:
    """One utterance with its answer; ``patient`` is a card, ``-`` for a stranger, or empty."""

    utterance: Utterance
    text: str
    intent: str
    patient: str


@dataclass(slots=True)
class Score:
    """One way of recognising and understanding, over all utterances of one kind."""

    audio: str
    recognition: str
    readings: str
    utterances: int = 0
    wer: float = 0.0
    """Per cent, of the first reading."""
    intents_right: int = 0
    patients_right: int = 0
    patients_asked: int = 0
    patients_wrong: int = 0
    patients_named: int = 0
    strangers_taken: int = 0
    """Acted on as if they were somebody on the roster."""
    strangers_asked: int = 0
    """Answered by asking among patients on the roster."""
    strangers_named: int = 0


class Unprompted(WhisperRecognizer):
    """The same engine without the words of commands before the utterance."""

    def _prompted(self, hints: object) -> list[int]:
        return [*self._tokenizer.sot_sequence, self._tokenizer.no_timestamps]


def main() -> None:
    """Measure, print, write."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("parts", nargs="*", metavar="PART", help=f"of {PARTS}")
    given = arguments.parse_args()
    parts: list[str] = given.parts or list(PARTS)
    weights = models.path_of("whisper-base", Paths.from_environment().models)
    people, places = read_roster(HELDOUT.parent)
    scores: list[Score] = []
    for part in parts:
        half = part == PARTS[2]
        roster = people if part == PARTS[0] else every_second_surname(people, half)
        said = list(recorded(given.folder) if part == PARTS[0] else spoken(roster))
        parser = InProcessParser.load(Gazetteer(roster, places), lambda: HELDOUT_TODAY)
        for name, engine in engines(weights, roster, places).items():
            if half and name not in PROMPTED:
                continue
            recognizer = engine()
            heard = []
            for one in track(said, f"{part}, {name}", console=Console(stderr=True)):
                outcome = recognizer.transcribe(one.utterance)
                heard.append(outcome if isinstance(outcome, Transcript) else Transcript(""))
            for nbest in (False, True):
                scores.append(understood(parser, Score(part, name, ""), nbest, said, heard))
    show(scores)
    saved = RESULTS / "hints.json"
    before = json.loads(saved.read_text(encoding="utf-8")) if saved.exists() else []
    kept = [row for row in before if row["audio"] not in parts]
    form = sorted([*kept, *map(asdict, scores)], key=lambda row: PARTS.index(row["audio"]))
    saved.write_text(json.dumps(form, indent=2) + "\n", encoding="utf-8")


def engines(
    weights: Path, people: Sequence[Person], places: Sequence[Place]
) -> dict[str, Callable[[], WhisperRecognizer]]:
    """The ways of recognising by name; of the hints as many are taken as the decoder holds."""
    names = list(dict.fromkeys(person.last for person in people))
    both = [
        hint
        for pair in zip_longest(names, (place.name for place in places))
        for hint in pair
        if hint
    ]
    return {
        "no prompt": lambda: Unprompted(weights),
        "prompt": lambda: WhisperRecognizer(weights),
        "surnames, prompt": lambda: WhisperRecognizer(weights, lambda: names),
        "surnames and hospitals, prompt": lambda: WhisperRecognizer(weights, lambda: both),
    }


def recorded(folder: Path) -> Iterator[Said]:
    """The recordings of the commands."""
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for voice in VOICES:
        for row in rows:
            utterance = read_utterance(folder / voice / f"{row['number']}.flac")
            assert isinstance(utterance, Utterance), row["number"]
            yield Said(utterance, row["text"], row["intent"], row["patient"] or "")


def every_second_surname(people: Sequence[Person], other: bool) -> list[Person]:
    """Some of a roster; a man and a woman of one surname are both among them, or neither."""
    families = list(dict.fromkeys(person.last.removesuffix("а") for person in people))[other::2]
    return [person for person in people if person.last.removesuffix("а") in families]


def spoken(roster: Sequence[Person]) -> Iterator[Said]:
    """Utterances of the held-out sets that name a patient of ``roster``, or a stranger."""
    cards = {person.card for person in roster}
    cases = [
        (case, case.patient if case.patient in cards else "-")
        for path in (TUNED_SETS | BLIND_SETS).values()
        for case in read_cases(path)
        if case.kind == "clean" and (case.patient == "-" or case.patient.isdigit())
    ]
    chance = random.Random(1)
    strangers = [pair for pair in cases if pair[1] == "-"]
    patients = [pair for pair in cases if pair[1] != "-"]
    chosen = chance.sample(strangers, STRANGERS) + chance.sample(patients, PATIENTS)
    with open_synthesizer(VoiceSettings("festival")) as voice:
        for case, patient in track(chosen, "speaking", console=Console(stderr=True)):
            utterance = find_utterance(voice.synthesize(verbalise(case.text)))
            if isinstance(utterance, Utterance):
                yield Said(utterance, case.text, case.intent, patient)


def understood(
    parser: InProcessParser,
    score: Score,
    nbest: bool,
    said: Sequence[Said],
    heard: Sequence[Transcript],
) -> Score:
    """Parse all transcripts, with or without the other readings, and count into ``score``."""
    score.readings = "all" if nbest else "first"
    score.utterances = len(said)
    truths, first = [normalised(s.text) for s in said], [normalised(h.text) for h in heard]
    score.wer = round(100 * jiwer.wer(truths, first), 1)
    for truth, text in zip(said, heard, strict=True):
        parse = parser.parse(text.text, text.alternatives if nbest else ())
        score.intents_right += parse.intent == truth.intent
        card, asked = patient(parse)
        stranger = truth.patient == "-"
        score.strangers_named += stranger
        score.strangers_asked += stranger and asked
        score.strangers_taken += stranger and bool(card)
        score.patients_named += bool(truth.patient) and not stranger
        score.patients_asked += not stranger and asked
        score.patients_right += bool(card) and card == truth.patient
        score.patients_wrong += bool(card) and not stranger and card != truth.patient
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
    columns = ("audio", "recognition", "readings", "n", "WER %", "intents")
    table = Table(*columns, "patient right, asked, wrong", "stranger taken, asked")
    for score in scores:
        patients = f"{score.patients_right}/{score.patients_named}"
        strangers = f"{score.strangers_taken}/{score.strangers_named}"
        table.add_row(
            score.audio,
            score.recognition,
            score.readings,
            str(score.utterances),
            str(score.wer),
            str(score.intents_right),
            f"{patients}, {score.patients_asked}, {score.patients_wrong}",
            f"{strangers}, {score.strangers_asked}" if score.strangers_named else "",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
