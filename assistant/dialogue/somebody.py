"""Whether somebody else than the current patient is spoken of without a name.

By a pronoun or a noun of the other sex, by kinship, age or place: «у неё», «запиши бабушке»,
«у больного из второй палаты».
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from assistant.dialogue.leaving import PERSON
from assistant.dialogue.pointed import (
    may_point_at_somebody,
    points_at_somebody,
    sexes_pointed_at,
)
from assistant.dialogue.whom import ALMOST_EXACT, of_whom
from nlu.agreement import agrees
from nlu.canon import Canon, canonical, fold
from nlu.dictionary import known, morph, reading
from nlu.messages import READINGS, Parse, PatientMention, covered

_OF_HER: Final = r"(?:у|для|от|про|запиши\w*|внеси\w*|(?:э?т|наш|мо|сво|лежач|тяжел)(?:ой|ей))"
_OF_SEX: Final = {
    "m": re.compile(
        r"\b(?:он|ему|у него|этого пациента|этому пациенту|больного|больному|мужчин\w)\b",
        re.IGNORECASE,
    ),
    "f": re.compile(
        rf"\b(?:она|ей|у не[её]|пациентк\w+|больная|больную|{_OF_HER} больной|женщин\w)\b",
        re.IGNORECASE,
    ),
}
"""«Пациент» alone is said of women as well."""
_POSSESSIVE: Final = {"m": "его", "f": "ее"}

_KIN: Final = (
    r"(?:жен(?:ы|е|у|ой)|муж(?:а|у|ем)|матер(?:и|ью)|мам(?:ы|е|у|ой)|отц(?:а|у|ом)|пап(?:ы|е|у|ой)"
    r"|сын(?:а|у|ом|очка|очку)|дочер(?:и|ью)|доч(?:к(?:и|е|у|ой)|урки)|брат(?:а|у|ом)|сестр(?:ы|е|у|ой)"
    r"|родител(?:ей|ям|ями)|сосед(?:а|у|ом|ки|ке|ку|кой)|внук(?:а|у|ом)|внучк(?:и|е|у|ой)"
    r"|т[её]щ(?:и|е|у|ей)|т[её]ст(?:я|ю)|свекр\w+|т[её]т(?:и|е|ю|к\w+)|дяд(?:и|е|ю))"
)
_CHILD: Final = re.compile(
    r"\b(?:реб[её]н\w+|малыш\w*|младен\w+|новорожд[её]нн\w+|плод[ау])\b", re.IGNORECASE
)
_FETUS: Final = re.compile(r"\bплод[ау]\b", re.IGNORECASE)
"""It is measured in its mother; «УЗИ плода» is her paper."""
_KIN_SUBJECT: Final = r"(?:жена|муж|мать|мама|отец|папа|сын|дочь|дочка|сосед|соседка|родители)"
_OF_KIN: Final = re.compile(rf"\b{_KIN}\b", re.IGNORECASE)
_KIN_DOES: Final = re.compile(rf"\b(?:{_KIN}|{_KIN_SUBJECT})\b", re.IGNORECASE)
"""«Чем болел отец»; but «жена намерила» and «дочь привезла» are said of the patient's things."""
_KIN_BRINGS: Final = frozenset(
    {"record_measurement", "get_document", "get_documents_from_hospital"}
)

_SAYS: Final = r"(?:спрашива|интересу|говор|сказал|сообща|прос|звон|уточня)\w+"
_ASKER: Final = {
    "m": re.compile(rf"\b(?:жена|мать|мама|дочь|дочка) (?:тут )?{_SAYS}", re.IGNORECASE),
    "f": re.compile(rf"\b(?:муж|отец|папа|сын) (?:тут )?{_SAYS}", re.IGNORECASE),
}
"""Who only asks about a patient of that sex, which is not the asker's own."""

