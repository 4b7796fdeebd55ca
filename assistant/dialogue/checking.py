"""What a doctor asks of the talk itself: who is open, and what was just written.

Closed lists of words, and no model: nothing else is asked with them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.plans import AskMissing, Confirm, NeedPatient, Plan, Retell
from assistant.dialogue.state import (
    ChooseHospital,
    ChooseIntent,
    ConfirmWrite,
    DialogueState,
    FillRequest,
    Request,
)
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
_ADDRESS: Final = r"(?:ты |вы |мы |я |там |сейчас |уже |это |все |точно )*"
_WHAT_WAS_WRITTEN: Final = re.compile(
    r"(?:а |и |так |ну |повтори |скажи )*(?:(?:(?:что|чего|сколько|кому|кого|куда|чей|о ком|про кого"
    rf"|какую заметку|(?:(?:в )?чью|в какую|у кого|у какого пациента)(?: карту)?) {_ADDRESS}{_STORED}"
    rf"(?: (?:сейчас|туда|в карту|в последний раз))?|{_ADDRESS}{_STORED})"
    r"|провер(?:ь|ьте|им) (?:последнюю )?запись|(?:повтори|прочитай|скажи) (?:последнюю )?запись"
    r"|какая (?:была )?(?:последняя )?запись)"
)
_ASSERTS: Final = re.compile(rf"{_ADDRESS}{_STORED}")
"""Said where nothing was stored, this may be told of the patient, or be a «да»."""
_TO_READ_NOTES: Final = re.compile(
    r"(?:(?:P|а|и|ну|мне|пожалуйста|последн\w+|предыдущ\w+|все|какие|какая|что|есть|ли|у|него|нее|в"
    r"|пациент\w*|(?:про|за)?читай|прочти|зачитай|покажи|открой|найди|назови|озвучь|скажи|сказано"
    r"|написано|записано|карт\w+|были) )*"
)
"""All of them in a canonical text."""


def checked(state: DialogueState, parse: Parse) -> Plan | None:
    """The step where it is asked who is open, or right after a write what was written.

    A question that waits for an answer is asked again, and says whom it is about.
    """
    text = canonical(parse.text).text
    if state.written is not None and _WHAT_WAS_WRITTEN.fullmatch(text):
        return Retell(state.written.card, state.written.request)
    if not _WHO_IS_OPEN.fullmatch(_ASIDE.sub("", text).strip()):
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
