"""Days and periods in Russian speech. Without a year the most recent past one is meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from nlu import loosetimes as loose
from nlu import saidtimes as say
from nlu.clocks import SURE
from nlu.messages import Period
from nlu.saidtimes import MONTHS
from nlu.spans import UNREAD_TIME, Found, Time, in_context

_Reader = Callable[[re.Match[str], date], Time | str | None]

_MONTH_ENDINGS = "(?:ь|я|е|ю|ем|а|у|ом|ы)?"
_MONTH = "(" + "|".join(m if "(" in m else m + _MONTH_ENDINGS for m in MONTHS) + r")\b"
_SOFT = "(?:ий|яя|ее|ие|его|ей|ему|юю|им|ими|их|ем)"
_HARD = "(?:ий|ая|ое|ие|ого|ой|ому|ую|им|ими|их|ом)"
_OF_MONTH = "((?:" + "|".join("май" if "(" in m else m for m in MONTHS) + rf")(?:ь|ов)?ск{_HARD})\b"
_BEFORE = r"((?:поза)?прошл\w+|эт\w+)"
_YEAR, _YEAR_ALONE = (
    rf"(?: (\d{{4}})й?(?: год\w*)?\b| (\d{{2}})й{word}| {_BEFORE} год\w*)"
    for word in (r" год\w*", r"(?: год\w*)?\b")
)
"""After a day with its month, or a season, two digits are a year also without the word."""
_YEAR_OF_MONTH = (
    r"(?: (\d{4})й?(?: год\w*)?\b"
    rf"| (\d{{2}}(?=й год)|[12]\d(?!й числ))й(?: год\w*)?\b| {_BEFORE} год\w*)"
)
"""After a month also «двадцать пятого» is a year, where it can be one of the last."""
_DAY = r"(\d{1,2})й?"
_SEASON = (
    r"((?:зим|весн|лет|осен)(?:ой|ою|ью|ом|а|у|о|ь|и|ы)"
    rf"|(?<!\d )(?:зимн|весенн|летн|осенн){_SOFT})\b"
)
_UNIT = (
    r"(?P<unit>день|дня|дней|сутки|суток|недел\w+|месяц\w*|квартал\w*|полгода|полугод(?:а|и\w+)"
    r"|год\w*|лет)"
)
_LAST = r"(?:последн\w+|прошедш\w+|минувш\w+)"
_FOR = r"(?:за|в течени[еи]|на протяжении)"
_MANY = r"(?:лет|года|месяца|месяцев|недели|недель|дня|дней|суток)"
_BACK = r"(?: тому)? назад"
_OR_TWO = r"(?:год|месяц|неделю|день)(?= (?:или )?2\b)"
_ONE = r"(?<!1 )(?:год|полгода|квартал|месяц|неделю|день)\b"
"""«пульс 77 неделю назад»: no number belongs to these, but 1, 21 …"""
_PART = r"(?P<part>начал|середин|конц|[12]й половин)\w+"
_OF_PART = (
    "".join(rf"(?<!\b{word} )" for word in ("с", "со", "до", "от", "после", "около", "самого"))
    + r"(?=(?:начала|середины|конца)\b)|(?<=\bдо )(?=начала\b)"
)
"""«документы начала года», «до начала года»."""
_SPAN = (
    r"(?:лет|год\w*|полугод\w*|полгода|квартал\w*|месяц\w*|недел\w+|дн(?:я|ей|и|ях|ю|ем)|день"
    r"|сут(?:ки|ок)|час\w*|полчаса|минут\w*|врем(?:я|ени)|период\w*|десятилети\w+|ноч(?:ь|и|ей)"
    r"|выходны[ехм]|числ(?:а|ах)|дежурств\w+|смен[уы])"
)
"""Whatever takes time: what no other rule reads of it is told to the doctor, not left out."""
_LEADING = ("до", "с", "со", "по", "после", "перед", "между", "раньше", "ранее", "позже", "позднее",
            "начала", "начале", "конца", "конце", "середины", "середине")  # fmt: skip
_AFTER_LEADING = "(?:" + "|".join(rf"(?<=\b{word} )" for word in _LEADING) + ")"
_PART_OF_DAY = re.compile("утром|с утра|днем|вечером|ночью")
_OF_DAY = r"(?:утр\w+|днем|вечер\w*|ноч\w+)"


def find_times(text: str, today: date) -> list[Found]:
    """All times in a canonical text, left to right, none overlapping.

    One that begins in the future is unread: nothing can be on record.
    """
    found: list[Found] = []
    for pattern, reader in _RULES:
        for match in pattern.finditer(text):
            if any(one.start < match.end() and match.start() < one.end for one in found):
                continue
            value = reader(match, today)
            if value is not None:
                found.append(Found(_begun(value, today), *match.span()))
    in_order = _of_days(text, sorted(found, key=lambda one: one.start))
    return in_context(text, in_order, today)


def _of_days(text: str, times: list[Found]) -> list[Found]:
    """``times``, each part of a day joined to the day beside it: «в пятницу утром»."""
    result: list[Found] = []
    for time in times:
        before = result[-1] if result else None
        if before is not None and text[before.end : time.start] == " ":
            parts = [_PART_OF_DAY.fullmatch(text, one.start, one.end) for one in (before, time)]
            day = before if parts[1] else time
            if any(parts) and not all(parts) and isinstance(day.value, date):
                result[-1] = Found(day.value, before.start, time.end)
                continue
        result.append(time)
    return result


def _begun(value: Time | str, today: date) -> Time | str:
    if isinstance(value, str):
        return value
    first = value.start if isinstance(value, Period) else value
    return value if first <= today else UNREAD_TIME


def _rules() -> Iterator[tuple[str, _Reader]]:
    yield rf"\b(?:с|между) {_DAY}(?: {_MONTH})? (?:по|до|и) {_DAY} {_MONTH}{_YEAR}?", say.day_range
    yield rf"\b(?:с|от|между) {_MONTH}{_YEAR}? (?:по|до|и) {_MONTH}{_YEAR}?", say.month_range
    yield (
        rf"\b(\d{{1,2}})(й?)(?: (-|и))? (\d{{1,2}})(й?) (?P<month>{_MONTH})"
        r"(?: (?P<year>\d{4})й?)?",
        loose.days_of_month,
    )
    yield rf"\b{_DAY}(?: числа)? {_MONTH}{_YEAR_ALONE}?", say.day_month
    yield rf"\b{_DAY} числ\w+(?: {_BEFORE} месяц\w*)?", say.of_month
    yield r"\b(\d{1,2}) ([./-]) (\d{1,2}) [./-] (\d{4}|\d{2})\b", say.numeric
    yield (
        r"(?<!\d )(?<!\dй )\b(?P<of>(?:от|за) )?(?:0 )?(?P<day>\d{1,2}й?) (?P<zero>0 )?"
        r"(?P<month>\d{1,2}й?)(?: (?P<year>(?:\d{4}|\d{2}|0 \d)й?)(?: год\w*)?)?\b(?! \d)",
        say.spoken,
    )
    yield rf"\b(?:(?:за|в|во|на) )?(?:{_BEFORE} )?{_MONTH}{_YEAR_OF_MONTH}?", say.one_month
    yield rf"\b(?:{_BEFORE} )?{_OF_MONTH}{_YEAR}?", say.one_month
    yield (
        r"\b(?:(?:за|в|во) )?(?:(\d+)й|(\d)(?= (?:квартал|полугодие)\b)) "
        r"(квартал\w*|полугоди\w+|половин\w+(?= (?:года|\d{4}|\w+ года))(?: года)?)"
        rf"{_YEAR_ALONE}?",
        say.part_of_year,
    )
    yield (
        r"\b(?:в|за) (\d{4}|\d\d(?=й))й?(?: год\w*)?(?: и)? (\d{4}|\d\d(?=й))й?"
        r"(?:(?: и)? (\d{4}|\d\d(?=й))й?)?\b(?P<word> год\w*)?",
        loose.each_year,
    )
    yield (
        r"\b(?:с|за|от|между) (\d{4})(?:го|й)?(?: год\w*)? (?:по|до|-|и) (\d{4})й?(?: год\w*)?",
        say.years,
    )
    yield r"\b(?:(\d0|2000)х(?: год\w*)?|(\d0|2000)й год(?:ы|ах|ов|ам)|нулевы[ехм]\b)", say.decade
    yield r"\b(?:(\d{4})й?|(\d{2})й) год\w* рожд\w*", say.birth_year
    yield (
        rf"(?:\b(?:за|в) |{_AFTER_LEADING})(?:(\d{{4}})й?(?: год\w*)?|(\d{{2}})й год\w*)",
        say.one_year,
    )
    yield r"\b(?!как)\w+ давности\b", loose.unread
    yield rf"\bчерез (?:(?:\d+|пар[уы]) {_UNIT}|(?:недел|месяц|год|полгода)\w*)", loose.unread
    yield (
        r"\b(?:до|после) (?:\w+ )?"
        r"(?:операци|выписк|госпитализаци|поступлени|лечени|родов|наркоз|инфаркт|инсульт)\w*",
        loose.unread,
    )
    yield (
        rf"\b(?P<over>{_FOR} )?(?P<last>{_LAST} )?(?P<unit>{_MANY}|{_OR_TWO})(?P<for> за)?"
        rf" (?:или )?(?P<count>\d{{1,2}})\b(?!й)(?! (?:раза?|[.,/:-] )\b)(?P<ago>{_BACK})?",
        loose.about,
    )
    yield (
        rf"\b(?P<over>{_FOR} )?(?:(?:вс[еюя]|весь|всего|цел\w+) )?(?P<last>{_LAST} )?"
        rf"(?:(?P<count>{loose.COUNT}) )?(?P<last2>{_LAST} )?{_UNIT}\b(?!{_BACK})",
        loose.rolling,
    )
    yield rf"\b{_FOR} (?:{_LAST} )?(\d+) час\w*", loose.hours
    yield r"\bс (?:самого )?начала (?:этого )?(недели|месяца|квартала|года)\b", say.so_far
    yield (
        r"\b(?:(?:за|в) )?(?:((?:поза)?прошл\w+|эт\w+|минувш\w+|последн\w+) )?"
        rf"\b{_SEASON}{_YEAR_ALONE}?",
        say.season,
    )
    yield (
        rf"\b(?:(?:в|к|на) (?:само\w+ )?|{_OF_PART})"
        rf"{_PART} (?:этого |этой |текущ\w+ )?(?P<unit>недели|месяца|квартала|года)\b",
        loose.part_of_unit,
    )
    yield (
        rf"\b(?:(?:в|на|за) )?{_BEFORE} и {_BEFORE} (?P<unit>недел\w+|месяц\w*|квартал\w*|год\w*)",
        loose.each_unit,
    )
    yield (
        r"\b(?:(?:в|на|за) )?(?:(?<=в )|(?<=на )|(?<=за )|(?!т[оу]))"
        r"((?:поза)?прошл\w+|эт\w+|т(?:ом|от|ой|у)|текущ\w+|нынешн\w+|предыдущ\w+|следующ\w+"
        r"|будущ\w+) (недел[еюяи]|месяц(?:а|е|у|ем)?|квартал(?:а|е)?|год(?:а|у|ом)?)\b",
        say.last_unit,
    )
    yield rf"\b(?:поза)?прошлогодн{_SOFT}\b", say.last_year
    yield rf"\b(?:(?P<count>{loose.COUNT}) (?!{_ONE}))?{_UNIT}{_BACK}", loose.ago
    yield (
        r"\b(?:(?:в|за|на) )?(?:(прошл\w+|эт\w+|последн\w+|минувш\w+) )?выходны[ех]\b",
        loose.weekend,
    )
    yield (
        r"\b(?:за|в течение) (?:(?:эту|этой|прошл\w+|последн\w+|всю|всей) )?ноч[ьи]\b",
        loose.night,
    )
    yield r"\bперед сном\b", loose.unread
    for pattern in SURE:
        yield pattern, loose.unread
    yield r"\b(?:за (?:утро|вечер)|(?:в|до|после|к) обед[ау]?)\b", say.near_day
    yield (
        r"\b(?:(?:(?:за )?(?:послезавтра|завтра|позавчера|вчера)|сегодня)"
        rf"(?:шн\w+(?: (?:день|дня|дню|днем|дне)\b)?)?|прошлой ночью)\b(?: {_OF_DAY}\b)?",
        say.near_day,
    )
    yield (
        rf"\b(?:утром|с утра|этой ночью|ночью|днем|вечером|(?:утренн|вечерн){_SOFT}|ночн{_HARD}"
        r"|ночные|ночных)\b",
        say.near_day,
    )
    yield (
        r"\b(?:(?:в|во|за) (?:(?:прошл|эт)\w+ )?"
        r"(понедельник|вторник|среду|четверг|пятницу|субботу|воскресенье)"
        rf"|{_AFTER_LEADING}(?:(?:прошл|эт)\w+ )?"
        r"(понедельника|вторника|среды|четверга|пятницы|субботы|воскресенья))\b",
        say.weekday,
    )
    yield rf"\b{_FOR} (?:\w+ ){{0,2}}?{_SPAN}\b", loose.unread_but_all
    yield rf"\b(?:в )?{_LAST} (?:(?:несколько|\d+|\w+[ыи][ех]) )?{_SPAN}\b", loose.unread
    yield (
        rf"\b(?:(?:\d+ (?=часа|часов|минут)|[а-я]+ ))?(?:{_SPAN}|давно)(?: \w+)??{_BACK}\b",
        loose.unread,
    )
    yield r"\b(?:в течени[еи]|на протяжении|во время|в ходе) \w+", loose.unread


_RULES = [(re.compile(pattern), reader) for pattern, reader in _rules()]
