"""The words of a dictated note, and what is said to change them before they are written."""

from __future__ import annotations

import re
from typing import Final

from assistant.dialogue.whom import ALMOST_EXACT
from assistant.speech.numerals import parses
from nlu.canon import fold, folded_words
from nlu.concepts import lemma
from nlu.declension import Part, name_kinds
from nlu.dictionary import reading
from nlu.grammar import looks_like_name
from nlu.messages import Parse, PatientMention
from nlu.notes import note_body, note_span

_NOTE: Final = r"(?:(?:заметк|примечани|пометк|комментари)\w+|запис(?:ь|и|ью)\b)"
_WISHING: Final = """
я мы бы сейчас теперь это еще одну новую новая надиктую надиктовать продиктую продиктовать диктую
диктовать запишу запишем записать запиши запишите хочу хотел хотела надо нужно можно давай давайте
сделаю сделаем сделать оставлю оставить добавлю добавить добавь внесу внести заметка заметку заметки
запись примечание пометку комментарий для про о об в на по него нее нем ней ему ей карту карте
пациент пациента пациенту пациентка пациентке пациентки больной больного больному пожалуйста
"""
_WISH: Final = frozenset(_WISHING.split())
"""What a wish to dictate is made of: no note's text."""
_REFUSAL: Final = """
нет не ничего отмена отмени отмените отменить отменяй отбой передумал передумала стоп хватит убери
уберите убрать удали удалите удалить сотри сотрите стереть сбрось забудь отставить отказываюсь
достаточно брось бросай закрой закройте
"""
_BESIDE_REFUSAL: Final = """
надо нужно все это эту ее его так то там давай пока лучше вообще уже ой ошибка ошибся ошиблась
неверно неправильно запись заметку записывай записывайте записывать пиши пишите писать сохраняй
сохранять спасибо пожалуйста я и а да ну карту карточку наверное
наверно похоже видимо кажется
"""
_REFUSING: Final = frozenset(_REFUSAL.split())
_WITH_REFUSAL: Final = _REFUSING | frozenset(_BESIDE_REFUSAL.split())
"""What a refusal to write is made of: «нет, не надо», but not «нет отёков»."""
_WRITING: Final = (
    r"не (?:(?:надо|нужно|стоит|буд\w+) )?(?:это )?"
    r"(?:(?:за)?(?:пи(?:ши|шите|сать)|писывай|писывайте|писывать)|внос\w+|сохраня\w+|фиксир\w+)"
)
_NOT_TO_WRITE: Final = re.compile(
    rf"(?:(?:нет|пожалуйста) )*{_WRITING}\b(?!.* (?:а|но|лучше|за?пи\w+) ).*"
    rf"|.* (?:нет )?{_WRITING}(?: (?:это|пока|пожалуйста))?"
)
_OF_NOTE: Final = re.compile(r"\b(?:заметк|примечани|пометк|комментари)\w+", re.IGNORECASE)
_NOT_BUT: Final = re.compile(
    r"\W*(?:нет\W+)?не\W+(?P<wrong>\w.*?)\W+а\W+(?P<right>\w.*)", re.IGNORECASE
)
_AGREED: Final = r"(?:да|ага|угу|верно|нет|и|а|но|точка)\W+"
"""Said before what is added: «да, но одышки нет»."""
_ADDS: Final = re.compile(
    rf"\W*(?:{_AGREED})*"
    r"(?:(?:добавь|допиши|дополни|припиши|прибавь)(?:те)?"
    rf"(?:\W+(?:ещ[её]|также|туда|(?:к|в)\W+(?:ней|не[её]|(?:этой\W+|эту\W+)?{_NOTE})))*"
    r"|(?:ещ[её]|также|плюс)(?:\W+(?:и|добавь|допиши)(?:те)?)*|и)"
    r"\W+(?P<words>\w.*)",
    re.IGNORECASE,
)
_ADDS_ON_PURPOSE: Final = re.compile(
    r"\W*(?:(?:и|а|да|нет)\W+)*(?:добавь|допиши|дополни|припиши|прибавь)", re.IGNORECASE
)
_AGREES: Final = re.compile(rf"^\W*(?:{_AGREED})+", re.IGNORECASE)
_ANEW: Final = re.compile(
    r"(?P<wish>(?:(?:нет|ой|давай|давайте|лучше|все|я|запиши|пиши|продиктую|диктую) )*)"
    r"(?:заново|по новой|(?P<first>сначала|с начала)|(?P<told>перепиши(?:те)?|переделай(?:те)?))"
    r"(?: (?:ее|заметку|запись|все|заново|сначала|давай|диктую|запиши|пиши))*(?: (?P<words>.+))?"
)
"""«Давай заново: болит спина», but not «сначала болела спина»; in a folded text."""
_OF_NOTE_ALONE: Final = re.compile(
    rf"{_NOTE}|эт[ауо]|вс[её]|так|да|вот|не|это|и"
    r"|(?:не)?(?:верн|правильн|точн|хорош|т)(?:а|ая|ую|о|ой)|(?:о|за)конч\w+|заверш\w+|готов\w*"
    r"|(?:за)?пи(?:ши|шите|сать|сывай|сывайте)|(?:со)?хран\w+|внес\w+|пожалуйста"
)
"""What is said of a note as a whole: «сохрани эту заметку», «заметка верна»."""
_DENIES_NOTE: Final = re.compile(r"не|не(?:верн|правильн|точн|хорош)\w+")
_BEGINS_ANEW: Final = re.compile(
    r"\W*(?:нет|ой|неверно|неправильно|не так|вернее|точнее)\b(?:\W+(?:а|лучше|вернее|точнее)\b)*"
    r"\W+(?P<words>\w.*)",
    re.IGNORECASE,
)
_CHANGES: Final = re.compile(r"не|(?:исправ|поправ|замен|измен|помен|передела)\w*")
_BEFORE_QUESTION: Final = frozenset(("а", "и", "ну", "еще", "сейчас"))
_QUESTION_WORDS: Final = frozenset(
    ("что", "чем", "кто", "где", "когда", "куда", "откуда", "сколько", "почему", "зачем", "какой",
     "какая", "какое", "какие")
)  # fmt: skip
_SOMETHING: Final = re.compile(r"\w+-(?:то|нибудь|либо)\b", re.IGNORECASE)
_TELLS_OF_QUESTION: Final = re.compile(
    r"помн(?:ит|ят|ю)|зна(?:ет|ют|ю)|уточн\w+|\w*спр[ао][шс]\w+"
    r"|интересу\w+|сомнева\w+|неизвестно|непонятно|неясно|сказ\w+|говор\w+|сообщ\w+|отвеча\w+"
)
_OF_RECORD: Final = re.compile(r"(?:какие )?жалобы (?:(?:были|он[аи]?) )*при поступлении")
_OF_TALK_WORDS: Final = """
нет без возражение вопрос ошибка замечание изменение претензия сомнение проблема
"""
_OF_TALK: Final = frozenset(_OF_TALK_WORDS.split())
"""What is lacking in the talk, and not found in a patient: «возражений нет»."""
_EXAMINATION: Final = """
поднять опустить дышать вдохнуть выдохнуть повернуть повернуться открыть закрыть показать лечь сесть
ложиться садиться встать согнуть разогнуть сжать разжать покашлять расслабить расслабиться раздеться
снять задержать потерпеть подождать постоять посмотреть присесть дать подать принести рассказать
сказать назвать повторить вытянуть протянуть высунуть глотнуть отойти выйти войти закатать коснуться
улыбнуться говорить помолчать держать подержать послушать слушать извинить простить
"""
_EXAMINING: Final = frozenset(_EXAMINATION.split())
"""What a patient or a bystander is told to do at once."""
_SHORT: Final = 3
"""Letters up to which a word of a note tells nothing."""
_PREDICATES: Final = frozenset(("VERB", "INFN", "PRED", "ADJS", "PRTS"))
_BEFORE_SUBJECT: Final = re.compile(
    r"\W*(?:(?:у|для|что|жалобы|состояние|самочувствие|пациент\w*|больн\w+)\W+)*", re.IGNORECASE
)
_NO: Final = re.compile(r"\W*нет\W+(?P<next>\w+)", re.IGNORECASE)
_GIVEN_NAMES: Final = frozenset((Part.FIRST, Part.MIDDLE))
_PREPOSITION: Final = re.compile(r"(?:на|в|во|с|со|к|от|до|по|у|о|об|при|без|после|из|за)\b", re.I)


