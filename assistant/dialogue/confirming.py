"""What is about to be written: the replies to «Записать …?» and to the question for what lacks.

Only a bare «да» writes, and it writes what was repeated last. Whatever else is said changes the
value, the day or the patient, and is repeated again; begins another request; or isn't understood.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.asked import request_in, to_write
from assistant.dialogue.bedside import speaks_to_somebody
from assistant.dialogue.dictated import Dictated, dictated, is_bare_number
from assistant.dialogue.excepted import without_excepted
from assistant.dialogue.leaving import means_another
from assistant.dialogue.measuredat import hour_answered, said_before, with_time
from assistant.dialogue.noting import (
    answered_note,
    contradicts,
    dictated_note,
    drops,
    is_asked,
    names_note,
    says_to_note,
    told_of,
)
from assistant.dialogue.plans import (
    AskIntent,
    AskMissing,
    AskPatient,
    Cancel,
    Confirm,
    NeedPatient,
    NoMore,
    NoSuchPatient,
    Phrase,
    Plan,
    Read,
    Say,
    Write,
)
from assistant.dialogue.quantities import is_bare_quantity, named_after, quantity_instead
from assistant.dialogue.renoting import renoted
from assistant.dialogue.resolving import ABOUT_A_PATIENT, WRITES
from assistant.dialogue.state import AnswerChallenge, ConfirmWrite, DialogueState, Pending, Request
from assistant.dialogue.whom import (
    cards_meant,
    means_other_bearer,
    names_patient,
    rejections,
    takes_back,
)
from assistant.dialogue.yes import AROUND, has_reservation, is_yes, tells_to_write
from nlu.canon import canonical, fold, folded_words
from nlu.concepts import concept
from nlu.courtesy import is_courtesy
from nlu.measures import UNIT, is_possible
from nlu.messages import Measurement, Parse, PatientMention, covered
from nlu.refusals import Refusal, completed, half_said
from nlu.saidafter import going_on
from nlu.unlisted import unlisted
from nlu.vocabulary import OBSERVATIONS

_READS: Final = ABOUT_A_PATIENT - WRITES
_QUESTION: Final = re.compile(
    r"(?:а )?(?:как(?:ой|ая|ое|ие|ого|ую|их)|сколько|когда|где|что у|есть ли|чем|покажи|скажи"
    r"|назови|прочитай|открой)\b",
    re.IGNORECASE,
)
_FEW: Final = 3
"""Words that may read as a question by chance."""
SECTIONS: Final = frozenset({"PAPER", "VISIT", "DRUG", "THERAPY", "ILLNESS", "ALLERGY"})
"""Of a word that names a part of the record."""
_ASKING: Final = """
что чем кто где когда куда откуда сколько как какой какая какое какие какую каких каком каким
есть ли покажи покажите скажи скажите назови прочитай прочти открой дай
"""
ASKS: Final = frozenset(_ASKING.split())
"""Words with which something is asked for on purpose."""
_NAMES: Final = frozenset(("select_patient", "affirm", "deny", "out_of_scope"))
"""What a name with hardly a word beside it reads as."""
_ALSO: Final = re.compile(r"^и\b|\b(?:тоже|также|еще|плюс|добав\w+)\b")
_SAID_ANEW: Final = re.compile(r"\b(?:(?:ис|по)прав|(?:из|за|по)?мен[яи]|обнов|передела)\w* на\b")
"""«Исправь на 120»: no lower pressure."""
_ASSURES: Final = re.compile(r"(?:.* )?уверен\w*(?: .*)? 100 процентов|(?:да )?на 100 процентов")
_WHOLLY: Final = re.compile(r"(?:да )?100 процентов")
"""«Сто процентов» of what is counted otherwise."""
Reply = Plan | Request | None
"""The next step; a request to go on with about whomever was named, else about the same patient;
None where the talk moved on."""


def confirmation(card: str, request: Request, parse: Parse) -> Reply:
    """What follows from what was said to «Записать …?»."""
    if is_yes(parse) or tells_to_write(parse):
        return Write(card, request)
    if means_another(parse):
        return NeedPatient(request, forget=True)
    if drops(parse.text) and not parse.found:
        return Cancel()
    excepted = without_excepted(request, parse.text)
    if excepted is not None:
        return excepted
    another = _names_another(parse, card)
    also = another and _ALSO.search(canonical(parse.text).text) is not None
    request = replace(request, left=() if another else request.left, also=also)
    if _asks_by_chance(parse):
        return Confirm(card, request, doubted=request.intent == "add_note")
    if _assures(request, parse):
        return Confirm(card, request)
    if request.intent == "record_measurement":
        return _redictated(card, request, parse)
    if parse.intent in ("out_of_scope", "next") and is_asked(parse.text):
        return Confirm(card, request)
    changed = renoted(card, request, parse)
    if changed is not None:
        return changed
    dictates = parse.intent == "record_measurement" and dictated(parse).named
    if dictates or (parse.intent in ABOUT_A_PATIENT and not is_reply(parse)):
        return None
    if _names_another(parse, card) or (parse.intent != "deny" and _says_little(parse)):
        return request
    if contradicts(request.note or "", parse.text):
        return AskMissing(card, replace(request, note=None, whole=True))
    return Cancel() if parse.intent == "deny" else Confirm(card, request, doubted=_says_more(parse))


def _says_more(parse: Parse) -> bool:
    """Whether there are words that may belong to the note: «в спине», but not «спасибо»."""
    said = [word for word in folded_words(parse.text) if word not in AROUND]
    return bool(said) and not is_courtesy(said) and not speaks_to_somebody(parse)


def _says_little(parse: Parse) -> bool:
    """Whether at most whose the note is may be told: «ей», «запиши ей»."""
    return all(item.text in AROUND for item in canonical(parse.text).items)


def _assures(request: Request, parse: Parse) -> bool:
    """Whether it is only said how sure the value is: «уверена на сто процентов»."""
    said, code = canonical(parse.text).text, request.observation
    if _ASSURES.fullmatch(said):
        return True
    return _WHOLLY.fullmatch(said) is not None and (not code or OBSERVATIONS[code].unit != "%")


def _asks_by_chance(parse: Parse) -> bool:
    """Whether a few words read as a question about a record that they don't name: «это старый»."""
    words = folded_words(parse.text)
    asks = parse.intent in _READS and parse.intent != "select_patient"
    if not asks or parse.found or len(words) > _FEW or ASKS.intersection(words):
        return False
    numbers = any(item.is_number for item in canonical(parse.text).items)
    sections = (w for w in words if concept(w) in SECTIONS and not w.startswith("аллергик"))
    return not numbers and not any(sections)


