"""What is certain without training: the form alone decides."""

from __future__ import annotations

import re
from collections.abc import Sequence

from nlu.concepts import concept
from nlu.dictionary import known, reading
from nlu.measures import UNIT

ONE_WORD = {
    "да": "affirm",
    "нет": "deny",
    "стоп": "stop",
    "хватит": "stop",
    "отмена": "stop",
    "отменить": "stop",
    "все": "stop",  # «всё» ends what is read; «на этом всё» the session
    "повтори": "repeat",
    "медленнее": "repeat",
    "помедленнее": "repeat",
    "дальше": "next",
    "назад": "previous",
    "помощь": "help",
    "спасибо": "out_of_scope",  # it ends no session
}
"""Commands of one word that must never depend on training."""

_OWN_ALLERGY = re.compile(r"\b(?:аллерги\w+ у меня|у меня \w*аллерги\w+)\b")
_OF_HIMSELF = re.compile(
    r"\bя (?:\w+ ){0,4}(?:лежала?|(?:пере)?болела?|пила?|пью|принима(?:ю|ла?)|лечил(?:ся|ась)"
    r"|сдавала?|перенес(?:ла)?)\b"
    r"|\b(?:мне|нам) (?:\w+ ){0,3}(?:мерили|измеряли|делали|назнач[аи]ли|пропис(?:ыв)?али|ставили"
    r"|кололи|давали|удал[яи]ли|вырезали)\b"
)
"""What a patient or a relative tells of himself."""
_ASKS_OF_ANOTHER = re.compile(
    r"\b(?:P|C|он|она|его|ее|ему|ей|у н\w+|до нас|ли|где|когда|что|чем|как\w*|сколько|бы|если"
    r"|покажи|проверь|скажи|запиши|внеси|отметь)(?:те)?\b"
)
_ALLERGIC_TO = re.compile(
    r"(?:(?:а|и|есть|нет|имеется|отмечена|была|ли|у|него|нее|P|C|пациента|пациентки) )*аллергия "
    r"(?:(?:есть|ли|у|него|нее|P|C|пациента|пациентки) )*на [а-я]+(?: [а-я]+)?"
)
_TAKES = re.compile(
    r"^(?:пациент\w*|больн\w+|P|он|она)(?: P)? (?:принимает|получает|пьет) (?!ли ).* N\b"
)
_SAID_BY = re.compile(
    r"^(?:P |а |и )*что (?:P )?"
    r"(?:сказал|говорил|говорит|написал|советовал|посоветовал|рекомендовал)[аи]?"
    r"(?: P| ему| ей| там)* (?:врач|доктор|специалист|консультант|лор|окулист|ортопед|терапевт"
    r"|\w*хирург|\w+олог|\w+иатр)(?: [WPT])*$"
)
_FOR_THE_CHART = re.compile(
    r"^(?:P )?(?:запи(?:ши|сать)|добав(?:ь|ить)|внес(?:и|ти)|занес(?:и|ти)|впи(?:ши|сать)|укажи"
    r"|постав(?:ь|ить)|отмет(?:ь|ить)|зафиксируй)(?:те)?"
    r"(?: (?:P|C|ему|ей|пациент\w*|больн\w+|(?:в|на) карт\w+|нов\w+|еще|также|пожалуйста"
    r"|сопутствующ\w+|основн\w+))* (?:аллергию|непереносимость|диагноз)\b(?!.* со слов)"
)
"""Only notes and values can be written; «аллергия на …» after the verb is a note's words."""
_GAVE = re.compile(
    r"(?:(?:P|C|T|ему|ей|я|уже) )*(?:дал|ввел|вколол)[аи]? (?P<what>[а-я]+)(?: (?:T|[а-я]+))*"
)
_LIKE_DRUG = re.compile(r"\w{3,}(?:ин|ол|он|ил|ид|ам)")
_VALUE_TO_COME = re.compile(
    r"(?:P )?(?:запиши|внеси|зафиксируй)(?:те)?(?: (?:[PCT]|ему|ей|пожалуйста))* [XL]"
    r"(?: (?:[XLPCT]|и|ему|ей|пожалуйста))*"
)
"""«Запиши давление и пульс Громову вчера»: the values are to be dictated, and nothing is asked."""
_NOTED = re.compile(
    r"^(?:P )?(?:пожалуйста )?(?:запиши|добавь|внеси|занеси|сделай)(?:те)?"
    r"(?: (?:P|C|ему|ей|мне|пожалуйста|еще|нов\w+|(?:в|на) карт\w+|(?:не|ой|нет|а) P))*"
    r" (?:в )?(?:заметк[уи]|примечание|пометку) \w"
)
_TO_WRITE = re.compile(
    r"^(?:P )?(?:пожалуйста )?(?:запиши|внеси|отметь|пометь|зафиксируй|запомни)(?:те)?"
    r"(?: (?:у P|P|C|ему|ей|что|пожалуйста|в карту))*"
    r"(?: (?:не|ничего|ничто|он|она|пациент\w*|больн\w+|ребенок|еще|уже|T))* (?P<first>[а-я]+)"
)
_INTO_CHART = re.compile(r"(?:P )?в карт(?:у|очку) (?:P|C|ему|ей|пациент\w*|больн\w+)(?: \w+){2}")
_WRITTEN_LAST = re.compile(r"(?: \w+){3} (?:запиши|занеси|внеси|отметь|пометь|зафиксируй)(?:те)?$")
_SHOWS = re.compile(
    r"\b(?:покажи|открой|зайди|посмотри|загляни|прочитай|прочти|скажи)(?:те)?\b"
    r"|\b(?:хочу|мне надо|мне нужно|хотел[аи]?)(?: бы)?"
    r" (?:посмотреть|глянуть|прочитать|узнать|знать)"
    r"|\bмне нужн[аоы]\b"
)
_PREDICATE = frozenset(("VERB", "INFN", "PRED", "PRTS"))
_NOT_MEASURED = re.compile(
    r"^(?:P )?(?:пожалуйста )?(?:запиши|внеси|отметь|пометь|зафиксируй)(?:те)?"
    r"(?: (?:у P|P|C|T|ему|ей|что|пожалуйста|в карту|у н\w+))* [XL](?: (?:P|C|T|у н\w+))*"
    r" (?:не [а-я]+|не? в норме|в норме|в пределах нормы|без (?:изменений|перемен)"
    r"|(?:нормальн|слаб|ритмичн|аритмичн|неритмичн|хорош|плох|повышен|понижен|стабильн|напряж"
    r"|нитевидн)\w*)(?: (?:[а-я]+|T))*"
)
"""A quantity without its value: «сахар не мерили», «пульс слабый», a note."""
_DOSE = re.compile(
    r"\bN (?:мл|мг|мкг|(?:миллилитр|литр|миллиграмм|микрограмм|капел|капл|таблет|ампул)\w*)\b"
)
"""Of none of the ledger's quantities."""
_OF_MEDICINES = r"(?: (?:P|C|T|у|ему|ей|него|нее|лекарств\w*|препарат\w*|назначени\w*|таблет\w*))*"
_CANCELLED = re.compile(
    r"(?:(?:а|и|P|C|покажи|назови) )*"
    rf"(?:отмененн(?:ые|ых|ое)|(?:что|как(?:ое|ие|ой|ую)){_OF_MEDICINES}(?: из них| был\w*| уже)*"
    rf" отмен(?:или|яли|ен[ыоа]?)){_OF_MEDICINES}"
)
"""What was cancelled is asked for; nothing is to be cancelled, as with «отмени»."""
_NUMBERS = re.compile(rf"номер|(?:номер )?N(?:{UNIT.pattern}| N)*")
"""«96», «девяносто шесть процентов»: never a «да», whatever «сто процентов» may mean elsewhere."""
_DECIMAL = "N N"
"""«36,6»: two numbers that are no card."""
_DICTATED = re.compile(
    rf"(?:(?:P|C|T|а|и|у|него|нее|ему|ей) )*[XL](?: (?:P|C|T|у|него|нее|ему|ей|был[ои]?|это))*"
    rf" [NV](?:(?:{UNIT.pattern})| (?:[NVPCT]|на|и|г|дл|мг))*"
    r"(?: (?:час|полчаса|полтора часа|минуту)(?: тому)? назад)?"
)
"""«Сахар девяносто», «у неё гемоглобин N г/л»: dictated, however impossible the value is."""
_LAST_FEW = re.compile(r"\bпоследни(?:е|х|ми?) N\b|\bN последни(?:е|х|ми?)\b")
"""Beside a quantity: so many of its values are asked for."""
_CHOICE = frozenset(["P", "C", "O"])
_FILLER = (
    r"(?:вот|эт(?:о|от|а)|сам(?:ый|ая|ое|ую)|давай(?:те)?|пожалуйста|т(?:от|а)|котор(?:ый|ая)"
    r"|из (?:них|этих|списка))"
)
_CHOSEN = re.compile(rf"(?:{_FILLER} )*O(?: {_FILLER})*")


