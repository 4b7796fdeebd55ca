"""The page in real Chromium, with recordings as its microphone and the real models behind it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import soxr
from playwright.sync_api import Page, expect
from screens import accessible, pictured

from assistant.box import Box
from assistant.config import Paths
from assistant.messages import SAMPLE_RATE
from assistant.server.devices import Devices
from assistant.speech.synthesizer import VoiceSettings, open_synthesizer
from benchmarks.barge_in import interrupt, own_voice
from benchmarks.browser import (
    CHROMIUM,
    chromium,
    moments,
    opened_page,
    say,
    script,
    sounds,
    start,
    until,
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]
PATIENT = re.compile("Иванов Пётр Сергеевич")


@contextmanager
def bedside(
    microphone: Path, url: str, token: str, *, again: bool = False, mouth: bool = False
) -> Iterator[Page]:
    """A started page; the browser must complain of nothing while it is used."""
    with chromium(microphone, again=again) as browser:
        page = opened_page(browser, url, token, mouth=mouth)
        complaints: list[str] = []
        page.on("console", lambda one: complaints.append(one.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        start(page)
        yield page
        assert not [one for one in complaints if "WebSocket" not in one]


def shows(page: Page, text: str | re.Pattern[str], timeout_s: float = 90) -> None:
    expect(page.locator("#answer")).to_contain_text(text, timeout=timeout_s * 1000)


def test_a_question_is_answered_aloud_and_on_the_screen(
    page_url: str, token: str, tmp_path: Path
) -> None:
    microphone = script(tmp_path / "mic.wav", 1.0, "turn01_aleksandr", 60.0)
    with bedside(microphone, page_url, token) as page:
        assert "#" not in page.url, "the token left the address"
        shows(page, "Кого вы имеете в виду")
        expect(page.locator("#shield")).to_have_attribute("data-state", "good")
        expect(page.locator("#heard")).to_contain_text("Иванова")
        expect(page.locator("#items button")).to_have_count(2)
        expect(page.locator("#patient")).to_be_hidden()
        expect(page.locator("#stop-button")).to_be_enabled()
        assert moments(page, "start"), "the answer sounds"
        page.locator("#items button").first.focus()
        page.keyboard.press("Enter")
        shows(page, "посещени")
        expect(page.locator("#patient-name")).to_have_text(PATIENT)
        expect(page.locator("#patient-facts")).to_have_text("год рождения 1958 · карта 1236")
        # an accepted voice is good for one tap
        expect(page.locator("#items button, #choices button")).to_have_count(0)
        page.click("#stop-button")
        page.click("#history-button")
        expect(page.locator("#turns li")).to_have_count(2)
        accessible(page)
        page.click("#language-button")
        expect(page.locator("#patient-facts")).to_have_text("born 1958 · card 1236")
        page.click("#lock-button")
        expect(page.locator("#curtain-title")).to_have_text("Screen locked")
        accessible(page)
        assert "Иванов" not in page.content()


def test_a_list_is_shown_large_and_can_be_tapped(page_url: str, token: str, tmp_path: Path) -> None:
    spoken = ("turn01_aleksandr", 5.0, "turn02_aleksandr", 6.0, "turn03_aleksandr", 60.0)
    with bedside(script(tmp_path / "mic.wav", 1.0, *spoken), page_url, token) as page:
        expect(page.locator("#answer")).to_contain_text("документ", timeout=90_000)
        page.click("#stop-button")
        expect(page.locator("#items button")).to_have_count(3)
        pictured(page, "documents")
        page.locator("#items button").nth(1).click()
        shows(page, "Заключение")


def test_an_impostor_is_refused_and_the_answer_leaves_the_screen(
    page_url: str, token: str, tmp_path: Path
) -> None:
    microphone = script(
        tmp_path / "mic.wav", 1.0, "turn01_aleksandr", 5.0, "turn02_aleksandr", 6.0, "turn05_anna"
    )
    with bedside(microphone, page_url, token) as page:
        expect(page.locator("#patient-name")).to_have_text(PATIENT, timeout=90_000)
        page.click("#stop-button")
        shows(page, "Голос не распознан")
        expect(page.locator("#shield")).to_have_attribute("data-state", "bad")
        expect(page.locator("#history-button")).to_be_disabled()
        assert "Иванов" not in page.content()
        assert "диагноз" not in page.content().casefold(), "nor what the stranger said"
        pictured(page, "refused")


def test_the_voice_pauses_for_speech_and_goes_on_when_it_was_not_for_us(
    page_url: str, token: str
) -> None:
    """Our own voice, then a stranger's, then «стоп», each when the answer sounds.

    How soon it is silent: benchmarks/barge_in.py.
    """
    echo = own_voice()
    with bedside(Path("/dev/null"), page_url, token, mouth=True) as page:
        say(page, "turn01_aleksandr")
        shows(page, "Кого вы имеете в виду")
        page.click("#stop-button")
        say(page, "turn02_aleksandr")
        expect(page.locator("#patient")).to_be_visible(timeout=90_000)
        interrupt(page, echo)
        until(page, lambda: moments(page, "message ignored"))
        interrupt(page, "turn05_anna")
        expect(page.locator("#shield")).to_have_attribute("data-state", "bad", timeout=90_000)
        expect(page.locator("#patient")).to_be_visible()  # until what was asked for is said
        assert "диагноз" not in page.content().casefold(), "nor what the stranger said"
        interrupt(page, "turn11_aleksandr")
        shows(page, "Остановлено")
        expect(page.locator("#stop-button")).to_be_disabled()
        spoken = len(sounds(page, "out"))
        page.wait_for_timeout(1000)
        assert len(sounds(page, "out")) == spoken, "silence is the answer to «стоп»"


def test_after_a_pause_the_voice_goes_on_a_word_before(page_url: str) -> None:
    measure = """async () => {
      const {Loudspeaker} = await import("/static/loudspeaker.js");
      const played = [], begun = [], told = [];
      const {start} = AudioBufferSourceNode.prototype;
      AudioBufferSourceNode.prototype.start = function (...a) {
        begun.push(this.buffer.getChannelData(0)[0]);
        start.apply(this, a);
      };
      const context = new AudioContext(), speaker = new Loudspeaker(context, (on) => told.push(on));
      // each sample says where in the answer it stands; a gap between two words lasts 50 ms
      const piece = (from) => Int16Array.from({length: 8000}, (_, i) =>
        i >= 4000 && i < 4800 ? 0 : 10000 + (from + i) / 2);
      for (const from of [0, 8000, 16000]) speaker.add(1, piece(from));
      const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      await wait(700);
      const seen = [];
      for (let time = 0; time < 4; time += 1) {
        begun.length = 0;
        speaker.pause();
        const {paused, playing} = speaker;
        speaker.add(1, new Int16Array(100).fill(7));
        await wait(30);
        const during = begun.length;
        speaker.resume();
        seen.push({paused, playing, during, first: begun[0]});
      }
      speaker.stop();
      return {seen, told};
    }"""
    with chromium(Path("/dev/null")) as browser:
        page = opened_page(browser, page_url, "")
        page.goto(page_url)
        found = page.evaluate(measure)
    first, *more, last = found["seen"]
    assert all(one["paused"] and one["playing"] and one["during"] == 0 for one in (first, *more))
    # 0.7 s were heard: it goes on at the gap after 0.25 s
    assert first["first"] == 0
    assert not last["paused"], "an answer is not chopped up for ever"
    assert found["told"] == [True, False], "a pause is no end"


@contextmanager
def served(port: int, *flags: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`assistant serve` as a process."""
    command = [sys.executable, "-m", "assistant", "serve", "--port", str(port), *flags]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            yield line.split()[-1], process
        finally:
            process.kill()


