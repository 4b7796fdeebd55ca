"""The benchmark's tables beside a run that was saved before: what got worse is marked."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.speaker_tables import show


def rate(value: float) -> dict[str, float]:
    return {"value": value, "low": value / 2, "high": 2 * value}


def measured(voiceprints: dict[str, int], refused: float, lockouts: Any) -> dict[str, Any]:
    """One row of each table; ``voiceprints`` is empty as runs before that number were saved."""
    cut = {"voices": "all", "seconds": 2.0, "snr_db": None, "people": 3}
    cut |= {"own_trials": 9, "foreign_trials": 99}
    far = {"1.0%": rate(refused), "0.1%": "99 impostor trials can't support it"}
    point = {"voices": "all", "tier": "read", "threshold": 0.5, "far": rate(0.01)}
    talk = {"voices": "all", "seconds": 2.0, "kept_out": [rate(0.5)] * 3, "refused": rate(refused)}
    slip = {"voices": "all", "kind": "reply", "seconds": 0.4, "caught": rate(0.5)}
    return {
        "milliseconds": {"check": 40.0},
        "accuracy": [{**cut, **voiceprints, "eer": rate(refused), "frr_at_far": far}],
        "thresholds": [{**point, **voiceprints, "frr": rate(refused)}],
        "dialogues": [{**talk, "taken_for_two": rate(0.01), "lockouts_per_hour": lockouts}],
        "slips": [slip],
    }


@pytest.mark.parametrize(
    ("voiceprints", "worse"),
    [(6, 5), (2, 2)],  # a run without that number had six: of two only the dialogues are compared
)
def test_a_run_of_the_old_form_is_compared_as_far_as_it_goes(
    capsys: pytest.CaptureFixture[str], voiceprints: int, worse: int
) -> None:
    new = measured({"voiceprints": voiceprints}, 0.03, rate(2.5))
    show("campplus", new, measured({}, 0.02, 1.9))
    text = " ".join(capsys.readouterr().out.split())
    assert text.count("▲") == worse
    # now with an interval, before without
    assert all(number in text for number in ("2.5", "1.2", "5.0", "1.9"))


def test_what_did_not_change_is_not_marked(capsys: pytest.CaptureFixture[str]) -> None:
    same = measured({"voiceprints": 6}, 0.03, rate(2.5))
    show("campplus", same, same)
    show("campplus", same, {})
    assert "▲" not in capsys.readouterr().out