_CLOSE = re.compile(r"закро(?:й|йте)(?: (?:пожалуйста|его|ее|это|этот|документ|список|D))*")
"""What is closed is what is being read, not the session."""

_ASKED_FOR = (
    ("X", "get_latest_vitals"),
    ("L", "get_lab_result"),
    ("A", "get_lab_result"),
    ("D", "get_document"),
    (r"аллерги\w*", "get_allergies"),
    (r"(?:лекарств|препарат|таблет)\w*|назначени[яй]", "get_medications"),
    (r"диагноз\w*", "get_diagnoses"),
    (r"(?:посещени|визит)\w*", "get_hospital_visits"),
    (r"документ\w*", "get_documents_from_hospital"),
)
_ASKS_FIRST = re.compile(
    r"(?:(?:а|и|у|в карт(?:у|очку)|P|C|T|ему|ей|него|нее|пациент\w*|больн\w+) )*"
    rf"(?:(?:{'|'.join(word for word, _ in _ASKED_FOR)}) )?"
    r"(?:что|чем|сколько|когда|есть ли|как(?:ой|ая|ое|ие|ую|ого|их|им))\b(?! (?:то|нибудь|либо)\b)"
)
"""«Какие аллергии есть», «диагнозы какие у него»: nothing is dictated."""
_SECTIONS = tuple((re.compile(word), intent) for word, intent in _ASKED_FOR)
_QUESTION = re.compile(r"^(?:как\w*|сколько|ли|был\w*|покажи|скажи|назови|есть|норм\w*)$")


