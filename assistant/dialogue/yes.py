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
все это он она оно его ее самый самая самое самую тот та то того этот эта эту этого наш наша
пациент пациентка пациента пациентку больной больная больную карта ну вот и есть же пожалуйста
спасибо можешь можете можно будь будьте добр добра добры вы ты я прав права правы сходится сошлось
совпадает услышал услышала услышали понял поняла поняли расслышал расслышала записал записала
записали записано так как вполне пускай пусть будет останется оставь оставьте
пожалуй оставляй продолжай продолжайте запись записью само собой
"""
_WAVERING_WORDS: Final = "все так как будет ладно"
"""«Всё хорошо», «да так», «да ладно»."""
_PERSON_WORDS: Final = "он она тот та этот эта самый самая пациент пациентка больной больная"
_OF_A_PERSON_WORDS: Final = """
хорошо ладно согласен согласна согласны прав права правы понял поняла поняли услышал услышала
услышали расслышал расслышала расслышали записал записала записали угадал угадала угадали годится
подходит пойдет сойдет
"""
"""With a word for a person it tells of that one: «пациент согласен», «он пойдёт»."""
_CORRECTING: Final = """
нет не а но или у ой на вернее точнее то есть извини извините прости простите поправка исправь
исправьте неверно неправильно ошибка ошибся ошиблась другое значение цифра было будет там лучше
другой другая другую другого другому тоже также
верх верхнее верхняя низ нижнее нижняя систолическое диастолическое номер карты ей ему для целых
целая уж сказал сказала сказали пациенту пациентке больному
"""
_RESERVING: Final = """
но не нет ни только кроме подожди подождите погоди погодите постой постойте стой стоп отмена
отменить отмени отмените отменяй
"""
_FIRM: Final = frozenset(_FIRM_WORDS.split())
_YES: Final = _FIRM | frozenset(_LOOSE_WORDS.split())
_WITH_YES: Final = _YES | frozenset(_IDLE.split())
_WAVERING: Final = frozenset(_WAVERING_WORDS.split())
_PERSON: Final = frozenset(_PERSON_WORDS.split())
_OF_A_PERSON: Final = frozenset(_OF_A_PERSON_WORDS.split())
_SO_IT_IS: Final = re.compile(
    r"\b(?:все (?:именно )?(?:так|сходится|сошлось|совпадает)"
    r"|так (?:оно )?и (?:есть|оставь|оставьте)|пусть так и будет)\b"
)
"""«Всё так» is firm, though its words alone are not; in a canonical text."""
_GRUDGING: Final = frozenset(("ладно", "ну", "пожалуйста"))
_WRITING: Final = frozenset(
    ("запиши", "запишите", "записывай", "записывайте", "пиши", "пишите", "сохрани", "сохраните")
)
_PLEASE: Final = frozenset(("пожалуйста", "давай", "давайте", "это", "так", "и", "да", "ну"))
_RESERVED: Final = frozenset(_RESERVING.split())
AROUND: Final = _WITH_YES | frozenset(_CORRECTING.split())
"""Words beside a value or a name that ask for nothing by themselves."""


def is_yes(parse: Parse) -> bool:
    """Whether ``parse`` agrees and says nothing else: no name, number, day or reservation.

    What is said of others or may be disbelief agrees to nothing: «пациент согласен», «да ладно».
    """
    if parse.intent != "affirm" or parse.found:
        return False
    words = set(_SO_IT_IS.sub("верно", canonical(parse.text).text).split())
    if not (words <= _WITH_YES and words & _YES) or (words & _PERSON and words & _OF_A_PERSON):
        return False
    return bool(words & _FIRM) or not words & _WAVERING or words <= _GRUDGING


def tells_to_write(parse: Parse) -> bool:
    """Whether it says «запиши» and nothing else: asked whether to write, that is a «да»."""
    words = {item.text for item in canonical(parse.text).items}
    wished = parse.intent in ("record_measurement", "add_note") and not parse.found
    return wished and bool(words & _WRITING) and words <= _WRITING | _PLEASE


def has_reservation(parse: Parse) -> bool:
    """Whether a word was said that holds back: «но», «нет», «подожди»."""
    return any(item.text in _RESERVED for item in canonical(parse.text).items)
