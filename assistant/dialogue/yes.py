"""A «да» and nothing else: what alone lets a write go on.

It is a closed list and no model: whoever says one word more may mean another value, another
patient or another time, and is asked again.
"""

from __future__ import annotations

from typing import Final

from nlu.canon import canonical
from nlu.messages import Parse

_AGREEING: Final = """
да ага угу верно верна правильно точно именно так конечно разумеется безусловно естественно
абсолютно совершенно утвердительно хорошо ладно добро окей ок годится подходит пойдет сойдет принято
принимается согласен согласна согласны подтверждаю подтверждаем подтверди подтвердите подтверждай
подтверждайте подтвердить подтверждено утверждаю одобряю запиши запишите записывай записывайте
записать записывать пиши пишите сохрани сохраните сохраняй сохраняйте сохранить сохранять внеси
внесите вноси вносите внести можно давай давайте нужно надо угадал угадала угадали
"""
_IDLE: Final = """
все это он она оно его ее самый самая самое самую тот та то того этот эта эту этого наш наша
пациент пациентка пациента пациентку больной больная больную карта ну вот и есть же уж пожалуйста
спасибо можешь можете будь будьте добр добра добры вы ты я прав права правы сходится сошлось
совпадает услышал услышала услышали понял поняла поняли расслышал расслышала записал записала
записали записано сказал сказала сказали как вполне пускай пусть будет останется оставь оставьте
пожалуй оставляй продолжай продолжайте запись записью само собой
"""
_CORRECTING: Final = """
нет не а но или у ой на вернее точнее то есть извини извините прости простите поправка исправь
исправьте неверно неправильно ошибка ошибся ошиблась другое значение цифра было будет там лучше
другой другая другую другого другому тоже также
верх верхнее верхняя низ нижнее нижняя систолическое диастолическое номер карты ей ему для целых
целая
"""
_RESERVING: Final = """
но не нет ни только кроме подожди подождите погоди погодите постой постойте стой стоп отмена
отменить отмени отмените отменяй
"""
_YES: Final = frozenset(_AGREEING.split())
_WITH_YES: Final = _YES | frozenset(_IDLE.split())
_WRITING: Final = frozenset(
    ("запиши", "запишите", "записывай", "записывайте", "пиши", "пишите", "сохрани", "сохраните")
)
_PLEASE: Final = frozenset(("пожалуйста", "давай", "давайте", "это", "так", "и", "да", "ну"))
_RESERVED: Final = frozenset(_RESERVING.split())
AROUND: Final = _WITH_YES | frozenset(_CORRECTING.split())
"""Words beside a value or a name that ask for nothing by themselves."""


def is_yes(parse: Parse) -> bool:
    """Whether ``parse`` agrees and says nothing else: no name, number, day or reservation."""
    words = {item.text for item in canonical(parse.text).items}
    agrees = parse.intent == "affirm" and not parse.found
    return agrees and bool(words & _YES) and words <= _WITH_YES


def tells_to_write(parse: Parse) -> bool:
    """Whether it says «запиши» and nothing else: asked whether to write, that is a «да»."""
    words = {item.text for item in canonical(parse.text).items}
    wished = parse.intent in ("record_measurement", "add_note") and not parse.found
    return wished and bool(words & _WRITING) and words <= _WRITING | _PLEASE


def has_reservation(parse: Parse) -> bool:
    """Whether a word was said that holds back: «но», «нет», «подожди»."""
    return any(item.text in _RESERVED for item in canonical(parse.text).items)
