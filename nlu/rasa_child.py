"""`rasa run` on a socket that the parent listens on: ``python -I rasa_child.py SOCKET MODEL``.

Runs in Rasa's own environment (Python 3.10), in an empty folder of its own. The token comes on
the first line of standard input, so that no list of processes shows it. When standard input
ends, for instance because the parent was killed, the folder is removed and the process ends.
"""

import os
import shutil
import socket
import sys
import threading
from pathlib import Path
from typing import Any


def _end_with_parent(folder: Path) -> None:
    sys.stdin.read()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)


def main() -> None:
    """Serve until the parent ends."""
    listener, model = socket.socket(fileno=int(sys.argv[1])), sys.argv[2]
    token = sys.stdin.readline().strip()
    threading.Thread(target=_end_with_parent, args=(Path.cwd(),), daemon=True).start()

    from sanic import Sanic

    run = Sanic.run

    def run_on_listener(app: Any, **_given: Any) -> None:
        run(app, sock=listener, access_log=False, motd=False)

    Sanic.run = run_on_listener
    sys.argv = ["rasa", "run", "--enable-api", "--interface", "127.0.0.1", "--quiet"]
    # joined by "=": one token in 64 begins with "-", and would be read as an option
    sys.argv += [f"--auth-token={token}", f"--model={model}"]

    from rasa.__main__ import main as rasa

    rasa()


if __name__ == "__main__":
    main()
