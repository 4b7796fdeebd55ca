"""The page when the server, the microphone or the keyboard is not as usual."""

from __future__ import annotations

import pytest
from played_server import ANSWER, READY, played
from playwright.sync_api import Page, expect
from screens import pictured

from benchmarks.browser import CHROMIUM, start

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium"),
]


def shows_nothing(page: Page) -> None:
    """Nothing about a patient is to be seen, or in the page."""
    expect(page.locator("#patient")).to_be_hidden()
    expect(page.locator("#items")).to_be_hidden()
    expect(page.locator("#history-button")).to_be_disabled()
    assert "Иванов" not in page.content()
    assert "ыписка" not in page.content()


def test_no_answer_outlives_a_break_of_the_connection() -> None:
    with played() as server:
        page = server.page
        server.send(ANSWER)
        expect(page.locator("#patient")).to_be_visible()
        server.cut()
        expect(page.locator("#link")).to_contain_text("Сервер недоступен")
        expect(page.locator("#patient")).to_be_visible()
        expect(page.locator("#link")).to_be_empty()
        shows_nothing(page)
        expect(page.locator("#notice")).to_contain_text("Ответ убран")
        server.send(ANSWER)
        page.click("#history-button")
        expect(page.locator("#turns li")).to_have_count(1)


def test_an_answer_leaves_five_minutes_after_the_last_accepted_one_even_if_nobody_says_so() -> None:
    with played() as server:
        page = server.page
        server.send(ANSWER)
        expect(page.locator("#patient")).to_be_visible()
        server.pass_minutes(4)
        server.send({**ANSWER, "turn": 2})
        expect(page.locator("#items button")).to_have_count(2)
        server.send({**ANSWER, "turn": 3, "speaker": "insufficient", "allowed": False})
        server.pass_minutes(4)
        expect(page.locator("#patient")).to_be_visible()
        server.pass_minutes(1.2)
        shows_nothing(page)
        expect(page.locator("#notice")).to_contain_text("пять минут")


def test_a_server_that_falls_silent_is_as_good_as_gone() -> None:
    with played() as server:
        page = server.page
        server.send(ANSWER)
        server.pass_minutes(2)
        expect(page.locator("#link")).to_be_empty()
        expect(page.locator("#patient")).to_be_visible()
        server.greeting = None  # nor does it answer on a new connection
        for _ in range(3):
            page.clock.run_for(10_000)
        expect(page.locator("#link")).to_contain_text("Сервер недоступен")
        for _ in range(3):
            page.clock.run_for(10_000)
        shows_nothing(page)
        server.until(lambda: (page.clock.run_for(5_000), len(server.sockets) > 2)[1])


LOCKED = {"type": "clear", "reason": "locked"}


def test_the_lock_button_waits_for_the_server_to_have_heard_it() -> None:
    with played() as server:
        page = server.page
        page.click("#lock-button")
        server.until(lambda: server.heard("lock"))
        server.cut()  # nobody knows whether it was heard
        server.until(lambda: len(server.heard("hello")) == 2)
        assert [one["locked"] for one in server.heard("hello")] == [False, True]
        server.until(lambda: server.left)
        expect(page.locator("#curtain-title")).to_have_text("Экран закрыт")
        page.click("#curtain-button")
        server.until(lambda: len(server.heard("hello")) == 3)
        assert not server.heard("hello")[-1]["locked"], "it was told"
        page.click("#lock-button")
        server.until(lambda: len(server.heard("lock")) == 2)
        server.send(LOCKED)
        server.until(lambda: server.left)
        page.clock.run_for(60_000)
        assert len(server.sockets) == 3, "then the tablet is at rest"


@pytest.mark.parametrize("then", ["waits", "reloads", "opens"])
def test_a_tablet_locked_without_the_server_locks_it_as_soon_as_it_is_back(then: str) -> None:
    with played() as server:
        page = server.page
        server.send(ANSWER)
        expect(page.locator("#patient")).to_be_visible()
        server.reachable = False
        server.cut()
        expect(page.locator("#link")).to_contain_text("Сервер недоступен")
        page.click("#lock-button")
        expect(page.locator("#curtain-title")).to_have_text("Экран закрыт")
        shows_nothing(page)
        assert not server.heard("lock")
        if then == "reloads":
            page.reload()
        server.reachable = True
        if then == "opens":
            page.click("#curtain-button")
        server.until(lambda: (page.clock.run_for(1_000), len(server.heard("hello")) > 1)[1])
        assert server.heard("hello")[1]["locked"]
        if then == "opens":
            expect(page.locator("#shield-text")).to_have_text("Жду голос врача")
        else:
            server.until(lambda: server.left)
            expect(page.locator("#bedside")).to_be_hidden()


