"""Somebody only pointed at: «запиши следующему», «у второго», «той, что у окна», «всем».

Whom such a word means is known only while names are listed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from assistant.dialogue.leaving import PERSON
from assistant.dialogue.whom import of_whom
from nlu.agreement import agrees, counts, is_noun, is_preposition
from nlu.canon import Canon, canonical, fold
from nlu.messages import Parse, covered

_NOT_THIS: Final = (
    r"(?:\d+й|т(?:ого|ому|ой)|друг(?:ого|ому|ой)|(?:предыдущ|прошл|следующ|нов|соседн)\w+)"
)
_WHO_OF_MANY: Final = re.compile(
    rf"\b{_NOT_THIS} {PERSON}\b|\bу {_NOT_THIS}(?= котор| кто| что|$)"
    rf"|\b(?:{PERSON}|кто) (?:\w+ )?(?:справа|слева|напротив|(?:у|возле) (?:окна|двери))"
    r"|\b(?:\d+й|соседн\w+|эт\w+|т(?:ой|ом)) (?:палат|койк)\w+|\bпалат\w+ (?:номер )?\d"
)
"""In a canonical text."""
_AT_OTHER: Final = re.compile(rf"\bу (?:{_NOT_THIS}|последн\w+) (\w+)")
_OF_PAPERS: Final = frozenset({"get_document", "get_documents_from_hospital"})

_FOR_ME: Final = re.compile(
    r"(?<!\bк )(?<!\bко )\bсебе\b"
    r"|\b(?:запиш|внес|занес|добав|отмет|постав|введ|зафиксир|(?:по|из|за)мер)\w* (?:мне|нам)\b"
    r"|\b(?:мне|нам) (?:по|из|за)мер\w+"
    rf"|\bмо(?:й|я|е|ю|его|ему|ей)\b(?! (?:\w+ )?(?:{PERSON}|измерени\w+|замер\w*)\b)"
)
"""The speaker's own; «мне нужно записать» and «мой пациент» tell nothing."""
_BY_WINDOW: Final = re.compile(r"\bу (?:окна|двери)\b")
_ADJECTIVES: Final = (
    r"перв|втор|четверт|пят|шест|седьм|восьм|девят|десят"
    r"|предыдущ|прошл|следующ|нов|последн|лежач|тяжел|новеньк|соседн|друг|кажд|люб"
)
_TO_OTHER: Final = re.compile(
    rf"(?:{_ADJECTIVES})(?:ому|ему|ой|ей|ого|его)|треть(?:ему|ей|его)"
    r"|т(?:ому|ой|ого)|кому|тебе|вам|им|всем|всех|обоим|обоих|обеим|обеих|остальным|остальных"
)
_NEXT_ONE: Final = re.compile(r"следующ(?:ий|ая)")
_THIS_ONE: Final = {"этому": "m", "этой": "f"}
_NOT_WHOM: Final = frozenset(("назад", "же"))
"""«Час тому назад», «в том же»: after these words nobody is pointed at."""
_OF_WHOM: Final = frozenset(("у", "для"))


def points_at_somebody(parse: Parse) -> bool:
    """Whether somebody is pointed at whom nothing tells, or the speaker is: «у второго пациента»,
    «запиши следующему», «мой пульс 70».
    """
    canon = of_whom(parse)
    if parse.intent == "add_note":
        return _is_to_other(canon)
    if _WHO_OF_MANY.search(canon.text):
        return True
    if parse.intent not in _OF_PAPERS and _is_of_other(canon):
        return True
    if parse.intent != "record_measurement":
        return False
    if _FOR_ME.search(canon.text):
        return True
    dictates = bool(parse.found) or any(item.is_number for item in canon.items)
    return dictates and (_BY_WINDOW.search(canon.text) is not None or _is_to_other(canon))


def may_point_at_somebody(parse: Parse) -> bool:
    """Whether a quantity is the second or the next one, or that of somebody who is: «запиши второй
    пульс 70», «следующая температура 37».
    """
    canon = canonical(parse.text)
    measured = covered(canon, [e for e in parse.found if e.name == "observation"])
    return any(
        measured[i] and (_NEXT_ONE.fullmatch(said) or _TO_OTHER.fullmatch(said))
        for i, said in enumerate(_surfaces(canon)[:-1], 1)
    )


def sexes_pointed_at(canon: Canon) -> set[str]:
    """The sexes of whom «этому» and «этой» with no noun are said."""
    return {_THIS_ONE[word] for word in _alone(canon) if word in _THIS_ONE}


def _is_to_other(canon: Canon) -> bool:
    """Whether something is said for or of somebody pointed at."""
    return any(_NEXT_ONE.fullmatch(word) or _TO_OTHER.fullmatch(word) for word in _alone(canon))


def _alone(canon: Canon) -> Iterator[str]:
    """The words that describe no noun after them, and stand after no preposition as of a place or
    a time: none in «прошлой ночью», «на второй», «по этой».
    """
    said = _surfaces(canon)
    for i, word in enumerate(said):
        before, after = "".join(said[i - 1 : i] if i else []), "".join(said[i + 1 : i + 2])
        placed = is_preposition(before) and before not in _OF_WHOM
        if not (placed or after in _NOT_WHOM or agrees(word, after)):
            yield word


def _surfaces(canon: Canon) -> list[str]:
    """The words as they were said, folded: «второй» and not «2й»."""
    return [fold(canon.surface(range(i, i + 1))) for i in range(len(canon.items))]


def _is_of_other(canon: Canon) -> bool:
    """Whether «у второго», «у другой» stand before a thing that is theirs: «у второго диагнозы»."""
    for match in _AT_OTHER.finditer(canon.text):
        where = canon.items_of(*match.span())
        other = canon.surface(where[1:2])
        if is_noun(match[1]) and not counts(other, match[1]):
            return True
    return False
