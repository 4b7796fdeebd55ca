import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.audit import Audit, Broken, Intact
from assistant.vault import Vault

VAULT = Vault(bytes(32))


def filled(path: Path, count: int = 5) -> Audit:
    audit = Audit(path, VAULT)
    for number in range(count):
        audit.append({"event": "turn", "number": number})
    return audit


def test_a_chain_of_events_verifies(tmp_path: Path) -> None:
    assert filled(tmp_path / "audit.jsonl").verify() == Intact(5)
    assert Audit(tmp_path / "none.jsonl", VAULT).verify() == Intact(0)


@settings(max_examples=40, deadline=None)
@given(line=st.integers(0, 3), data=st.data())
def test_a_changed_dropped_or_moved_line_is_found(line: int, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "audit.jsonl"
        audit = filled(path)
        lines = path.read_bytes().splitlines(keepends=True)
        kind = data.draw(st.sampled_from(["change", "drop", "swap"]))
        if kind == "change":
            lines[line] = lines[line].replace(b'"turn"', b'"tour"')
        elif kind == "drop":
            del lines[line]
        else:
            lines[line], lines[line + 1] = lines[line + 1], lines[line]
        path.write_bytes(b"".join(lines))
        found = audit.verify()
        assert isinstance(found, Broken)
        assert found.line in (line + 1, line + 2)


def test_a_torn_last_line_is_cut_and_the_chain_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    audit = filled(path)
    with path.open("ab") as file:
        file.write(b'{"event": "tu')
    audit.append({"event": "after"})
    assert audit.verify() == Intact(6)


def test_many_writers_make_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: filled(path, 5), range(8)))
    assert Audit(path, VAULT).verify() == Intact(40)


def test_pseudonyms_hide_the_identifier_and_depend_on_kind_and_key(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "a", VAULT)
    other = Audit(tmp_path / "a", Vault(bytes(range(32))))
    names = {
        audit.pseudonym("patient", "1236"),
        audit.pseudonym("speaker", "1236"),
        other.pseudonym("patient", "1236"),
    }
    assert len(names) == 3
    assert not any("1236" in name for name in names)