def dictated_note(text: str, named: int = 0) -> str | None:
    """What to write of «запиши в карту, что…»; None when only the wish to dictate was said.

    One word is a note where a note was asked for. ``named`` is the offset at which the name of
    the patient ends.
    """
    words = _clean(note_body(text, named))
    few = len(words.split()) < 2 and not re.search(_NOTE, text, re.IGNORECASE)
    return None if few or is_wish(words) else words


def answered_note(text: str) -> str | None:
    """What to write of the answer to «Что записать в заметку?»."""
    words = _clean(note_body(text))
    return None if is_wish(words) or (is_asked(words) and not says_to_note(text)) else words


def is_asked(words: str) -> bool:
    """Whether the patient or a colleague is spoken to, and no note is dictated: «когда меняли»,
    «операция когда», «поднимите руку», «сейчас подумаю».

    «Не помнит когда», «спрашивает можно ли» tells of a question; «контролируйте давление» is an
    order for others to read.
    """
    folded = folded_words(_SOMETHING.sub("", words))
    said = [word for word in folded if word not in _BEFORE_QUESTION]
    if not said or any(map(_TELLS_OF_QUESTION.fullmatch, said)) or _ADDS_ON_PURPOSE.match(words):
        return False
    if said[-1] in _QUESTION_WORDS or "ли" in said or _OF_RECORD.fullmatch(" ".join(said)):
        return True
    kinds = [reading(word).tag for word in said]
    verbs = [tag for tag in kinds if tag.POS == "VERB"]
    if said[0] == "когда" and len(said) > 2 and verbs and "pres" in verbs[0]:
        return False  # «когда ходит, одышка»
    if said[0] in _QUESTION_WORDS:
        return len(verbs) < 2
    if "plur" in kinds[0] and ("impr" in kinds[0] or "2per" in kinds[0]):
        return lemma(said[0]) in _EXAMINING
    return "сейчас" in folded[:2] and {"1per", "sing", "futr"} in kinds[0]


