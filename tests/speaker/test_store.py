"""Voiceprints at rest: sealed, erased for good, never under a path that was not meant."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from assistant.audit import Audit
from assistant.config import Paths
from assistant.erasure import Receipt, forget, receipt_to_json
from assistant.errors import EnrolmentError
from assistant.session import SessionStore
from assistant.speaker.decision import Heard, SpeakerState
from assistant.speaker.errors import (
    NotEnrolledError,
    PinError,
    SpeakerIdError,
    VoiceprintUnreadableError,
)
from assistant.speaker.pins import PinStore
from assistant.speaker.session_voice import SESSION_S, SessionVoices
from assistant.speaker.store import Consent, Voiceprints, VoiceprintStore
from assistant.vault import Vault

Voice = Callable[[str], Voiceprints]


def unrecorded(locks: bool) -> None:
    """Of a wrong PIN."""


@pytest.fixture
def vault(paths: Paths) -> Vault:
    return Vault.open_site(paths.site_key)


@pytest.fixture
def store(paths: Paths, vault: Vault) -> VoiceprintStore:
    return VoiceprintStore(paths, vault)


def save(store: VoiceprintStore, name: str, consent: Consent, prints: Voiceprints) -> None:
    with store.alone():
        store.save(name, consent, prints)


def test_what_was_saved_is_loaded(store: VoiceprintStore, consent: Consent, voice: Voice) -> None:
    save(store, "dr-a", consent, voice("aleksandr"))
    loaded = store.load("dr-a")
    np.testing.assert_array_equal(loaded.vectors, voice("aleksandr").vectors)
    assert (loaded.engine, loaded.enrolled_at) == (voice("aleksandr").engine, consent.at)
    assert store.consent("dr-a") == consent
    assert store.enrolled() == ("dr-a",)


def test_nothing_on_disk_can_be_read(
    paths: Paths, store: VoiceprintStore, consent: Consent, voice: Voice
) -> None:
    save(store, "dr-a", consent, voice("aleksandr"))
    files = [path for path in paths.home.rglob("*") if path.is_file()]
    assert len(files) >= 4
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        data = path.read_bytes()
        assert consent.by.encode() not in data and b"vectors" not in data


def test_erasure_takes_the_key_so_that_backups_stay_shut(
    paths: Paths, vault: Vault, store: VoiceprintStore, consent: Consent, voice: Voice
) -> None:
    save(store, "dr-a", consent, voice("aleksandr"))
    backup = (paths.speakers / "dr-a.voice").read_bytes()
    receipt = forget("dr-a", paths, vault, consent.at + timedelta(days=1))
    assert (receipt.consent_at, receipt.consent_text_version) == (consent.at, consent.text_version)
    assert receipt.voiceprints_sha256 == hashlib.sha256(backup).hexdigest()
    with pytest.raises(NotEnrolledError):
        store.load("dr-a")
    # the speaker comes back, and someone restores the old file
    save(store, "dr-a", consent, voice("anna"))
    (paths.speakers / "dr-a.voice").write_bytes(backup)
    with pytest.raises(VoiceprintUnreadableError):
        store.load("dr-a")
    lines = (paths.speakers / "erased.jsonl").read_text().splitlines()
    assert [json.loads(line)["speaker_id"] for line in lines] == ["dr-a"]
    assert consent.by not in lines[0]


def test_erasing_twice_says_that_nothing_is_left(
    paths: Paths, vault: Vault, store: VoiceprintStore, consent: Consent, voice: Voice
) -> None:
    save(store, "dr-a", consent, voice("aleksandr"))
    forget("dr-a", paths, vault, consent.at)
    with pytest.raises(NotEnrolledError):
        forget("dr-a", paths, vault, consent.at)


def test_an_erasure_that_was_cut_off_gets_its_receipt_when_repeated(
    paths: Paths,
    vault: Vault,
    store: VoiceprintStore,
    consent: Consent,
    voice: Voice,
) -> None:
    save(store, "dr-a", consent, voice("aleksandr"))
    digest = hashlib.sha256((paths.speakers / "dr-a.voice").read_bytes()).hexdigest()
    PinStore(paths, vault).set("dr-a", "271828")
    with SessionStore(paths.sessions, vault).hold("ward", "dr-a"):
        pass
    receipts = paths.speakers / "erased.jsonl"
    receipts.mkdir()  # as if the disk failed when all is destroyed already
    with pytest.raises(IsADirectoryError):
        forget("dr-a", paths, vault, consent.at)
    assert store.enrolled() == ()
    receipts.rmdir()
    again = consent.at + timedelta(days=1)
    receipt = forget("dr-a", paths, vault, again)
    # what the first try destroyed is told, though nothing of it is there any more
    assert receipt == Receipt("dr-a", again, digest, consent.at, consent.text_version, True, 1)
    assert json.loads(receipts.read_text()) == receipt_to_json(receipt)
    line = json.loads(paths.audit.read_text())
    assert line["event"] == "voice_forgotten"
    assert line["member"] == Audit(paths.audit, vault).pseudonym("member", "dr-a")
    with pytest.raises(NotEnrolledError):
        forget("dr-a", paths, vault, consent.at)


def test_a_receipt_tells_of_the_voice_enrolled_since_an_erasure_was_cut_off(
    paths: Paths, vault: Vault, store: VoiceprintStore, consent: Consent, voice: Voice
) -> None:
    save(store, "dr-a", consent, voice("aleksandr"))
    (paths.speakers / "erased.jsonl").mkdir()
    with pytest.raises(IsADirectoryError):
        forget("dr-a", paths, vault, consent.at)
    (paths.speakers / "erased.jsonl").rmdir()
    anew = replace(consent, at=consent.at + timedelta(days=1))
    save(store, "dr-a", anew, voice("anna"))
    digest = hashlib.sha256((paths.speakers / "dr-a.voice").read_bytes()).hexdigest()
    receipt = forget("dr-a", paths, vault, anew.at)
    assert (receipt.voiceprints_sha256, receipt.consent_at) == (digest, anew.at)


def test_of_two_erasures_at_once_one_gives_the_receipt(
    paths: Paths, vault: Vault, store: VoiceprintStore, consent: Consent, voice: Voice
) -> None:
    ready = Barrier(2)

    def erase() -> str | None:
        ready.wait()
        try:
            return forget("dr-a", paths, vault, consent.at).voiceprints_sha256
        except NotEnrolledError:
            return "nothing"

    with ThreadPoolExecutor(2) as threads:
        for _ in range(10):
            save(store, "dr-a", consent, voice("aleksandr"))
            digest = hashlib.sha256((paths.speakers / "dr-a.voice").read_bytes()).hexdigest()
            both = [threads.submit(erase) for _ in range(2)]
            assert {one.result() for one in both} == {digest, "nothing"}
    assert len((paths.speakers / "erased.jsonl").read_text().splitlines()) == 10


def test_erasure_takes_pin_and_sessions_too_and_nothing_of_others(
    paths: Paths, vault: Vault, store: VoiceprintStore, consent: Consent, voice: Voice
) -> None:
    pins, sessions = PinStore(paths, vault), SessionStore(paths.sessions, vault)
    for who in ("dr-a", "dr-b"):
        save(store, who, consent, voice("aleksandr"))
        pins.set(who, "271828")
        for shift in ("day", "night"):
            with sessions.hold(f"{who}-{shift}", who):
                pass
    receipt = forget("dr-a", paths, vault, consent.at)
    assert (receipt.pin, receipt.sessions) == (True, 2)
    left = {path.name for path in paths.home.rglob("dr-*") if path.suffix != ".lock"}
    assert left == {
        "dr-b.voice", "dr-b.consent", "dr-b.key", "dr-b.pin",
        "dr-b-day.sealed", "dr-b-night.sealed",
    }  # fmt: skip
    pins.check("dr-b", "271828", 0.0, unrecorded)
    with pytest.raises(PinError, match="No PIN"):
        pins.check("dr-a", "271828", 0.0, unrecorded)


def cut_off(step: int, work: Callable[[], object]) -> bool:
    """Whether ``work``, in a process of its own, was killed just before its ``step``-th write."""
    child = os.fork()
    if child == 0:
        left = step

        def counted(real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any, **more: Any) -> Any:
                nonlocal left
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
                return real(*arguments, **more)

            return call

        os.fsync, os.fchmod = counted(os.fsync), counted(os.fchmod)
        Path.replace = counted(Path.replace)  # type: ignore[method-assign]
        Path.unlink = counted(Path.unlink)  # type: ignore[method-assign]
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def still_there(paths: Paths, speaker: str) -> set[str]:
    """Files in the speaker's name, and what cut off writes left."""
    files = (path.name for path in paths.home.rglob("*") if path.is_file())
    return {
        name
        for name in files
        if (speaker in name or name.startswith(".")) and not name.endswith(".lock")
    }


