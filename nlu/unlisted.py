"""Quantities that doctors ask for and no record here has: they are named in the answer.

They are no entities, so that the parser's training does not depend on them. Where a known word is
part of one («холестерин ЛПНП», «индекс массы тела», «сахар в моче»), the known quantity is not
what was asked for.
"""

from __future__ import annotations

import re
from dataclasses import replace

from nlu.canon import Canon, fold
from nlu.messages import Entity, Parse
from nlu.vocabulary import OBSERVATIONS

_NAMES = {
    "билирубин": r"билирубин\w*",
    "мочевина": r"мочевин\w*",
    "мочевая кислота": r"мочев(?:ая|ую|ой) кислот\w+",
    "АЛТ": r"алт|алат|аланин\w+",
    "АСТ": r"аст|асат|аспарта\w+",
    "ГГТ": r"ггт\w*",
    "щелочная фосфатаза": r"щелочн\w+ фосфатаз\w+",
    "амилаза": r"амилаз\w+",
    "липаза": r"липаз\w+",
    "ЛДГ": r"лдг",
    "КФК": r"кфк|креатин ?(?:фосфо)?киназ\w+",
    "ферритин": r"ферритин\w*",
    "трансферрин": r"трансферрин\w*",
    "железо": r"(?:сывороточн\w+ )?желез[оау]",
    "ТТГ": r"ттг|тиреотропн\w+(?: гормон\w*)?",
    "Т4": r"(?:св\w+ )?т ?(?:4|четыре)|тироксин\w*",
    "МНО": r"мно",
    "АЧТВ": r"ачтв",
    "протромбин": r"протромбин\w*",
    "фибриноген": r"фибриноген\w*",
    "D-димер": r"(?:д|дэ|d)[ -]?димер\w*",
    "натрий": r"натри(?:й|я|ю|ем)",
    "кальций": r"кальци(?:й|я|ю|ем)",
    "магний": r"магни(?:й|я|ю|ем)",
    "хлор": r"хлор(?:а|у|ом|иды)?",
    "фосфор": r"фосфор\w*",
    "общий белок": r"общ\w+ бел(?:ок|ка|ком)",
    "альбумин": r"альбумин\w*",
    "ЛПНП": r"(?:холестерин\w* )?(?:лпнп|(?:\w+ )?низкой плотности)|плох\w+ холестерин\w*",
    "ЛПВП": r"(?:холестерин\w* )?(?:лпвп|(?:\w+ )?высокой плотности)|хорош\w+ холестерин\w*",
    "триглицериды": r"триглицерид\w*",
    "эритроциты": r"(?<!оседания )эритроцит\w*",
    "гематокрит": r"гематокрит\w*",
    "лимфоциты": r"лимфоцит\w*",
    "нейтрофилы": r"нейтрофил\w*",
    "эозинофилы": r"эозинофил\w*",
    "лактат": r"лактат\w*",
    "прокальцитонин": r"прокальцитонин\w*",
    "натрийуретический пептид": r"натрийуретич\w+ пептид\w*",
    "ПСА": r"пса",
    "ХГЧ": r"хгч",
    "кетоны": r"кетон\w*|ацетон\w*",
    "скорость клубочковой фильтрации": r"скф|(?:скорост\w+ )?клубочков\w+ фильтраци\w+",
    "витамин D": r"витамин\w* (?:д|d)",
    "боль": r"бол[ьи](?= \S+ из \S+)",
    "диурез": r"диурез\w*",
    "индекс массы тела": r"имт|индекс\w* массы(?: тела)?",
    "внутриглазное давление": r"(?:внутри)?глазн\w+ давлени\w+|давлени\w+ глаз\w*",
    "внутричерепное давление": r"внутричерепн\w+ давлени\w+",
    "центральное венозное давление": r"цвд|(?:центральн\w+ )?венозн\w+ давлени\w+",
}
_PATTERNS = {name: re.compile(rf"\b(?:{pattern})\b") for name, pattern in _NAMES.items()}
_ANY = re.compile(rf"\b(?:{'|'.join(_NAMES.values())})\b")
_OF_URINE = re.compile(r"(?: (?!и |а )\w+){0,3}? моч[еи]\b")
_IN_URINE = re.compile(r"\bв (?:\w+ )?моче(?: (?!и |а )\w+){0,3} $")
_PROTEIN = re.compile(r"\bбел(?:ок|ка)\b(?= в (?:\w+ )?моче)|(?<=в моче )бел(?:ок|ка)\b")


def unlisted_items(canon: Canon) -> frozenset[int]:
    """The items that name such a quantity: «натрийуретический» is nobody's surname."""
    spans = [match.span() for match in _ANY.finditer(fold(canon.cleaned))]
    return frozenset(
        i
        for i, item in enumerate(canon.items)
        if any(start < item.end and item.start < end for start, end in spans)
    )


def unlisted(parse: Parse) -> tuple[tuple[str, ...], Parse]:
    """The names of such quantities, and ``parse`` without the known ones that are part of them."""
    text = fold(parse.text)
    found = {name: match for name, p in _PATTERNS.items() if (match := p.search(text))}
    names = sorted(found, key=lambda name: found[name].start())
    spans = [match.span() for match in found.values()]
    if _PROTEIN.search(text):
        names.append("белок в моче")
    if "моч" in text:
        for entity in parse.found:
            if entity.name == "observation" and _is_of_urine(text, entity):
                names.append(f"{OBSERVATIONS[str(entity.value)].name} в моче")
                spans.append((entity.start, entity.end))
    if not names:
        return (), parse

    def kept(entities: tuple[Entity, ...]) -> tuple[Entity, ...]:
        return tuple(
            e
            for e in entities
            if e.name != "observation" or not any(e.overlaps(*span) for span in spans)
        )

    return tuple(names), replace(parse, entities=kept(parse.entities), beside=kept(parse.beside))


def _is_of_urine(text: str, entity: Entity) -> bool:
    """«сахар в моче», «креатинин мочи», «в моче есть сахар»; not «сахар и анализ мочи»."""
    if _OF_URINE.match(text, entity.end):
        return True
    return bool(_IN_URINE.search(text, 0, entity.start))
