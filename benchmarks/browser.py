"""Real Chromium with recordings as its microphone."""

from __future__ import annotations

import shutil
import time
import wave
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

from assistant.audio.files import read_audio
from assistant.messages import SAMPLE_RATE, Samples

DEMO = Path(__file__).parents[1] / "tests" / "fixtures" / "speech" / "demo"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

LOUD: Final = 0.02
"""Amplitude from which a sound counts, of full scale."""
GAP_MS: Final = 500
"""Silence that parts two sounds; between two clauses there is less."""
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

# The fake microphone is a file: the browser must not clean it up. What the server says is written
# down with its time, and so is when sound is to be heard: on its way into the page's microphone
# worklet («mic») and out to the loudspeaker («out»).
_WATCH = """
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = () => open({audio: {
  echoCancellation: false, noiseSuppression: false, autoGainControl: false}});
window.heardEvents = [];
window.heardSounds = {mic: [], out: []};
const note = (what) => window.heardEvents.push([what, performance.now()]);
const {start} = AudioBufferSourceNode.prototype;
AudioBufferSourceNode.prototype.start = function (...a) { note("start"); start.apply(this, a); };
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...a) {
  if (to instanceof AudioWorkletNode) watch(this, window.heardSounds.mic);
  if (to instanceof AudioDestinationNode && this instanceof GainNode) {
    watch(this, window.heardSounds.out);
  }
  return connect.call(this, to, ...a);
};
function watch(node, sounds) {
  const analyser = new AnalyserNode(node.context, {fftSize: 512});
  const samples = new Float32Array(analyser.fftSize);
  connect.call(node, analyser);
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    if (!samples.some((one) => Math.abs(one) > LOUD)) return;
    const now = performance.now();
    if (sounds.length && now - sounds.at(-1)[1] < GAP_MS) sounds.at(-1)[1] = now;
    else sounds.push([now, now]);
  }, 4);
}
const Socket = window.WebSocket;
window.WebSocket = class extends Socket {
  constructor(...a) {
    super(...a);
    this.addEventListener("message", ({data}) => {
      if (typeof data === "string") note("message " + JSON.parse(data).type);
    });
  }
};
""".replace("LOUD", str(LOUD)).replace("GAP_MS", str(GAP_MS))


# A microphone that hears what a test says to it, when it says it.
_MOUTH = """
const room = new AudioContext({sampleRate: 16000}), ear = room.createMediaStreamDestination();
navigator.mediaDevices.getUserMedia = async () => ear.stream;
window.sayNow = (pcm) => {
  const bytes = Uint8Array.from(atob(pcm), (one) => one.charCodeAt(0));
  const samples = Float32Array.from(new Int16Array(bytes.buffer), (one) => one / 32768);
  const buffer = room.createBuffer(1, samples.length, 16000), source = room.createBufferSource();
  buffer.copyToChannel(samples, 0);
  source.buffer = buffer;
  source.connect(ear);
  source.start();
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
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(_pcm(np.concatenate(pieces)))
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
    browser: Browser,
    url: str,
    token: str,
    width: int = 1280,
    height: int = 800,
    dark: bool = False,
    mouth: bool = False,
) -> Page:
    """The page of a paired tablet, not started yet; with a ``mouth`` it hears :func:`say` only."""
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if dark else "light",
        permissions=["microphone"],
        ignore_https_errors=True,
    )
    context.add_init_script(_WATCH + _MOUTH if mouth else _WATCH)
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{url}#{token}")
    return page


def say(page: Page, what: str | Samples) -> None:
    """Say a recording of the demo, or other audio, now; for a page opened with a ``mouth``."""
    samples = read_audio(DEMO / f"{what}.flac") if isinstance(what, str) else what
    page.evaluate("window.sayNow", b64encode(_pcm(samples)).decode())


def start(page: Page) -> None:
    """Press the start button."""
    page.click("#curtain-button")
    page.wait_for_selector("#bedside:not([hidden])")


def until(page: Page, condition: Callable[[], object], timeout_s: float = 90) -> None:
    """Wait for what the page can't be asked for in one expression: its policy forbids eval."""
    late = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < late, "it never came"
        page.wait_for_timeout(20)


def moments(page: Page, what: str) -> list[float]:
    """Milliseconds at which ``what`` happened."""
    events: list[tuple[str, float]] = page.evaluate("window.heardEvents")
    return [at for name, at in events if name == what]


def sounds(page: Page, where: Literal["mic", "out"]) -> list[tuple[float, float]]:
    """Begin and end, in milliseconds, of what the microphone heard or the loudspeaker gave.

    Looked at every 4 ms, in windows of about 11 ms.
    """
    found: list[list[float]] = page.evaluate(f"window.heardSounds.{where}")
    return [(begin, end) for begin, end in found]


def _pcm(samples: Samples) -> bytes:
    return (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