_STAFF: Final = re.compile(
    r"врач\w*|доктор\w*|\w*сестр\w*|фельдшер\w*|хирург\w*|терапевт\w*|\w+лог\w{0,3}|\w+атр\w{0,3}"
    r"|\w+ист\w{0,3}|акушер\w*|ортопед\w*|профессор\w*|заведующ\w+|дежурн\w+"
)
_TELLS: Final = re.compile(r"(?:доло[жк]|сообщ|перед|сказ|позвон|показ)\w+|слов(?:ам)?")
_PERSON: Final = re.compile(PERSON)
_NAME: Final = 3
"""Letters of the shortest word of no dictionary that may be a name."""
_NOBODY: Final = re.compile(
    r"(?:рак|вирус|микроб|гриб|клещ|паразит|пчел|ос|комар|зме|собак|кош|коллег|молочниц|бог)\w{0,3}"
)
"""What the dictionary counts among the living, and is a person's name only in
«давление рака», «запиши раку пульс»."""


def speaks_of_other_sex(parse: Parse, sex: str, *, opened: bool) -> bool:
    """Whether whom it is about is only spoken of as of the other sex: «ей» with a man open.

    With a document ``opened``, «её дата» may be the document's.
    """
    canon = of_whom(parse)
    inside = covered(canon, parse.found)
    said = _sexes(canon.cleaned) | sexes_pointed_at(canon)
    if any(_is_hers(canon, i, inside) for i in range(1, len(canon.items))):
        said.add("f")
    if said:
        return sex not in said
    whose = _possessives(canon, inside)
    of_paper = opened and parse.intent == "get_document"
    return bool(whose) and not of_paper and _POSSESSIVE[sex] not in whose


def may_mean_another(parse: Parse, sex: str) -> bool:
    """Whether it is open that the current patient is meant, of that ``sex``.

    «У мальчика» and «запиши деду» are said of anybody; «она» in a man's note may be his wife.
    """
    if parse.intent == "add_note":
        said = _sexes(parse.text)
        return bool(said) and sex not in said
    return calls_somebody(parse)


def calls_somebody(parse: Parse) -> bool:
    """Whether a person stands in the place of a patient: «у мальчика», «запиши деду», «у белой»."""
    canon = canonical(parse.text)
    inside = covered(canon, parse.found)
    measured = covered(canon, [e for e in parse.found if e.name == "observation"])
    writes = parse.intent == "record_measurement"
    return (writes and may_point_at_somebody(parse)) or any(
        _is_person(canon, i, inside, measured, writes)
        or _may_be_called(canon, i, inside, parse.unexplained)
        for i in range(len(canon.items))
    )


def _sexes(text: str) -> set[str]:
    """The sexes of which ``text`` speaks by a pronoun or a word for a patient."""
    return {sex for sex, words in _OF_SEX.items() if words.search(text)}


def speaks_of_somebody(parse: Parse) -> bool:
    """Whether it is asked, or a value is told, of somebody known only by kinship or place.

    «У его жены», «чем болел отец», «запиши соседу», «у второго пациента»; with a name, where kin
    stands right before: «у жены Громова». The words of a note may speak of anybody.
    """
    name = parse.get("patient_name")
    if parse.intent == "add_note":
        return name is None and points_at_somebody(parse)
    kin = _OF_KIN if parse.intent in _KIN_BRINGS else _KIN_DOES
    if name is not None:
        before = parse.text[: name.start].rstrip()
        return any(
            found.end() == len(before)
            for words in (kin, _CHILD)
            for found in words.finditer(before)
        )
    if kin.search(_without_asker(parse.text)) or points_at_somebody(parse):
        return True
    measures = parse.intent == "record_measurement" or parse.intent in READINGS
    return measures and _FETUS.search(parse.text) is not None


def _without_asker(text: str) -> str:
    """``text`` less a relative who asks about the patient: «мать спрашивает, что он принимает»."""
    for sex, asks in _ASKER.items():
        rest = asks.sub("", text)
        of_sex = _OF_SEX[sex].search(rest) or re.search(rf"\b{_POSSESSIVE[sex]}\b", fold(rest))
        if rest != text and of_sex:
            return rest
    return text


def is_heard(parse: Parse) -> bool:
    """Whether a patient's own name was said, even if its case leaves the sex open: «Громову»."""
    name = parse.get("patient_name")
    if name is None or not isinstance(name.value, PatientMention) or speaks_of_somebody(parse):
        return False
    return any(one.score >= ALMOST_EXACT for one in name.value.candidates[:1])


