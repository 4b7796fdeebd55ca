"""What is said can be heard: Festival's speech, recognised by Whisper, states the same numbers.

eSpeak NG is not asked: Whisper base makes nothing of its voice, in 20 answers of 20. Eleven other
voice variants, speeds and pitches (ru+f3, ru+m3, ru+klatt4, 100 to 175 words a minute, …) brought
at best 3 of the 17 numbers of the first six answers through, the default 4. That it has a sound for
every number word is checked in test_synthesizer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from num2words import num2words
from spoken_numbers import read_numbers

from assistant.config import Paths
from assistant.messages import Transcript, Utterance
from assistant.recognition.whisper import WhisperRecognizer
from assistant.speech import festival_driver
from assistant.speech.delivery import Delivery
from assistant.speech.synthesizer import EngineSynthesizer, VoiceSettings, open_synthesizer
from assistant.speech.verbalise import verbalise

_PLACES = (
    Path(os.environ.get("WHISPER_BASE", "")),
    Paths.from_environment().models / "whisper-base",
)
WEIGHTS = next((place for place in _PLACES if (place / "model.bin").is_file()), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not festival_driver.available(), reason="apt-get install festival festvox-ru"
    ),
    pytest.mark.skipif(WEIGHTS is None, reason="no Whisper weights: assistant models fetch"),
]

ANSWERS = (
    "Артериальное давление 130/80 мм рт. ст., пульс 72 уд/мин, сегодня в 10:40.",
    "Глюкоза 7,8 ммоль/л: выше нормы, норма 3,3–5,5.",
    "Иванов Пётр Сергеевич, 1958 года рождения. Температура 37,2 °C.",
    "Бисопролол 5 мг. Аторвастатин 20 мг.",
    "Лейкоциты 6,7×10⁹/л.",
    "Карта 1236.",
    "Номер карты 45678. Больница №5.",
    "Сатурация 98 %.",
    "Гипертоническая болезнь II ст., код I11.9.",
    "Вес 84 кг, рост 176 см. Тропонин 12,5 нг/л.",
    "Метформин 500 мг 2 р/д.",
    "Осмотр 12 марта 2026 года.",
    "Эноксапарин 40 мг/0,4 мл п/к.",
    "Гепарин 5000 ЕД п/к 4 р/сут.",
    "ЧДД 16 в мин, температура 38,6 °C.",
    "СКФ 58 мл/мин/1,73 м².",
    "Симбикорт 160/4,5 мкг по 2 вд. 2 р/сут.",
)
SPEEDS = (0.85, 1.2)
AT_ANY_SPEED = (*ANSWERS[:4], *ANSWERS[5:8])


@pytest.fixture(scope="module")
def recognizer() -> WhisperRecognizer:
    assert WEIGHTS is not None
    return WhisperRecognizer(WEIGHTS)


@pytest.fixture(scope="module")
def voice() -> Iterator[EngineSynthesizer]:
    with open_synthesizer(VoiceSettings("festival")) as opened:
        yield opened


def digits(text: str) -> str:
    """The digits of all numbers in ``text`` in order, written or spelt, in whatever groups."""
    spelt = re.sub(r"\d+", lambda found: num2words(int(found[0]), lang="ru"), text)
    return "".join(str(number).replace(".", "") for number in read_numbers(spelt))


def are_heard(wanted: str, text: str) -> bool:
    """Whether ``text`` has all these digits, each after the one before.

    Others may stand between them: of «Симбикорт» Whisper makes «7 бекорд».
    """
    heard = iter(digits(text))
    return all(digit in heard for digit in wanted)


def test_a_number_that_is_missing_is_missed() -> None:
    assert are_heard("456785", "Номер карты 45 678, больница номер пять")
    assert not are_heard("456785", "Номер карты 45678, больница номер")
    assert not are_heard("130801040", "130 на 80, в 10:14")


@pytest.mark.parametrize(
    ("answer", "speed"),
    [
        *((answer, 1.0) for answer in ANSWERS),
        *((answer, speed) for answer in AT_ANY_SPEED for speed in SPEEDS),
    ],
)
def test_numbers_survive(
    recognizer: WhisperRecognizer, voice: EngineSynthesizer, answer: str, speed: float
) -> None:
    words = verbalise(answer)
    samples = Delivery(speed).apply(voice.synthesize(words))
    heard = recognizer.transcribe(Utterance(samples, samples, 0, len(samples) / 16_000))
    assert isinstance(heard, Transcript)
    readings = (heard.text, *heard.alternatives)
    assert any(are_heard(digits(words), reading) for reading in readings), readings