def filled(card: str, request: Request, parse: Parse) -> Reply:
    """What follows from what was said to the question for what lacks."""
    if request.number and request.observation is None and is_bare_quantity(parse):
        return named_after(request, parse)
    writes = request.intent in WRITES
    if (writes and request.observation is None and is_bare_quantity(parse)) or (
        request.either and (parse.intent == "record_measurement" or is_bare_number(parse))
    ):
        return to_write(dictated(parse), Request("record_measurement", instead=request.instead))
    if request.intent == "record_measurement":
        return _redictated(card, request, parse)
    noting = request.intent == "add_note"
    if noting and names_patient(parse):
        if parse.intent in _NAMES and is_reply(replace(parse, intent="select_patient")):
            return request
        named = _note_that_names(card, request, parse)
        if named is not None:
            return named
    if names_patient(parse) and not (noting and parse.intent == "out_of_scope"):
        return None
    if drops(parse.text) if noting else parse.intent == "deny":
        return Cancel()
    if noting and (_asks(parse) or (request.either and parse.intent in _READS)):
        return None
    if noting:
        request = replace(request, either=request.either and not names_note(parse.text))
        note = None if is_yes(parse) else answered_note(parse.text)
        return (
            Confirm(card, replace(request, note=note, whole=False))
            if note
            else AskMissing(card, request)
        )
    names, parse = unlisted(parse)
    said = request_in(DialogueState(), parse)
    if said.observation is None and names:
        return replace(request, unlisted=names)
    if said.observation is None:
        return None if parse.intent in ABOUT_A_PATIENT else AskMissing(card, request)
    return replace(
        request,
        observation=said.observation,
        period=said.period or request.period,
        time_unread=said.time_unread or (request.time_unread and said.period is None),
        say_whose=request.say_whose or said.say_whose,
        left=said.left,
    )


def _asks(parse: Parse) -> bool:
    """Whether it is a question about a record: no note begins like one."""
    return parse.intent in _READS and _QUESTION.match(parse.text) is not None


def _note_that_names(card: str, request: Request, parse: Parse) -> Plan | None:
    """The step where the words of the note begin with a patient's name: whose note it is, is asked
    unless they tell of the patient with ``card``.
    """
    if parse.intent not in ("add_note", "out_of_scope", "select_patient"):
        return None
    told, note = told_of(parse), answered_note(parse.text)
    if told is None or (parse.intent == "add_note" and says_to_note(parse.text)):
        return None
    request = replace(request, note=note, either=False, whole=False)
    cards = cards_meant(told)
    return Confirm(card, request) if card in cards else AskPatient((card, *cards), request)


def _redictated(card: str, request: Request, parse: Parse) -> Reply:
    """The measurement with what ``parse`` says of it, or another one."""
    if names_note(parse.text):
        return None
    hour = hour_answered(request, parse.text)
    if hour is not None:
        return with_time(hour, request)
    other = quantity_instead(parse, request)
    if other is not None:
        return other
    if _tells_beside(request, parse):
        return Confirm(card, replace(request, left=(*request.left, "add_note")))
    if parse.intent in ABOUT_A_PATIENT and not is_reply(parse):
        return None
    another = _names_another(parse, card)
    half = None if _SAID_ANEW.search(fold(parse.text)) else half_said(request.refusal)
    known = None if another else request.measurement or half
    said = dictated(parse, request.observation, known, said_before(request))
    if half is None or (another and not has_reservation(parse)):
        request = replace(request, refusal=None)  # no half is completed that is another's, or wrong
    value = said.value_of(request.observation)
    others = tuple(name for name in said.named if name != request.observation)
    if others and value is None:
        return to_write(said, Request("record_measurement"))
    request = replace(request, left=others or request.left)
    if is_bare_number(parse) and not another and (on := _going_on(request, said)) is not None:
        return on
    changed = with_time(said.time, with_value(said, request, anew=another))
    said_more = said != Dictated(named=said.named) or another
    return Cancel() if parse.intent == "deny" and not said_more else changed


