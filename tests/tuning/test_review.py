"""The review queue: opt-in, nothing of a patient in it, sealed, forgotten after 30 days."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.tuning import overlay
from assistant.tuning.errors import ReviewError
from assistant.tuning.masking import masked
from assistant.tuning.review import KEEP, ReviewQueue
from assistant.vault import Vault
from nlu.canon import fold
from nlu.declension import CASES, Part, decline
from nlu.evaluate import HELDOUT, read_roster
from nlu.gazetteer import Gazetteer
from nlu.messages import Parse
from nlu.parser import InProcessParser

PEOPLE, PLACES = read_roster(HELDOUT.parent)
GAZETTEER = Gazetteer(PEOPLE, PLACES)
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)
VAULT = Vault(bytes(32))


@pytest.fixture(scope="module")
def parser() -> InProcessParser:
    return InProcessParser.load(GAZETTEER)


@pytest.fixture
def queue(tmp_path: Path) -> ReviewQueue:
    return ReviewQueue(tmp_path / "review.sealed", VAULT, review=True)


def heard(text: str) -> Parse:
    return Parse(text, "out_of_scope", 0.7)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("Где телефон Громова Виктора Степановича?", "где телефон {patient}"),
        ("позови Веру из палаты двенадцать", "позови {patient} из палаты {number}"),
        ("карта 12-35 и полис 770-16", "карта {number} и полис {number}"),
        ("пациентка живёт в Твери", "пациентка живет в {place}"),
        ("свари мне кофе на завтро", "свари мне кофе на {word}"),
        ("что с жуком", "что с {patient}"),
        # names that are everyday words
        ("пациент гречка просит воды", "пациент {patient} просит воды"),
        ("позовите дочь королю", "позовите дочь {patient}"),
        ("больная коза", "больная {patient}"),
        ("доктор шило велел", "доктор {patient} велел"),
        ("позвони дочери пациентки гречки", "позвони дочери пациентки {patient}"),
        ("у кабана приступ", "у {word} приступ"),
        ("ткач буянит", "{word} буянит"),
        ("жена работает следователем", "жена работает {word}"),
        ("Переведите Шило в пятую. Налей чай", "переведите {word} в {number} налей чай"),
        # addresses and days
        ("улица строителей дом пять", "улица {place} {number}"),
        ("она живёт на кленовой улице", "она живет на {place} улице"),
        ("из посёлка октябрьский", "из поселка {place}"),
        ("день рождения третьего февраля", "день рождения {number} {month}"),
        ("третьего мая была", "{number} {month} была"),
        # what is said of people without naming one
        ("больной жалуется на сердце", "больной жалуется на сердце"),
        ("у пациента температура под сорок", "у пациента температура под {number}"),
        ("вызови дежурного кардиолога", "вызови дежурного кардиолога"),
        ("Сделай график дежурств", "сделай график дежурств"),
    ],
)
def test_what_is_kept(parser: InProcessParser, said: str, kept: str) -> None:
    assert masked(parser.parse(said), GAZETTEER.has_name_form) == kept


@settings(max_examples=60, deadline=None)
@given(
    person=st.sampled_from(PEOPLE),
    case=st.integers(0, len(CASES) - 1),
    before=st.sampled_from(["", "пациент ", "а что там с ", "позвони ", "кошка "]),
    after=st.sampled_from(["", " сегодня", " рентген", " 1961 года"]),
    number=st.integers(0, 10**8),
)
def test_no_name_or_number_survives(
    parser: InProcessParser, person: object, case: int, before: str, after: str, number: int
) -> None:
    patient = next(p for p in PEOPLE if p is person)
    names = [
        decline(name, part, patient.sex)[case]
        for part, name in zip(Part, (patient.last, patient.first, patient.middle), strict=True)
    ]
    said = f"{before}{' '.join(names)}{after} {number}"
    kept = masked(parser.parse(said), GAZETTEER.has_name_form)
    assert not {fold(name) for name in names} & set(kept.split())
    assert not re.search(r"\d", kept)


def test_it_is_sealed_and_counts(queue: ReviewQueue, tmp_path: Path) -> None:
    for day in range(3):
        queue.offer(heard("свари кофе"), GAZETTEER.has_name_form, NOW + timedelta(days=day))
    queue.offer(heard("Громов"), GAZETTEER.has_name_form, NOW)  # nothing is left of it
    (entry,) = queue.entries(NOW + timedelta(days=3))
    assert (entry.text, entry.times, entry.last) == ("свари кофе", 3, NOW + timedelta(days=2))
    assert "кофе".encode() not in (tmp_path / "review.sealed").read_bytes()


def test_it_forgets(queue: ReviewQueue) -> None:
    queue.offer(heard("свари кофе"), GAZETTEER.has_name_form, NOW)
    assert queue.entries(NOW + KEEP - timedelta(seconds=1))
    assert not queue.entries(NOW + KEEP)
    assert not queue.entries(NOW)  # gone, not hidden


def test_it_is_off_unless_asked_for(tmp_path: Path) -> None:
    off = ReviewQueue(tmp_path / "review.sealed", VAULT, review=False)
    off.offer(heard("свари кофе"), GAZETTEER.has_name_form, NOW)
    assert not (tmp_path / "review.sealed").exists()


def test_a_label_makes_an_example(queue: ReviewQueue, tmp_path: Path) -> None:
    site = tmp_path / "site.yml"
    for said in ("доложи мне про Громова Виктора за 3 дня завтро", "свари кофе"):
        queue.offer(heard(said), GAZETTEER.has_name_form, NOW)
    masked_first = queue.entries(NOW)[0].text
    assert masked_first == "доложи мне про {patient} за {number} дня {word}"
    queue.label(1, "get_latest_vitals", site, NOW)
    (example,) = overlay.read(site)
    assert example.annotated == "доложи мне про [Иванов](patient_name) за 5 дня"
    assert [e.text for e in queue.entries(NOW)] == ["свари кофе"]
    queue.drop(1, NOW)
    with pytest.raises(ReviewError, match="no utterance number 1"):
        queue.drop(1, NOW)


def test_a_queue_that_cannot_be_written_costs_no_answer(
    queue: ReviewQueue, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "review.sealed").write_bytes(b"not sealed by this key")
    queue.offer(heard("свари кофе"), GAZETTEER.has_name_form, NOW)
    assert "VaultError" in caplog.text
    assert "кофе" not in caplog.text
