"""«Понимание» of the admin's page: what ``assistant nlu`` does, without a terminal.

What takes seconds of computing (:mod:`assistant.server.tuning_job`) runs beside the server, one
piece at a time; its progress and its end stay here for every admin who looks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from assistant import settings
from assistant.audit import Audit
from assistant.config import Paths
from assistant.server.tuning_job import Work, share
from assistant.tuning import overlay
from assistant.tuning.errors import TuningError, VersionError
from assistant.tuning.history import SHIPPED
from assistant.tuning.review import KEEP, ReviewQueue
from assistant.tuning.versions import VersionStore
from assistant.vault import Vault
from nlu.messages import ENTITIES, INTENTS
from nlu.vocabulary import DOCUMENT_TYPES, OBSERVATIONS

COMMAND: Final = (sys.executable, "-m", "assistant.server.tuning_job")
_ONE_CORE: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class BusyError(TuningError):
    """Another piece of work is not done yet."""

    code = "nlu.busy"


class Label(BaseModel):
    """An utterance of the queue, by its masked text, and what it means."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    intent: str
    text: str


class Example(Label):
    """A new example of an intent."""

    text: str = Field(max_length=300)


class Drop(BaseModel):
    """An utterance of the queue, by its masked text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str


@dataclass(frozen=True, slots=True)
class Job:
    """The latest piece of work, done or not."""

    number: int = 0
    """Counts the pieces since the server's start; 0 before the first."""
    running: bool = False
    work: Mapping[str, Any] = field(default_factory=dict)
    started: str = ""
    step: str = ""
    steps_begun: int = 0
    steps: int = 1
    result: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None


