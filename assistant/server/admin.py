"""The admin's page behind a token of its own: voices, thresholds, tablets, audit log, health.

Its section on understanding is in :mod:`assistant.server.tuning_admin`.

What it shows of people is what an admin needs: ids, roles, consents. No patient's data: a card
number can be looked for in the audit log, where patients stand as pseudonyms.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from assistant import __version__, erasure, staff
from assistant.audit import Audit, Broken
from assistant.box import ledger_client
from assistant.config import Paths
from assistant.errors import AssistantError
from assistant.login import LogIn
from assistant.server import tuning_admin
from assistant.server.devices import Devices
from assistant.server.metrics import Metrics
from assistant.speaker.enrolment import is_aged
from assistant.speaker.errors import CalibrationError, NotEnrolledError
from assistant.speaker.site_policy import SitePolicy, det_path, load_policy, policy_path
from assistant.speaker.store import VoiceprintStore
from assistant.tuning.errors import TuningError
from assistant.vault import Vault, write_atomically
from ledger_client.errors import LedgerError

T = TypeVar("T")

_MOST_EVENTS: Final = 200
_STATIC: Final = Path(__file__).parent / "static"


def new_token(path: Path) -> str:
    """A new admin token; only its hash is kept, and the one before ends."""
    token = secrets.token_urlsafe(32)
    write_atomically(path, hashlib.sha256(token.encode()).hexdigest().encode())
    return token


def is_token(path: Path, token: str) -> bool:
    """Whether this is the admin's token."""
    try:
        kept = path.read_text(encoding="ascii")
    except FileNotFoundError:
        return False
    return hmac.compare_digest(kept, hashlib.sha256(token.encode()).hexdigest())


class Search(BaseModel):
    """What to look for in the audit log; all of it together."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    member: str = ""
    card: str = ""
    allowed: bool | None = None
    day: str = Field("", pattern=r"^(\d{4}-\d{2}-\d{2})?$")


@dataclass(frozen=True, slots=True)
class Office:
    """What the admin's page can see and do. Every method may block."""

    paths: Paths
    vault: Vault
    metrics: Metrics
    started: float
    """By :func:`time.monotonic`."""
    site: SitePolicy | None
    """The thresholds that this process loaded; None where no voice is checked."""
    login: LogIn
    """Of the assistant that runs here."""

    def health(self) -> dict[str, Any]:
        """What works, and since when."""
        with ledger_client(self.paths) as ledger:
            try:
                ledger.health()
                state = "ok"
            except LedgerError as error:
                state = error.code
        verdict = self._audit().verify()
        broken = isinstance(verdict, Broken)
        return {
            "version": __version__,
            "up_s": round(time.monotonic() - self.started),
            "ledger": state,
            "audit": "broken" if broken else "ok",
            "audit_line": verdict.line if isinstance(verdict, Broken) else verdict.lines,
            "disk_free_gb": round(shutil.disk_usage(self.paths.home).free / 1e9, 1),
            "tablets": int(self.metrics.tablets_now()),
        }

    def people(self, now: datetime) -> list[dict[str, Any]]:
        """Staff and everybody enrolled, with consent and age of their voiceprints."""
        store, members = VoiceprintStore(self.paths, self.vault), staff.load(self.paths.staff)
        return [
            {
                "id": id_,
                "role": members[id_].role.value if id_ in members else None,
                **_voice(store, id_, now),
            }
            for id_ in sorted({*members, *store.enrolled()})
        ]

    def forget(self, speaker: str, now: datetime) -> dict[str, Any]:
        """Destroy all that is kept of a speaker's voice and log-in, also in memory.

        Raises NotEnrolledError.
        """
        try:
            receipt = erasure.forget(speaker, self.paths, self.vault, now)
        finally:
            self.login.wipe_expired()
        return erasure.receipt_to_json(receipt)

    def thresholds(self) -> dict[str, Any]:
        """The thresholds in force, and whether those saved since wait for a restart."""
        if self.site is None:
            return {
                "checked": False,
                "calibrated": False,
                "saved": "same",
                "det": False,
                "tiers": {},
            }
        return {
            "checked": True,
            "engine": self.site.engine,
            "calibrated": self.site.calibrated,
            "saved": self._saved(self.site),
            "det": det_path(self.paths).exists(),
            "tiers": {tier.value: value for tier, value in self.site.policy.thresholds.items()},
        }

    def _saved(self, site: SitePolicy) -> str:
        """How what a restart would load compares: ``same``, ``other`` or ``unreadable``."""
        try:
            saved = load_policy(policy_path(self.paths), site.engine, site.mode)
        except CalibrationError:
            return "unreadable"
        return "same" if saved == site else "other"

    def tablets(self) -> list[dict[str, Any]]:
        """The tablets that may connect."""
        return [
            {"id": one.id, "member": one.member, "paired_at": one.paired_at.isoformat()}
            for one in Devices(self.paths.devices).all()
        ]

    def search(self, wanted: Search, now: datetime) -> list[dict[str, Any]]:
        """The newest lines that fit. The search itself is recorded."""
        audit = self._audit()
        names = {
            audit.pseudonym("member", id_): id_
            for id_ in {*staff.load(self.paths.staff), wanted.member}
        }
        patient = audit.pseudonym("patient", wanted.card) if wanted.card else None
        found = [
            {**event, "member": names.get(str(event.get("member")), event.get("member"))}
            for event in _events(self.paths.audit)
            if (not wanted.member or names.get(str(event.get("member"))) == wanted.member)
            and (patient is None or event.get("patient") == patient)
            and (wanted.allowed is None or event.get("allowed") is wanted.allowed)
            and str(event.get("time", "")).startswith(wanted.day)
        ]
        audit.append(
            {
                "time": now.isoformat(timespec="milliseconds"),
                "event": "audit_searched",
                "patient": patient,
                "found": len(found),
            }
        )
        return found[: -_MOST_EVENTS - 1 : -1]

    def _audit(self) -> Audit:
        return Audit(self.paths.audit, self.vault)


