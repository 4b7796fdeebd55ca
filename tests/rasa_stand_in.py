"""A loopback server that speaks as Rasa does, and can be told to speak otherwise."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from nlu.rasa_client import Endpoint

TOKEN = "nobody-may-read-this"


def parsed(text: str, intent: object = "get_allergies", confidence: object = 0.9) -> bytes:
    """What Rasa 3.6 answers, as far as it is read."""
    answer = {"text": text, "intent": {"name": intent, "confidence": confidence}, "entities": []}
    return json.dumps(answer).encode()


@dataclass
class StandIn:
    """What it answers, and what it was asked."""

    endpoint: Endpoint = field(default_factory=lambda: Endpoint(0, TOKEN))
    answer: Callable[[str], bytes] = parsed
    status: int = 200
    answering: Callable[[BaseHTTPRequestHandler, str], None] | None = None
    """Takes over the whole exchange."""
    words: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    """Set when the test is over: whatever hangs may end."""


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """Serve on a free port."""
    server = StandIn()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            address = urlsplit(self.path)
            assert (address.path, set(body)) == ("/model/parse", {"text"})
            server.words.append(body["text"])
            server.tokens += parse_qs(address.query)["token"]
            if server.answering is not None:
                server.answering(self, body["text"])
                return
            content = server.answer(body["text"])
            self.send_response(server.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        listener.daemon_threads = True
        listener.block_on_close = False
        server.endpoint = Endpoint(listener.server_address[1], TOKEN)
        thread = threading.Thread(target=listener.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            listener.shutdown()
            thread.join()