def test_what_is_said_into_a_break_is_missing_from_the_numbers() -> None:
    with played() as server:
        server.until(lambda: 0 in server.first_frames)
        assert server.first_frames[0] == 0
        server.reachable = False
        server.cut()
        expect(server.page.locator("#link")).to_contain_text("Сервер недоступен")
        server.page.wait_for_timeout(200)  # somebody speaks
        server.reachable = True
        server.until(lambda: 1 in server.first_frames)
        assert server.first_frames[1] > 0


@pytest.mark.parametrize(
    ("voice", "waiting", "accepted"),
    [
        ("enrolled", "Жду голос врача", "Голос узнан"),
        ("session", "Жду голос врача", "Голос узнан"),
        ("none", "Жду вопрос", "Вход по пин-коду"),
    ],
)
def test_the_shield_says_what_was_checked_and_whom_it_is_about(
    voice: str, waiting: str, accepted: str
) -> None:
    with played(started=False) as server:
        page = server.page
        server.greeting = {**READY, "voice": voice}
        start(page)
        expect(page.locator("#member")).to_be_visible()
        expect(page.locator("#member-name")).to_have_text("dr-a")
        expect(page.locator("#shield-text")).to_have_text(waiting)
        server.send({"type": "thinking"})
        expect(page.locator("#shield-text")).not_to_have_text(waiting)
        if voice == "none":
            assert "олос" not in page.locator("#shield-text").inner_text()
        server.send(ANSWER)
        expect(page.locator("#shield-text")).to_have_text(accepted)
        expect(page.locator("#shield")).to_have_attribute("data-state", "good")
        pictured(page, f"shield-{voice}")
        page.click("#lock-button")
        assert "dr-a" not in page.content()


MUTED, HEARING = "Микрофон выключен", "Жду голос врача"


def test_a_muted_page_never_says_that_it_listens() -> None:
    with played() as server:
        page, shield = server.page, server.page.locator("#shield-text")
        expect(shield).to_have_text(HEARING)
        page.click("#mute-button")
        for message in (
            {"type": "clear", "reason": "timeout"},
            {"type": "ignored", "refused": True},
            {"type": "thinking"},
            {**ANSWER, "tapped": True},
        ):
            server.send(message)
            server.send({"type": "failed", "code": "test", "text": str(message["type"])})
            expect(page.locator("#notice")).to_have_text(str(message["type"]))
            expect(shield).to_have_text(MUTED)
        server.cut()
        expect(page.locator("#link")).to_contain_text("Сервер недоступен")
        expect(shield).to_have_text(MUTED)
        expect(page.locator("#link")).to_be_empty()
        expect(shield).to_have_text(MUTED)
        page.click("#mute-button")
        expect(shield).to_have_text(HEARING)


def microphone_is_on(page: Page) -> bool:
    on: bool = page.evaluate("window.kept.streams.at(-1).getAudioTracks()[0].enabled")
    return on


def test_a_log_in_does_not_end_the_mute() -> None:
    with played() as server:
        page = server.page
        page.click("#mute-button")
        server.send({"type": "login", "stage": "pin", "member": "dr-a", "fault": ""})
        expect(page.locator("#pin")).to_be_focused()
        server.send({"type": "login", "stage": "read", "member": "dr-a", "prompt": "а", "said": ""})
        expect(page.locator("#reading")).to_be_visible()
        assert microphone_is_on(page), "there is something to read aloud"
        server.send(READY)
        expect(page.locator("#shield-text")).to_have_text(MUTED)
        expect(page.locator("#mute-button")).to_have_text("Включить микрофон")
        assert not microphone_is_on(page)


SUSPEND = "window.kept.contexts.at(-1).suspend()"
MUTE = """(on) => {
  const [track] = window.kept.streams.at(-1).getAudioTracks();
  Object.defineProperty(track, "muted", {value: on, configurable: true});
  track.dispatchEvent(new Event(on ? "mute" : "unmute"));
}"""


