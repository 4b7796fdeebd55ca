"""«Всё верно, кроме времени»: a part of what waits for a «да» is denied and not said anew."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.measuredat import MeasuredAt, with_time
from assistant.dialogue.state import Request
from nlu.canon import canonical

_EXCEPT: Final = (
    r"(?:(?:да|все|так|верно|правильно|точно|но|а|только) )*"
    r"(?:кроме|помимо|только не|не считая)"
)
_TIME: Final = re.compile(rf"{_EXCEPT} (?:врем\w+|дат\w+|день|дня|час[аы]?)")
_VALUE: Final = re.compile(rf"{_EXCEPT} (?:само\w+ )?(?:значени|цифр|числ|величин|показани)\w+")


def without_excepted(request: Request, text: str) -> Request | None:
    """The measurement without its value, or with a day that is still to be said; None where neither
    is all that is denied.
    """
    if request.intent != "record_measurement":
        return None
    words = canonical(text).text
    if _TIME.fullmatch(words):
        return with_time(MeasuredAt(day_lacks=True), request)
    return replace(request, measurement=None, refusal=None) if _VALUE.fullmatch(words) else None
