"""What is said right after «Записано»: a denial, or the same for the next patient.

What is stored can't be taken back by voice. That is said, and what was meant instead is asked for,
repeated and written only after a «да».
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from assistant.dialogue.bedside import is_address, speaks_to_somebody
from assistant.dialogue.confirming import Reply, confirmation, is_reply, with_value
from assistant.dialogue.dictated import Dictated, dictated
from assistant.dialogue.measuredat import said_before, with_time
from assistant.dialogue.noting import answered_note, denies_finding
from assistant.dialogue.plans import AskMissing, Cancel, Confirm
from assistant.dialogue.quantities import is_bare_quantity
from assistant.dialogue.replaced import without_replaced
from assistant.dialogue.state import Draft, Request
from assistant.dialogue.whom import Roster, cards_meant, names_patient, takes_back, years_said
from assistant.dialogue.yes import has_reservation
from nlu.canon import canonical, folded_words
from nlu.courtesy import is_courtesy
from nlu.measures import UNIT, unit_after
from nlu.messages import Parse, PatientMention, covered
from nlu.refusals import half_said
from nlu.vocabulary import OBSERVATIONS

_TAKES_BACK: Final = re.compile(
    r"\b(?:ошиб\w+|неверн\w+|неправильн\w+|не (?:так|то|тот|той|тому)|удали\w*|сотр\w+|стереть|"
    r"убери\w*|убрать|отмен\w+|исправ\w+|поправ\w+|верни|ой|вернее|точнее|это (?:был\w?|для|у))\b"
    r"|^не\b"
)
"""Words that deny what was stored; in a canonical text."""
_FORBIDS: Final = re.compile(r"\bне (\w+)")
_DENIES_BESIDE: Final = re.compile(
    r"\b(?:не|ошиб\w+|неверн\w+|неправильн\w+|удали\w*|сотр\w+|вычеркн\w+)\b"
)
"""Of these what is told a second person denies what was stored: «смотрите, не тому записали»."""
_NOT_BUT: Final = re.compile(r"(?:нет )?не \S+(?: \S+){0,2} а ")
"""«Не Громову, а Орловой»."""


_ONE: Final = re.compile(r"\bодн[оаи]\b|\bодин\b", re.IGNORECASE)
_ONE_MORE: Final = re.compile(
    r"^(?:(?:и|а) )?ещ[её] (?:(?:одн[оауи]|один|раз)\b\s*)?", re.IGNORECASE
)
_SAME: Final = re.compile(r"\b(?:то же|столько же|так же|тоже|такой же|такая же|такое же)\b")


_BESIDE_NEXT_WORDS: Final = """
а и у теперь сейчас потом дальше так было был была это будет тоже также еще же то такой такая такое
самое столько следующий следующая следующей следующему пациент пациентка пациенту пациентке больной
больному запиши запишите добавь добавьте пожалуйста на дробь с половиной целых целая
"""
_BESIDE_NEXT: Final = frozenset(_BESIDE_NEXT_WORDS.split())
"""Words beside the next patient's name, value and time: with any other the number may be a ward,
a dose or a place."""
_SENTENCE: Final = 2
"""Words of a note that nothing but «Теперь продиктуйте: заметку» asks for."""
_TWO_NUMBERS: Final = re.compile(r"\d (?:[.,/-]|на|дробь|и) \d")


def next_patient(written: Draft, parse: Parse, roster: Roster) -> Request | None:
    """«Орловой 90», «то же самое Орловой»: the quantity or the note just written, of somebody else.

    None where another quantity or no value is told, or a number may be a card or a year. One that
    may be the age or the year of birth only tells who is next.
    """
    stored, name = written.request, parse.get("patient_name")
    if name is None or takes_back(parse):
        return None
    if parse.intent not in ("select_patient", "record_measurement", "out_of_scope"):
        return None
    words = canonical(parse.text).text
    if stored.intent == "add_note":
        same = _SAME.search(words) is not None and _tells_next(parse, None)
        return replace(stored, left=(), instead=False) if same else None
    cards = cards_meant(name.value) if isinstance(name.value, PatientMention) else ()
    numbered = parse.get("patient_id") or parse.get("ordinal") or years_said(parse)
    if numbered or not set(cards).isdisjoint(words.split()):
        return None
    said = dictated(parse, stored.observation)
    if said.named not in ((), (stored.observation,)) or not _tells_next(parse, stored.observation):
        return None
    valued = bool(said.values) or said.unread
    if not valued and not _SAME.search(words):
        return None
    if said.unread and _TWO_NUMBERS.search(words):
        return None  # «36 и 6» is no pulse
    if not said.named and any(_tells_birth(said, card, roster) for card in cards):
        return Request("select_patient")
    request = replace(stored, left=(), instead=False)
    if valued:
        request = replace(request, measurement=None)
    return with_time(said.time, with_value(said, request, anew=True))


def _tells_next(parse: Parse, observation: str | None) -> bool:
    """Whether nothing is said beside a name, a time, a value of ``observation`` and its unit."""
    canon = canonical(parse.text)
    open_words = " ".join(
        "…" if inside else item.text
        for item, inside in zip(canon.items, covered(canon, parse.found), strict=True)
    )
    own = OBSERVATIONS[observation].unit if observation is not None else None

    def left(unit: re.Match[str]) -> str:
        return "" if unit_after(unit.string, unit.start())[0] == own else unit[0]

    text = UNIT.sub(left, open_words)
    return all(not word[0].isalpha() or word in _BESIDE_NEXT for word in text.split())


def _tells_birth(said: Dictated, card: str, roster: Roster) -> bool:
    """Whether the number may be the age or the year of birth of the patient with ``card``."""
    numbers = [number for _, value in said.values for number in value.numbers]
    numbers += said.refusal.numbers if said.refusal is not None else ()
    return len(numbers) == 1 and numbers[0] in (roster.age(card), roster.born(card).year % 100)


def _left(stored: Request, parse: Parse) -> Request | None:
    """The quantity that was named beside the one just ``stored``, with the value now said of it. It
    was measured when that one was, unless another time is said.
    """
    first = next(iter(stored.left), "")
    if first not in OBSERVATIONS or names_patient(parse) or not _tells_next(parse, first):
        return None
    said = dictated(parse, first, None, said_before(stored))
    if said.named not in ((), (first,)) or not (said.named or said.values or said.unread):
        return None
    if said.named and said.value_of(first) is None and not is_bare_quantity(parse):
        return None
    request = Request(
        "record_measurement", observation=first, period=stored.period, hour=stored.hour,
        part=stored.part, ago=stored.ago, left=stored.left[1:],
    )  # fmt: skip
    return with_time(said.time, with_value(said, request, anew=True))


def _fits_better(left: Request | None, parse: Parse) -> bool:
    """Whether «ещё 140» is of what was ``left`` to be dictated; «ещё одно» is of the stored."""
    if left is None or _ONE.search(parse.text):
        return False
    return half_said(left.refusal) is not None or left.measurement is not None


def _note_left(stored: Request, parse: Parse) -> Request | None:
    """The note that was to be dictated apart, where nothing is asked for and nobody is named."""
    said, finding = folded_words(parse.text), denies_finding(parse.text)
    tells = parse.intent in ("add_note", "out_of_scope") and (finding or said[:1] != ["нет"])
    if stored.left[:1] != ("add_note",) or not (tells or (finding and parse.intent == "deny")):
        return None
    if _TAKES_BACK.search(canonical(parse.text).text) or names_patient(parse):
        return None
    if len(said) < _SENTENCE or is_courtesy(said) or speaks_to_somebody(parse):
        return None
    note = answered_note(parse.text)
    left = Request("add_note", note=note, left=stored.left[1:])
    return left if note is not None else None


def _tells_whose(stored: Request, parse: Parse) -> bool:
    """«Это лебедевой пульс»: whose the value was that is ``stored``, and nothing more."""
    words = canonical(parse.text).text
    observed = {e.value for e in parse.found if e.name == "observation"}
    mine = names_patient(parse) and observed == {stored.observation}
    return mine and words.startswith("это ") and _tells_next(parse, stored.observation)


def _corrects(parse: Parse) -> bool:
    """Whether it may deny what was stored: «не ему», «смотрите, не то», but not «не вставайте»."""
    words = canonical(parse.text).text
    if not speaks_to_somebody(parse):
        return has_reservation(parse) or _TAKES_BACK.search(words) is not None
    others = _FORBIDS.sub(lambda told: "" if is_address(told[1]) else told[0], words)
    return _DENIES_BESIDE.search(others) is not None


def _tells_only_time(parse: Parse) -> bool:
    """«Вчера», «в 8 утра»: when it was measured that was just written."""
    names = {entity.name for entity in parse.found}
    return bool(names) and names <= {"date", "period"} and is_reply(parse)


def taken_again(written: Draft, parse: Parse) -> Request | None:
    """«Ещё одно 75»: the quantity just written, measured once more."""
    stored = written.request
    one_more = _ONE_MORE.search(parse.text)
    if stored.intent != "record_measurement" or one_more is None:
        return None
    at, text = one_more.end(), parse.text[one_more.end() :]
    found = (replace(e, start=e.start - at, end=e.end - at) for e in parse.found if e.start >= at)
    parse = Parse(text, "record_measurement", parse.confidence, tuple(found))
    said = dictated(parse, stored.observation)
    if said.named not in ((), (stored.observation,)) or not (said.values or said.unread):
        return None
    if names_patient(parse) or not _tells_next(parse, stored.observation):
        return None
    begun = replace(stored, instead=False, measurement=None, period=None, hour=None)
    begun = replace(begun, part=None, ago=None)
    return with_time(said.time, with_value(said, begun, anew=True))


def amended(written: Draft, parse: Parse, roster: Roster) -> Reply:
    """What follows from what was said right after ``written`` was stored; None if nothing of it is
    denied, and nothing alike is to be written of the next patient.

    A new value, day or patient goes into a confirmation of its own; else it is asked for.
    """
    parse = without_replaced(parse)
    canon = canonical(parse.text)
    note = _note_left(written.request, parse)
    if note is not None:
        return note
    whose = _tells_whose(written.request, parse)
    if whose:
        parse = replace(parse, intent="record_measurement")
    denied = whose or parse.intent == "deny" or _corrects(parse)
    if not denied and not _tells_only_time(parse):
        again, left = taken_again(written, parse), _left(written.request, parse)
        if again is not None and again.measurement is not None and not _fits_better(left, parse):
            return again
        return left or again or next_patient(written, parse, roster)
    card, stored = written.card, replace(written.request, left=(), instead=True)
    ask = AskMissing(card, replace(stored, measurement=None, note=None))
    match confirmation(card, stored, parse):
        case Cancel():
            return ask
        case Confirm(request=again) if again == stored:  # not understood
            return ask
        case None if (
            parse.intent == "select_patient" and names_patient(parse) and _NOT_BUT.match(canon.text)
        ):
            return stored
        case reply if reply == stored and not names_patient(parse):
            return ask
        case reply:
            return reply
