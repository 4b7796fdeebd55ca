"""What is said to leave the current patient: «не тот», «следующий пациент», «забудь его».

Closed lists of words, and no model: an utterance made of nothing else tells it for certain,
whatever intent it reads as.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from itertools import pairwise
from typing import Final

from assistant.dialogue.whom import rejections
from nlu.canon import canonical
from nlu.dictionary import reading
from nlu.messages import Parse, covered
from nlu.rejected import rejected

PERSON: Final = (
    r"(?:пациент(?:а|у|ом|е|к\w+)?|больн(?:ой|ая|ого|ому|ую|ым|ом)|человек\w{0,2}|мужчин\w{1,2}"
    r"|женщин\w{1,2})"
)
_OTHER: Final = rf"друг(?:ой|ая|ую|ого|ому|им|ом)(?: {PERSON})?"
_PRONOUN: Final = r"(?:эт|т)(?:от|а|у|ого|ой|ому|ом|им)|он|она|н?его|н?е[ей]|н?ему|нем|н?им"
_THAT: Final = rf"(?:(?:{_PRONOUN})(?: {PERSON})?)"
_WHOSE: Final = rf"(?:{PERSON}|фамили\w+|карт(?:а|ы|у|ой))"
_WRONG: Final = r"(?:не (?:т|эт)(?:от|а|у|ого|ой|ому)|не ?верн\w+|не ?правильн\w+|чуж\w+|друг\w+)"
_ANOTHER: Final = re.compile(
    rf"не {_THAT}(?: {_OTHER})?|{_OTHER}|{_WRONG} {_WHOSE}|{_WHOSE} {_WRONG}"
    rf"|(?:(?:все|так|правильно) )*(?:кроме|помимо) {_WHOSE}"
    rf"|(?:перепутал\w*|ошиб(?:ся|лась|лись)(?: с)?) {_WHOSE}"
)
_AROUND_ANOTHER_WORDS: Final = """
нет ой это я мы вы ты мне меня нам нас имел имела имели в виду говорю говорил говорила спрашиваю
спрашивал спрашивала просил просила хотел хотела хочу нужен нужна надо был была речь ошибка
ошибся ошиблась ошиблись извини извините прости простите стоп стой стойте подожди подождите постой
постойте погоди погодите секунду секундочку минуту минутку а у про о об обо к ко для с со за
пожалуйста вообще совсем давай давайте да верно на под перепиши перепишите
"""
_AROUND_ANOTHER: Final = frozenset(_AROUND_ANOTHER_WORDS.split())
_MISTOOK: Final = frozenset(("ошибся", "ошиблась", "ошиблись", "с"))
"""Of whom one was wrong is said after these."""
_NEXT: Final = re.compile(
    r"(?:нов|следующ|предыдущ|прошл)(?:ый|ий|ая|яя|(?:о|е)(?:го|му|й|м)|[ую]ю)"
)
_PATIENT_BEFORE: Final = re.compile(rf"\b(?:предыдущ|прошл|прежн)\w+ {PERSON}\b")
_DISMISSES: Final = (
    r"забуд\w+|забыть|сброс\w*|закр(?:ой|ыть|оем|ываем)\w*|убери\w*|убрать|смени\w*|поменя\w+"
)
_ENDS: Final = re.compile(
    rf"{_DISMISSES}|хватит|довольно|достаточно|все|законч\w+|покончи\w+|разобрал\w+"
    r"|(?:во|за|при|у|вы)ш(?:ел|ла)"
)
_ALONE: Final = re.compile(r"забудь\w*|сбрось\w*|сброс")
_ANYBODY: Final = re.compile(rf"{PERSON}|{_PRONOUN}")
_WHOM: Final = re.compile(rf"{_ANYBODY.pattern}|{_OTHER}|{_NEXT.pattern}|карт[аыуе]|чуж\w+")
_OF_A_THING: Final = re.compile(rf"друг(?:ой|ая|ую|ое|ого|ому|ом)|{_NEXT.pattern}")
_THIS: Final = re.compile(r"(?:эт|т)\w+")
"""«Этого хватит» is no person's end, «забудь этого» is."""
_OPEN: Final = re.compile(
    r"открой\w*|покажи\w*|верни\w*|вернемся|перейд\w+|переходим|смотрим|будет|идет"
    r"|(?:по|у)?(?:езжаю|еду|иду|ш[ел]ла?|йду)"
)
_AROUND_LEAVING_WORDS: Final = "уже теперь и на ну так карту карта карте карточку наш наша нашего"
_AROUND_LEAVING: Final = _AROUND_ANOTHER | frozenset(_AROUND_LEAVING_WORDS.split())
_DENIES: Final = frozenset(("нет", "не", "ой", "вернее", "точнее"))
_AROUND_NUMBER_WORDS: Final = """
а у это карта карты карту карте номер номером пациент пациента пациентка пациентки я
"""
_AROUND_NUMBER: Final = _DENIES | frozenset(_AROUND_NUMBER_WORDS.split())
_OF_BIRTH: Final = frozenset(("год", "года", "году", "рождения"))
_AROUND_NAME_WORDS: Final = """
не вместо закрой закройте открой откройте покажи все закончили закончил закончила пациент
пациента пациентку пациентка переходим перейдем перейди вернее точнее все-таки таки лучше
расскажи расскажите рассказывай рассказывайте доложи доложите докладывай коротко кратко информация
сводка по что там значит так вот итак далее дальше сейчас потом следом обход осмотр коллеги
"""
AROUND_NAME: Final = _AROUND_LEAVING | frozenset(_AROUND_NAME_WORDS.split())
_WITH_WHOM: Final = re.compile(rf"\bсо? {_THAT}(?!\S)")
_NO_NEED: Final = re.compile(r"\bне (?:надо|нужно|нужн[аы]|нужен|хочу)\b")
_AROUND_OVER: Final = _AROUND_LEAVING | {"не", "больше"}
_ANOTHER_PAPER: Final = re.compile(r"друг(?:ая|ую)")
_NOT_THIS: Final = re.compile(r"не (?:эт|т)(?:от|а|у|ого|ой)(?: (\w+))?")


