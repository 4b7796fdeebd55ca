"""The slow work of tuning, in a process of its own, so that it takes no turn from a doctor.

Run as ``python -m assistant.server.tuning_job``, which :mod:`assistant.server.tuning_admin` does.
Standard input is one :class:`Work` as JSON; standard output one object a line: ``{"step": …,
"of": …}`` as each step begins, then ``{"result": …}`` or ``{"error": …}``.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.audit import Audit
from assistant.config import Paths
from assistant.tuning.errors import TuningError
from assistant.tuning.plot import write_plot
from assistant.tuning.scores import FOLDS, Golden, Share, golden
from assistant.tuning.versions import VersionStore
from assistant.vault import Vault

_NICE: Final = 10
"""A doctor who speaks meanwhile goes first."""

Step = Callable[[str, int], None]
"""Called with what begins, and how many steps there are."""


class Work(BaseModel):
    """What is to be done; ``before`` is needed to compare only, ``after`` not to train."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["train", "compare", "promote"]
    before: str = ""
    after: str = ""
    reason: str | None = Field(None, pattern=r"\S", max_length=200)
    """Why ``after`` is to be promoted even if it is worse."""


def do(work: Work, paths: Paths, step: Step) -> dict[str, Any]:
    """Train, compare or promote, as ``assistant nlu`` does; raises :class:`TuningError`."""
    store = VersionStore(paths.nlu)
    audit = Audit(paths.audit, Vault.open_site(paths.site_key))
    if work.kind == "train":
        return _train(store, audit, step)
    if work.kind == "compare":
        step(work.before, 2)
        before = golden(store.model(work.before))
        step(work.after, 2)
        return comparison(before, golden(store.model(work.after)))
    step("golden set", 1)
    entry = store.promote(work.after, audit, forced=work.reason)
    return {"version": entry.version, "forced": entry.forced}


def comparison(before: Golden, after: Golden) -> dict[str, Any]:
    """The measures side by side, and the golden utterances that only one reads rightly."""
    missing = Share(0, 0)
    pairs = {name: (before.measures.get(name, missing), s) for name, s in after.measures.items()}
    return {
        "measures": [
            {"name": name, "before": share(old), "after": share(new), "change": new.rate - old.rate}
            for name, (old, new) in pairs.items()
        ],
        "entities": [
            {"name": name, "before": old, "after": f1, "change": f1 - old}
            for name, f1 in after.entities.items()
            for old in [before.entities.get(name, 1.0)]
        ],
        "worse": _only(after.failures, before.failures),
        "better": _only(before.failures, after.failures),
    }


def share(counts: Share) -> dict[str, Any]:
    """``right`` of ``total``, and the ``rate`` from 0 to 1."""
    return {"right": counts.right, "total": counts.total, "rate": counts.rate}


def _train(store: VersionStore, audit: Audit, step: Step) -> dict[str, Any]:
    steps = FOLDS + 4
    made = store.train(lambda name: step(name, steps))
    step("picture", steps)
    with contextlib.suppress(TuningError):  # matplotlib is missing: the tables say the same
        write_plot(store.picture(made.id), made.validation)
    audit.append_admin("nlu_train", to=made.id)
    return {"version": made.id}


def _only(these: dict[str, str], others: dict[str, str]) -> list[dict[str, str]]:
    return [{"text": t, "fault": fault} for t, fault in these.items() if t not in others]


def main() -> None:
    """Do what standard input asks."""
    os.nice(_NICE)
    work = Work.model_validate_json(sys.stdin.read())

    def say(line: dict[str, Any]) -> None:
        print(json.dumps(line), flush=True)

    try:
        result = do(work, Paths.from_environment(), lambda name, of: say({"step": name, "of": of}))
    except TuningError as error:
        say(error.to_json())
    else:
        say({"result": result})


if __name__ == "__main__":
    main()
