"""``python -m ledger.contracts.compile``: Solidity to the committed ABI and bytecode.

``--check`` compiles and compares instead of writing; exit 1 when a committed file differs.
The compiler is npm ``solc``: run ``npm ci`` in this folder first.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).parent
BUILD: Final = FOLDER / "build"
SOLC: Final = FOLDER / "node_modules" / "solc" / "solc.js"
_SETTINGS: Final = {
    # the newest instruction set that every engine here and Besu run
    "evmVersion": "shanghai",
    "optimizer": {"enabled": True, "runs": 200},
    # without it the bytecode would change with each comment
    "metadata": {"bytecodeHash": "none", "appendCBOR": False},
    "outputSelection": {"*": {"*": ["abi", "evm.bytecode.object"]}},
}


class CompileError(Exception):
    """The compiler is missing or does not take the sources."""


def compiled() -> dict[str, str]:
    """The build files' names and contents; raises :class:`CompileError`."""
    if not SOLC.exists():
        raise CompileError(f"solc is missing: run npm ci in {FOLDER}")
    sources = {path.name: path.read_text("utf-8") for path in sorted(FOLDER.glob("src/*.sol"))}
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sources.items()},
        "settings": _SETTINGS,
    }
    done = subprocess.run(
        ["node", str(SOLC), "--standard-json"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CompileError(f"solc ended with {done.returncode}: {done.stderr[-500:]}")
    answer: dict[str, Any] = json.loads(done.stdout[done.stdout.index("{") :])
    if complaints := answer.get("errors"):
        raise CompileError("\n".join(item["formattedMessage"] for item in complaints))
    files = {}
    for source in sources:
        for name, contract in answer["contracts"][source].items():
            # an abstract contract has no bytecode and is never deployed
            if code := contract["evm"]["bytecode"]["object"]:
                content = {"abi": contract["abi"], "bytecode": "0x" + code}
                files[f"{name}.json"] = json.dumps(content, indent=1, sort_keys=True) + "\n"
    return files


def main(arguments: list[str]) -> int:
    """Write or check the build folder; 0 when all is well."""
    files = compiled()
    if arguments == ["--check"]:
        committed = {path.name: path.read_text("utf-8") for path in BUILD.glob("*.json")}
        different = [name for name in files | committed if files.get(name) != committed.get(name)]
        for name in sorted(different):
            print(f"{name} is not what the sources compile to")
        return 1 if different else 0
    BUILD.mkdir(exist_ok=True)
    for name, content in files.items():
        (BUILD / name).write_text(content, "utf-8")
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
