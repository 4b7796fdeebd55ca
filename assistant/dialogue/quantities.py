"""Which quantity a value is of, where that is said after it or anew."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.dictated import dictated
from assistant.dialogue.measuredat import first_item, word_before
from assistant.dialogue.state import Request
from assistant.dialogue.yes import AROUND
from nlu.canon import canonical
from nlu.measures import find_value, is_possible
from nlu.messages import Parse, covered
from nlu.refusals import refused, vague

_NOT_BUT: Final = re.compile(r"(?:(?:нет|ой|ну|да) )*не (?:\S+ ){1,3}?а ")
"""«Не температуру, а …»."""
_RENAMING: Final = frozenset(("это", "вернее", "точнее", "то есть"))
"""Words that say of what the number is that was said: «нет, это сатурация»."""
_CORRECTING: Final = _RENAMING | {"нет", "ой", "поправка"}


def is_bare_quantity(parse: Parse) -> bool:
    """Whether only quantities are named: «пульс», «температура»."""
    named = [e for e in parse.found if e.name == "observation"]
    canon = canonical(parse.text)
    inside = zip(canon.items, covered(canon, named), strict=True)
    return bool(named) and all(of_one or item.text in AROUND for item, of_one in inside)


def named_after(request: Request, parse: Parse) -> Request:
    """``request`` for the quantity in ``parse`` with the value that was said before it."""
    quantity, *left = dictated(parse).named
    found = find_value(request.number, quantity)
    sure = not (refused(request.number, quantity) or vague(request.number))
    return replace(
        request,
        observation=quantity,
        measurement=found.value if found and sure else None,
        left=tuple(left),
    )


def quantity_instead(parse: Parse, request: Request) -> Request | None:
    """``request`` for the one other quantity that is named in its stead, if nothing else is said:
    «нет, это сатурация», «не температуру, а пульс». Its value stays where that one can have
    it; after a bare «нет» the number may be wrong as well. «Это не сатурация» changes nothing of a
    pulse.
    """
    canon = canonical(parse.text)
    denied = _NOT_BUT.match(canon.text)
    meant = canon.items_of(denied.end() if denied else 0, len(canon.text))
    named = [e for e in parse.found if e.name == "observation"]
    inside = covered(canon, named)
    for at, item in enumerate(canon.items):  # «не пульс, а сатурация»
        inside[at] |= any(start < item.end and item.start < end for start, end in parse.unsaid)
    asserted = [e for e in named if word_before(canon, e) != "не"]
    others = {str(e.value) for e in asserted if first_item(canon, e) in meant}
    bare = all(inside[i] or canon.items[i].text in AROUND for i in meant)
    words = {item.text for item in canon.items}
    words |= {"то есть"} if "то есть" in canon.text else set()
    corrects = denied or words & _CORRECTING
    if bare and named and not asserted and request.observation not in {e.value for e in named}:
        return request
    if len(others) != 1 or others == {request.observation} or not (bare and corrects):
        return None
    (other,) = others
    kept = request.measurement
    renamed = denied or words & _RENAMING
    kept = kept if kept is not None and renamed and is_possible(other, kept) else None
    return replace(request, observation=other, measurement=kept, refusal=None, left=())
