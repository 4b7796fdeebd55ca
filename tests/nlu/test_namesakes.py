"""Many people of one name: whoever fits as well as another is asked about, at any size."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlu.declension import Part, decline
from nlu.gazetteer import SHOWN, Gazetteer
from nlu.messages import Person

LASTS = ("Иванов", "Новиков", "Морозов", "Иванцов", "Белых")
FIRSTS = {"m": ("Пётр", "Иван", "Алексей", "Сергей"), "f": ("Анна", "Мария", "Людмила", "Ольга")}
MIDDLES = ("Петров", "Сергеев", "Иванов")


def person(
    card: int, sex: str, year: int, last: str = "Иванов", first: int = 0, middle: int = 0
) -> Person:
    if sex == "f" and last.endswith("ов"):
        last += "а"
    ending = "ич" if sex == "m" else "на"
    return Person(str(1000 + card), last, FIRSTS[sex][first], MIDDLES[middle] + ending, sex, year)


people = st.builds(
    person,
    st.just(0),
    st.sampled_from("mf"),
    st.integers(1950, 1956),
    st.sampled_from(LASTS),
    st.integers(0, 3),
    st.integers(0, 2),
)
"""Of few names and years, so that many have the same."""


def numbered(some: Sequence[Person]) -> list[Person]:
    return [
        Person(str(1000 + at), p.last, p.first, p.middle, p.sex, p.birth_year)
        for at, p in enumerate(some)
    ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(people, min_size=1, max_size=120),
    st.data(),
    st.sampled_from((1, 3)),
    st.sampled_from(((0,), (1, 0), (0, 1, 2), (0, 1))),
    st.booleans(),
)
def test_who_fits_as_well_as_another_is_never_sure(
    some: list[Person], data: st.DataObject, case: int, said: tuple[int, ...], with_year: bool
) -> None:
    roster = numbered(some)
    meant = roster[data.draw(st.integers(0, len(roster) - 1))]
    spelt = [
        decline(name, part, meant.sex)[case]
        for part, name in zip(Part, (meant.last, meant.first, meant.middle), strict=True)
    ]

    def told(one: Person) -> tuple[object, ...]:
        names = (one.last, one.first, one.middle)
        return (one.sex, *(names[i] for i in said), one.birth_year if with_year else 0)

    text = "у " + " ".join(spelt[i] for i in said)
    text += f" {meant.birth_year} года рождения" if with_year else ""
    mention = Gazetteer(roster, ()).match_patients(text.lower())
    fitting = [one.card for one in roster if told(one) == told(meant)]
    if len(fitting) > 1:
        assert mention.ambiguous, text
    elif mention.candidates and not mention.ambiguous:
        assert mention.candidates[0].card == meant.card, text


@pytest.mark.parametrize("size", [10, 41, 150, 3000])
def test_all_born_in_the_year_that_was_said_are_offered(size: int) -> None:
    others = [person(at, "mf"[at % 2], 1930 + at % 28) for at in range(size)]
    roster = [*others, person(size, "m", 1958), person(size + 1, "m", 1958, first=1)]
    mention = Gazetteer(roster, ()).match_patients("у иванова 1958 года рождения")
    assert mention.ambiguous
    assert {c.card for c in mention.candidates[:2]} == {p.card for p in roster[-2:]}
    alone = Gazetteer(roster[:-1], ()).match_patients("у иванова 1958 года рождения")
    assert (alone.candidates[0].card, alone.ambiguous) == (roster[-2].card, False)


def test_more_surnames_of_one_sound_than_are_looked_at_are_asked_about() -> None:
    lasts = [f"{a}{b}нов" for a in "бвгджзклмнпрстфх" for b in "аеиоу"]
    roster = [person(at, "m", 1950, last.capitalize()) for at, last in enumerate(lasts)]
    mention = Gazetteer(roster, ()).match_patients("пациента щюнова петра")
    assert mention.ambiguous or not mention.candidates


@pytest.mark.parametrize(
    ("said", "sure"),
    [
        ("у иванова 1958 года рождения", False),
        ("аллергии иванова 1958 года рождения", False),
        ("пациента иванова 1958 года рождения", False),
        ("у ивановой 1958 года рождения", True),
        ("иванова 1958 года рождения", True),
        ("нужна иванова, та, что 1958 года", True),
    ],
)
def test_a_year_of_birth_makes_no_man_of_a_woman(said: str, sure: bool) -> None:
    roster = [person(0, "f", 1958), person(1, "m", 1970), person(2, "f", 1970)]
    mention = Gazetteer(roster, ()).match_patients(said)
    assert (mention.candidates[0].card, not mention.ambiguous) == ("1000", sure)


def test_no_more_are_offered_than_can_be_said() -> None:
    mention = Gazetteer([person(at, "m", 1950) for at in range(200)], ()).match_patients("иванов")
    assert len(mention.candidates) == SHOWN


def test_alike_are_those_who_share_what_all_have_in_common() -> None:
    roster = numbered(
        [
            person(0, "m", 1950),
            person(0, "m", 1951, first=1),
            person(0, "f", 1952),
            person(0, "m", 1950, "Новиков"),
        ]
    )
    gazetteer = Gazetteer(roster, ())
    assert gazetteer.alike(("1000", "1001")) == ("1000", "1001")
    assert gazetteer.alike(("1000", "1002")) == ("1000", "1001", "1002")
    assert gazetteer.alike(("1000", "1003")) == ("1000", "1003")
    assert gazetteer.alike(("1001", "1003")) == ("1000", "1001", "1003")
