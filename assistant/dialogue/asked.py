"""What an utterance asks for: a request, with places in lists resolved."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Literal

from assistant.answers.usualnames import is_illness
from assistant.dialogue.apart import asked_apart, shown_too
from assistant.dialogue.daytimes import parts_said
from assistant.dialogue.departments import departments
from assistant.dialogue.dictated import Dictated, dictated
from assistant.dialogue.events import tells_of_event
from assistant.dialogue.hospitals import as_before, called_loosely, of_the_list
from assistant.dialogue.measuredat import with_time
from assistant.dialogue.noting import dictated_note, names_note
from assistant.dialogue.papers import asked_paper, without_times
from assistant.dialogue.periods import lacks_month, lacks_year
from assistant.dialogue.remarks import tells_more
from assistant.dialogue.state import ChooseHospital, DialogueState, Request
from assistant.dialogue.whom import names_patient, places_said
from assistant.dialogue.yes import AROUND
from nlu.canon import canonical, fold
from nlu.concepts import concept, lemma
from nlu.dictionary import reading
from nlu.measures import UNIT
from nlu.messages import READINGS, Parse, Period, covered
from nlu.places import UNKNOWN_PLACE, numbered, of_paper
from nlu.spans import UNREAD_TIME
from nlu.unlisted import unlisted

_PRONOUN = re.compile(
    r"\b(?:он|она|его|ему|ей|е[её]|н[её]м|не[йё]|него|нему|нее|ним|этого|этой"
    r"|больн(?:ой|ая|ого|ому|ую|ым|ом)|пациент(?:а|у|ом|е|к[аиеу]|кой)?)\b",
    re.IGNORECASE,
)
"""What refers to the current patient for certain."""
_CALLED = re.compile(r"(?<=[а-яё,] )[А-ЯЁ][а-яё]+\b|(?<!что )(?<!есть )(?<!нет )\bли\W*$")
"""A capital in mid-sentence, or «ли» that asks nothing: «давление Рака», «давление ли»."""
_SUBSTANCE = re.compile(
    r"аллерги\w*\s+(?:\S+\s+){0,4}?на\s+(?!(?:что|чего|ч[её]м|как\w*|котор\w+|вс[её]|люб\w+)\b)"
    r"((?:(?:[\w-]{2,}(?:ый|ий|ой|ое|ее|ую|юю|ая|яя|ые|ие|ых|их)|бета|альфа)\s+){0,2}[\w-]+)",
    re.IGNORECASE,
)
"""«аллергия на что» and «на какие лекарства» ask for all. Adjectives are part of a substance."""

_GROUP_OF = {"get_diagnoses": "BE_ILL", "get_medications": "MEDICINE"}
_OF_ANY = frozenset(
    ("болезнь", "заболевание", "диагноз", "патология", "анамнез", "прошлое", "прошлый", "история",
     "карта", "карточка", "пациент", "пациентка", "больной", "больная", "человек")
)  # fmt: skip
"""Words beside an illness that tell no kind of it."""
_TELLS_KIND = frozenset(("NOUN", "ADJF", "PRTF", "NUMR"))
_WHETHER = re.compile(r"\b(?:ли|есть|был[аио]?|болел\w*)\b|^а ")
_ENDED = re.compile(r"\bотмен(?:ен|[ия]л)")
_SINCE = re.compile(
    r"\bс как(?:ого|их|ой) (?:числа|дня|года|месяца|времени|пор)\b|\bдавно\b"
    r"|\bкогда (?:\w+ )?(?:назнач|начал|прописал)\w*"
)
_ON_RECORD_SINCE = re.compile(
    rf"{_SINCE.pattern}|\bкогда\b|\bсколько (?:\w+ )?лет\b|\bдат[аыу]\b|\bдавност\w+"
    r"|\bв как(?:ом|их) (?:году|годах|месяце)\b|\bкакого (?:года|числа)\b"
)
"""Of illnesses: «когда поставили», «гипертония с какого года», «дата диагноза»."""
_SINCE_OF = {"get_medications": _SINCE, "get_diagnoses": _ON_RECORD_SINCE}
_FOUND_OUT = r"постав\w+|выяв\w+|обнаруж\w+|установ\w+|диагностир\w+|отмет\w+|заболел\w*"
_SINCE_ALONE = re.compile(
    r"(?:(?:а|и|это|он|она|их|его|ее|все) )*since"
    rf"(?: (?:ли|он|она|их|его|ее|ему|ей|это|все|принима\w+|пьет|получает|болеет|{_FOUND_OUT}))*"
)
"""``since`` stands for one of the above."""
_BY_HOSPITAL = frozenset({"get_documents_from_hospital", "get_hospital_visits"})
_OF_QUANTITIES = READINGS | {"record_measurement"}
_CHOSEN_VALUE = re.compile(
    r"\bсам\w+ (?:высок|низк|больш|маленьк|плох|хорош)\w+|\b(?:максимальн|минимальн)"
    r"|\bнаи(?:больш|меньш|высш|низш)|\bсредн\w+|\bпиков|\bмаксимум|\bминимум|\bв среднем"
    r"|\bпри (?:поступлении|выписке)|\bдо скол\w+",
    re.IGNORECASE,
)
"""What asks for one value among many, by more than its time."""


def request_in(state: DialogueState, parse: Parse) -> Request:
    """What was asked, with ordinals resolved against what was last listed."""
    foreign: tuple[str, ...] = ()
    if parse.intent in _OF_QUANTITIES:
        foreign, parse = unlisted(parse)
    observation, kind = parse.get("observation"), parse.get("document_type")
    other_patient = names_patient(parse)
    known = DialogueState() if other_patient else state
    number = next(iter(places_said(parse) or ()), None)
    request = Request(
        intent=parse.intent,
        observation=str(observation.value) if observation else None,
        hospital=hospital_in(known, parse),
        hospital_said=called_loosely(parse.get("hospital")),
        document_type=str(kind.value) if kind else None,
        ordinal=number,
        unlisted=foreign,
        chosen_value=parse.intent in READINGS and bool(_CHOSEN_VALUE.search(parse.text)),
        say_whose=(
            parse.unexplained
            or parse.like_surname
            or _CALLED.search(parse.text) is not None
            or _may_be_called(parse)
        )
        and not other_patient
        and not _PRONOUN.search(parse.text),
    )
    at = canonical(parse.text)
    if (
        request.intent in _BY_HOSPITAL
        and request.hospital is None
        and numbered(at) is not None
        and not isinstance(known.pending, ChooseHospital)
    ):
        request = replace(request, hospital=UNKNOWN_PLACE, hospital_said=f"из {numbered(at)}й")
    if parse.intent in READINGS and len(parts := parts_said(at.text)) == 1:
        request = replace(request, part=next(iter(parts)))
    time = _time_in(parse)
    if isinstance(time, Period):
        request = replace(request, period=time)
    elif time == UNREAD_TIME:
        request = replace(request, time_unread=True)
    if parse.intent == "record_measurement" and names_note(_before_value(parse)):
        return Request("add_note", note=_note(parse), say_whose=request.say_whose)
    if parse.intent == "record_measurement":
        written = to_write(dictated(parse), request)
        usual = written.refusal is not None and written.refusal.kind == "usual"
        if written.measurement is not None and (tells_more(parse) or tells_of_event(parse)):
            also = shown_too(parse) or ("add_note",)
            written = replace(written, left=(*written.left, *also))
        noted = usual or (foreign and written.observation is None)
        return _as_note(parse, written) if noted else written
    if _only_measured(parse):
        request = Request("record_measurement", say_whose=request.say_whose)
        return to_write(dictated(parse), request)
    if request.period is not None:
        request = replace(request, yearless=lacks_year(parse), monthless=lacks_month(parse))
    others = [str(e.value) for e in parse.entities if e.name == "observation"]
    left = dict.fromkeys((*others, *asked_apart(parse, request)))
    request = replace(request, left=tuple(what for what in left if what != request.observation))
    if parse.intent == "get_document" or (parse.intent == "get_lab_result" and kind):
        request = asked_paper(request, parse, bool(known.documents))
    if parse.intent == "get_document" and request.ordinal is not None:
        documents = known.counted(request.document_type)
        request = replace(request, document=at_place(documents, request.ordinal))
    if parse.intent in _GROUP_OF and (one := _one_of_all(parse)):
        which = _which(parse, one) if parse.intent == "get_diagnoses" else ()
        request = replace(request, substance=one, named=which)
    if parse.intent in _GROUP_OF:
        request = replace(request, told=_told(parse.intent, parse.text))
    if parse.intent == "get_hospital_visits":
        start = int("предпоследн" in parse.text.lower())
        request = replace(request, named=departments(parse), start=start)
    if parse.intent == "get_allergies" and (substance := _SUBSTANCE.search(parse.text)):
        request = replace(request, substance=substance[1])
    if parse.intent == "add_note":
        note = _note(parse)
        request = replace(request, note=note, either=note is None and not names_note(parse.text))
    return of_the_list(as_before(request, known, parse.text), known, parse.text)


def _before_value(parse: Parse) -> str:
    """The words up to the value: a note that is spoken of later is another one."""
    value = parse.get("value")
    return parse.text[: value.start] if value is not None else parse.text


def _as_note(parse: Parse, request: Request) -> Request:
    """A number of a quantity that no record here has, or one that was not measured, can be written
    as a note: «диурез 1200», «обычное давление 130 на 80».
    """
    note = _note(parse) if any(item.is_number for item in canonical(parse.text).items) else None
    return Request("add_note", note=note, say_whose=request.say_whose) if note else request


def _only_measured(parse: Parse) -> bool:
    """Whether what reads as a note tells a quantity, its value and time, and not a word more.

    In «пульс 80 сутки назад» the number may be the value or the time's.
    """
    kinds = {entity.name for entity in parse.found}
    if parse.intent != "add_note" or names_note(parse.text) or "observation" not in kinds:
        return False
    if any(
        e.name in ("date", "period") and canonical(e.text).text[0].isdigit() for e in parse.found
    ):
        return False
    canon = canonical(parse.text)
    words = " ".join(
        "…" if item.is_number or inside else item.text
        for item, inside in zip(canon.items, covered(canon, parse.found), strict=True)
    )
    return all(word == "…" or word in AROUND for word in UNIT.sub("", words).split())


def _one_of_all(parse: Parse) -> str | None:
    """The illness or the medicine of which it is asked whether there is one: «есть ли диабет»."""
    text = fold(parse.text)
    words = re.findall(r"[а-я]+", text)
    group = _GROUP_OF[parse.intent]
    illness = parse.intent == "get_diagnoses"
    at = [i for i, w in enumerate(words) if concept(w) == group or (illness and is_illness(w))]
    asks = _WHETHER.search(text) or _told(parse.intent, text) != "now"
    return words[at[0]] if len(at) == 1 and asks else None


def _which(parse: Parse, illness: str) -> tuple[str, ...]:
    """The words that say what kind of ``illness`` is asked about, of which part, or anything else
    of it: «диабет первого типа», «геморрагический инсульт».
    """
    text = _ON_RECORD_SINCE.sub(" ", canonical(without_times(parse)).text)
    words = (item.text for item in canonical(text).items)
    return tuple(word for word in words if word != illness and _tells_kind(word))


def _tells_kind(word: str) -> bool:
    if word[0].isdigit():
        return True
    tag = reading(word).tag
    return tag.POS in _TELLS_KIND and "Apro" not in tag and lemma(word) not in _OF_ANY


def _told(intent: str, text: str) -> Literal["now", "since", "ended"]:
    """Whether it is asked since when medicines are taken or illnesses are on record, or which
    medicines were cancelled.
    """
    if intent == "get_medications" and _ENDED.search(fold(text)):
        return "ended"
    return "since" if _SINCE_OF[intent].search(fold(text)) else "now"


def asks_for_chosen(text: str) -> bool:
    """Whether one value among many is asked for, by more than its time: «а средний»."""
    return _CHOSEN_VALUE.search(text) is not None


def asks_since(intent: str, text: str) -> bool:
    """Whether nothing but since when what was read as ``intent`` is so is asked: «с какого
    числа», «когда поставили».
    """
    since = _SINCE_OF.get(intent)
    said = fold(text).strip(" ?.")
    return since is not None and _SINCE_ALONE.fullmatch(since.sub("since", said, 1)) is not None


def _may_be_called(parse: Parse) -> bool:
    """Whether a hospital's name may be a patient's: «выписка Бурденко»."""
    place = parse.get("hospital")
    canon = canonical(parse.text)
    inside = covered(canon, [place] if place is not None else [])
    return inside.count(True) == 1 and of_paper(canon, inside.index(True))


def _time_in(parse: Parse) -> Period | str | None:
    """The days that were said: of several times the one that holds the others, if one does."""
    # allergies are read whatever the time is, and it is said that it counted for nothing
    entities = parse.found if parse.intent == "get_allergies" else parse.entities
    said = [entity.value for entity in entities if entity.name in ("period", "date")]
    spans = [
        Period(time, time) if isinstance(time, date) else time
        for time in said
        if isinstance(time, date | Period)
    ]
    if len(spans) < len(said):
        return UNREAD_TIME
    if not spans:
        return None
    first, last = min(span.start for span in spans), max(span.end for span in spans)
    widest = Period(first, last)
    return widest if widest in spans else UNREAD_TIME


def to_write(said: Dictated, request: Request) -> Request:
    """``request`` with the first value that was dictated and its own quantity; the other
    quantities are left. Without any value the first quantity that was named still lacks one.
    """
    observation, value = said.values[0] if said.values else (None, None)
    if observation is None and said.named:
        observation = said.named[0]
    begun = replace(
        request,
        observation=observation,
        measurement=None if said.unread else value,
        number=said.number,
        refusal=said.refusal,
        period=None,
        time_unread=False,
        left=tuple(name for name in said.named if name != observation),
    )
    return with_time(said.time, begun)


def hospital_in(state: DialogueState, parse: Parse) -> str | None:
    """The hospital by name, or by its place in the last list of hospitals."""
    named = parse.get("hospital")
    if named is not None:
        return str(named.value)  # UNKNOWN_PLACE for one that is none of ours
    if parse.intent in _BY_HOSPITAL and (place := numbered(canonical(parse.text))):
        return at_place(state.hospitals, place)
    by_place = parse.intent == "get_documents_from_hospital" or isinstance(
        state.pending, ChooseHospital
    )
    places = places_said(parse) if by_place else None
    return at_place(state.hospitals, places[0]) if places else None


def at_place(items: tuple[str, ...], ordinal: int) -> str | None:
    """The item at a spoken place: 1 is the first, −1 the last."""
    index = ordinal - 1 if ordinal > 0 else ordinal
    return items[index] if -len(items) <= index < len(items) else None


def _note(parse: Parse) -> str | None:
    """The words of a dictated note; None when only the wish to dictate was said."""
    said = [one for one in map(parse.get, ("patient_name", "patient_id")) if one is not None]
    return dictated_note(parse.text, max((one.end for one in said), default=0))
