"""Patients of a large roster: who is meant, and how long it takes to find out.

Two rosters of the dictionary's names: in one all surnames are as common, in the other few are
very common, as in Russia, where 1.3 % are called Иванов or Иванова. What is said is a name or a
part of one, in any case, half of the time with a letter misheard, and often the year of birth.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate
from typing import Final

from nlu.declension import CASES, Part, decline, other_sex
from nlu.dictionary import morph
from nlu.evaluate import HELDOUT_TODAY, percentile
from nlu.gazetteer import Gazetteer
from nlu.messages import Person
from nlu.parser import InProcessParser

LARGE: Final = 100_000
SPOKEN: Final = 1_000
PARSED: Final = 300
READINGS: Final = 4
"""Other readings of an utterance."""
_COMMONEST: Final = 10
"""The n-th surname is as common as 1 in n + this many: the first has 1.3 % of the people."""
_SAID: Final = ((0,), (1, 0), (0, 1, 2), (0, 1, 2))
"""Parts of the name, as :class:`nlu.declension.Part` has them, that are said."""


def large_roster() -> dict[str, object]:
    """Both rosters by name."""
    chooser = random.Random(7)
    return {
        "uniform": measured(invent(chooser, skewed=False), chooser),
        "skewed": measured(invent(chooser, skewed=True), chooser),
    }


def measured(people: Sequence[Person], chooser: random.Random) -> dict[str, object]:
    """Time to build, to match and to parse, and whom a name finds."""
    started = time.perf_counter()
    gazetteer = Gazetteer(people, ())
    build_s = time.perf_counter() - started
    surnames = Counter(person.last for person in people)
    return {
        "people": len(people),
        "surnames": len(surnames),
        "of_the_commonest_surname": surnames.most_common(1)[0][1],
        "build_s": round(build_s, 1),
        "names": found(gazetteer, people, chooser),
        "parse": parsed(gazetteer, people, chooser),
    }


def found(
    gazetteer: Gazetteer, people: Sequence[Person], chooser: random.Random
) -> dict[str, object]:
    """Whom names find.

    ``right``: who was meant, and nobody else is called so. ``by_chance``: who was meant, though
    others are called so as well. ``wrong``: somebody else. ``asked``: a question, ``offered`` of
    them with the right one among those it names, ``needless`` where only one is called so.
    """
    counts: Counter[str] = Counter()
    times, processor = [], []
    bearers = {
        (said, year): Counter(told(person, said, year=year) for person in people)
        for said in set(_SAID)
        for year in (False, True)
    }
    for person in chooser.sample(people, SPOKEN):
        said, year = chooser.choice(_SAID), chooser.random() < 0.5
        text = spoken(person, said, chooser, year=year)
        started, worked = time.perf_counter(), time.thread_time()
        mention = gazetteer.match_patients(text)
        processor.append((time.thread_time() - worked) * 1000)
        times.append((time.perf_counter() - started) * 1000)
        alone = bearers[said, year][told(person, said, year=year)] == 1
        cards = [candidate.card for candidate in mention.candidates]
        if mention.ambiguous or not cards:
            counts["asked"] += 1
            counts["offered"] += person.card in cards
            counts["needless"] += alone
        elif cards[0] == person.card:
            counts["right" if alone else "by_chance"] += 1
        else:
            counts["wrong"] += 1
    keys = ("right", "by_chance", "wrong", "asked", "offered", "needless")
    return {"spoken": SPOKEN, **{key: counts[key] for key in keys}, **spread(times, processor)}


def parsed(
    gazetteer: Gazetteer, people: Sequence[Person], chooser: random.Random
) -> dict[str, object]:
    """Times of whole parses, without other readings and with some that were misheard."""
    parser = InProcessParser.load(gazetteer, lambda: HELDOUT_TODAY)
    result: dict[str, object] = {}
    for readings in (0, READINGS):
        times, processor = [], []
        for person in chooser.sample(people, PARSED):
            name = spoken(person, chooser.choice(_SAID), chooser, year=chooser.random() < 0.5)
            text = f"какое давление было у {name}"
            others = [misheard(text, chooser) for _ in range(readings)]
            started, worked = time.perf_counter(), time.thread_time()
            parser.parse(text, others)
            processor.append((time.thread_time() - worked) * 1000)
            times.append((time.perf_counter() - started) * 1000)
        result[f"{readings}_other_readings"] = spread(times, processor)
    return result


def told(person: Person, said: Iterable[int], *, year: bool) -> tuple[object, ...]:
    """What is said of ``person``: whoever has the same is meant as well."""
    names = (person.last, person.first, person.middle)
    return (person.sex, *(names[part] for part in said), person.birth_year if year else None)


def spoken(person: Person, said: Iterable[int], chooser: random.Random, *, year: bool) -> str:
    """Parts of a name in some case, and the year of birth."""
    at = chooser.randrange(len(CASES))
    names = (person.last, person.first, person.middle)
    spelt = [decline(names[part], tuple(Part)[part], person.sex)[at] for part in said]
    text = misheard(" ".join(spelt).lower(), chooser)
    return f"{text} {person.birth_year} года рождения" if year else text


def invent(chooser: random.Random, *, skewed: bool) -> list[Person]:
    """People named from the dictionary; ``skewed`` gives some names to very many."""
    names: dict[tuple[str, str], set[str]] = {}
    for word, tag, normal, *_ in morph().dictionary.iter_known_words():
        for mark in ("Surn", "Name", "Patr"):
            if mark in tag and "nomn" in tag and "sing" in tag and "Abbr" not in tag:
                for sex, gender in (("m", "masc"), ("f", "femn")):
                    if gender in tag and (mark != "Name" or word == normal):
                        names.setdefault((mark, sex), set()).add(word)
    pools = {key: chooser.sample(sorted(words), len(words)) for key, words in names.items()}
    if skewed:  # a woman's surname is as common as the man's
        pools["Surn", "f"] = [other_sex(last, "m") or last for last in pools["Surn", "m"]]
    choose = {key: chosen(pool, chooser, skewed=skewed) for key, pool in pools.items()}
    people = []
    for number in range(LARGE):
        sex = chooser.choice("mf")
        last, first, middle = (
            choose[mark, sex]().capitalize() for mark in ("Surn", "Name", "Patr")
        )
        card = str(100_000 + number)
        people.append(Person(card, last, first, middle, sex, chooser.randrange(1930, 2020)))
    return people


def chosen(pool: Sequence[str], chooser: random.Random, *, skewed: bool) -> Callable[[], str]:
    """What gives one name of the ``pool`` after another."""
    weights = [1 / (at + _COMMONEST) if skewed else 1.0 for at in range(len(pool))]
    cumulated = list(accumulate(weights))
    return lambda: chooser.choices(pool, cum_weights=cumulated)[0]


def misheard(text: str, chooser: random.Random) -> str:
    """Half of the names with one letter taken for another or lost."""
    if chooser.random() < 0.5:
        return text
    at = chooser.randrange(len(text))
    return text[:at] + chooser.choice(("", chooser.choice("аоеиу"))) + text[at + 1 :]


def spread(times: list[float], processor: list[float]) -> dict[str, float]:
    """Milliseconds by the clock, and of this thread's work."""
    return {
        "p50_ms": round(percentile(sorted(times), 0.5), 2),
        "p95_ms": round(percentile(sorted(times), 0.95), 2),
        "max_ms": round(max(times), 2),
        "processor_p50_ms": round(percentile(sorted(processor), 0.5), 2),
        "processor_p95_ms": round(percentile(sorted(processor), 0.95), 2),
    }
