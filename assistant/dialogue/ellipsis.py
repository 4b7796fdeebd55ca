"""«А у Орловой», «а вчера», «а пульс»: the last question again, with one part of it replaced."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final

from assistant.dialogue.asked import asks_for_chosen, asks_since, request_in
from assistant.dialogue.departments import departments, is_doctor
from assistant.dialogue.periods import another_unit, in_years_of, is_feminine, year_before
from assistant.dialogue.state import ConfirmWrite, DialogueState, Draft, FillRequest, Request
from assistant.dialogue.whom import (
    Roster,
    born_in_year,
    cards_meant,
    means_other_bearer,
    names_patient,
    takes_back,
    years_said,
)
from nlu.canon import canonical, fold
from nlu.days import year_period
from nlu.extract import RECORDS_SINCE
from nlu.loosetimes import days_alone
from nlu.messages import READINGS, Entity, Parse, PatientMention, Period
from nlu.spans import in_context

_WORDS: Final = """
а и ну у за в во на с со по про об о для до от как насчет же тогда теперь еще тоже там был была было
были какой какая какое какие сколько него нее ней нем ним тот та то который которая которое
пожалуйста карта карты карте пациент пациента пациентки больного больной нет я спрашивал спрашивала
просил просила
"""
_FILLER: Final = frozenset(_WORDS.split())
"""Words beside a name, a time or a quantity that ask for nothing by themselves."""
_INSTEAD: Final = frozenset(("а", "нет", "спрашивал", "спрашивала", "просил", "просила"))
"""«А пульс», «нет, вчера», «я просил вес»: what is said is to replace what was asked."""
_WHO: Final = frozenset({"patient_name", "patient_id"})
_WHEN: Final = frozenset({"period", "date"})
_OF_PAPERS: Final = frozenset({"get_document", "get_documents_from_hospital"})
_DATED: Final = _OF_PAPERS | {"get_hospital_visits"}
_TO_WHAT: Final = re.compile(
    r"(?:(?:а|и|нет|есть|ли|или|еще) )*на (?:(?:что|чего|как\w+)\b.*|([\w-]+(?: [\w-]+)?))"
)
"""«А на арахис», «на какие лекарства», right after allergies."""
_CHOOSES: Final = re.compile(
    r"сам\w+|(?:высок|низк|больш|маленьк|максимальн|минимальн|средн|наибольш|наименьш|пиков)\w+"
    r"|максимум|минимум|значение"
)
"""Words of «самое высокое», «а средний»."""
_HOW_MUCH: Final = re.compile(
    r"(?:(?:а|и|ну|у|него|нее|ней|это|был[аои]?) )*(?:сколько|как(?:ой|ая|ое|ие))"
    r"(?: (?:у|него|нее|был[аои]?|это|там))*"
)
_THAN: Final = frozenset(("чем", "выше", "ниже", "больше", "меньше", "лучше", "хуже"))
"""«Выше, чем вчера» right after a value asks for that of yesterday."""
_OTHER: Final = re.compile(r"друг(?:ой|ая|ую|ого|ому)")
_PAST: Final = re.compile(r"(?:поза)*прошл\w+")
_THIS: Final = re.compile(r"эт(?:от|у|ом|ой)|текущ\w+")
"""«За позапрошлый», «в этом»: of a year, a month or a week isn't said."""
_OF_YEAR: Final = re.compile(r"\d{2,4}й?|год\w*")


def asked_last(state: DialogueState, parse: Parse) -> Request | None:
    """The question that an «а вчера» asks again: the last one, or for what is being written of
    the patient, if nobody is named.
    """
    match state:
        case DialogueState(asked=asked) if asked is not None or names_patient(parse):
            return asked
        case DialogueState(pending=ConfirmWrite(request=request) | FillRequest(request=request)):
            pass
        case DialogueState(written=Draft(request=request)):
            pass
        case _:
            return None
    if request.intent != "record_measurement" or request.observation is None:
        return None
    return Request("get_latest_vitals", observation=request.observation)