def told_of(parse: Parse) -> PatientMention | None:
    """Whom the first words of a note name: «Лебедева жалуется», «жалобы Громова на боль».

    A first name alone may be anybody's; «белых» inside a note with no verb after it is no name.
    """
    name = next((e for e in parse.found if isinstance(e.value, PatientMention)), None)
    if name is None or not isinstance(name.value, PatientMention) or not name.value.candidates:
        return None
    start = note_span(parse.text).start
    if name.start < start or not _BEFORE_SUBJECT.fullmatch(parse.text[start : name.start]):
        return None
    words = folded_words(name.text)
    if len(words) == 1 and name_kinds(words[0]) and name_kinds(words[0]) <= _GIVEN_NAMES:
        return None
    after = [word for word in folded_words(parse.text[name.end :]) if word != "не"]
    sure = not name.value.ambiguous or name.value.candidates[0].score >= ALMOST_EXACT
    named = any(map(looks_like_name, words)) or _states(" ".join(after[:1]))
    return name.value if sure and (named or name in parse.entities) else None


def says_to_note(text: str) -> bool:
    """Whether it begins with the wish to write: «запиши Лебедевой: …», and not with a note."""
    return note_span(text).start > 0


def changed_note(note: str, text: str) -> str | None:
    """``note`` as ``text`` changes it: «добавь ещё тошноту» adds, «нет отёков» as well,
    «не в груди, а в животе» replaces, «нет, на боль в животе» begins anew from the last «на», or
    from the beginning. Empty where it only says what the note is not, or a part of it without its
    place; None where it does none of this.
    """
    if adds := _ADDS.match(text):
        words = _clean(adds["words"])
        return None if re.match(_NOTE, words, re.IGNORECASE) else f"{note}, {words}"
    if denies_finding(text):
        return f"{note}, {_clean(text)}"
    if (other := _NOT_BUT.fullmatch(text)) is not None:
        begin = fold(note).find(fold(other["wrong"]))
        end = begin + len(other["wrong"])
        return note[:begin] + _clean(other["right"]) + note[end:] if begin >= 0 else ""
    anew = _BEGINS_ANEW.match(text)
    if anew is None:
        return None
    words = _clean(re.sub(rf"^{_NOTE}", "", anew["words"], flags=re.IGNORECASE))
    if fold(words).startswith("не "):
        return ""
    if begins := _PREPOSITION.match(words):
        same = [m.start() for m in re.finditer(rf"\b{begins[0]}\b", note, re.IGNORECASE)]
        return note[: same[-1]] + words if same else ""
    return words if len(note.split()) == 1 or _states(words) else ""


