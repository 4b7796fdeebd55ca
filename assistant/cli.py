"""The command line. Exit codes: 0 answered, whatever the decision; else see docs/exit-codes.md."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from assistant import __version__
from assistant.commands import ask, asr, clinic, listen, nlu, say, serve, speaker, staff
from assistant.commands import models as models_commands
from assistant.config import Paths
from assistant.errors import AssistantError, FileError, ModelError
from ledger_client.errors import LedgerError
from models.errors import ModelsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; errors print cause and fix on standard error."""
    parser = argparse.ArgumentParser(
        prog="assistant", description="Offline Russian voice assistant for clinicians."
    )
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(required=True, metavar="COMMAND")
    for module in (
        ask,
        listen,
        serve,
        asr,
        say,
        speaker,
        staff,
        clinic,
        models_commands,
        nlu,
    ):
        module.add_commands(subparsers)
    args = parser.parse_args(arguments)
    failure: AssistantError | LedgerError | ModelsError
    try:
        return int(args.run(args))
    except AssistantError as error:
        exit_code, failure, spoken = error.exit_code, error, error.spoken
    except LedgerError as error:
        exit_code, failure, spoken = ask.LEDGER_EXIT_CODE, error, error.spoken
    except ModelsError as error:
        exit_code, failure, spoken = ModelError.exit_code, error, ModelError.spoken
    except OSError as error:
        if error.filename is None:
            raise
        failure = _file_error(error)
        exit_code, spoken = failure.exit_code, failure.spoken
    except KeyboardInterrupt:
        return 130
    if getattr(args, "json", False):
        form = {
            "error": {"code": failure.code, "cause": failure.cause, "fix": failure.fix},
            "answer": {"text": spoken, "audio": None},
        }
        print(json.dumps(form, ensure_ascii=False, indent=2))
    print(f"{spoken}\n{failure.code}: {failure.cause}\n  → {failure.fix}", file=sys.stderr)
    return exit_code


def _file_error(error: OSError) -> FileError:
    """What to do about a file; one in the box's folder may be named for somebody, so it isn't."""
    home = Paths.from_environment().home
    if home in Path(str(error.filename)).parents:
        return FileError(
            f"The data folder {home} can't be used: {error.strerror}.",
            "Set ASSISTANT_HOME to a folder where you may write, or mend its rights.",
        )
    return FileError(
        f"{error.filename} can't be used: {error.strerror}.", "Check the path and its rights."
    )


if __name__ == "__main__":
    sys.exit(main())