def speaks_of_whom(parse: Parse) -> bool:
    """Whether it is somebody with whom it is over: «с этим всё», but not «на этом всё»."""
    return _WITH_WHOM.search(canonical(parse.text).text) is not None


def means_another(parse: Parse) -> bool:
    """Whether all that is said is that somebody else is meant: «нет, другая», «я не про него»,
    «всё верно, кроме фамилии», «ошиблась пациентом».
    """
    return any(_ANOTHER.fullmatch(_core(parse, kept)) for kept in ((), _MISTOOK))


def may_mean_a_thing(parse: Parse) -> bool:
    """Whether no more than «другая» is said: where a paper lies open, it may be another paper."""
    return _ANOTHER_PAPER.fullmatch(_core(parse)) is not None


def denied_thing(parse: Parse) -> str | None:
    """The one thing that is denied, and no more said: «больница» of «не та больница», empty of
    «нет, не та», which may be a person as well; None of anything else.
    """
    denied = _NOT_THIS.fullmatch(_core(parse))
    return (denied[1] or "") if denied is not None else None


def _core(parse: Parse, kept: Collection[str] = ()) -> str:
    """The words, less those that stand around what another is called, but for the ``kept``."""
    return " ".join(w for w in _words(parse) if w not in _AROUND_ANOTHER or w in kept)


def names_over(parse: Parse) -> bool:
    """Whether all that is said is a name that is done with: «с Громовым всё», «не надо Громова»."""
    names = [e for e in parse.found if e.name in ("patient_name", "patient_id")]
    canon = canonical(parse.text)
    inside = zip(canon.items, covered(canon, names), strict=True)
    beside = [item.text for item, of_name in inside if not of_name]
    if len(names) != 1 or len(parse.found) != 1:
        return False
    rest = [word for word in beside if not _ENDS.fullmatch(word)]
    over = len(rest) < len(beside) or _NO_NEED.search(" ".join(beside)) is not None
    return over and _AROUND_OVER.issuperset(rest)