@pytest.mark.slow
@pytest.mark.parametrize("known", [False, True], ids=["first", "again"])
def test_an_enrolment_that_is_killed_anywhere_leaves_the_old_voice_the_new_or_none(
    paths: Paths, vault: Vault, store: VoiceprintStore, consent: Consent, voice: Voice, known: bool
) -> None:
    old, new = voice("aleksandr"), voice("anna")
    step = 0
    while True:
        if known:
            save(store, "dr-a", consent, old)
        killed = cut_off(step, lambda: save(store, "dr-a", consent, new))
        if "dr-a" in store.enrolled():
            vectors = store.load("dr-a").vectors
            assert any(np.array_equal(vectors, one.vectors) for one in (old, new))
        else:
            assert killed and not known
        save(store, "dr-a", consent, new)
        np.testing.assert_array_equal(store.load("dr-a").vectors, new.vectors)
        forget("dr-a", paths, vault, consent.at)
        assert still_there(paths, "dr-a") == set()
        step += 1
        if not killed:
            break
    assert step > 8, "two files at least are written, renamed, and their folders made sure of"


@pytest.mark.slow
def test_an_erasure_that_is_killed_anywhere_is_finished_when_repeated(
    paths: Paths, vault: Vault, store: VoiceprintStore, consent: Consent, voice: Voice
) -> None:
    pins, sessions = PinStore(paths, vault), SessionStore(paths.sessions, vault)
    receipts = paths.speakers / "erased.jsonl"
    spoken = SpeakerState(recent=(Heard(1.0, 0.9, tuple(map(float, voice("anna").vectors[0]))),))

    def talk() -> None:
        with sessions.hold("ward", "dr-a") as session:
            session.state = replace(session.state, speaker=spoken)

    step = 0
    while True:
        save(store, "dr-a", consent, voice("anna"))
        save(store, "dr-b", consent, voice("aleksandr"))
        pins.set("dr-a", "271828")
        talk()
        # as a write of each kind leaves it when it is killed
        assert cut_off(1, talk) and cut_off(1, lambda: pins.set("dr-a", "314159"))
        assert cut_off(9, lambda: save(store, "dr-c", consent, voice("anna")))
        before = receipts.read_text().count("dr-a") if receipts.exists() else 0
        digest = hashlib.sha256((paths.speakers / "dr-a.voice").read_bytes()).hexdigest()
        killed = cut_off(step, lambda: forget("dr-a", paths, vault, consent.at))
        if not (paths.site_key.parent / "speakers" / "dr-a.key").exists():
            with pytest.raises((VoiceprintUnreadableError, NotEnrolledError)):
                store.load("dr-a")
        for other in store.enrolled():  # as whoever enrols next does
            with suppress(VoiceprintUnreadableError):
                store.load(other)
        if killed:
            with suppress(NotEnrolledError):  # killed after its last write: nothing is left to do
                forget("dr-a", paths, vault, consent.at)
        told = [json.loads(line) for line in receipts.read_text().splitlines() if "dr-a" in line]
        assert len(told) > before
        assert (told[-1]["voiceprints_sha256"], told[-1]["pin"]) == (digest, True)
        assert told[-1]["consent_text_version"] == consent.text_version
        forget("dr-c", paths, vault, consent.at)
        assert still_there(paths, "dr-a") | still_there(paths, "dr-c") == set()
        save(store, "dr-a", consent, voice("anna"))
        np.testing.assert_array_equal(store.load("dr-a").vectors, voice("anna").vectors)
        np.testing.assert_array_equal(store.load("dr-b").vectors, voice("aleksandr").vectors)
        step += 1
        if not killed:
            break
    assert step > 20, "key, voice, consent, PIN, sessions, leftovers, receipt, audit"


