"""What `diff` shows as worse is what `promote` refuses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.commands.nlu_tables import golden_table
from assistant.server.tuning_job import comparison
from assistant.tuning.scores import Golden, Share

TOTALS = {"intents, clean": 1804, "no wrong action": 2619, "entities": 717}
GOLDEN = st.builds(
    Golden,
    measures=st.fixed_dictionaries(
        {},
        optional={
            name: st.integers(total - 2, total).map(lambda right, total=total: Share(right, total))
            for name, total in TOTALS.items()
        },
    ),
    entities=st.dictionaries(
        st.sampled_from(["hospital", "date"]), st.sampled_from([0.951, 0.952, 1.0])
    ),
    failures=st.just({}),
)


@given(before=GOLDEN, after=GOLDEN)
def test_one_answer_to_what_is_worse(before: Golden, after: Golden) -> None:
    worse = after.worse_than(before)
    shown = golden_table(before, after, ("v1", "v2"))
    names, changes = (list(shown.columns[at].cells) for at in (0, -1))
    red = [n for n, change in zip(names, changes, strict=True) if str(change).startswith("[red]-")]
    assert red == worse
    assert not any("0.00%" in str(change) for change in changes)
    page = comparison(before, after)
    fell = [line["name"] for line in page["measures"] if line["change"] < 0]
    fell += [f"F1 {line['name']}" for line in page["entities"] if line["change"] < 0]
    assert fell == worse
