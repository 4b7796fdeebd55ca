"""A «да» and nothing else: what alone lets a write go on.

It is a closed list and no model: whoever says one word more may mean another value, another
patient or another time, and is asked again.
"""

from __future__ import annotations

import re
from typing import Final

from nlu.canon import canonical
from nlu.messages import Parse

_FIRM_WORDS: Final = """
верно верна правильно точно именно конечно разумеется безусловно естественно абсолютно совершенно
утвердительно принято принимается подтверждаю подтверждаем подтверди подтвердите подтверждай
подтверждайте подтвердить подтверждено утверждаю одобряю запиши запишите записывай записывайте
записать записывать пиши пишите сохрани сохраните сохраняй сохраняйте сохранить сохранять внеси
внесите вноси вносите внести
"""
_LOOSE_WORDS: Final = """
да ага угу хорошо ладно добро окей ок годится подходит пойдет сойдет согласен согласна согласны
давай давайте нужно надо угадал угадала угадали
"""
"""Said of other things as well: no «да» beside a word of ``_WAVERING``."""
_IDLE: Final = """
все это оно самое то карта ну вот и есть же пожалуйста
спасибо можешь будь добр добра вы ты я прав права сходится сошлось
совпадает услышал услышала услышали понял поняла поняли расслышал расслышала записал записала
записали записано так как вполне пускай пусть будет останется оставь оставьте
пожалуй оставляй продолжай продолжайте запись записью само собой
"""
_WAVERING_WORDS: Final = "все так как будет ладно"
"""«Всё хорошо», «да так», «да ладно»."""
_PERSON_WORDS: Final = """
он она его ее ей ему самый самая самую тот та того этот эта эту этого наш наша пациент пациентка
пациента пациентку пациенту пациентке больной больная больную больному
"""
"""Beside a «да» they tell of somebody, who may be another: «да, она», «пациент согласен»."""
_CORRECTING: Final = """
нет не а но или у ой на вернее точнее то есть извини извините прости простите поправка исправь
исправьте неверно неправильно ошибка ошибся ошиблась другое значение цифра было будет там лучше
другой другая другую другого другому тоже также
верх верхнее верхняя низ нижнее нижняя систолическое диастолическое номер карты для целых
целая уж сказал сказала сказали замер замера измерение измерения данные цифры показания показатель
"""
_RESERVING: Final = """
но не нет ни только кроме подожди подождите погоди погодите постой постойте стой стоп отмена
отменить отмени отмените отменяй
"""
_FIRM: Final = frozenset(_FIRM_WORDS.split())
_YES: Final = _FIRM | frozenset(_LOOSE_WORDS.split())
_WITH_YES: Final = _YES | frozenset(_IDLE.split())
_WAVERING: Final = frozenset(_WAVERING_WORDS.split())
_AGREEING: Final = frozenset(
    ("да", "ага", "угу", "верно", "правильно", "точно", "именно", "конечно", "подтверждаю")
)
_SO_IT_IS: Final = re.compile(
    r"\b(?:все (?:именно )?(?:так|сходится|сошлось|совпадает)"
    r"|так (?:оно )?и (?:есть|оставь|оставьте)|пусть так и будет)\b"
)
"""«Всё так» is firm, though its words alone are not; in a canonical text."""
_WHOM: Final = frozenset(("он", "она", "его", "ее"))
_GRUDGING: Final = frozenset(("ладно", "ну", "пожалуйста"))
_WRITING: Final = frozenset(
    ("запиши", "запишите", "записывай", "записывайте", "пиши", "пишите", "сохрани", "сохраните")
)
_PLEASE: Final = frozenset(("пожалуйста", "давай", "давайте", "это", "так", "и", "да", "ну"))
RESERVED: Final = frozenset(_RESERVING.split())
AROUND: Final = _WITH_YES.union(_CORRECTING.split(), _PERSON_WORDS.split())
"""Words beside a value or a name that ask for nothing by themselves."""


def is_yes(parse: Parse, *, whom: bool = False) -> bool:
    """Whether ``parse`` agrees and says nothing else: no name, number, day or reservation.

    What tells of somebody or may be disbelief agrees to nothing: «да, она», «да ладно»; but «да,
    он» does where it was asked ``whom`` is meant.
    """
    if parse.intent != "affirm" or parse.found:
        return False
    words = set(_SO_IT_IS.sub("верно", canonical(parse.text).text).split())
    words -= _WHOM if whom else frozenset()
    if not (words <= _WITH_YES and words & _YES):
        return False
    return bool(words & _FIRM) or not words & _WAVERING or words <= _GRUDGING


def begins_with_yes(parse: Parse) -> bool:
    """Whether a «да» is said first and nothing holds back: «да и закончим», «верно, дальше»."""
    first = next((item.text for item in canonical(parse.text).items), "")
    return first in _AGREEING and not has_reservation(parse)


def tells_to_write(parse: Parse) -> bool:
    """Whether it says «запиши» and nothing else: asked whether to write, that is a «да»."""
    words = {item.text for item in canonical(parse.text).items}
    wished = parse.intent in ("record_measurement", "add_note") and not parse.found
    return wished and bool(words & _WRITING) and words <= _WRITING | _PLEASE


def has_reservation(parse: Parse) -> bool:
    """Whether a word was said that holds back: «но», «нет», «подожди»."""
    return any(item.text in RESERVED for item in canonical(parse.text).items)
