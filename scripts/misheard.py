"""Training utterances as the box mishears them: ``python scripts/misheard.py [--count 1000]``.

Speaks examples with Festival's Russian voice, through pink noise or the babble of other voices at
10 to 25 dB, and recognises them as the box does. Those heard wrongly that still have half of their
words right are added to ``nlu/data/nlu_wrongly_heard.yml``, names of patients and hospitals
annotated where they are in what was heard. A «да» that was misheard is none: it may confirm a
write. About a second each.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import jiwer
import numpy as np
from rapidfuzz.distance import Levenshtein
from rich.progress import track

from assistant.audio.files import find_utterance, read_audio
from assistant.audio.noise import babble, noisy, pink
from assistant.config import Paths
from assistant.messages import NothingHeard, Transcript
from assistant.recognition.whisper import WhisperRecognizer
from assistant.speech.synthesizer import VoiceSettings, open_synthesizer
from assistant.speech.verbalise import verbalise
from nlu.evaluate import BLIND_SETS, TUNED_SETS, read_cases
from nlu.project import HOME, Example, load_file

OUT: Final = HOME / "data" / "nlu_wrongly_heard.yml"
_SPEECH: Final = Path(__file__).parents[1] / "tests" / "fixtures" / "speech"
_NAME: Final = re.compile(r"\[([^]]+)\]\((patient_name|hospital)\)")
_NOTATION: Final = re.compile(r"\[([^]]+)\]\(\w+\)")
_LOST: Final = 0.5
"""Share of wrong words from which an utterance means nothing any more."""


def folded(text: str) -> str:
    """Lower-case words with single spaces."""
    return " ".join(re.findall(r"\w+", text.lower().replace("ё", "е")))


def _plain(annotated: str) -> str:
    return folded(_NOTATION.sub(r"\1", annotated))


def annotated_as_heard(annotated: str, heard: str) -> str | None:
    """``heard``, folded, with the names that ``annotated`` marks, found by aligning letters.

    None where too little of a name is left to be marked.
    """
    names = list(_NAME.finditer(annotated))
    if not names:
        return folded(heard)
    marks: list[tuple[int, int, str]] = []
    said, heard = _plain(annotated), folded(heard)
    blocks = Levenshtein.opcodes(said, heard)
    at = 0
    for name in names:
        words = folded(name[1])
        start = said.find(words, at)
        if start < 0:
            return None
        at = start + len(words)
        kept = [
            (max(b.src_start, start), min(b.src_end, at), b.dest_start - b.src_start)
            for b in blocks
            if b.tag == "equal" and b.src_end > start and b.src_start < at
        ]
        if sum(stop - begin for begin, stop, _ in kept) < len(words) / 2:
            return None
        first, last = kept[0][0] + kept[0][2], kept[-1][1] + kept[-1][2]
        left = heard.rfind(" ", 0, first + 1) + 1
        right = heard.find(" ", last - 1)
        marks.append((left, len(heard) if right < 0 else right, name[2]))
    if any(one[1] >= other[0] for one, other in pairwise(marks)):
        return None
    for left, right, kind in reversed(marks):
        heard = f"{heard[:left]}[{heard[left:right]}]({kind}){heard[right:]}"
    return heard


def is_misheard(said: str, words: str) -> bool:
    """Whether some of the words are wrong, half of them at most."""
    return bool(folded(said)) and 0 < jiwer.wer(folded(said), folded(words)) <= _LOST


def misheard(example: Example, words: str) -> str | None:
    """What to learn from an example heard as ``words``; None when nothing."""
    if not is_misheard(example.text, words):
        return None
    return annotated_as_heard(example.annotated, words)


def add(examples: dict[str, list[str]], written: Mapping[str, str]) -> None:
    """Write what the file holds and ``examples``, by intent.

    Left out are the utterances of the tests and those ``written`` for another intent.
    """
    if OUT.exists():
        for example in load_file(OUT).examples:
            examples.setdefault(example.intent, []).append(example.annotated)
    sets = (TUNED_SETS | BLIND_SETS).values()
    tested = {folded(case.text) for path in sets for case in read_cases(path)}
    lines = ["# Written by python scripts/misheard.py.", 'version: "3.1"', "nlu:"]
    for intent, texts in sorted(examples.items()):
        lines += [f"- intent: {intent}", "  examples: |"]
        lines += [
            f"    - {text}"
            for text in sorted(set(texts))
            if _plain(text) not in tested and written.get(_plain(text), intent) == intent
        ]
    OUT.write_text("\n".join(lines) + "\n", encoding="utf-8")


def heard(
    texts: Iterable[str], seed: int, surnames: Sequence[str] = ()
) -> Iterator[tuple[str, Transcript]]:
    """``texts`` as Festival says them through noise and the box hears them, expecting ``surnames``.

    Left out are those in which nothing was heard.
    """
    chance, noise = random.Random(seed), np.random.default_rng(seed)
    weights = Paths.from_environment().models / "whisper-base"
    recognizer = WhisperRecognizer(weights, lambda: surnames)
    others = [read_audio(path) for path in sorted(_SPEECH.rglob("*.flac"))[:12]]
    with open_synthesizer(VoiceSettings(voice="festival")) as voice:
        for text in texts:
            samples = voice.synthesize(verbalise(text))
            size = len(samples)
            around = pink(size, noise) if chance.random() < 0.5 else babble(others, size, noise)
            utterance = find_utterance(noisy(samples, around, chance.uniform(10, 25)))
            if isinstance(utterance, NothingHeard):
                continue
            words = recognizer.transcribe(utterance)
            if not isinstance(words, NothingHeard):
                yield text, words


def main() -> None:
    """Speak, recognise, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--count", type=int, default=1000, help="examples to speak")
    parser.add_argument("--seed", type=int, default=1, help="another one chooses other examples")
    options = parser.parse_args()
    files = sorted(path for path in OUT.parent.glob("nlu_*.yml") if path != OUT)
    written = [example for path in files for example in load_file(path).examples]
    spoken = [example for example in written if example.intent != "affirm"]
    chosen = random.Random(options.seed).sample(spoken, min(options.count, len(spoken)))
    learnt: dict[str, list[str]] = {}
    examples = {example.text: example for example in chosen}
    for text, words in heard(track(examples, "Speaking and recognising"), options.seed):
        if what := misheard(examples[text], words.text):
            learnt.setdefault(examples[text].intent, []).append(what)
    print(sum(map(len, learnt.values())), "kept", file=sys.stderr)
    add(learnt, {folded(example.text): example.intent for example in written})


if __name__ == "__main__":
    main()