class Jobs:
    """Runs one piece of work at a time in a process of its own."""

    def __init__(self, paths: Paths, command: Sequence[str]) -> None:
        self._command = list(command)
        self._environment = {**os.environ, **_ONE_CORE, "ASSISTANT_HOME": str(paths.home)}
        self._lock = threading.Lock()
        self._job = Job()

    def now(self) -> Job:
        """How far it is."""
        return self._job

    def start(self, work: Work) -> Job:
        """Begin; raises :class:`BusyError` while something else runs."""
        with self._lock:
            if self._job.running:
                raise BusyError("Another piece of work is not done yet.", "Wait for its end.")
            started = datetime.now().astimezone().isoformat(timespec="seconds")
            job = Job(self._job.number + 1, True, work.model_dump(), started)
            process = subprocess.Popen(
                self._command,
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            self._job = job
        threading.Thread(target=self._follow, args=(process, work), daemon=True).start()
        return job

    def _follow(self, process: subprocess.Popen[str], work: Work) -> None:
        """Read what the process says until it ends, however it ends."""
        result, error = None, None
        with process:
            assert process.stdin is not None and process.stdout is not None
            try:
                process.stdin.write(work.model_dump_json())
                process.stdin.close()
                for line in process.stdout:
                    said = json.loads(line)
                    if "step" in said:
                        self._job = replace(
                            self._job,
                            step=said["step"],
                            steps=said["of"],
                            steps_begun=self._job.steps_begun + 1,
                        )
                    elif "result" in said:
                        result = said["result"]
                    else:
                        error = said
            except (OSError, ValueError):
                process.kill()
        if result is None and error is None:
            error = {"error": "nlu.job", "about": []}
        self._job = replace(self._job, running=False, result=result, error=error)


class TuningOffice:
    """What the page can see and do. Every method may block, none for long."""

    def __init__(self, paths: Paths, vault: Vault) -> None:
        self._paths = paths
        self._store = VersionStore(paths.nlu)
        self._queue = ReviewQueue(self._store.review_file, vault, review=False)
        self._audit = Audit(paths.audit, vault)
        self.jobs = Jobs(paths, COMMAND)

    def overview(self, now: datetime) -> dict[str, Any]:
        """Queue, versions and history."""
        current = self._store.current()
        return {
            "intents": INTENTS,
            "entities": ENTITIES,
            "names": {code: one.name for code, one in OBSERVATIONS.items()} | DOCUMENT_TYPES,
            "own_examples": len(overlay.read(self._store.site_file)),
            "collecting": settings.load(self._paths.settings).nlu.review,
            "settings": str(self._paths.settings),
            "queue": [
                {
                    "text": entry.text,
                    "times": entry.times,
                    "last": entry.last.isoformat(),
                    "dropped_on": (entry.last + KEEP).isoformat(),
                }
                for entry in self._queue.entries(now)
            ],
            "current": current,
            "versions": [{"id": SHIPPED}, *map(self._row, self._store.all())],
            "history": [
                {
                    "version": entry.version,
                    "at": entry.at.isoformat(),
                    "author": entry.author,
                    "action": entry.action,
                    "forced": entry.forced,
                }
                for entry in self._store.history()
            ],
        }

    def _row(self, id_: str) -> dict[str, Any]:
        try:
            version = self._store.read(id_)
            self._store.check(id_)
        except TuningError as error:
            return {"id": id_, "fault": error.code}
        return {
            "id": id_,
            "created": version.created.isoformat(),
            "author": version.author,
            "examples": sum(version.examples.values()),
            "accuracy": share(version.validation.accuracy),
        }

    def version(self, id_: str) -> dict[str, Any]:
        """Measures of a trained version, as they were when it was trained."""
        version = self._store.read(id_)
        return {
            "id": id_,
            "picture": self._store.picture(id_).exists(),
            "accuracy": share(version.validation.accuracy),
            "confusions": version.validation.confusions,
            "measures": {name: share(s) for name, s in version.golden.measures.items()},
            "entities": version.golden.entities,
        }

    def picture(self, id_: str) -> Path:
        """The confusion matrix of a version; raises :class:`VersionError`."""
        if id_ not in self._store.all() or not self._store.picture(id_).exists():
            raise VersionError("There is no such picture.", "Train again: assistant nlu train.")
        return self._store.picture(id_)

    def add(self, example: Example) -> dict[str, Any]:
        """Add an example; ``added`` is 0 when it is one already. Raises ExampleError."""
        added = overlay.add(self._store.site_file, example.intent, [example.text])
        self._audit.append_admin("nlu_example", intent=example.intent, added=added)
        return {"added": added}

    def label(self, label: Label, now: datetime) -> dict[str, Any]:
        """Make an utterance of the queue an example; raises ReviewError, ExampleError."""
        text = self._queue.label(label.text, label.intent, self._store.site_file, now)
        self._audit.append_admin("nlu_label", intent=label.intent)
        return {"text": text}

    def drop(self, drop: Drop, now: datetime) -> dict[str, Any]:
        """Remove an utterance from the queue; raises ReviewError."""
        self._queue.drop(drop.text, now)
        self._audit.append_admin("nlu_drop")
        return {}

    def rollback(self) -> dict[str, Any]:
        """Go back to the version before; raises VersionError."""
        if self.jobs.now().running:
            raise BusyError("Another piece of work is not done yet.", "Wait for its end.")
        return {"version": self._store.rollback(self._audit).version}


Guard = Callable[..., Callable[[Request], Any]]
"""Makes a handler that lets only the admin in and runs its work on a thread."""


def routes(office: TuningOffice, guarded: Guard, now: Callable[[], datetime]) -> list[BaseRoute]:
    """What the section asks for; ``guarded`` leaves a request's body in its ``state.body``."""

    def get(path: str, work: Callable[[Request], Any], *answer: Callable[[Any], Response]) -> Route:
        return Route(f"/admin/api/nlu{path}", guarded(work, *answer))

    def post(path: str, work: Callable[[bytes], Any]) -> Route:
        handler = guarded(lambda request: work(request.state.body), _job_or_plain)
        return Route(f"/admin/api/nlu{path}", handler, methods=["POST"])

    return [
        get("", lambda _: office.overview(now())),
        get("/job", lambda _: office.jobs.now(), _job_or_plain),
        get("/versions/{id}", lambda request: office.version(request.path_params["id"])),
        get(
            "/versions/{id}/confusion.png",
            lambda request: office.picture(request.path_params["id"]),
            FileResponse,
        ),
        post("/job", lambda body: office.jobs.start(Work.model_validate_json(body))),
        post("/examples", lambda body: office.add(Example.model_validate_json(body))),
        post("/queue/label", lambda body: office.label(Label.model_validate_json(body), now())),
        post("/queue/drop", lambda body: office.drop(Drop.model_validate_json(body), now())),
        post("/rollback", lambda _: office.rollback()),
    ]


def _job_or_plain(answer: Any) -> Response:
    return JSONResponse(asdict(answer) if isinstance(answer, Job) else answer)