def added_note(note: str, text: str) -> str:
    """``note`` and what was dictated after it."""
    return f"{note}, {_clean(_AGREES.sub('', text))}"


def states_finding(text: str) -> bool:
    """Whether it tells that something is not, be it after a «да»: «но тошноты нет»."""
    words = folded_words(_AGREES.sub("", text))
    return len(words) > 1 and (words[-1] == "нет" or words[0] == "без")


def is_of_talk(text: str) -> bool:
    """Whether it tells only that nobody objects: «возражений нет», «без изменений»."""
    return states_finding(text) and _OF_TALK.issuperset(map(lemma, folded_words(text)))


def note_begun_anew(text: str) -> str | None:
    """What is dictated instead of the whole note, empty where that is still to be said; None where
    it isn't begun anew.

    What follows «перепиши» may be a part of the note, or where to write it, unless it is a
    sentence.
    """
    anew = _ANEW.fullmatch(" ".join(folded_words(text)))
    if anew is None or (anew["first"] and anew["words"] and not anew["wish"]):
        return None
    words = anew["words"] or ""
    part = _PREPOSITION.match(words) or (anew["told"] and not _states(words))
    return "" if part else words


def of_note_alone(text: str) -> bool | None:
    """Whether a note is approved of as a whole, or denied; None where more is said or less."""
    words = folded_words(text)
    of_it = all(map(_OF_NOTE_ALONE.fullmatch, words)) and any(re.fullmatch(_NOTE, w) for w in words)
    return not any(map(_DENIES_NOTE.fullmatch, words)) if of_it and len(words) > 1 else None


def contradicts(note: str, text: str) -> bool:
    """Whether ``text`` speaks of the words of ``note``, or says what is to be changed in it."""
    said = folded_words(text)
    mine = {lemma(word) for word in folded_words(note) if len(word) > _SHORT}
    return any(lemma(word) in mine or _CHANGES.fullmatch(word) for word in said)


def names_note(text: str) -> bool:
    """Whether a note is spoken of by that name."""
    return _OF_NOTE.search(text) is not None


def denies_finding(text: str) -> bool:
    """Whether it says what there is not: «нет отёков», but not «нет, на боль»."""
    found = _NO.match(text)
    if found is None or corrects_part(text):
        return False
    tags = [parse.tag for parse in parses(fold(found["next"]))]
    return any(tag.case == "gent" and tag.POS in ("NOUN", "ADJF") for tag in tags)


def corrects_part(text: str) -> bool:
    """Whether a place or a time is said after a «нет»: «нет, в животе», «нет, с утра»."""
    found = _NO.match(text)
    return found is not None and reading(fold(found["next"])).tag.POS == "PREP"


def drops(text: str) -> bool:
    """Whether all that is said is that nothing is to be written."""
    words = set(folded_words(text))
    return bool(words & _REFUSING) and words <= _WITH_REFUSAL


def forbids_writing(text: str) -> bool:
    """«Не записывай пульс 80», «запиши пульс 80, хотя нет, не пиши»."""
    return _NOT_TO_WRITE.fullmatch(" ".join(folded_words(text))) is not None


def is_wish(words: str) -> bool:
    """Whether ``words`` are none, or say only that a note is to be dictated."""
    return _WISH.issuperset(folded_words(words))


def _states(words: str) -> bool:
    """Whether it is a sentence, and not a part of one: «болит спина», but not «спина»."""
    kinds = {str(one.tag.POS) for word in words.split() for one in parses(fold(word))[:1]}
    return bool(kinds & _PREDICATES)


def _clean(words: str) -> str:
    return words.strip(" .,:;—-")
