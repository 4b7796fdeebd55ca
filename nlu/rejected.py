"""What an utterance says it is not about: «не Ольга», «Мария не нужна», «закрой Громова»."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nlu.canon import Canon
from nlu.declension import Part, name_kinds

_NOT = frozenset(("не", "кроме", "помимо", "вместо"))
_DISMISS = frozenset(("закрой", "закройте", "забудь", "забудьте", "сбрось", "сбросьте"))
_DONE = frozenset(("все", "хватит", "закончили", "закончил", "закончила", "разобрались"))
_DONE_WITH = frozenset(("с", "со", "пациентом", "пациенткой", "больным", "больной"))
_BETWEEN = re.compile(
    r"у|про|об?|для|ко?|со?|за|во?|из|на|от|это|(?:эт|т)(?:от|а|у|о|ого|ой|ому|ом|ою)|что"
    r"|котор\w+|пациент\w*|больн\w+|карт\w*|номер\w*|фамили\w+|зовут"
)
"""What may stand between «не» and whom it rejects: «не та, у которой карта 207»."""
_RELATIVE = re.compile(r"у|с|что|котор\w+")
"""What goes on after a comma: «не того, что Петрович»; «не та, Мария» does not."""
_ASIDE = frozenset(("это", "мне", "нам", "точно", "уже", "вообще"))
_TAIL = re.compile(
    r"надо|нуж\w+|т(?:от|а|у|о|ого|ой|ому)|он[ао]?|е[ей]|его|ему|подход\w+|подойд\w+|интересу\w+"
    r"|(?:показыва|чита|зачитыва|называ|открыва)(?:й|йте)|говори(?:те)?"
)
"""«Ольга не та», «Марию не надо», «Ольга это не она», «давление не показывай»."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """What the words «не», «кроме» or «закрой» reject."""

    items: frozenset[int]
    """Items of names, places in a list and card numbers that are not meant."""
    unclear: bool
    """Whether some «не» rejects nothing that is known."""


def rejected(canon: Canon, is_named: Callable[[int], bool]) -> Rejected:
    """Find what ``canon`` rejects; ``is_named`` tells which items name somebody or something.

    A comma or a second name of the same kind begins another: «не Ольга, Мария».
    """
    runs = [run for _, run in rejections(canon, is_named)]
    found = frozenset[int]().union(*runs, *_dismissed(canon, is_named))
    return Rejected(found, not all(runs))


def rejections(canon: Canon, is_named: Callable[[int], bool]) -> Iterator[tuple[int, set[int]]]:
    """The item of each «не» or «кроме», and the items that it rejects."""
    for at, item in enumerate(canon.items):
        if item.text in _NOT and not is_named(at):
            yield at, _after(canon, at, is_named) or _before(canon, at, is_named)


def _dismissed(canon: Canon, is_named: Callable[[int], bool]) -> Iterator[set[int]]:
    """What «закрой» and «с … всё» dismiss."""
    for at, item in enumerate(canon.items):
        if item.text in _DISMISS:
            yield _after(canon, at, is_named)
        elif item.text in _DONE:
            yield _done_with(canon, at, is_named)


def _after(canon: Canon, at: int, is_named: Callable[[int], bool]) -> set[int]:
    """What stands after the «не» at ``at``."""
    first = at + 1
    while first < len(canon.items) and not is_named(first):
        text = canon.items[first].text
        if not _BETWEEN.fullmatch(text) or _is_cut(canon, first):
            return set()
        first += 1
    if first == len(canon.items) or _is_cut(canon, first):
        return set()
    return _run(canon, range(first, len(canon.items)), is_named)


def _before(canon: Canon, at: int, is_named: Callable[[int], bool]) -> set[int]:
    """What stands before the «не» at ``at``, as in «Мария не нужна»."""
    if at + 1 == len(canon.items) or not _TAIL.fullmatch(canon.items[at + 1].text):
        return set()
    after = at + 2
    if after < len(canon.items) and is_named(after) and not _has_comma(canon, after):
        return set()  # «Ольгу не надо Марию»
    last = at - 1
    while last >= 0 and canon.items[last].text in _ASIDE:
        last -= 1
    if last < 0 or not is_named(last) or _has_comma(canon, at):
        return set()
    return _run(canon, range(last, -1, -1), is_named)


def _done_with(canon: Canon, at: int, is_named: Callable[[int], bool]) -> set[int]:
    """Whose turn the word at ``at`` ends: «с Громовым всё»."""
    if not at or not is_named(at - 1):
        return set()
    run = _run(canon, range(at - 1, -1, -1), is_named)
    first = min(run)
    return run if first and canon.items[first - 1].text in _DONE_WITH else set()


def _run(canon: Canon, where: range, is_named: Callable[[int], bool]) -> set[int]:
    """The items of one name or one number from the start of ``where``."""
    found: set[int] = set()
    said: frozenset[Part] = frozenset()
    for i in where:
        kinds = name_kinds(canon.items[i].text)
        cut = _has_comma(canon, max(i, i - where.step))
        if found and (cut or not is_named(i) or not kinds or kinds & said):
            break
        found.add(i)
        said |= kinds
        if canon.items[i].is_number:
            break
    return found


def _is_cut(canon: Canon, i: int) -> bool:
    """Whether a comma before item ``i`` begins something else."""
    return _has_comma(canon, i) and not _RELATIVE.fullmatch(canon.items[i].text)


def _has_comma(canon: Canon, i: int) -> bool:
    return i > 0 and "," in canon.cleaned[canon.items[i - 1].end : canon.items[i].start]
