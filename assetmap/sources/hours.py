"""Opening hours: whether a place is open on weekday evenings and at weekends, as far as its list says.

Hours come in OpenStreetMap's ``opening_hours`` syntax, which a library reads, or in the English of councils, which is
put into that syntax where that takes no guessing. What cannot be read is unknown, which is an answer of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from opening_hours import OpeningHours, State, validate

__all__ = ["WEEK", "Hours", "by_day", "day_of_heading", "hours_by_heading", "open_at", "open_when"]

#: The days of the week as OpenStreetMap writes them.
WEEK = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


class Hours(NamedTuple):
    """What a text says of when a place is open.

    Parameters
    ----------
    evenings
        Whether it is open for an hour or more after 18:00 on a Monday, Tuesday, Wednesday, Thursday or Friday: "yes", "no", or ""
        where the text does not tell.
    weekends
        The same for a Saturday or a Sunday, between 06:00 and midnight.
    osm
        The hours in OpenStreetMap's syntax; "" where they cannot be said in it.
    """

    evenings: str = ""
    weekends: str = ""
    osm: str = ""


_UNKNOWN = Hours()

#: Where hours change over the year, each quarter is looked at: a year without leap day that begins with no odd week.
_YEAR = datetime(2025, 1, 1), datetime(2026, 1, 1)
_A_WEEK = datetime(2025, 3, 3), datetime(2025, 3, 10)

_CHANGING = re.compile(
    r"\[|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|week|easter)\b", re.IGNORECASE
)
#: Of certain years only; or days within school holidays, which the library takes for both.
_NOT_ALWAYS = re.compile(r"\b(?:19|20)\d\d\b(?!:)|\b[PS]H [MTWFS]")
_SUNSET = re.compile(r"\b(?:sunset|dusk|sunrise|dawn)\b", re.IGNORECASE)
#: Open from some time before the evening on, nobody says until when.
_OPEN_END = re.compile(r"\b(?:0?\d|1[0-7]):\d\d\+")
#: A spreadsheet's time of day.
_SECONDS = re.compile(r"(?<![\d:])(\d\d?:\d\d):00\b")
#: Times and no days: every day, by OpenStreetMap's rules; but lists of offices mean the days that offices are open.
_NO_DAYS = re.compile(r"[\d:,\s-]+")


@lru_cache(maxsize=100_000)
def open_when(text: str) -> Hours:
    """When a place is open, by what a list says of it.

    The answer for a place whose hours change over the year is "" unless it is the same in every quarter; so is that for
    hours by appointment, until dusk, or of certain years. Bank and school holidays change no answer. What begins at 18:00 or
    later is open in the evening, even where no end is said.

    Parameters
    ----------
    text
        In OpenStreetMap's syntax or in English.

    Examples
    --------
    >>> open_when("Mo-Fr 09:00-17:00; PH off")
    Hours(evenings='no', weekends='no', osm='Mo-Fr 09:00-17:00; PH closed')
    >>> open_when("Tues 6.30pm, 1st Saturday of the month 10-12")
    Hours(evenings='yes', weekends='yes', osm='Tu 18:30+; Sa[1] 10:00-12:00')
    >>> open_when("ask at the desk")
    Hours(evenings='', weekends='', osm='')
    """
    text = _SECONDS.sub(r"\1", text)
    said = " ".join(text.split("\n")).strip()
    hours = _as_osm(said) or _as_osm(_in_english(text) or "")
    if hours is None:
        return _UNKNOWN
    osm = str(hours)
    if _NOT_ALWAYS.search(said):
        return Hours(osm=osm)
    evenings, weekends = _answers(hours, *(_YEAR if _CHANGING.search(osm) else _A_WEEK))
    if evenings == "yes" and (_SUNSET.search(osm) or _OPEN_END.search(osm) or not re.search(r"\d", said)):
        evenings = ""
    if _NO_DAYS.fullmatch(osm):
        return Hours("" if evenings == "yes" else evenings)
    return Hours(evenings, weekends, osm)


def open_at(text: str, moment: datetime) -> str:
    """Whether a place is open at a moment, by what a list says of it: "yes", "no", or "" where that does not tell.

    Hours that bank holidays would change are those of a usual week.

    Parameters
    ----------
    text
        In OpenStreetMap's syntax or in English.
    moment
        By the clock on the wall there, without a time zone.

    Examples
    --------
    >>> sunday = datetime(2026, 3, 1, 11, 0)
    >>> open_at("Mo-Sa 09:00-17:00; Su 10:00-12:00", sunday), open_at("Mon to Fri 9am-5pm", sunday), open_at("mornings", sunday)
    ('yes', 'no', '')
    """
    osm = open_when(text).osm
    if not osm or _NOT_ALWAYS.search(text):
        return ""
    for _, _, state, comment in OpeningHours(osm).intervals(moment, moment + timedelta(minutes=1)):
        if state == State.CLOSED:
            return "no"
        # Times without days may leave the weekend out; a comment says on what condition.
        return "yes" if state == State.OPEN and not comment and not _NO_DAYS.fullmatch(osm) else ""
    return "no"


def _as_osm(text: str) -> OpeningHours | None:
    return OpeningHours(text) if validate(text) and text.casefold() != "open" else None


def _answers(hours: OpeningHours, start: datetime, end: datetime) -> tuple[str, str]:
    """Whether it is open on weekday evenings and at weekends: in every quarter of the time looked at, or in none."""
    sure: tuple[set[int], set[int]] = set(), set()
    perhaps: tuple[set[int], set[int]] = set(), set()
    for opens, closes, state, comment in hours.intervals(start, end):
        if state == State.CLOSED:
            continue
        # A comment says on what condition, such as “by appointment”.
        found = sure if state == State.OPEN and not comment else perhaps
        for day, minutes_from, minutes_to in _by_day_of(opens, closes or end):
            weekend = day.weekday() >= 5
            least = 1 if weekend else 60
            if minutes_to - max(minutes_from, _MORNING if weekend else _EVENING) >= least:
                found[weekend].add((day.month - 1) // 3)
    quarters = {(day.month - 1) // 3 for day in _days_of(start, end)}
    evenings, weekends = (
        "yes" if sure[part] == quarters else "" if sure[part] or perhaps[part] else "no" for part in (0, 1)
    )
    return evenings, weekends


_MORNING, _EVENING, _MIDNIGHT = 6 * 60, 18 * 60, 24 * 60
_ALL_DAY = (0, _MIDNIGHT)


def _days_of(start: datetime, end: datetime) -> Iterator[datetime]:
    day = start.replace(hour=0, minute=0)
    while day < end:
        yield day
        day += timedelta(days=1)


def _by_day_of(opens: datetime, closes: datetime) -> Iterator[tuple[datetime, int, int]]:
    """A stretch of time day by day, in minutes after midnight."""
    for day in _days_of(opens, closes):
        first, last = ((each - day) // timedelta(minutes=1) for each in (opens, closes))
        yield day, max(first, 0), min(last, _MIDNIGHT)


def by_day(cells: Mapping[str, str]) -> str:
    """Hours that a list gives in a column for each day, as one text.

    Parameters
    ----------
    cells
        What stands in the column of each day of `WEEK`.

    Returns
    -------
    str
        In OpenStreetMap's syntax; "" where all are empty. A day whose cell is empty beside others, or cannot be read, is said
        to be unknown, with what stands there.

    Examples
    --------
    >>> by_day({"Mo": "09:00-13:00,14:00-18:00", "Tu": "9am - 1pm, 2pm - 6pm", "We": "CLOSED", "Th": "ask"})
    'Mo-Tu 09:00-13:00,14:00-18:00; We closed; Th unknown "ask"'
    """
    if not any(cells.values()):
        return ""
    runs: dict[str, list[str]] = {}
    for day in WEEK:
        if day in cells:
            runs.setdefault(_of_one_day(cells[day]), []).append(day)
    return "; ".join(f"{_days_text(days)} {times}" for times, days in runs.items())


_DAY_WORD = re.compile(r"\b(mon|tue|wed|thu|fri|sat|sun)(?:s|nes|rs?|ur)?(?:day)?s?\b")
_CLOSES = re.compile(r"\b(?:closed?|closes|closing|to|till|until|ends?|finish(?:es)?)\b")


def day_of_heading(heading: str) -> str:
    """The day of the week that a heading speaks of; "" for none or for several.

    Examples
    --------
    >>> day_of_heading("opening_hours_monday"), day_of_heading("ThursOpen"), day_of_heading("Mon-Fri")
    ('Mo', 'Th', '')
    """
    days = {found[:2].capitalize() for found in _DAY_WORD.findall(_plain(heading))}
    return days.pop() if len(days) == 1 else ""


def _plain(heading: str) -> str:
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", heading)
    return re.sub(r"[\W_]+", " ", apart).casefold()


def hours_by_heading(headings: Sequence[str]) -> Callable[[Sequence[str]], str] | None:
    """What puts the cells of one row together, where a list has a column or more for each day.

    Parameters
    ----------
    headings
        Of the columns, such as ``Monday`` or ``Mon open`` and ``Mon close``.

    Returns
    -------
    callable
        From a row's cells, in the order of the headings, to its hours as `by_day` tells them; None where a heading is of no
        one day.

    Examples
    --------
    >>> hours_by_heading(["Mon open", "Mon close", "Tue open", "Tue close"])(["09:00", "17:00", "", ""])
    'Mo 09:00-17:00; Tu unknown'
    """
    days = [day_of_heading(heading) for heading in headings]
    if "" in days:
        return None
    closing = [bool(_CLOSES.search(_plain(heading))) for heading in headings]

    def joined(cells: Sequence[str]) -> str:
        told: dict[str, str] = {}
        for day, closes, cell in zip(days, closing, cells, strict=True):
            before = told.get(day, "")
            if before == cell or not cell:
                told[day] = before
            else:
                told[day] = before + ("" if not before else "-" if closes else ", ") + cell
        return by_day(told)

    return joined


@lru_cache(maxsize=10_000)
def _of_one_day(cell: str) -> str:
    """The hours of one day as OpenStreetMap writes them after its name; what cannot be read is quoted as a comment."""
    osm = open_when(f"Mo {cell}").osm if cell else ""
    if osm == "Mo" and re.search(r"\d", cell):
        return "00:00-24:00"
    if re.fullmatch(r"Mo (?:[\d:,+-]+|closed)", osm):
        return osm.removeprefix("Mo ")
    words = " ".join(cell.replace('"', "").split())
    return f'unknown "{words}"' if words else "unknown"


def _days_text(days: Iterable[str]) -> str:
    """Days as ``Mo-We,Fr,PH``."""
    numbers = sorted(WEEK.index(day) for day in set(days) & set(WEEK))
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told = [WEEK[run[0]] if len(run) == 1 else f"{WEEK[run[0]]}-{WEEK[run[-1]]}" for run in runs]
    return ",".join([*told, *sorted(set(days) - set(WEEK))])


# English ---------------------------------------------------------------------------------------------------------

#: What a text may be made of; the first pattern that matches is taken. Anything else, and the text is not understood.
_LEXICON = (
    ("always", r"24\s*/\s*7(?!\d)|24\s*-?\s*h(?:ou)?rs?\b(?: a day\b)?"),
    ("group", r"(?:7|seven) days(?: (?:a|per) week)?\b|daily\b|every ?day\b|week ?days?\b|week ?ends?\b"),
    ("fortnight", r"fortnightly\b|alternate\b|every (?:other|second)\b|bi-?weekly\b"),
    ("skip", r"(?:please (?:ring|call|phone)|we are|we're|we are open|of (?:the|each|every) month|of month|in (?:the|each|every) month"
             r"|open(?:ing)?|hours|times?|from|between|every|each|only|on|the|at|hrs?|including|inc|o'clock)\b"),
    ("holiday", r"(?:(?:bank|public)(?: (?:and|&|or) (?:bank|public))?|bank) (?:holidays?|hols?)\b"),
    ("term", r"\(?(?:during )?(?:school )?term[ -]?times?(?: only)?\b\)?"),
    ("appointment", r"(?:strictly )?(?:by (?:prior )?(?:appointment|arrangement)|appointments?)(?: only)?\b"),
    ("closed", r"closed\b|shut\b|not open\b|off\b"),
    ("except", r"except(?: for)?\b|excluding\b|excl?\b|but not\b"),
    ("nth", r"(?:1st|first|2nd|second|3rd|third|4th|fourth|last)\b"),
    ("day", r"(?:mo(?:n(?:day)?)?|tu(?:e(?:s(?:day)?)?)?|we(?:d(?:s|nes(?:day)?)?)?|th(?:u(?:r(?:s(?:day)?)?)?)?|fr(?:i(?:day)?)?"
            r"|sa(?:t(?:urday)?)?|su(?:n(?:day)?)?)s?\b"),
    ("time", r"(?:12\s*)?(?:noon|midday|midnight)\b"
             r"|(?:\d{1,2}(?:[:.]\d\d)?|\d{4})\s*(?:noon\b|midday\b|[ap]\.?\s?m\b\.?)?(?![\d:]|[a-z]{2})"),
    ("sun", r"(?:dusk|sunset|dawn|sunrise)\b"),
    ("late", r"(?:late|close|closing)\b"),
    ("to", r"[-=]|(?:to|until|till|til|through|thru)\b"),
    ("and", r"[,&/+]|and\b|plus\b"),
    ("stop", r"[;\n|]"),
    ("skip", r"[\s:.()@]+"),
)  # fmt: skip
_TOKEN = re.compile("|".join(f"(?P<{name}{n}>{pattern})" for n, (name, pattern) in enumerate(_LEXICON)))

_NTH = {"1st": "1", "first": "1", "2nd": "2", "second": "2", "3rd": "3", "third": "3", "4th": "4", "fourth": "4", "last": "-1"}  # fmt: skip
_TIME = re.compile(r"(\d{4}|\d{1,2})(?:[:.](\d\d))?\s*(.*)")


class _Rule(NamedTuple):
    """On these days (of `WEEK`, ``PH`` or such as ``Sa[1]``) at these times (minutes after midnight, or in words)."""

    days: tuple[str, ...]
    times: tuple[tuple[int, int] | str, ...]
    appointment: bool = False


class _NotUnderstoodError(Exception):
    """The text holds something else than days and times, or could mean more than one thing."""


def _in_english(text: str) -> str | None:
    """A text in English as OpenStreetMap writes it; None where that would be a guess."""
    plain = re.sub(r"[‐‑‒–—−]", "-", text.casefold().replace("’", "'"))
    try:
        tokens = list(_tokens(plain))
        rules: list[_Rule] = []
        term = any(name == "term" for name, _ in tokens)
        of_the_clock = any(name == "time" and _is_24(word) for name, word in tokens)
        segment: list[tuple[str, str]] = []
        for name, word in [*tokens, ("stop", "")]:
            if name == "stop":
                rules += _rules(segment, of_the_clock)
                segment = []
            elif name not in ("skip", "term"):
                segment.append((name, word))
    except _NotUnderstoodError:
        return None
    # With several rules nobody can tell whether all of them hold in term time only.
    if not rules or (term and len(rules) > 1):
        return None
    return _written(rules) + ("; SH off" if term else "")


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            raise _NotUnderstoodError
        yield found.lastgroup.rstrip("0123456789"), found[0]
        at = found.end()


def _is_24(word: str) -> bool:
    """Whether a time can only be of the 24-hour clock."""
    found = _TIME.fullmatch(word)
    return found is not None and (len(found[1]) == 4 or found[1][0] == "0" or int(found[1]) > 12)


#: What a stretch of text may say, one letter an item: Days, Times, Closed, eXcept, by Appointment.
_DAYS_FIRST = r"D(?:XD)?(?:TA?|A|C)|XDT|XD|CD"
_TIMES_FIRST = r"TDA?|XDT|XD|CD"


def _rules(tokens: list[tuple[str, str]], of_the_clock: bool) -> list[_Rule]:
    """One stretch of text as rules; its days stand before their times all along, or after them."""
    items: list[tuple[str, list[Any]]] = []
    for letter, values in _items(tokens, of_the_clock):
        if items and items[-1][0] == letter:
            items[-1][1].extend(values)
        else:
            items.append((letter, [*values]))
    shape = "".join(letter for letter, _ in items)
    if shape == "C" or items == [("T", [_ALL_DAY])]:
        return [_Rule(WEEK, ("off",) if shape == "C" else (_ALL_DAY,))]
    order = next((each for each in (_DAYS_FIRST, _TIMES_FIRST) if re.fullmatch(f"(?:{each})*", shape)), None)
    if order is None:
        raise _NotUnderstoodError
    return [_rule(items[found.start() : found.end()]) for found in re.finditer(order, shape)]


def _rule(items: list[tuple[str, list[Any]]]) -> _Rule:
    days = [values for letter, values in items if letter == "D"]
    times = [each for letter, values in items if letter == "T" for each in values]
    letters = {letter for letter, _ in items}
    if items[0][0] == "D" and "X" in letters:
        days = [[day for day in days[0] if day not in days[1]]]
    if not days[0] or ("A" in letters and "C" in letters):
        raise _NotUnderstoodError
    return _Rule(tuple(days[0]), tuple(times) or ("" if "A" in letters else "off",), "A" in letters)


_LETTERS = {"closed": "C", "except": "X", "appointment": "A"}


def _items(tokens: list[tuple[str, str]], of_the_clock: bool) -> Iterator[tuple[str, list[Any]]]:
    """Tokens put together to days and to stretches of time."""
    at = 0
    while at < len(tokens):
        name, word = tokens[at]
        names = [each for each, _ in tokens[at : at + 3]]
        if name == "and":
            at += 1
        elif name in _LETTERS:
            yield _LETTERS[name], [word]
            at += 1
        elif name == "always":
            yield "T", [_ALL_DAY]
            at += 1
        elif name == "nth":
            nths = []
            while at < len(tokens) and tokens[at][0] in ("nth", "and"):
                if tokens[at][0] == "nth":
                    nths.append(_NTH[tokens[at][1]])
                at += 1
            if at == len(tokens) or tokens[at][0] != "day":
                raise _NotUnderstoodError
            yield "D", [f"{_day(tokens[at][1])}[{','.join(nths)}]"]
            at += 1
        elif names == ["day", "to", "day"]:
            first, last = (WEEK.index(_day(each)) for _, each in (tokens[at], tokens[at + 2]))
            yield "D", [WEEK[number % 7] for number in range(first, last + (7 if last < first else 0) + 1)]
            at += 3
        elif name == "day":
            yield "D", [_day(word)]
            at += 1
        elif name == "group":
            yield "D", list(WEEK[5:] if "end" in word else WEEK[:5] if re.match("week ?d", word) else WEEK)
            at += 1
        elif name == "holiday":
            yield "D", ["PH"]
            at += 1
        elif names[1:] and names[1] == "to" and name in ("time", "sun") and len(names) == 3:
            yield "T", [_stretch(tokens[at], tokens[at + 2], of_the_clock)]
            at += 3
        elif name == "time":
            yield "T", [f"{_clock(_beginning(word, of_the_clock))}+"]
            at += 1
        else:
            raise _NotUnderstoodError


def _day(word: str) -> str:
    return word[:2].capitalize()


def _stretch(opens: tuple[str, str], closes: tuple[str, str], of_the_clock: bool) -> tuple[int, int] | str:
    (first, opening), (last, closing) = opens, closes
    if first == last == "time":
        return _between(opening, closing, of_the_clock)
    begins = opening if first == "sun" else _clock(_beginning(opening, of_the_clock))
    if last == "late":
        return f"{begins}+"
    if last != "sun" and first != "sun":
        raise _NotUnderstoodError
    return f"{begins}-{closing if last == 'sun' else _clock(_beginning(closing, of_the_clock))}"


def _minutes(word: str) -> tuple[int, str]:
    """Minutes after midnight as written, and "am", "pm", "24" or "" for how sure that is."""
    found = _TIME.fullmatch(word if word[0].isdigit() else f"12{word}")
    if found is None:
        raise _NotUnderstoodError
    digits, after, mark = found[1], found[2], re.sub(r"[^a-z]", "", found[3])
    hour, minute = (int(digits[:2]), int(digits[2:])) if len(digits) == 4 else (int(digits), int(after or 0))
    if hour > 24 or minute > 59 or (mark in ("noon", "midday", "midnight") and hour != 12):
        raise _NotUnderstoodError
    if mark in ("am", "pm"):
        if hour > 12 or (hour == 12 and mark == "am"):
            raise _NotUnderstoodError  # some mean noon by 12am, and some midnight
        return hour % 12 * 60 + minute + (720 if mark == "pm" else 0), mark
    if mark in ("noon", "midday"):
        return 720, "pm"
    if mark == "midnight":
        return 0, "am"
    return hour * 60 + minute, "24" if _is_24(word) else ""


def _beginning(word: str, of_the_clock: bool) -> int:
    minutes, mark = _minutes(word)
    if not mark and not of_the_clock:
        raise _NotUnderstoodError  # half past six in the morning, or in the evening
    return minutes


def _between(opening: str, closing: str, of_the_clock: bool) -> tuple[int, int]:
    """The stretch from one time to another, where only one of morning and afternoon makes sense."""
    (opens, how), (closes, how_closes) = _minutes(opening), _minutes(closing)
    if not how and not how_closes and not of_the_clock:
        # “2-4” is in the afternoon and “10-1” around noon; “7-9” may be a breakfast or an evening club.
        opens %= 720
        if opens < 6 * 60:
            opens += 720
        elif (opens < 9 * 60 and opens < closes % 720) or (closes % 720 == 0 and opens < 9 * 60):
            raise _NotUnderstoodError
        how = "pm"
    if how in ("am", "pm") and not how_closes:
        closes = min(((closes % 720 + half - opens) % 1440 or 1440) + opens for half in (0, 720))
    elif how_closes in ("am", "pm") and not how:
        opens = closes - min((closes - opens % 720 - half) % 1440 or 1440 for half in (0, 720))
        opens, closes = (opens + 1440, closes + 1440) if opens < 0 else (opens, closes)
    opens, closes = opens % 1440, closes % 1440 or _MIDNIGHT
    if opens == closes:
        raise _NotUnderstoodError
    return opens, closes


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _written(rules: list[_Rule]) -> str:
    """Rules in OpenStreetMap's syntax, in which a later one takes the place of an earlier one unless a comma says otherwise."""
    text = ""
    if rules == [_Rule(WEEK, (_ALL_DAY,))]:
        return "24/7"
    for number, rule in enumerate(rules):
        times = ",".join(
            each if isinstance(each, str) else f"{_clock(each[0])}-{_clock(each[1])}" for each in rule.times
        )
        told = f"{_days_text(rule.days)} {times}".strip() + (' "by appointment"' if rule.appointment else "")
        adds = any(_adds(rule, before) for before in rules[:number])
        text += (", " if adds else "; " if text else "") + told
    return text


def _adds(rule: _Rule, before: _Rule) -> bool:
    """Whether a rule is of more hours on a day already told, rather than of a day unlike the others."""
    days, others = set(rule.days), set(before.days)
    if not days & others or "off" in (*rule.times, *before.times):
        return False
    overlap = any(
        isinstance(one, str) or isinstance(other, str) or (one[0] < other[1] and other[0] < one[1])
        for one in rule.times
        for other in before.times
    )
    return not (days < others and overlap)
