"""Replies that say nothing of their own: made of these words only, so they name nobody.

An utterance that the speaker's decision lets inherit must not carry anything new. The entities of
a parse can't tell: what an intent has no use for is not among them, and names of patients and
hospitals are looked for in the words once more. So it is a closed list of words.
"""

from __future__ import annotations

from typing import Final

from nlu.canon import fold, folded_words
from nlu.messages import Parse

_INTENTS: Final = frozenset({"affirm", "deny", "stop", "next", "previous", "repeat"})
_WORDS: Final = frozenset(
    fold(word)
    for words in (
        "да ага угу верно правильно точно так всё конечно именно хорошо ладно давай окей ок",
        "подтверждаю согласен согласна запиши записывай сохрани сохраняй",
        "нет не надо нужно неверно неправильно ошибка отмена отмени",
        "стоп хватит довольно тихо стой",
        "повтори повторите повторить ещё раз снова",
        "дальше далее продолжай продолжи читай",
        "следующий следующая следующее следующую назад обратно",
        "предыдущий предыдущая предыдущее предыдущую",
        "открой покажи прочитай документ страница страницу",
        "пожалуйста спасибо",
    )
    for word in words.split()
)


def is_bare_reply(parse: Parse) -> bool:
    """Whether ``parse`` answers the turn before and holds nothing else."""
    words = folded_words(parse.text)
    return parse.intent in _INTENTS and not parse.entities and _WORDS.issuperset(words)
