"""Real Chromium with recordings as its microphone."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from assistant.audio.files import read_audio
from assistant.messages import SAMPLE_RATE, Samples

DEMO = Path(__file__).parents[1] / "tests" / "fixtures" / "speech" / "demo"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

_FLAGS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)

# The fake microphone is a file: the browser must not clean it up. And the moments at which our
# voice starts, is lowered and stops are written down.
_WATCH = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = () => open({audio: {
  echoCancellation: false, noiseSuppression: false, autoGainControl: false}});
window.heardEvents = [];
const note = (what) => window.heardEvents.push([what, performance.now()]);
const {start, stop} = AudioBufferSourceNode.prototype;
AudioBufferSourceNode.prototype.start = function (...a) { note("start"); start.apply(this, a); };
AudioBufferSourceNode.prototype.stop = function (...a) { note("stop"); stop.apply(this, a); };
const ramp = AudioParam.prototype.setTargetAtTime;
AudioParam.prototype.setTargetAtTime = function (value, ...a) {
  note(value < 1 ? "low" : "full");
  return ramp.call(this, value, ...a);
};
const Socket = window.WebSocket;
window.WebSocket = class extends Socket {
  constructor(...a) {
    super(...a);
    this.addEventListener("message", ({data}) => {
      if (typeof data === "string") note("message " + JSON.parse(data).type);
    });
  }
};
"""


def script(path: Path, *parts: float | str | Samples) -> Path:
    """A WAV of silences, in seconds, recordings of the demo, by name, and other audio."""
    pieces = []
    for part in parts:
        if isinstance(part, float):
            pieces.append(np.zeros(int(part * SAMPLE_RATE), np.float32))
        elif isinstance(part, str):
            pieces.append(read_audio(DEMO / f"{part}.flac"))
        else:
            pieces.append(part)
    pcm = (np.clip(np.concatenate(pieces), -1, 1) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(pcm.tobytes())
    return path


@contextmanager
def chromium(microphone: Path, *, again: bool = False) -> Iterator[Browser]:
    """A browser whose microphone plays the file once, or ``again`` and again."""
    ending = "" if again else "%noloop"
    flags = [*_FLAGS, f"--use-file-for-fake-audio-capture={microphone}{ending}"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        try:
            yield browser
        finally:
            browser.close()


def opened_page(
    browser: Browser, url: str, token: str, width: int = 1280, height: int = 800, dark: bool = False
) -> Page:
    """The page of a paired tablet, not started yet."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        permissions=["microphone"],
        ignore_https_errors=True,
    )
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{url}#{token}")
    return page


def start(page: Page) -> None:
    """Press the start button."""
    page.click("#curtain-button")
    page.wait_for_selector("#bedside:not([hidden])")


def moments(page: Page, what: str) -> list[float]:
    """Milliseconds at which ``what`` happened."""
    events: list[tuple[str, float]] = page.evaluate("window.heardEvents")
    return [at for name, at in events if name == what]
