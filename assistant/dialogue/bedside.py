"""Words of the talk at a bedside: which correct what waits for an answer, and which are said to
somebody else or of one.
"""

from __future__ import annotations

import re
from typing import Final

from assistant.dialogue.leaving import AROUND_NAME, PERSON
from assistant.dialogue.picking import FILLER
from assistant.dialogue.yes import AROUND, RESERVED
from nlu.canon import canonical
from nlu.concepts import concept, lemma
from nlu.declension import Part, name_kinds
from nlu.dictionary import known, morph, reading
from nlu.messages import Parse

_CORRECTING: Final = AROUND | AROUND_NAME | FILLER
_CHANGES: Final = (
    r"(?:по)?став(?:ь|ьте)|(?:на|пере|за|до)?пиши(?:те)?|(?:с|пере)делай|(?:об|по|из|за)?меня(?:й|ем)\w*"
    r"|(?:об|по|из|за)меня(?:ть)?|обнови\w*|(?:с|под|от)?корректир\w+|отмет(?:ь|ьте)"
    r"|(?:ис|по)прав(?:ь|ьте|ить|ляем|ляю)|(?:за|из)мени(?:те|ть)?|уточн(?:и|ите|яю|ить)"
)
_CHANGING: Final = re.compile(_CHANGES)
_MEASURING: Final = re.compile(
    rf"{PERSON}|{_CHANGES}|(?:на|из|по|за)?мер[ия]\w+|замера?|насчита\w+|получен\w*|получ\w+с[ья]|показ\w+"
    r"|говор(?!ит|ят)\w+|(?:про)?дикту\w+|значит|скажу|посмотр\w+|вижу|стал\w?|вышло"
    r"|(?:ис|по)прав\w+|замен\w+|измен\w+|перепутал\w?|зовут|фамили\w+|прошу|прощения|здесь|тут"
    r"|част\w+|год\w*|рождения|врем\w+|числом?|час(?:а|ов)?|утра|дня|вечера|ночи"
    r"|как(?:ой|ое|ая|ие)|кроме|помимо|вместо|под|за|около|почти|порядка|ближе|где|примерно"
    r"|приблизительно|(?:бол|мен)(?:ьше|ее)|выше|ниже|медсестра|сестра|фельдшер"
    r"|ошиб\w+|име(?:л[аи]?|ю|лась|лся|лись)|виду|сид(?:ит|ел\w?)|леж(?:ит|ал\w?)|перед|мной"
    r"|бабушк\w|дедушк\w"
)
"""How a value was come by or is changed, and how it, or whose it is, is said."""
_FOR_US: Final = frozenset(("SHOW", "OPEN", "SAY", "FIND", "GO", "WRITE"))
"""What the assistant is told to do."""
_FETCH: Final = re.compile(
    r"(?:при|под|у|от|вы)нес[иё]\w*|(?:по|вы)зови|под(?:ай|ержи)|отойди|выйди|помоги|\w*звон\w+"
)
_KIN_WORDS: Final = """
муж жена мать мама отец папа сын дочь дочка брат сестра внук внучка тетя дядя теща тесть свекровь
свекор невестка зять сосед соседка
"""
_KIN: Final = frozenset(_KIN_WORDS.split())
_PLACES: Final = frozenset(("дом", "палата", "этаж"))
_ELSEWHERE: Final = _PLACES | {"через", "квартира", "номер", "телефон"}
"""Words before a number that is no value."""
_OTHER_NUMBER_WORDS: Final = """
кабинет койка кровать капельница размер участок ряд следующий обычно обычный
вводить ввести вколоть съесть выпить вода сок хлеб хлебный конфета
"""
_OTHER_NUMBER: Final = _PLACES | _KIN | frozenset(_OTHER_NUMBER_WORDS.split())
"""Words beside a number that is of a place, a dose or somebody else."""
_TREATMENT: Final = frozenset(("MEDICINE", "DRUG", "DOSE", "TAKE", "THERAPY"))
_OWN: Final = re.compile(r"\bмне\b|\bу меня\b")
"""«Мне восемьдесят», «у меня обычно восемьдесят»: the patient speaks of himself."""
_ALSO_NOTED: Final = frozenset(("и", "еще", "заметка", "добавить"))


