"""From speech over our voice to silence, in real Chromium.

    python -m benchmarks.barge_in --rounds 12

In each round a page of its own asks for a patient's visits and is answered aloud by
``assistant serve``. Over the answer speak our own voice, a stranger and, last, the doctor with
«стоп»; each begins while the answer sounds. Measured in the browser, from the first sound on its
way into the microphone's worklet to the last on its way to the loudspeaker, looked at every 4 ms.
Prints a table and saves every value in ``benchmarks/results/barge_in.json``.
"""

from __future__ import annotations

import argparse
import json
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Final

import psutil
from playwright.sync_api import Page
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.messages import Samples
from assistant.speech.synthesizer import open_synthesizer
from benchmarks.browser import GAP_MS, chromium, moments, opened_page, say, sounds, start, until
from benchmarks.latency import clinic, paired, server

_RESULTS: Final = Path(__file__).parent / "results" / "barge_in.json"


def own_voice() -> Samples:
    """What an echo of the answer may sound like."""
    with open_synthesizer() as synthesizer:
        return synthesizer.synthesize("У пациента четырнадцать посещений.")


def sounding(page: Page, within_ms: float = 30) -> bool:
    """Whether our voice was heard within the last moments."""
    heard = sounds(page, "out")
    now: float = page.evaluate("performance.now()")
    return bool(heard) and now - heard[-1][1] < within_ms


def interrupt(page: Page, what: str | Samples) -> float:
    """Speak over our voice, when it sounds; milliseconds until it is silent.

    Where it was between two words just then, it is silent a little sooner than it was paused.
    """
    spoken = len(sounds(page, "mic"))
    until(page, lambda: sounding(page))
    say(page, what)
    until(page, lambda: len(sounds(page, "mic")) > spoken and not sounding(page, GAP_MS))
    (began, _), (_, silent) = sounds(page, "mic")[spoken], sounds(page, "out")[-1]
    return silent - began


def interrupted(page: Page, echo: Samples) -> dict[str, float]:
    """One answer and the three that speak over it; milliseconds each."""
    say(page, "turn01_aleksandr")
    until(page, lambda: page.locator("#items button").count() == 2)
    page.click("#stop-button")
    say(page, "turn02_aleksandr")
    until(page, page.locator("#patient").is_visible)
    delays = {}
    for number, (name, what) in enumerate(
        (("own voice", echo), ("stranger", "turn05_anna"), ("стоп", "turn11_aleksandr"))
    ):
        # the voice goes on when it is known that the one before was not for us
        until(page, lambda: len(moments(page, "message ignored")) >= number)  # noqa: B023
        delays[name] = round(interrupt(page, what), 1)
    return delays


def main() -> None:
    """Measure, print, save."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    rounds: int = parser.parse_args().rounds
    echo, measured = own_voice(), []
    with clinic() as devices, server() as (url, _), chromium(Path("/dev/null")) as browser:
        for _ in track(range(rounds), "rounds", console=Console(stderr=True)):
            page = opened_page(browser, url, paired(devices), mouth=True)
            start(page)
            measured.append(interrupted(page, echo))
            page.context.close()
    delays = {name: [one[name] for one in measured] for name in measured[0]}
    result = {
        "when": datetime.now().astimezone().isoformat(timespec="seconds"),
        # far above what the server and the browser use, other work on the machine made these times
        "load_average_15_min": round(psutil.getloadavg()[2], 1),
        "onset_to_silence_ms": delays,
    }
    table = Table("spoken over the voice", "times", "least ms", "median ms", "worst ms")
    for name, values in delays.items():
        numbers = (f"{value:.0f}" for value in (min(values), median(values), max(values)))
        table.add_row(name, str(len(values)), *numbers)
    Console().print(table)
    _RESULTS.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