def test_who_has_only_a_pin_can_be_forgotten(paths: Paths, vault: Vault, consent: Consent) -> None:
    PinStore(paths, vault).set("dr-a", "271828")
    receipt = forget("dr-a", paths, vault, consent.at)
    assert (receipt.pin, receipt.sessions, receipt.voiceprints_sha256) == (True, 0, None)


@pytest.mark.parametrize("name", ["", "../dr-a", "a/b", "Dr-A", ".hidden", "a" * 64, "врач", "a\0"])
def test_an_id_is_never_a_path(
    paths: Paths,
    vault: Vault,
    store: VoiceprintStore,
    consent: Consent,
    voice: Voice,
    name: str,
) -> None:
    for call in (
        lambda: store.load(name),
        lambda: forget(name, paths, vault, consent.at),
        lambda: save(store, name, consent, voice("aleksandr")),
    ):
        with pytest.raises(SpeakerIdError):
            call()


@pytest.mark.parametrize("where", [0, 1, 20, -1])
def test_a_damaged_file_is_refused(
    paths: Paths, store: VoiceprintStore, consent: Consent, voice: Voice, where: int
) -> None:
    save(store, "dr-a", consent, voice("aleksandr"))
    for path in (paths.speakers / "dr-a.voice", paths.site_key.parent / "speakers" / "dr-a.key"):
        whole = path.read_bytes()
        bad = bytearray(whole)
        bad[where] ^= 1
        for damaged in (bytes(bad), b"", whole[: len(whole) // 2]):
            path.write_bytes(damaged)
            with pytest.raises(VoiceprintUnreadableError, match="damaged"):
                store.load("dr-a")
        path.write_bytes(whole)
    store.load("dr-a")


def test_voiceprints_do_not_open_under_another_name(
    paths: Paths, store: VoiceprintStore, consent: Consent, voice: Voice
) -> None:
    save(store, "dr-a", consent, voice("aleksandr"))
    save(store, "dr-b", consent, voice("anna"))
    (paths.speakers / "dr-a.voice").replace(paths.speakers / "dr-b.voice")
    with pytest.raises(VoiceprintUnreadableError):
        store.load("dr-b")


@pytest.mark.slow
def test_two_processes_enrol_one_speaker_and_one_whole_result_stays(paths: Paths) -> None:
    script = """
import sys
from datetime import UTC, datetime
from pathlib import Path
import numpy as np
from assistant.config import Paths
from assistant.speaker.store import Consent, Voiceprints, VoiceprintStore
from assistant.vault import Vault
paths = Paths(Path(sys.argv[1]), Path())
store = VoiceprintStore(paths, Vault.open_site(paths.site_key))
number = int(sys.argv[2])
now = datetime(2026, 1, number, tzinfo=UTC)
for _ in range(20):
    with store.alone():
        prints = Voiceprints("e", now, np.full((5, 192), number, np.float32))
        store.save("dr-a", Consent(str(number), now, "v"), prints)
"""
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(paths.home), number])
        for number in ("1", "2")
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    store = VoiceprintStore(paths, Vault.open_site(paths.site_key))
    loaded, consent = store.load("dr-a"), store.consent("dr-a")
    assert consent is not None and loaded.enrolled_at == consent.at
    assert np.unique(loaded.vectors).tolist() == [float(consent.by)]