def continued(asked: Request | None, parse: Parse, roster: Roster) -> Request | None:
    """``asked`` with what ``parse`` says instead; None where it says more than that, or less.

    A name needs an «а» or «у» before it: alone it chooses the patient. A quantity without «а» or
    «нет» is a question of its own.
    """
    if asked is not None and asked.intent in _DATED | READINGS:
        parse = _with_day(asked, parse, roster)
    kinds = {entity.name for entity in parse.found}
    substance = _TO_WHAT.fullmatch(fold(parse.text).strip(" ?."))
    # «кислота» is like «кислород», which is measured
    if asked and asked.intent == "get_allergies" and substance and kinds <= {"observation"}:
        return replace(asked, substance=substance[1])
    if asked and not kinds and asks_since(asked.intent, parse.text):
        told = asked.told if asked.told == "ended" else "since"
        return replace(asked, told=told, period=None)
    value = asked is not None and asked.intent in READINGS and asked.observation is not None
    if asked and value and not kinds and _HOW_MUCH.fullmatch(canonical(parse.text).text):
        return replace(asked, chosen_value=False)
    words = _words_beside(parse)
    if value and kinds and kinds <= _WHEN:
        words = [word for word in words if word not in _THAN]
    if means_other_bearer(parse):
        words = [word for word in words if not _OTHER.fullmatch(word)]
    papers = asked is not None and asked.intent in _OF_PAPERS and kinds == {"document_type"}
    if papers and parse.intent == "deny" and _FILLER.issuperset(words):
        whole = replace(parse, intent="get_document", entities=parse.found, beside=())
        return request_in(DialogueState(), whole)
    said = {item.text for item in canonical(parse.text).items}
    of_doctors = departments(parse) if asked and asked.intent == "get_hospital_visits" else ()
    if asked and of_doctors and not kinds and _FILLER.issuperset(_beside_doctors(words)):
        return replace(asked, named=of_doctors)
    chosen = value
    if chosen and asks_for_chosen(parse.text) and kinds <= _WHEN:
        words = [word for word in words if not _CHOOSES.fullmatch(word)]
        parse = replace(parse, intent="get_latest_vitals")
    else:
        chosen = False
    half_said, meant = _half_said(asked, parse, words, roster) if asked else ([], None)
    of_measured = asked is not None and asked.intent in READINGS
    if (
        asked is None
        or not (kinds or half_said or chosen)
        or not kinds <= _WHO | _WHEN | {"observation"}
        or not _FILLER.issuperset(word for word in words if word not in half_said)
        or (kinds & _WHO and not ("а" in said or "у" in words))
        or ("observation" in kinds and not (said & _INSTEAD and of_measured))
        or parse.intent == "record_measurement"
        or takes_back(parse)
        or _tells_birth(parse, roster)
    ):
        return None
    whole = replace(parse, intent=asked.intent, entities=parse.found, beside=())
    new = request_in(DialogueState(), whole)
    asked = replace(asked, chosen_value=chosen)
    if kinds & _WHEN or half_said:
        time = in_years_of(asked.period, new.period) if new.yearless and new.period else new.period
        again = asked.yearless and kinds <= _WHEN and time == asked.period
        if time is not None and again and any(map(_PAST.match, said)):
            time = year_before(time)  # «а в прошлом августе» after «в августе»
        unread = new.time_unread or (bool(half_said) and meant is None)
        asked = replace(
            asked,
            period=None if unread else meant or time,
            yearless=new.yearless,
            monthless=new.monthless,
            time_unread=unread,
        )
    if new.observation is not None:
        asked = replace(
            asked,
            observation=new.observation,
            document_type=None,
            left=new.left,
            unlisted=new.unlisted,
        )
        if parse.intent in READINGS:
            asked = replace(asked, intent=parse.intent)
    return asked


def _with_day(asked: Request, parse: Parse, roster: Roster) -> Parse:
    """``parse`` with a place in a list read as the day that it is right after what has days: «а
    девятнадцатого».
    """
    if [entity.name for entity in parse.found] != ["ordinal"]:
        return parse
    canon, today = canonical(parse.text), roster.today()
    measured = asked.intent in READINGS
    said = days_alone(canon, today, lambda _: True, measured=measured, named=True)
    times = in_context(canon.text, list(said), today)
    if len(times) != 1:
        return parse
    time = times[0]
    start, end = canon.span(canon.items_of(time.start, time.end))
    name = "period" if isinstance(time.value, Period) else "date"
    day = Entity(name, canon.cleaned[start:end], time.value, start, end)
    return replace(parse, entities=(day,), beside=())


def _beside_doctors(words: list[str]) -> list[str]:
    """The words beside specialists and departments: «а у окулиста», «а к неврологу когда»."""
    return [word for word in words if not is_doctor(word) and word not in ("к", "ко", "когда")]


def _half_said(
    asked: Request, parse: Parse, words: list[str], roster: Roster
) -> tuple[list[str], Period | None]:
    """The words that tell a time only beside the question before, and which: «за этот» is the
    unit that was ``asked`` for, «двадцать пятого года» of papers and visits the year they are of.
    """
    today = roster.today()
    years = [year for year in years_said(parse) if RECORDS_SINCE <= year <= today.year]
    if asked.intent in _DATED and len(years) == 1 and not parse.found:
        return [word for word in words if _OF_YEAR.fullmatch(word)], year_period(years[0])
    for before, word in zip(["", *words], words, strict=False):
        meant = another_unit(word, asked.period, today)
        this = asked.period is not None and (meant or not is_feminine(word))
        led = before in ("за", "в", "на")
        if _PAST.fullmatch(word) or (this and led and _THIS.fullmatch(word)):
            return [before, word] if led else [word], meant
    return [], None


def is_bare_time(parse: Parse, roster: Roster) -> bool:
    """Whether only a time was said, on which nobody was born: it chooses no patient."""
    kinds = {entity.name for entity in parse.found}
    only = bool(kinds) and kinds <= _WHEN and _FILLER.issuperset(_words_beside(parse))
    return only and not _tells_birth(parse, roster)


def only_names(parse: Parse) -> bool:
    """Whether only a patient was named: «Орловой», «по Громову»."""
    kinds = {entity.name for entity in parse.found}
    named = bool(kinds) and kinds <= _WHO and not takes_back(parse)
    return named and _FILLER.issuperset(_words_beside(parse))


def to_continue(request: Request) -> Request:
    """What is remembered of a question: not how far its answer was read."""
    return replace(
        request,
        paper=request.paper if request.observation is None else "",
        offered=(),
        document=None,
        ordinal=None,
        time_unread=False,
        start=0,
        full=False,
        say_whose=False,
        left=(),
    )


def _words_beside(parse: Parse) -> list[str]:
    """The words that belong to no entity and were not taken back."""
    spans = [*((e.start, e.end) for e in parse.found), *parse.unsaid]
    items = canonical(parse.text).items
    return [
        i.text for i in items if not any(i.start < end and start < i.end for start, end in spans)
    ]


def _tells_birth(parse: Parse, roster: Roster) -> bool:
    """Whether the time is a patient's birth: of whoever is named, or of anybody on that day."""
    name = next((e.value for e in parse.found if isinstance(e.value, PatientMention)), None)
    if name is not None:
        return bool(born_in_year(parse, cards_meant(name), roster))
    day = next((e for e in parse.found if e.name == "date"), None)
    if names_patient(parse) or day is None:
        return False
    return bool(roster.born_on(day.value)) if isinstance(day.value, date) else False