def states_value(masked: Sequence[str]) -> bool:
    """Whether a value is stated of an observation, nothing being asked."""
    return "V" in masked and not any(_QUESTION.match(word) for word in masked)


def rule_intent(masked: Sequence[str]) -> str | None:
    """The intent that the form alone decides, if it does."""
    words = " ".join(masked)
    if words in ONE_WORD:
        return ONE_WORD[words]
    if _CLOSE.fullmatch(words):
        return "stop"
    if _OWN_ALLERGY.search(words) or _tells_of_himself(words):
        return "out_of_scope"
    if _ALLERGIC_TO.fullmatch(words):
        return "get_allergies"
    if _SAID_BY.match(words):
        return "get_document"
    if _CANCELLED.fullmatch(words):
        return "get_medications"
    if words == _DECIMAL:
        return "record_measurement"
    if _NUMBERS.fullmatch(words):
        return "out_of_scope"
    if _LAST_FEW.search(words) and "V" not in masked and {"X", "L"} & set(masked):
        return "get_latest_vitals" if "X" in masked else "get_lab_result"
    if _FOR_THE_CHART.search(words):
        return "out_of_scope"
    if _NOTED.match(words):
        return "add_note"
    if _gave_drug(words) or _tells_what_was_done(words) or _NOT_MEASURED.fullmatch(words):
        return "add_note"
    if _VALUE_TO_COME.fullmatch(words):
        return "record_measurement"
    if _TAKES.search(words):
        return "add_note"
    if set(masked) <= _CHOICE or _CHOSEN.fullmatch(words):
        return "select_patient"
    if _DICTATED.fullmatch(words):
        return "record_measurement"
    return None


def _tells_of_himself(words: str) -> bool:
    """«Я в том году лежала», «мне вчера мерили», nothing being asked of anybody."""
    return _OF_HIMSELF.search(words) is not None and _ASKS_OF_ANOTHER.search(words) is None


def writes(masked: Sequence[str]) -> bool:
    """Whether «запиши» or «в карту Громова» begins it, or «занеси» ends it, and no quantity is
    named: a note is dictated.
    """
    words = " ".join(masked)
    framed = _INTO_CHART.match(words) or _WRITTEN_LAST.search(words)
    asks = _SHOWS.search(words) or _ASKS_FIRST.match(words)
    return bool(_TO_WRITE.match(words) or (framed and not asks)) and not {"X", "L", "V"} & set(
        masked
    )


def _gave_drug(words: str) -> bool:
    """«Дала капотен»: what a nurse did, told with a drug."""
    gave = _GAVE.fullmatch(words)
    if gave is None:
        return False
    what = gave["what"]
    return concept(what) == "DRUG" or not known(what) or _LIKE_DRUG.fullmatch(what) is not None


def _tells_what_was_done(words: str) -> bool:
    """«Запиши ему дала парацетамол», «запиши позвонить дочери», «запиши капельница 200 мл»."""
    begun = _TO_WRITE.match(words)
    if begun is None or re.search(r"\b[XLV]\b", words):
        return False
    return reading(begun["first"]).tag.POS in _PREDICATE or _DOSE.search(words) is not None


def asked_of(masked: Sequence[str]) -> str | None:
    """What is asked of a patient who is named, if a quantity, a document or a part of the record
    is named as well, and only one.
    """
    if "P" not in masked and "C" not in masked:
        return None
    found = {i for word in masked for name, i in _SECTIONS if name.fullmatch(word)}
    return found.pop() if len(found) == 1 else None
