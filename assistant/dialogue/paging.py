"""Moving through what was read: «дальше», «назад», «а до этого», «полностью», «второй»."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.answers.charts import PAGE
from assistant.dialogue.asked import at_place, request_in
from assistant.dialogue.periods import before
from assistant.dialogue.plans import AskMissing, NoMore, Phrase, Plan, Read, Repeat, Say
from assistant.dialogue.state import ChooseHospital, DialogueState, Request
from nlu.canon import canonical, fold
from nlu.dictionary import reading
from nlu.messages import READINGS, Parse, covered
from nlu.places import KINDS
from nlu.vocabulary import OBSERVATIONS

_NEXT_ONE: Final = re.compile("документ|следующ")
"""«Дальше» alone reads on in the document that lies open."""
_TO_READ: Final = frozenset(
    ("полностью", "целиком", "весь", "читай", "читайте", "прочитай", "прочитайте", "прочти",
     "прочтите", "зачитай", "зачитайте")
)  # fmt: skip
_OF_READING: Final = frozenset(
    ("да", "давай", "давайте", "открой", "покажи", "документ", "текст", "его", "ее", "пожалуйста",
     "ну", "можно")
)  # fmt: skip
_IN_DETAIL: Final = frozenset(("подробнее", "поподробнее", "подробней", "поподробней", "детальнее"))
_AROUND_DETAIL_WORDS: Final = """
а и ну да можно мне расскажи расскажите скажи скажите давай давайте покажи прочитай пожалуйста еще
чуть немного об этом про это о нем про него
"""
_AROUND_DETAIL: Final = frozenset(_AROUND_DETAIL_WORDS.split())
_ALL_OF_THEM: Final = re.compile(
    r"\W*(?:(?:давай|покажи|открой|из|изо|по|в|во|с|со) )*(?:все|всех|всем|люб(?:ой|ая|ую|ые))"
    r"(?: (?:больниц|клиник|документ)\w*| сразу| подряд)*\W*"
)
"""What answers «из какой больницы?» with all; «всё» ends what is read."""
_EARLIER: Final = re.compile(
    r"до (?:этого|него|нее)\b|перед (?:этим|этой|тем|той|ним|ней)\b|раньше|ранее"
    r"|предыдущ\w+\b(?! страниц)"
)
"""Earlier in time, where «назад» is back in the list: all lists begin with the latest."""
_OF_THE_LAST: Final = re.compile(
    r"(?:(?:а|и|ну|какое|какой|что|про) )*(?:последнее|последний раз|(предпоследн\w+))"
    r"(?: (?:было|был|была|посещение|визит|прием|документ))?"
)
"""The last visit or the one before; no hospital is neuter."""
_ONE_BEFORE_OF: Final = re.compile(
    r"(?:(?:а|и|ну|как(?:ой|ая|ое)|был[аои]?|покажи|скажи|назови|открой) )*"
    r"предыдущ(?:ий|ая|ее|ую)(?: был[аои]?)?"
)
_MEASURED: Final = re.compile("измерени|замер|показател|значени")
_TREND: Final = re.compile(r"(?:(?:а|и|ну|какая|какова|покажи) )*(?:в )?динамик[аеу]")
"""The values before the one that was read."""
_WHEN_WHERE: Final = re.compile(
    r"(?:(?:а|и|ну|это|он|она|последнее) )*"
    r"(?:(?P<when>когда|в каком (?:году|месяце)|(?:от |за )?как(?:ого|ое|ой) (?:числ|год|месяц)\w*"
    r"|(?:как\w+ )?дат[аы])"
    rf"|где|откуда|(?:(?:из|в|с) )?как(?:ой|ого|ом|ая) (?:это )?(?:{'|'.join(KINDS)})\w*"
    r"|(?P<ward>(?:в )?как(?:ое|ом) отделени[еи]))"
    r"(?: (?:это|он|она|было|(?P<stay>был[аи]?|лежал[аи]?)|делали"
    r"|(?P<sample>сдавал[аи]?|брали|мерили|измеряли|взвешивали)))*"
)
_NORM_OR_TREND: Final = re.compile(
    r"(?:(?:а|и|ну|какая|есть|это|она|он) )*(?:в )?норм[аеы](?: (?:какая|есть))?"
    r"|(?:(?:а|и|ну|или|(?P<who>он|она)|оно) )*(?:(?P<fell>упал[аои]?)|вырос(?:л[аои])?"
    r"|(?:снизил|повысил|поднял)(?:ся|[аои]сь)"
    r"|(?P<weight>(?:похудел|поправил|прибавил|потерял)\w*)(?: в весе)?)(?: или \w+)?"
)
"""What the answer with the value tells: its norm, or whether it has risen since."""
_OF_PAPERS: Final = frozenset({"get_document", "get_documents_from_hospital"})
"""Of these a page is one value."""


def more_of(state: DialogueState, parse: Parse) -> Plan | None:
    """The step where no more is said than that all hospitals are meant, that the open document is
    to be read in full, or what was answered in detail: «все», «прочитай», «подробнее».
    """
    if isinstance(state.pending, ChooseHospital) and _ALL_OF_THEM.fullmatch(parse.text.lower()):
        every = replace(state.pending.request, intent="get_document", hospital_said="")
        return Read(state.pending.card, every)
    if state.pending is not None:
        return None
    of_value = state.page is not None and state.page.intent in READINGS
    if of_value and state.patient is not None and _TREND.fullmatch(canonical(parse.text).text):
        earlier = _following(state)
        return Read(state.patient, earlier) if earlier is not None else NoMore()
    words = {item.text for item in canonical(parse.text).items}
    full = state.more is not None and state.more.full
    asks = full and bool(words & _TO_READ) and words <= _TO_READ | _OF_READING
    if asks or (words & _IN_DETAIL and words <= _IN_DETAIL | _AROUND_DETAIL):
        more = _following(state)
        if more is not None and state.patient is not None:
            return Read(state.patient, more)
        return NoMore() if state.asked is not None else None  # nothing was read yet
    return None


def moved(state: DialogueState, parse: Parse) -> Plan:
    """«Дальше», «назад», «следующий документ»."""
    if state.patient is None:
        return NoMore()
    of_kind = _another_of_kind(state, parse) if parse.intent == "previous" else None
    if of_kind is not None:
        return of_kind
    text, step = fold(parse.text), 1 if parse.intent == "next" else -1
    next_one = _NEXT_ONE.search(text) is not None
    earlier = step < 0 and _EARLIER.search(text) is not None
    listed = state.documents if len(state.documents) > 1 and not state.unread else ()
    if state.document in listed and (step < 0 or state.more is None or next_one):
        at = listed.index(state.document)
        into_past = earlier and not _goes_back(parse, onward=state.onward and at > 0)
        index = at + (1 if into_past else step)
        if not 0 <= index < len(listed):
            return NoMore()
        one = Request("get_document", document=listed[index], onward=not into_past)
        return Read(state.patient, one)
    onward = state.more if next_one else _following(state)
    found = onward if step > 0 else _back(state, earlier)
    if found is None and earlier and "предыдущ" in text:
        found = _back(state, earlier=False)  # the list has come to its end
    if found is not None:
        return Read(state.patient, found)
    if step > 0 and state.stopped:
        return Repeat(state.sensitive)
    nothing_read = state.asked is None and state.page is None and not state.documents
    return Say(Phrase.NO_LIST) if nothing_read else NoMore()


def _goes_back(parse: Parse, *, onward: bool) -> bool:
    """Whether «предыдущая» goes back in the list, as it does where «следующая» went ``onward``;
    «а до этого» and «предыдущая ЭКГ» are earlier in time.
    """
    text = fold(parse.text)
    named = any(entity.name == "document_type" for entity in parse.found)
    return "документ" in text or ("предыдущ" in text and onward and not named)


def one_before(state: DialogueState, parse: Parse) -> Plan | None:
    """The step where no more is said than that the one before of a kind is meant: «а предыдущий
    креатинин».
    """
    canon = canonical(parse.text)
    inside = covered(canon, parse.found)
    words = (i.text for i, of_one in zip(canon.items, inside, strict=True) if not of_one)
    if len(parse.found) != 1 or not _ONE_BEFORE_OF.fullmatch(" ".join(words)):
        return None
    return _another_of_kind(state, parse)


def _another_of_kind(state: DialogueState, parse: Parse) -> Plan | None:
    """«Предыдущее давление», «предыдущее эхо»: the one before the latest of the kind, or before
    what was read of it; None where no kind is meant, or a list of documents goes before.
    """
    if state.patient is None:
        return None
    named = next((e for e in parse.found if e.name in ("observation", "document_type")), None)
    if named is None:
        lacks = state.page is None and _MEASURED.search(parse.text.lower())
        return AskMissing(state.patient, Request("get_latest_vitals", start=1)) if lacks else None
    paper = named.name == "document_type"
    if paper and state.document is not None and state.page is None:
        return None
    intent = "get_document" if paper else "get_latest_vitals"
    whole = replace(parse, intent=intent, entities=parse.found, beside=())
    page = state.page
    read = page is not None and named.value == (page.document_type if paper else page.observation)
    start = page.start + 1 if page is not None and read else 1
    request = replace(request_in(DialogueState(), whole), start=start)
    return Read(state.patient, replace(request, paper="newest") if paper else request)


def _following(state: DialogueState) -> Request | None:
    """What «дальше» goes on with: in time the value before the one that was read."""
    page = state.page
    if page is not None and page.intent in READINGS:
        return replace(page, start=page.start + 1)
    return state.more


def _back(state: DialogueState, earlier: bool) -> Request | None:
    """What is ``earlier`` in time than what was read, or came before it in the list."""
    page = state.page
    if page is None:
        return None
    of_papers = page.intent == "get_document" and state.document is not None
    one = page.intent in READINGS or of_papers
    if earlier:
        return replace(page, start=page.start + 1) if one else state.more or before(page)
    if page.start == 0:
        return None
    return replace(page, start=max(0, page.start - (1 if one else PAGE)))


def one_of_the_last(state: DialogueState, parse: Parse) -> Plan | None:
    """The step after visits or a document where no more is said than which of the last two is
    meant.
    """
    asked, meant = state.asked, _OF_THE_LAST.fullmatch(canonical(parse.text).text)
    if state.patient is None or asked is None or meant is None:
        return None
    if meant[1] and asked.intent in _OF_PAPERS and state.documents:
        document = at_place(state.documents, 2)
        return Read(state.patient, Request("get_document", document=document, ordinal=2))
    if asked.intent != "get_hospital_visits" or state.documents:
        return None
    return Read(state.patient, replace(asked, paper="", start=1 if meant[1] else 0))


def told_again(state: DialogueState, parse: Parse) -> Plan | None:
    """The step where only the time or the place of what was just read is asked for, or the norm
    of a value, which its answer tells: «когда», «а где это было». «Когда он лежал» asks for visits.
    """
    asked, text = state.asked, canonical(parse.text).text
    if state.patient is None or asked is None or state.pending is not None:
        return None
    if asked.intent in READINGS and asked.observation is not None:
        told = _NORM_OR_TREND.fullmatch(text)
        weighed = told is None or told["weight"] is None or asked.observation == "weight"
        if told and weighed and not _of_patient(told, asked.observation):
            return Read(state.patient, asked)
    said = _WHEN_WHERE.fullmatch(text)
    if said is None:
        return None
    if said["sample" if asked.intent == "get_hospital_visits" else "stay"]:
        return None
    page = state.page if state.page is not None and state.page.intent == asked.intent else asked
    if asked.intent == "get_hospital_visits":
        return Read(state.patient, page)
    if asked.intent in READINGS and asked.observation is not None and said["when"]:
        return Read(state.patient, page)
    if asked.intent in _OF_PAPERS and state.document is not None and not said["ward"]:
        return Read(state.patient, Request("get_document", document=state.document))
    of_one = page.intent == "get_documents_from_hospital"
    if page is state.page and page.intent in _OF_PAPERS and (of_one or said["when"]):
        return Read(state.patient, page)
    return None


def _of_patient(told: re.Match[str], observation: str) -> bool:
    """Whether who fell may be the patient, not the value: «он упал», «упала» after a pulse."""
    if told["fell"] is None:
        return False
    sex = reading(told["fell"]).tag.gender
    tags = (reading(fold(word)).tag for word in OBSERVATIONS[observation].name.split())
    named = next((tag.gender for tag in tags if {"NOUN", "nomn"} in tag), sex)
    return told["who"] is not None or sex not in (None, named)


def opened(state: DialogueState, parse: Parse) -> Plan:
    """«Второй» opens the second of the documents, or the second hospital's, as last listed."""
    if state.patient is None or not (state.documents or state.hospitals):
        return Say(Phrase.NO_LIST)
    intent = "get_document" if state.documents else "get_documents_from_hospital"
    return Read(state.patient, request_in(state, replace(parse, intent=intent)))
