"""A loopback HTTP server of files with ranges, that can be told to fail."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """What the server gives, how it misbehaves, and what it was asked."""

    files: dict[str, bytes]
    url: str = ""
    ranges: bool = True
    stop_after: int | None = None
    """Close the connection after so many bytes of a body."""
    stall_after: int | None = None
    """Send so many bytes of a body, then wait for :attr:`released`."""
    status: int | None = None
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    """Path and Range header of each request."""
    stalled: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(files: dict[str, bytes]) -> Iterator[FileServer]:
    """Serve ``files`` by path on a free port."""
    server = FileServer(files)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.requests.append((self.path, self.headers.get("Range")))
            content = server.files.get(self.path)
            if content is None or server.status is not None:
                self.send_error(server.status or 404)
                return
            start = 0
            wanted = self.headers.get("Range")
            if wanted and server.ranges:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                if start >= len(content):
                    self.send_error(416)
                    return
                self.send_response(206)
            else:
                self.send_response(200)
            body = content[start:]
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if server.stall_after is None:
                self.wfile.write(body[: server.stop_after])
                return
            self.wfile.write(body[: server.stall_after])
            server.stalled.set()
            server.released.wait()
            with contextlib.suppress(OSError):  # the client may be dead by now
                self.wfile.write(body[server.stall_after :])

        def log_message(self, *_: object) -> None:
            pass

        def handle_one_request(self) -> None:
            super().handle_one_request()
            if server.stop_after is not None:
                self.close_connection = True

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        http.shutdown()
        http.server_close()
        thread.join()
