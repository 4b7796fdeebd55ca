"""The page in real Chromium with a server that a test plays: what no real one does when asked to.

The page's files come from the application's own routes, with its headers.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Page, WebSocketRoute
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from assistant.server.app import STATIC, Hardened
from assistant.server.serving import listening
from benchmarks.browser import chromium

READY: dict[str, Any] = {
    "type": "ready",
    "member": "dr-a",
    "voice": "enrolled",
    "wake_word": "ассистент",
}
ANSWER: dict[str, Any] = {
    "type": "answer",
    "turn": 1,
    "heard": "его документы",
    "speaker": "accept",
    "reason": "speaker_accepted",
    "allowed": True,
    "error": None,
    "tapped": False,
    "speaks": True,
    "answer": {
        "text": "У пациента два документа: выписка и заключение.",
        "headline": "У пациента два документа",
        "items": ["1. Выписка", "2. Заключение"],
    },
    "choices": [{"label": "1. Выписка", "item": 0}, {"label": "2. Заключение", "item": 1}],
    "patient": {"name": "Иванов Пётр Сергеевич", "born": 1958, "card": "1236"},
}
# The page's audio contexts and microphones, for a test that takes the sound away.
_KEEP = """
window.kept = {contexts: [], streams: []};
const Context = window.AudioContext;
window.AudioContext = class extends Context {
  constructor(...a) { super(...a); window.kept.contexts.push(this); }
};
const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open(wanted);
  window.kept.streams.push(stream);
  return stream;
};
"""


class Played:
    """A page and its connections, the last of them at the end; text messages only."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.sockets: list[WebSocketRoute] = []
        self.received: list[dict[str, Any]] = []
        self._closed: list[WebSocketRoute] = []
        self.first_frames: dict[int, int] = {}
        """The number of the first frame of the microphone, by connection."""
        self.reachable = True
        self.greeting: dict[str, Any] | None = READY
        """The answer to ``hello``; None for silence."""
        page.route_web_socket("**/bedside", self._meet)

    def send(self, message: dict[str, Any]) -> None:
        self.sockets[-1].send(json.dumps(message))

    def cut(self) -> None:
        """The connection ends as it does when the server dies."""
        self.sockets[-1].close(code=1011)

    @property
    def left(self) -> bool:
        """Whether the page has ended the last connection."""
        return self.sockets[-1] in self._closed

    def heard(self, kind: str) -> list[dict[str, Any]]:
        """Messages of the page, by their type."""
        return [message for message in self.received if message["type"] == kind]

    def until(self, condition: Callable[[], object], timeout_s: float = 60) -> None:
        """Wait for what the page can't be asked for."""
        late = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < late, "it never came"
            self.page.wait_for_timeout(20)

    def pass_minutes(self, minutes: float) -> None:
        """Let the page's clock run on while the server is alive."""
        for _ in range(round(minutes * 6)):
            self.send({"type": "alive"})
            self.page.clock.run_for(10_000)

    def _meet(self, socket: WebSocketRoute) -> None:
        if not self.reachable:
            socket.close(code=1013)
            return

        here = len(self.sockets)

        def take(data: str | bytes) -> None:
            if isinstance(data, bytes):
                self.first_frames.setdefault(here, int.from_bytes(data[:4], "little"))
                return
            message = json.loads(data)
            self.received.append(message)
            if message["type"] == "hello" and self.greeting is not None:
                socket.send(json.dumps(self.greeting))

        def left(code: int | None, reason: str | None) -> None:
            self._closed.append(socket)

        socket.on_message(take)
        socket.on_close(left)
        self.sockets.append(socket)


@contextmanager
def played(*, started: bool = True) -> Iterator[Played]:
    """A paired page; the browser must complain of nothing while it is used."""
    with _static() as url, chromium(Path("/dev/null")) as browser:
        context = browser.new_context(
            viewport={"width": 1280, "height": 800}, permissions=["microphone"]
        )
        context.add_init_script(_KEEP)
        page = context.new_page()
        page.set_default_timeout(30_000)
        complaints: list[str] = []
        page.on("console", lambda one: complaints.append(one.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        server = Played(page)
        page.clock.install()
        page.goto(f"{url}#token")
        if started:
            page.click("#curtain-button")
            page.wait_for_selector("#bedside:not([hidden])")
            server.until(lambda: server.heard("hello"))
        yield server
        assert not complaints


@contextmanager
def _static() -> Iterator[str]:
    async def index(_: Request) -> Response:
        return FileResponse(STATIC / "index.html")

    app = Starlette(
        routes=[Route("/", index), Mount("/static", StaticFiles(directory=STATIC))],
        middleware=[Middleware(Hardened)],
    )
    with listening("127.0.0.1", 0) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join(20)
