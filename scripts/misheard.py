"""Training utterances as the box mishears them: ``python scripts/misheard.py [--each 70]``.

Speaks examples of each intent with Festival's Russian voice, through pink noise or the babble of
other voices at 5 to 25 dB, and recognises them as the box does. Those heard wrongly that still
have half of their words right are kept in ``nlu/data/nlu_wrongly_heard.yml``. Examples that name a
patient or a hospital are left out: a misheard name would teach that it is no name. Takes about
20 minutes.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from pathlib import Path
from typing import Final

import numpy as np
from rapidfuzz.distance import Levenshtein
from rich.progress import track

from assistant.audio.files import find_utterance, read_audio
from assistant.audio.noise import babble, noisy, pink
from assistant.config import Paths
from assistant.messages import NothingHeard, Samples
from assistant.recognition.whisper import WhisperRecognizer
from assistant.speech.synthesizer import VoiceSettings, open_synthesizer
from assistant.speech.verbalise import verbalise
from nlu.messages import INTENTS
from nlu.project import HOME, Example, load_file

OUT: Final = HOME / "data" / "nlu_wrongly_heard.yml"
_SPEECH: Final = Path(__file__).parents[1] / "tests" / "fixtures" / "speech"
_NAMES: Final = frozenset(("patient_name", "hospital"))
_REFUSALS: Final = 5
"""So many times more of what is out of scope: it is as varied as the rest together."""
_LOST: Final = 0.5
"""Share of wrong words from which an utterance means nothing any more."""


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower().replace("ё", "е"))


def _written() -> list[Example]:
    """The project's examples, less those that were misheard already."""
    files = sorted(path for path in OUT.parent.glob("*.yml") if path != OUT)
    return [example for path in files for example in load_file(path).examples]


def _chosen(examples: list[Example], each: int, chance: random.Random) -> list[Example]:
    chosen: list[Example] = []
    for intent in INTENTS:
        whole = [e for e in examples if e.intent == intent and not _NAMES & dict(e.entities).keys()]
        count = each * (_REFUSALS if intent == "out_of_scope" else 1)
        chosen += chance.sample(whole, min(count, len(whole)))
    return chosen


def main() -> None:
    """Speak, recognise, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--each", type=int, default=70, help="examples of each intent to speak")
    each = parser.parse_args().each
    chance, noise = random.Random(1), np.random.default_rng(1)
    heard_by = WhisperRecognizer(Paths.from_environment().models / "whisper-base")
    others = [read_audio(path) for path in sorted(_SPEECH.rglob("*.flac"))[:12]]
    misheard: dict[str, list[str]] = {intent: [] for intent in INTENTS}
    with open_synthesizer(VoiceSettings(voice="festival")) as voice:
        for example in track(_chosen(_written(), each, chance), "Speaking and recognising"):
            samples: Samples = voice.synthesize(verbalise(example.text))
            size = len(samples)
            around = pink(size, noise) if chance.random() < 0.5 else babble(others, size, noise)
            utterance = find_utterance(noisy(samples, around, chance.uniform(5, 25)))
            if isinstance(utterance, NothingHeard):
                continue
            words = heard_by.transcribe(utterance)
            if isinstance(words, NothingHeard):
                continue
            said, heard = _words(example.text), _words(words.text)
            if 0 < Levenshtein.distance(said, heard) <= _LOST * len(said):
                misheard[example.intent].append(" ".join(heard))
    lines = [
        "# Written by python scripts/misheard.py: change the examples there, not this file.",
        'version: "3.1"',
        "nlu:",
    ]
    for intent, texts in misheard.items():
        if texts:
            lines += [f"- intent: {intent}", "  examples: |"]
            lines += [f"    - {text}" for text in dict.fromkeys(texts)]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(sum(map(len, misheard.values())), "kept", file=sys.stderr)


if __name__ == "__main__":
    main()
