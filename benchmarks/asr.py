"""The recognisers of this box on the recordings that come with the project.

    python -m benchmarks.asr ../shared/speech

is ``assistant bench-asr FOLDER --noise --out benchmarks/results``; see
:mod:`assistant.recognition.bench` for the folder's layout.
"""

from __future__ import annotations

import sys
from pathlib import Path

from assistant import cli

if __name__ == "__main__":
    results = Path(__file__).parent / "results"
    sys.exit(cli.main(["bench-asr", *sys.argv[1:], "--noise", "--out", str(results)]))