def _tells_beside(request: Request, parse: Parse) -> bool:
    """Whether one word is told beside the value, too few for a note in its stead: «озноб»."""
    told = parse.intent == "add_note" and not says_to_note(parse.text) and not parse.found
    complete = request.measurement is not None and "add_note" not in request.left
    return told and complete and dictated_note(parse.text) is None


def _going_on(request: Request, said: Dictated) -> Request | None:
    """``request`` where the number that was said alone may go on with the one before it: «80»,
    «2». Which is meant is asked, unless only one can be.
    """
    code, told = request.observation, said.value_of(request.observation)
    numbers = told.numbers if told else said.refusal.numbers if said.refusal else ()
    before = request.measurement or half_said(request.refusal)
    if code is None or before is None or len(numbers) != 1:
        return None
    joined = going_on(code, before, numbers[0])
    if not joined:
        return None
    half = before.numbers[:1] if len(before.numbers) > 1 else ()
    possible = half or is_possible(code, Measurement(numbers, None))
    apart = (*half, *numbers) if possible else ()
    if len(joined) + len(apart) == 1:
        return replace(request, measurement=Measurement(joined, None), refusal=None)
    return replace(request, measurement=None, refusal=Refusal("either", (*joined, *apart)))


def with_value(said: Dictated, request: Request, *, anew: bool) -> Request:
    """``request`` with the value that was said; without any where it isn't certain.

    Where it is said ``anew``, as of another patient, no number completes one that was said before.
    """
    if anew and (said.values or said.unread):
        request = replace(request, refusal=None)
    value = said.value_of(request.observation)
    if said.refusal is not None and request.refusal is not None:
        value = completed(request.refusal, said.refusal)
    if value is not None:
        return replace(request, measurement=value, refusal=None)
    half = half_said(request.refusal) is not None
    kept = request.refusal if half and not said.unread else None
    return replace(
        request,
        measurement=None if said.unread else request.measurement,
        refusal=said.refusal or kept,
    )


def is_reply(parse: Parse) -> bool:
    """Whether an utterance that reads as a request by itself only answers the question.

    «Нижнее девяносто», «Орлова», «запиши семьдесят пять», but not «какое было давление».
    """
    if parse.intent == "record_measurement":
        return True
    canon = canonical(parse.text)
    inside = covered(canon, parse.found)
    for at in rejections(parse).items:
        inside[at] = True  # «не Громову, а Орловой»
    for at, item in enumerate(canon.items):  # «не вечером, а утром»
        inside[at] |= any(start < item.end and item.start < end for start, end in parse.unsaid)
    text = " ".join(
        "1" if of_entity else item.text for of_entity, item in zip(inside, canon.items, strict=True)
    )
    words = UNIT.sub("", text).split()
    tells = parse.intent == "select_patient" or any(item.is_number for item in canon.items)
    tells = tells or any(e.name in ("date", "period") for e in parse.found)
    return tells and all(not word[0].isalpha() or word in AROUND for word in words)


def _names_another(parse: Parse, card: str) -> bool:
    """Whether somebody else may be meant than the patient with ``card``: «Орлова», «не Громов»."""
    if takes_back(parse) or means_other_bearer(parse):
        return True
    number, name = parse.get("patient_id"), parse.get("patient_name")
    if number is not None and number.value != card:
        return True
    return (
        name is not None
        and isinstance(name.value, PatientMention)
        and cards_meant(name.value) != (card,)
    )


def gives_up(pending: Pending | None, plan: Plan) -> bool:
    """Whether ``plan`` leaves a write that waits for «да», so that it must be said.

    «Нет», «стоп» and wrong digits say so by themselves.
    """
    if not isinstance(pending, ConfirmWrite | AnswerChallenge):
        return False
    match plan:
        case Read() | NoMore() | AskIntent() | Say(phrase=Phrase.GOODBYE):
            return True
        case Confirm(card=card, request=request) | AskMissing(card=card, request=request):
            return not _same_write(pending, (card,), request)
        case AskPatient(cards=cards, request=request):
            return not _same_write(pending, cards, request)
        case NeedPatient(request=request) | NoSuchPatient(request=request):
            return not _same_write(pending, (), request)
    return False


def _same_write(
    pending: ConfirmWrite | AnswerChallenge, cards: tuple[str, ...], request: Request
) -> bool:
    """Whether ``request`` is the pending one, of which either the patient or the value changed."""
    old = pending.request
    if request.also and cards != (pending.card,):
        return False
    if (old.intent, old.observation) != (request.intent, request.observation):
        return False
    if (old.measurement, old.note) == (request.measurement, request.note):
        return True
    added = old.note is None or (request.note or "").startswith(old.note)
    return cards == (pending.card,) and added
