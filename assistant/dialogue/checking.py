"""What a doctor asks of the talk itself: who is open, and what was just written.

Closed lists of words, and no model: nothing else is asked with them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.plans import (
    AskMissing,
    Confirm,
    NeedPatient,
    Phrase,
    Plan,
    Retell,
    Say,
)
from assistant.dialogue.state import (
    ChooseHospital,
    ChooseIntent,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Request,
)
from assistant.dialogue.whom import names_patient
from nlu.canon import canonical
from nlu.messages import Parse

_OPEN: Final = r"(?:открыт[аоы]?|выбран[ао]?|на экране)"
_CHART: Final = r"(?:карта|карточка|пациент(?:ка)?|больн(?:ой|ая))"
_WHOM: Final = r"(?:его|ее|(?:этого )?(?:пациента|больного)|(?:эту )?(?:пациентку|больную))"
_WHO_IS_OPEN: Final = re.compile(
    rf"(?:а |и |так |ну )*(?:кто (?:это )?{_OPEN}"
    rf"|(?:какой|какая|чья|чья это|чей|чей это|кто|кто этот|кто эта) (?:это )?{_CHART}(?: {_OPEN})?"
    rf"|как {_WHOM} зовут|как зовут {_WHOM}"
    r"|о ком (?:мы )?(?:говорим|речь|идет речь)|с кем (?:мы )?работаем)"
)
_ASIDE: Final = re.compile(r"\b(?:сейчас|теперь|пожалуйста|у (?:нас|тебя|меня)|скажи(?:те)?)\b ?")
_STORED: Final = (
    r"(?:записал[аи]?|записано|запис(?:ал)?[оа]сь|написал[аи]?|внес(?:л[аи])?|внесено"
    r"|сохранил[аи]?|сохранено|сохранил[оа]сь)"
)
_BESIDE: Final = r"(?:ты |вы |мы |я |там |сейчас |уже |это |все |точно )*"
_WHAT_WAS_WRITTEN: Final = re.compile(
    r"(?:а |и |так |ну |повтори |скажи )*"
    r"(?:что|чего|сколько|какую заметку|кому|кого|куда|в (?:какую|чью) карту|у кого) "
    rf"{_BESIDE}{_STORED}(?: (?:сейчас|туда|в карту))?"
)
_WHETHER_WRITTEN: Final = re.compile(
    rf"(?:а |и |так |ну )*{_BESIDE}{_STORED}"
    r"|(?:проверь|проверьте|повтори|повторите|прочитай|прочти) (?:последнюю |эту )?запись"
)
"""Asks only right after a write. All of these in a canonical text."""
_NOTE: Final = re.compile(r"замет(?:к\w+|ок)")
_NOTES: Final = re.compile(r"замет(?:ки|ок|ках|кам)")
_READS: Final = re.compile(
    r"(?:(?:про|за)?чита\w+|про(?:чти|честь)\w*|покаж\w+|откр\w+|озвуч\w+|что)"
)
_OF_NOTES: Final = re.compile(
    rf"{_READS.pattern}|а|и|ну|мне|пожалуйста|последн\w+|предыдущ\w+|все|всех|как\w+|есть|ли|у|него|нее"
    r"|в|пациент\w*|карт\w+|сказано|написано|записано|эт\w+|мо[июя]"
)
_ENDS_DICTATION: Final = re.compile(r"(?:(?:это|все) )?конец(?: (?:заметк|запис|диктовк)[иеу])?")
"""Of what is being dictated; else of the session."""


def checked(state: DialogueState, parse: Parse) -> Plan | None:
    """The step where it is asked who is open, what was written last and to whom, or for notes,
    of which only the one just stored can be told.

    A question that waits for an answer is asked again, and says whom it is about; so is one for
    a dictation or a «да» to it after «конец заметки».
    """
    text = canonical(parse.text).text
    if _ENDS_DICTATION.fullmatch(text):
        match state.pending:
            case ConfirmWrite(card=card, request=request):
                return Confirm(card, request)
            case FillRequest(card=card, request=Request(intent="add_note") as request):
                return AskMissing(card, request)
        return None
    if state.pending is None and _asks_what_was_written(state, text):
        return _retold(state)
    if state.pending is None and _asks_for_notes(parse):
        just_noted = state.written is not None and state.written.request.note is not None
        return (_retold(state) if just_noted else None) or Say(
            Phrase.NOTES_UNREAD, unsettles=names_patient(parse)
        )
    about_notes = isinstance(state.pending, ConfirmWrite) and _asks_for_notes(parse)
    if not about_notes and not _WHO_IS_OPEN.fullmatch(_ASIDE.sub("", text).strip()):
        return None
    match state.pending:
        case ConfirmWrite(card=card, request=request):
            return Confirm(card, request)
        case FillRequest(card=card, request=request):
            return AskMissing(card, replace(request, say_whose=True))
        case None | ChooseHospital() | ChooseIntent() if state.patient is not None:
            return Retell(state.patient, Request("select_patient"))
        case None:
            return NeedPatient(Request("select_patient"))
    return None


def _retold(state: DialogueState) -> Plan | None:
    stored = state.stored
    return Retell(stored.card, stored.request) if stored is not None else None


def _asks_what_was_written(state: DialogueState, text: str) -> bool:
    """Of an open document «что там записано» asks what stands in it."""
    if state.written is not None and _WHETHER_WRITTEN.fullmatch(text):
        return True
    just_now = state.written is not None or state.document is None
    return just_now and _WHAT_WAS_WRITTEN.fullmatch(text) is not None


def _asks_for_notes(parse: Parse) -> bool:
    """«Заметки», «прочитай последнюю заметку»; «новая заметка» dictates one."""
    items = canonical(parse.text).items
    who = [e for e in parse.found if e.name in ("patient_name", "patient_id")]
    words = [i.text for i in items if not any(e.overlaps(i.start, i.end) for e in who)]
    beside = [word for word in words if not _NOTE.fullmatch(word)]
    if len(beside) == len(words) or not all(map(_OF_NOTES.fullmatch, beside)):
        return False
    return any(map(_NOTES.fullmatch, words)) or any(map(_READS.fullmatch, beside))
