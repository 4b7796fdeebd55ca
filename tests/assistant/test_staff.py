from pathlib import Path

import pytest

from assistant import gate
from assistant.dialogue.plans import AskIntent
from assistant.dialogue.state import Aim, Request
from assistant.messages import SpeakerDecision, SpeakerOutcome
from assistant.staff import Role, StaffError, StaffMember, add, load


def test_members_survive_the_file(tmp_path: Path) -> None:
    path = tmp_path / "staff.toml"
    assert load(path) == {}
    doctor = StaffMember("dr-petrov", Role.DOCTOR)
    nurse = StaffMember("nurse_1", Role.NURSE, frozenset({"1235", "207"}))
    add(path, doctor)
    add(path, nurse)
    assert load(path) == {"dr-petrov": doctor, "nurse_1": nurse}
    assert doctor.may_see("1")
    assert nurse.may_see("207")
    assert not nurse.may_see("1236")


@pytest.mark.parametrize("name", ["", "../x", "Доктор", "a b", "A", "-a", 'a"]\n[b'])
def test_ids_that_are_no_slugs_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StaffError):
        add(tmp_path / "staff.toml", StaffMember(name, Role.DOCTOR))


@pytest.mark.parametrize(
    "text",
    [
        "[a",
        "[a]",
        'a = "doctor"',
        '[a]\nrole = "king"\npatients = "all"',
        '[a]\nrole = "nurse"\npatients = 5',
        '[a]\nrole = "nurse"\npatients = [1235]',
    ],
)
def test_a_bad_file_names_the_fix(tmp_path: Path, text: str) -> None:
    path = tmp_path / "staff.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StaffError, match=r"role|Mend"):
        load(path)


def test_a_question_about_a_patient_needs_access_to_him() -> None:
    nurse = StaffMember("nurse_1", Role.NURSE, frozenset({"1235"}))
    heard = SpeakerDecision(SpeakerOutcome.ACCEPT, 1.0, 0.5, "above_threshold")
    asked = [AskIntent((Aim((card,), Request("get_allergies")),)) for card in ("1235", "207")]
    assert [gate.check(one, nurse, heard).allowed for one in asked] == [True, False]