def leaves(parse: Parse, *, listed: bool) -> bool:
    """Whether the patient's turn is over: «новый пациент», «забудь его», «всё с этим больным».

    Where something is ``listed``, a bare «следующий» goes on in it, and «закрой его» closes a
    document.
    """
    words = [word for word in _words(parse) if word not in _AROUND_LEAVING]
    following = [word for word in words if _NEXT.fullmatch(word)]
    ends = [word for word in words if _ENDS.fullmatch(word) and word not in following]
    whom = [word for word in words if _ANYBODY.fullmatch(word) and word not in following]
    if any(word not in (*following, *ends, *whom) and not _OPEN.fullmatch(word) for word in words):
        return False
    of_patients = any(re.fullmatch(PERSON, word) for word in whom)
    if following:
        bare = not whom and not any(word.startswith("прошл") for word in following)
        return of_patients or bool(ends and whom) or (bare and not listed)
    if ends and whom:
        closes = any(word.startswith("закр") for word in ends)
        dismisses = any(re.fullmatch(_DISMISSES, word) for word in ends)
        certain = dismisses or not all(_THIS.fullmatch(word) for word in whom)
        return of_patients or (certain and not (listed and closes))
    return len(words) == 1 and _ALONE.fullmatch(words[0]) is not None


def goes_back(parse: Parse) -> bool:
    """Whether the patient before is meant: «вернёмся к предыдущему пациенту»."""
    return _PATIENT_BEFORE.search(canonical(parse.text).text) is not None


def touches_whom(parse: Parse) -> bool:
    """Whether a patient, or a pronoun of one, is among the words: «это не мой пациент»."""
    words = _words(parse)
    return any(
        _WHOM.fullmatch(word) and not (_OF_A_THING.fullmatch(word) and _is_thing(after))
        for word, after in zip(words, [*words[1:], ""], strict=False)
    )


def asks_for_other(parse: Parse) -> bool:
    """Whether another thing is asked for, and no other person: «другой документ»."""
    words = pairwise(_words(parse))
    return any(_OF_A_THING.fullmatch(word) and _is_thing(after) for word, after in words)


def _is_thing(word: str) -> bool:
    return bool(word) and not re.fullmatch(PERSON, word) and {"NOUN", "inan"} in reading(word).tag


def number_instead(parse: Parse) -> str | None:
    """The number said in place of another: «нет, 208», «не 207, а 208», «ой, карта 208».

    Empty where it is a year of birth, which many share.
    """
    items = canonical(parse.text).items
    numbers = [i for i, item in enumerate(items) if item.text.isdigit() and len(item.text) > 1]
    words = {item.text for i, item in enumerate(items) if i not in numbers}
    if not words & _DENIES or not words <= _AROUND_NUMBER | _OF_BIRTH:
        return None
    back = rejected(canonical(parse.text), lambda i: i in numbers).items
    meant = [items[i].text for i in numbers if i not in back]
    if len(meant) != 1:
        return None
    return "" if words & _OF_BIRTH else meant[0]


def tells_only_whom(parse: Parse) -> bool:
    """Whether nothing is said beside names: «а я просил Орлову», «Орловой вместо Громова»."""
    back, canon = rejections(parse).items, canonical(parse.text)
    inside = covered(canon, parse.found)
    beside = {x.text for i, x in enumerate(canon.items) if not (inside[i] or i in back)}
    return {e.name for e in parse.found} <= {"patient_name", "patient_id"} and (
        beside <= AROUND_NAME
    )


def _words(parse: Parse) -> list[str]:
    return [item.text for item in canonical(parse.text).items]