def _voice(store: VoiceprintStore, speaker: str, now: datetime) -> dict[str, Any]:
    form: dict[str, Any] = {"enrolled_at": None, "aged": None, "consent": None, "fault": None}
    try:
        voiceprints = store.load(speaker)
        consent = store.consent(speaker)
    except NotEnrolledError:
        return form
    except AssistantError as error:
        return {**form, "fault": error.code}
    form["enrolled_at"] = voiceprints.enrolled_at.isoformat()
    form["aged"] = is_aged(voiceprints, now)
    if consent is not None:
        form["consent"] = {
            "by": consent.by,
            "at": consent.at.isoformat(),
            "text_version": consent.text_version,
        }
    return form


def _events(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of the log; what does not read is :meth:`Audit.verify`'s to tell."""
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for line in file:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                yield {name: value for name, value in event.items() if name != "previous"}


def routes(
    paths: Paths, metrics: Metrics, site: SitePolicy | None, login: LogIn
) -> list[BaseRoute]:
    """The admin's page and what it asks for; ``site`` are the thresholds in force."""
    vault = Vault.open_site(paths.site_key)
    office = Office(paths, vault, metrics, time.monotonic(), site, login)

    def guarded(
        work: Callable[[Request], T], answer: Callable[[T], Response] = JSONResponse
    ) -> Callable[[Request], Any]:
        async def handle(request: Request) -> Response:
            scheme, _, token = request.headers.get("authorization", "").partition(" ")
            known = await run_in_threadpool(is_token, paths.admin_token, token)
            if scheme != "Bearer" or not known:
                return JSONResponse({"error": "admin.token"}, 401)
            request.state.body = await request.body()
            try:
                return answer(await run_in_threadpool(work, request))
            except TuningError as error:
                return JSONResponse(error.to_json(), 409)
            except NotEnrolledError as error:
                return JSONResponse({"error": error.code}, 404)
            except ValidationError:
                return JSONResponse({"error": "admin.request"}, 422)
            except AssistantError as error:
                return JSONResponse({"error": error.code}, 500)

        return handle

    def now() -> datetime:
        return datetime.now().astimezone()

    def forget_tablet(request: Request) -> dict[str, Any]:
        Devices(paths.devices).forget(request.path_params["tablet"])
        return {}

    async def page(_: Request) -> Response:
        return FileResponse(_STATIC / "admin.html")

    def route(path: str, handler: Callable[[Request], Any], method: str = "GET") -> Route:
        return Route(f"/admin/api/{path}", handler, methods=[method])

    return [
        Route("/admin", page),
        route("health", guarded(lambda _: office.health())),
        route("people", guarded(lambda _: office.people(now()))),
        route(
            "people/{speaker}/forget",
            guarded(lambda request: office.forget(request.path_params["speaker"], now())),
            "POST",
        ),
        route("thresholds", guarded(lambda _: office.thresholds())),
        route("det.png", guarded(lambda _: det_path(paths), _picture)),
        route("tablets", guarded(lambda _: office.tablets())),
        route("tablets/{tablet}/forget", guarded(forget_tablet), "POST"),
        route(
            "audit",
            guarded(
                lambda request: office.search(
                    Search.model_validate(dict(request.query_params)), now()
                )
            ),
        ),
        *tuning_admin.routes(tuning_admin.TuningOffice(paths, vault), guarded, now),
    ]


def _picture(path: Path) -> Response:
    return FileResponse(path) if path.exists() else JSONResponse({"error": "admin.no_plot"}, 404)