def _is_person(
    canon: Canon, i: int, inside: Sequence[bool], measured: Sequence[bool], writes: bool
) -> bool:
    """Whether item ``i`` is a living being in the place of a patient: «у мальчика», «запиши деду».

    «Пациент» and the like (``_OF_SEX``) are told apart elsewhere. Of staff only who gets a value
    written may be one: «запиши медсестре пульс», but not «доложено врачу», «со слов
    врача».
    """
    words = [item.text for item in canon.items]
    word = words[i]
    if inside[i] or _PERSON.fullmatch(word):
        return False
    if _STAFF.fullmatch(word) and (not writes or any(map(_TELLS.fullmatch, words[:i]))):
        return False
    if _NOBODY.fullmatch(word):
        return i > 0 and (measured[i - 1] or (writes and words[i - 1] == "запиши"))
    cases = _living(word)
    head = i - 1
    while head >= 0 and not inside[head] and reading(words[head]).tag.POS == "ADJF":
        head -= 1
    if head >= 0 and not inside[head] and reading(words[head]).tag.POS == "PREP":
        return words[head] in ("у", "для") and "gent" in cases
    if writes and "datv" in cases:
        return True
    of_what = head >= 0 and (inside[head] or reading(words[head]).tag.POS == "NOUN")
    return of_what and "gent" in cases


def _may_be_called(canon: Canon, i: int, inside: Sequence[bool], unexplained: bool) -> bool:
    """Whether item ``i``, right after «у», can only be somebody's name, as in «у белой давление».

    A noun that the dictionary has is what it says, an adjective where it describes the next word.
    A word of no dictionary is a name only where something is ``unexplained``: «щитовидка» is not.
    """
    words = [item.text for item in canon.items]
    if i == 0 or words[i - 1] != "у" or inside[i]:
        return False
    tag = reading(words[i]).tag
    if not known(words[i]):
        return unexplained and len(words[i]) >= _NAME and not _STAFF.fullmatch(words[i])
    if tag.POS != "ADJF" or "Apro" in tag or _PERSON.fullmatch(words[i]):
        return False
    after = words[i + 1 : i + 2]
    return not any(agrees(words[i], one) or (inside[i + 1] and not known(one)) for one in after)


def _is_hers(canon: Canon, i: int, inside: Sequence[bool]) -> bool:
    """Whether item ``i`` is «больной» of a woman: «давление больной», but «больной принимает»."""
    head, after = canon.items[i - 1], canon.items[i + 1 : i + 2]
    if canon.items[i].text != "больной" or any("VERB" in reading(x.text).tag for x in after):
        return False
    return inside[i - 1] or reading(head.text).tag.POS == "NOUN"


@lru_cache(maxsize=20_000)
def _living(word: str) -> frozenset[str]:
    """The cases of a word that is a living being and nobody's name; empty for any other."""
    first = reading(word)
    if not known(word) or "anim" not in first.tag or "Abbr" in first.tag:
        return frozenset()
    tags = [one.tag for one in morph().parse(word) if one.normal_form == first.normal_form]
    if any(mark in tag for tag in tags for mark in ("Name", "Surn", "Patr", "Geox")):
        return frozenset()
    return frozenset(str(tag.case) for tag in tags if {"NOUN", "sing"} in tag)


def _possessives(canon: Canon, inside: Sequence[bool]) -> set[str]:
    """«Его» and «её» that stand before a noun or its adjective, or after one and before no verb.

    What is ``inside`` an entity counts as one: the dictionary has no «ЭКГ».
    """

    def of(i: int, *kinds: str) -> bool:
        return 0 <= i < len(canon.items) and reading(canon.items[i].text).tag.POS in kinds

    def named(i: int, *kinds: str) -> bool:
        return of(i, *kinds) or (0 <= i < len(canon.items) and inside[i])

    return {
        one.text
        for i, one in enumerate(canon.items)
        if one.text in _POSSESSIVE.values()
        and (
            named(i + 1, "NOUN", "ADJF")
            or (named(i - 1, "NOUN") and not of(i + 1, "VERB", "PRTS", "INFN"))
        )
    }