def test_a_sessions_voice_is_wiped_at_log_out_and_time_out(voice: Voice) -> None:
    now = [0.0]
    voices = SessionVoices(lambda: now[0])
    kept = Voiceprints("e", voice("anna").enrolled_at, voice("anna").vectors.copy())
    voices.log_in("dr-a", kept)
    assert np.any(voices.load("dr-a").vectors)
    voices.log_out("dr-a")
    assert not np.any(kept.vectors)
    kept = Voiceprints("e", voice("anna").enrolled_at, voice("anna").vectors.copy())
    voices.log_in("dr-a", kept)
    now[0] = SESSION_S
    with pytest.raises(EnrolmentError):
        voices.load("dr-a")
    assert not np.any(kept.vectors)


def test_a_pin_opens_and_locks_after_wrong_tries(paths: Paths, vault: Vault) -> None:
    pins = PinStore(paths, vault)
    for easy in ("12345", "111111", "121212", "12345a", "١٢٣٤٥٦"):
        with pytest.raises(PinError):
            pins.set("dr-a", easy)
    with pytest.raises(PinError, match="No PIN"):
        pins.check("dr-a", "271828", 0.0, unrecorded)
    pins.set("dr-a", "271828")
    pins.check("dr-a", "271828", 0.0, unrecorded)
    locks: list[bool] = []
    for _ in range(5):
        with pytest.raises(PinError, match="wrong"):
            pins.check("dr-a", "271829", 1.0, locks.append)
    assert locks == [False] * 4 + [True]
    with pytest.raises(PinError, match="locked"):
        pins.check("dr-a", "271828", 800.0, unrecorded)
    pins.check("dr-a", "271828", 902.0, unrecorded)
    assert b"271828" not in Path(paths.speakers / "dr-a.pin").read_bytes()


@pytest.mark.parametrize("set_back_s", [900.0, 3600.0, 300 * 86400.0])
def test_a_clock_set_back_locks_no_pin_for_longer(
    paths: Paths, vault: Vault, set_back_s: float
) -> None:
    pins = PinStore(paths, vault)
    pins.set("dr-a", "271828")
    for _ in range(5):
        with pytest.raises(PinError, match="wrong"):
            pins.check("dr-a", "271829", 1e9, unrecorded)
    with pytest.raises(PinError, match="locked"):
        pins.check("dr-a", "271828", 1e9, unrecorded)
    pins.check("dr-a", "271828", 1e9 - set_back_s, unrecorded)
