"""Someone between a ledger and its client: forwards what is asked, and may hold or change it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

Lie = Callable[[str, bytes], bytes]


class Between:
    """Forwards what clients send to the real ledger, and may change what comes back."""

    def __init__(self, ledger: str) -> None:
        self.lie: Lie = lambda path, body: body
        between = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {k: v for k, v in self.headers.items() if k != "Host"}
                answer = requests.get(ledger + self.path, headers=headers, timeout=10)
                body = between.lie(self.path, answer.content)
                self.send_response(answer.status_code)
                for name in ("Content-Type", "Ledger-Api-Version"):
                    self.send_header(name, answer.headers[name])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
