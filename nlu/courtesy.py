"""What is said only to be polite: it tells nothing of what is asked, and grows long."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_DEAR: Final = "(?:уважаем|дорог|мил|любезн)(?:ый|ая|ой)"
_KIND: Final = "(?:любезн[аы]|любезен|добр[аы]?)"
_TROUBLE: Final = "(?:трудно|сложно|тяжело|затруднит)"
_THANKS: Final = (
    "(?:(?:большое|огромное) )?(?:(?:вам|тебе) )?спасибо(?: (?:вам|тебе|большое|огромное))*"
)
_COURTESY: Final = re.compile(
    r"(?<!\S)(?:"
    rf"(?:{_DEAR} )+(?:помощник|ассистент|коллега|друг|мой|моя)(?: {_DEAR})?"
    r"|голубчик|голубушка|дружок|милочка|душа моя"
    rf"|не (?:будете|будешь) ли (?:вы|ты)(?: так| столь)? {_KIND}"
    rf"|(?:будь|будьте)(?: так| столь)? {_KIND}"
    r"|не (?:мог|могла|могли) бы (?:вы|ты)"
    rf"|если (?:это|вас|тебя|вам|тебе) не {_TROUBLE}(?: то)?"
    r"|(?:сделай|сделайте|окажи|окажите) (?:мне )?(?:одолжение|любезность|милость)"
    r"|(?:я )?(?:бы )?(?:хотел|хотела|хотелось)(?: бы)? (?:вас |тебя )?попросить(?: вас| тебя)?"
    r"|(?:извини|извините|прости|простите) за беспокойство"
    r"|(?:а )?(?:вот )?(?:скажи|скажите) ка"
    rf"|{_THANKS}"
    r")(?!\S)"
)
"""In masked words. A closed list: of what else is said beside a request nothing is cut."""
_OPENER: Final = re.compile(
    r"^(?:(?:привет|приветствую|здравствуй|здравствуйте|с добрым утром|алло|ало"
    r"|добр(?:ый|ое|ого) (?:утро|утра|день|дня|вечер|вечера)"
    r"|(?:это|говорит) (?:дежурн\w+ )?(?:врач|доктор|сестра|медсестра|фельдшер) W"
    r"|благодарю|хорошо|отлично|прекрасно)(?: |$))+"
)
"""What is said before a request, or by itself; W is the name of one of the staff."""


def without_courtesy(masked: tuple[str, ...]) -> tuple[str, ...]:
    """The masked words less the courtesies; all of them where nothing else was said."""
    return tuple(_rest(masked)) or masked


def is_courtesy(words: Sequence[str]) -> bool:
    """Whether folded words are said only to be polite or to begin: «доброе утро», «алло»."""
    return bool(words) and not _rest(words)


def _rest(masked: Sequence[str]) -> list[str]:
    rest, before = " ".join(masked), ""
    while rest != before:
        before, rest = rest, _OPENER.sub("", _COURTESY.sub(" ", rest).strip())
    return rest.split()
