"""Whether a note is dictated, or something asked: of a chart, or once more."""

from __future__ import annotations

import pytest
from test_reading import Talk, talk  # noqa: F401 - its fixture serves here too


@pytest.mark.parametrize(
    ("said", "begins"),
    [
        ("в карту лебедевой какие аллергии есть", "Лебедева Екатерина Юрьевна, 1998 года"),
        ("в карту лебедевой хочу посмотреть лекарства", "Лебедева Екатерина Юрьевна, 1998 года"),
        ("диагнозы какие у него скажи и запиши", "У пациента 3 диагноза."),
        ("какие лекарства он принимает запиши", "У пациента 5 назначений."),
        ("в карту лебедевой говорит что болит голова", "Записать Лебедевой"),
        ("какая-то слабость с утра запиши", "Записать Громову"),
    ],
)
def test_a_question_about_a_chart_is_no_note(
    talk: Talk,  # noqa: F811
    said: str,
    begins: str,
) -> None:
    assert talk(said).startswith(begins)


@pytest.mark.parametrize("said", ["повторить анализ у невролога", "ещё раз экг завтра"])
def test_a_note_tells_what_is_to_be_done_again(talk: Talk, said: str) -> None:  # noqa: F811
    assert f"заметку: «{said}»?" in talk("запиши заметку", said)


@pytest.mark.parametrize("said", ["повтори пожалуйста", "ещё раз пожалуйста", "повторить"])
def test_a_question_is_said_again(talk: Talk, said: str) -> None:  # noqa: F811
    assert talk("запиши заметку", said) == "Что записать в заметку?"