def corrects(word: str) -> bool:
    """Whether a word beside a name, a value or a time only corrects it or says how it came."""
    return word in _CORRECTING or _MEASURING.fullmatch(word) is not None


def changes(word: str) -> bool:
    """Whether the assistant is told to change something; «поставьте» may be told to the patient."""
    return _CHANGING.fullmatch(word) is not None and not word.endswith("те")


def is_address(word: str) -> bool:
    """Whether a second person is spoken to: «отойдите», «вам»."""
    if corrects(word) or concept(word) in _FOR_US:
        return False
    tag = reading(word).tag
    return "plur" in tag and ("impr" in tag or "2per" in tag)


def speaks_to_somebody(parse: Parse) -> bool:
    """Whether a second person is told something else than to wait: «не волнуйтесь»."""
    said = (item.text for item in canonical(parse.text).items)
    return parse.intent == "out_of_scope" and any(
        is_address(word) and word not in RESERVED for word in said
    )


def is_called(word: str) -> bool:
    """Whether the word beside a name is said to whoever is called so, or of a relative."""
    return is_address(word) or _FETCH.fullmatch(word) is not None or lemma(word) in _KIN


def may_be_subject(word: str) -> bool:
    """Whether a name is in the form in which one is spoken to, or does something."""
    return any("nomn" in form.tag for form in morph().parse(word))


def calls_by_first_name(words: list[str]) -> bool:
    """Whether a name of these ``words`` is one as a person is spoken to: «Анна Михайловна»."""
    first = all(name_kinds(word) and Part.LAST not in name_kinds(word) for word in words)
    return first and any(map(may_be_subject, words))


def acts(word: str) -> bool:
    """Whether somebody does something else than to correct: «просила», «смотрит»."""
    tag = reading(word).tag
    return not corrects(word) and tag.POS == "VERB" and ("3per" in tag or "past" in tag)


def counts(words: list[str], at: int) -> bool:
    """Whether the number there counts what is said after it, or is of a place: «40 минут»,
    «дом 12», but not «80, дефицита нет».
    """
    if at and lemma(words[at - 1]) in _ELSEWHERE:
        return True
    after = [*words[at + 1 : at + 3], "", ""]
    if not known(after[0]) or reading(after[0]).tag.POS != "NOUN" or after[1] == "нет":
        return False
    last = int(words[at]) % (100 if int(words[at]) % 100 in range(11, 15) else 10)
    form = {"nomn", "sing"} if last == 1 else {"gent", "sing" if last in (2, 3, 4) else "plur"}
    return any({"NOUN", *form} in one.tag for one in morph().parse(after[0]))


def tells_other_number(words: list[str]) -> bool:
    """Whether a number among ``words`` is a dose, of a place or somebody else's: «аспирин сто»,
    «восемьдесят палата», «следующему восемьдесят», «дочка тридцать восемь».
    """
    return _OWN.search(" ".join(words)) is not None or any(
        lemma(word) in _OTHER_NUMBER or concept(word) in _TREATMENT
        for word in words
        if not corrects(word)
    )


def is_asked_of_patient(words: list[str]) -> bool:
    """Whether a patient is asked so: «таблетки пили», «чем болели»; a doctor asks «что он пьёт»,
    and notes «суставы болели».
    """
    if words[:1] == ["и"] or any(
        concept(w) == "WRITE" or lemma(w) in _ALSO_NOTED for w in words[:3]
    ):
        return False
    asked = [word for word in words if _is_asked(word)]
    ill = any(concept(word) == "SUFFER" for word in asked)
    return bool(asked) and not any(_does(word, anything=ill) for word in words)


def _is_asked(word: str) -> bool:
    tag = reading(word).tag
    asked = {"plur", "2per", "indc"} in tag or {"plur", "past"} in tag
    return asked and concept(word) in ("TAKE", "SUFFER")


def _does(word: str, *, anything: bool) -> bool:
    """Whether the word may be the subject of a verb in the plural: people, or else anything."""
    tags = [form.tag for form in morph().parse(word)] if known(word) else []
    return any({"NOUN", "plur", "nomn"} in tag and (anything or "anim" in tag) for tag in tags)
