"""The wake word: how often it is heard when it is said, and when it is not.

    python -m benchmarks.wake_word ../shared/speech

Festival's voice says «Ассистент» before each of the folder's commands, with and without a pause
(``make voice``); no recording of the folder holds it. Prints and writes
``benchmarks/results/wake_word.json``.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import track

from assistant.attention import AttentionSettings, after_wake_word
from assistant.audio.files import find_utterance, read_audio
from assistant.config import Paths
from assistant.messages import Recognizer, Samples, Transcript, Utterance
from assistant.recognition.bench import error_rate, normalised, recordings
from assistant.recognition.engines import Engine, open_recognizer
from assistant.speech.synthesizer import VoiceSettings, open_synthesizer
from assistant.speech.verbalise import verbalise

RESULTS = Path(__file__).parent / "results" / "wake_word.json"


def heard(recognizer: Recognizer, samples: Samples) -> str | None:
    """The best reading; None when nothing was heard."""
    utterance = find_utterance(samples)
    if not isinstance(utterance, Utterance):
        return None
    outcome = recognizer.transcribe(utterance)
    return outcome.text if isinstance(outcome, Transcript) else None


def called(commands: Iterable[str], word: str, recognizer: Recognizer) -> dict[str, object]:
    """How often the wake word is heard, and the command after it is what was said."""
    said = found = nothing = 0
    with open_synthesizer(VoiceSettings("festival")) as voice:
        for command in track(list(commands), "called", console=Console(stderr=True)):
            for pause in (", ", " "):
                said += 1
                text = heard(recognizer, voice.synthesize(verbalise(f"{word}{pause}{command}")))
                nothing += text is None
                found += text is not None and after_wake_word(text, word) is not None
    return {"said": said, "heard": found, "nothing_heard": nothing}


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    word = AttentionSettings().wake_word
    recognizer = open_recognizer(Engine.WHISPER, Paths.from_environment(), wake_word=word)
    lines = (folder / "commands.tsv").read_text(encoding="utf-8").splitlines()
    commands = [line.split("\t")[1] for line in lines]
    paths = sorted(folder.rglob("*.flac"))
    texts = {
        path: heard(recognizer, read_audio(path)) or ""
        for path in track(paths, "not called", console=Console(stderr=True))
    }
    woke = [path for path, text in texts.items() if after_wake_word(text, word) is not None]
    said = [(item.text, texts[item.path]) for item in recordings(folder)]
    truths = [normalised(text).split() for text, _ in said]
    readings = [normalised(text).split() for _, text in said]
    result = {
        "wake_word": word,
        "engine": recognizer.name,
        "called": called(commands, word, recognizer),
        "not_called": {
            "recordings": len(paths),
            "woke": [str(path.relative_to(folder)) for path in woke],
            "wer": round(error_rate(truths, readings), 1),
        },
    }
    text = json.dumps(result, ensure_ascii=False, indent=2)
    print(text)
    RESULTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