def test_the_page_comes_back_after_the_server_was_killed(
    bedside_home: Paths, token: str, tmp_path: Path
) -> None:
    microphone = script(tmp_path / "mic.wav", 3.0, "turn01_aleksandr", 5.0)
    with served(0, "--no-wake-word") as (url, first), chromium(microphone, again=True) as browser:
        page = opened_page(browser, url, token)
        start(page)
        shows(page, "Кого вы имеете в виду")
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        expect(page.locator("#link")).to_contain_text("Сервер недоступен")
        sounded = len(moments(page, "start"))
        with served(int(url.rstrip("/").rsplit(":", 1)[1]), "--no-wake-word"):
            expect(page.locator("#link")).to_be_empty(timeout=90_000)
            for _ in range(300):
                if len(moments(page, "start")) > sounded:
                    break
                page.wait_for_timeout(100)
            assert len(moments(page, "start")) > sounded, "it is answered aloud again"


def test_by_default_the_wake_word_begins_a_dialogue_and_nothing_else(
    bedside_home: Paths, token: str
) -> None:
    with open_synthesizer(VoiceSettings("festival")) as synthesizer:
        # higher than the assistant's own voice, which asks nothing
        called = soxr.resample(
            synthesizer.synthesize("Ассистент."), 1.25 * SAMPLE_RATE, SAMPLE_RATE
        )
    with served(0) as (url, _), chromium(Path("/dev/null")) as browser:
        page = opened_page(browser, url, token, mouth=True)
        start(page)
        shows(page, "Скажите «ассистент»")
        say(page, "turn01_aleksandr")
        until(page, lambda: sounds(page, "mic"))
        until(page, lambda: latest(page, "message ignored") > sounds(page, "mic")[-1][1])
        assert not moments(page, "message answer")
        assert not moments(page, "message partial")
        say(page, called)
        until(page, lambda: moments(page, "message called") and sounds(page, "out"))
        expect(page.locator("#stop-button")).to_be_disabled()  # «Слушаю.» is said
        say(page, "turn01_aleksandr")
        shows(page, "Кого вы имеете в виду")
        expect(page.locator("#shield")).to_have_attribute("data-state", "good")
        page.click("#stop-button")
        say(page, "turn02_aleksandr")  # goes on from an answer: without it
        expect(page.locator("#patient-name")).to_have_text(PATIENT, timeout=90_000)


