"""Session files: one writer at a time, also of other processes; never another member's."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.dialogue.state import DialogueState
from assistant.session import SessionError, SessionState, SessionStore
from assistant.vault import Vault

VAULT = Vault(bytes(32))
TURNS = """
import sys
from dataclasses import replace
from pathlib import Path
from assistant.session import SessionStore
from assistant.vault import Vault
store = SessionStore(Path(sys.argv[1]), Vault(bytes(32)))
for _ in range(25):
    with store.hold("shared", "dr") as session:
        dialogue = session.state.dialogue
        more = replace(dialogue, documents=(*dialogue.documents, sys.argv[2]))
        session.state = replace(session.state, dialogue=more)
"""


@pytest.mark.slow
def test_two_processes_in_one_session_take_turns_and_lose_none(tmp_path: Path) -> None:
    running = [
        subprocess.Popen([sys.executable, "-c", TURNS, str(tmp_path), name]) for name in ("a", "b")
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    with SessionStore(tmp_path, VAULT).hold("shared", "dr") as session:
        turns = session.state.dialogue.documents
    assert (turns.count("a"), turns.count("b")) == (25, 25)


def test_a_session_is_never_handed_to_another_member(tmp_path: Path) -> None:
    store = SessionStore(tmp_path, VAULT)
    with store.hold("ward", "dr-a") as session:
        session.state = replace(session.state, dialogue=DialogueState(patient="512"))
    with store.hold("ward", "dr-b") as session:
        assert session.state == SessionState("dr-b")


def test_a_turn_that_fails_leaves_the_session_as_it_was(tmp_path: Path) -> None:
    store = SessionStore(tmp_path, VAULT)
    with store.hold("ward", "dr") as session:
        session.state = replace(session.state, dialogue=DialogueState(patient="512"))
    with pytest.raises(RuntimeError), store.hold("ward", "dr") as session:
        session.state = SessionState("dr")
        raise RuntimeError
    with store.hold("ward", "dr") as session:
        assert session.state.dialogue.patient == "512"


@pytest.mark.parametrize("name", ["", "../x", "a/b", "-a", "a" * 64, "сеанс"])
def test_a_session_id_is_never_a_path(tmp_path: Path, name: str) -> None:
    with pytest.raises(SessionError), SessionStore(tmp_path, VAULT).hold(name, "dr"):
        pass


def test_forgetting_takes_only_the_members_sessions_and_survives_a_foreign_file(
    tmp_path: Path,
) -> None:
    store = SessionStore(tmp_path, VAULT)
    for name, member in (("one", "dr-a"), ("two", "dr-b"), ("three", "dr-a")):
        with store.hold(name, member):
            pass
    (tmp_path / "foreign.sealed").write_bytes(b"under another key")
    assert store.forget("dr-a") == 2
    assert store.forget("dr-a") == 0
    assert {path.name for path in tmp_path.glob("*.sealed")} == {"two.sealed", "foreign.sealed"}