@pytest.mark.parametrize("fault", ["suspended", "muted"])
def test_a_page_whose_microphone_the_system_took_says_so_until_it_is_tapped(fault: str) -> None:
    with played() as server:
        page, shield = server.page, server.page.locator("#shield-text")
        expect(shield).to_have_text(HEARING)
        expect(page.locator("#hear-button")).to_be_hidden()
        if fault == "suspended":
            page.evaluate(SUSPEND)
        else:
            page.evaluate(MUTE, True)
        expect(shield).to_have_text("Микрофон не слышит")
        expect(page.locator("#shield")).to_have_attribute("data-state", "bad")
        assert server.heard("mute"), "half a sentence is forgotten"
        server.send(ANSWER)
        expect(page.locator("#patient")).to_be_visible()
        expect(shield).to_have_text("Микрофон не слышит")
        pictured(page, "deaf")
        page.click("#hear-button")
        expect(shield).to_have_text("Голос узнан")
        expect(page.locator("#hear-button")).to_be_hidden()
        if fault == "muted":  # the call is over
            page.evaluate(MUTE, True)
            expect(page.locator("#hear-button")).to_be_visible()
            page.evaluate(MUTE, False)
            expect(page.locator("#hear-button")).to_be_hidden()


def test_a_lock_leaves_no_microphone_open_that_was_just_being_opened() -> None:
    slow = """() => {
      const open = navigator.mediaDevices.getUserMedia;
      navigator.mediaDevices.getUserMedia = async (wanted) => {
        await new Promise((resolve) => { window.kept.go = resolve; });
        return open(wanted);
      };
    }"""
    ended = """() => window.kept.streams.length === 2 &&
      window.kept.streams.every((one) => one.getTracks()[0].readyState === "ended")"""
    with played() as server:
        page = server.page
        page.evaluate(slow)
        page.evaluate(SUSPEND)
        page.click("#hear-button")
        server.until(lambda: page.evaluate("Boolean(window.kept.go)"))
        page.click("#lock-button")
        page.evaluate("window.kept.go()")
        server.until(lambda: page.evaluate(ended))
        expect(page.locator("#curtain-title")).to_have_text("Экран закрыт")


def test_a_screen_reader_is_given_the_whole_answer_in_its_language() -> None:
    asks = {
        **ANSWER,
        "turn": 2,
        "answer": {"text": "Записать?", "headline": "Записать?", "items": ["Пульс 70"]},
        "choices": [{"label": "Да", "item": None}, {"label": "Нет", "item": None}],
    }
    with played() as server:
        page, notice = server.page, server.page.locator("#notice")
        page.click("#language-button")
        live = page.locator("[aria-live=polite]")
        server.send(ANSWER)
        expect(live.get_by_role("listitem")).to_have_count(2)
        server.send(asks)
        expect(live.get_by_role("button")).to_have_text(["Да", "Нет"])
        expect(live.locator("#items")).to_have_attribute("lang", "ru")
        for told in (
            {"type": "nothing", "reason": "noise", "text": "Мешает шум."},
            {"type": "failed", "code": "ledger", "text": "Реестр недоступен."},
            {
                **ANSWER,
                "speaker": "insufficient",
                "allowed": False,
                "answer": {"text": "Мало речи.", "headline": "Мало речи.", "items": []},
            },
        ):
            text = told.get("text") or told["answer"]["text"]
            server.send(told)
            expect(notice).to_have_text(text)
            expect(notice).to_have_attribute("lang", "ru")
        server.send({"type": "clear", "reason": "timeout"})
        expect(notice).to_contain_text("Answer removed")
        expect(notice).to_have_attribute("lang", "en")


def test_the_keyboard_never_loses_its_place() -> None:
    with played() as server:
        page, answer = server.page, server.page.locator("#answer")
        expect(answer).to_be_focused()  # the start button is gone
        server.send(ANSWER)
        expect(page.locator("#items button")).to_have_count(2)
        page.keyboard.press("Tab")
        expect(page.locator("#items button").first).to_be_focused()
        page.keyboard.press("Enter")
        server.until(lambda: server.heard("tap"))
        server.send({**ANSWER, "turn": 2})
        expect(answer).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.locator("#items button").first).to_be_focused()
        server.send({"type": "clear", "reason": "speaker_lost"})
        expect(answer).to_be_focused()
        page.locator("#mute-button").focus()
        server.send({**ANSWER, "turn": 3})
        expect(page.locator("#items button")).to_have_count(2)
        expect(page.locator("#mute-button")).to_be_focused()
        page.evaluate(SUSPEND)
        page.locator("#hear-button").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#hear-button")).to_be_hidden()
        expect(page.locator("#mute-button")).to_be_focused()
        page.locator("#lock-button").focus()
        page.keyboard.press("Enter")
        expect(page.locator("#curtain-button")).to_be_focused()
        page.keyboard.press("Enter")
        expect(answer).to_be_focused()
        server.sockets[-1].close(code=4401)
        expect(page.locator("#curtain-title")).to_be_focused()