def latest(page: Page, what: str) -> float:
    return max(moments(page, what), default=0.0)


def test_two_tablets_at_once_do_not_mix(
    bedside_home: Paths, page_url: str, token: str, tmp_path: Path
) -> None:
    other = Devices(bedside_home.devices).pair("doctor-aleksandr", datetime.now(UTC))[1]
    doctor = script(tmp_path / "a.wav", 1.5, "turn01_aleksandr", 5.0, "turn02_aleksandr", 60.0)
    stranger = script(tmp_path / "b.wav", 1.0, "turn05_anna", 3.0, "turn05_anna", 60.0)
    with bedside(doctor, page_url, token) as mine:
        browser = mine.context.browser
        assert browser is not None
        playwright = browser.browser_type
        flags = [f"--use-file-for-fake-audio-capture={stranger}%noloop", "--no-sandbox"]
        second = playwright.launch(
            executable_path=CHROMIUM,
            args=[*flags, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"],
        )
        theirs = opened_page(second, page_url, other)
        start(theirs)
        shows(theirs, "Голос не распознан")
        expect(mine.locator("#patient-name")).to_have_text(PATIENT, timeout=90_000)
        expect(mine.locator("#shield")).to_have_attribute("data-state", "good")
        assert "Иванов" not in theirs.content()
        assert not moments(mine, "message clear")
        second.close()


def test_a_tablet_in_two_windows_works_in_the_later(
    page_url: str, token: str, tmp_path: Path
) -> None:
    microphone = script(tmp_path / "mic.wav", 60.0)
    with chromium(microphone) as browser:
        first, second = (opened_page(browser, page_url, token) for _ in range(2))
        start(first)
        expect(first.locator("#shield-text")).to_have_text("Жду голос врача")
        start(second)
        expect(first.locator("#curtain-title")).to_have_text("Открыто в другом окне")
        expect(second.locator("#bedside")).to_be_visible()


def test_push_to_talk_answers_when_the_button_is_let_go(
    page_url: str, token: str, tmp_path: Path
) -> None:
    microphone = script(tmp_path / "mic.wav", 4.0, "turn01_aleksandr", 120.0)
    with bedside(microphone, page_url, token) as page:
        page.click("#mode-button")
        page.locator("#talk-button").focus()
        page.keyboard.down(" ")
        expect(page.locator("#heard")).to_contain_text("Иванова", timeout=90_000)
        page.wait_for_timeout(1500)
        assert not moments(page, "message answer"), "silence ends nothing while it is held"
        accessible(page)
        page.keyboard.up(" ")
        shows(page, "Кого вы имеете в виду")


def test_a_muted_microphone_hears_nothing(page_url: str, token: str, tmp_path: Path) -> None:
    microphone = script(tmp_path / "mic.wav", 3.0, "turn01_aleksandr", 60.0)
    with bedside(microphone, page_url, token) as page:
        page.click("#mute-button")
        expect(page.locator("#shield-text")).to_have_text("Микрофон выключен")
        page.wait_for_timeout(7000)
        assert not moments(page, "message speech")
        accessible(page)


def test_what_is_wrong_is_said_in_russian(
    bedside_box: Box, page_url: str, token: str, tmp_path: Path
) -> None:
    with chromium(script(tmp_path / "mic.wav", 60.0)) as browser:
        page = opened_page(browser, page_url, "")
        expect(page.locator("#curtain-title")).to_have_text("Планшет не подключён")
        accessible(page)
        page = opened_page(browser, page_url, "no-token-of-ours")
        page.click("#curtain-button")
        expect(page.locator("#curtain-title")).to_have_text("Планшет не подключён")
        for name, title in (
            ("NotAllowedError", "Нет доступа к микрофону"),
            ("NotFoundError", "Микрофон не найден"),
        ):
            page = opened_page(browser, page_url, token)
            page.evaluate(
                "name => { navigator.mediaDevices.getUserMedia = "
                "() => Promise.reject(new DOMException('', name)); }",
                name,
            )
            page.click("#curtain-button")
            expect(page.locator("#curtain-title")).to_have_text(title)
            accessible(page)


def test_the_resampler_keeps_speech_and_drops_what_would_fold(page_url: str) -> None:
    measure = """async ([rate, hertz, chunk]) => {
      const {Resampler} = await import("/static/resampler.js");
      const resampler = new Resampler(rate), output = [];
      for (let start = 0; start < rate; start += chunk) {
        const input = Float32Array.from({length: Math.min(chunk, rate - start)},
          (_, i) => Math.sin(2 * Math.PI * hertz * (start + i) / rate));
        output.push(...resampler.push(input));
      }
      const steady = output.slice(1000, -1000);
      return [output.length, Math.sqrt(2 * steady.reduce((a, x) => a + x * x, 0) / steady.length)];
    }"""
    with chromium(Path("/dev/null")) as browser:
        page = opened_page(browser, page_url, "")
        for rate in (16_000, 44_100, 48_000, 96_000):
            for hertz, low, high in ((300, 0.99, 1.01), (6000, 0.97, 1.03)):
                samples, level = page.evaluate(measure, [rate, hertz, 128])
                assert abs(samples - 16_000) < 100
                assert low < level < high, (rate, hertz)
            if rate > 16_000:
                _, folded = page.evaluate(measure, [rate, 10_000, 128])
                assert folded < 0.003, rate
            count, level = page.evaluate(measure, [rate, 440, 128])
            others, same = page.evaluate(measure, [rate, 440, 1000])
            assert abs(count - others) <= 1
            assert level == pytest.approx(same, abs=1e-3), "the chunks do not matter"
