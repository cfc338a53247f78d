"""Validators of dates and times of day: the calendar decides, not the look."""

from __future__ import annotations

import datetime
import re

_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {"sept": 9}
for _number, _name in enumerate(_MONTH_NAMES, start=1):
    _MONTHS[_name] = _MONTHS[_name[:3]] = _number
_MONTH = r"(?P<month>[A-Za-z]{3,9})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_WEEKDAY = r"(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?"

_YEAR_FIRST = re.compile(rf"{_YEAR}(?P<sign>[-/.])(?P<month>\d{{1,2}})(?P=sign)(?P<day>\d{{1,2}})", re.ASCII)
_YEAR_LAST = re.compile(
    r"(?P<one>\d{1,2})(?P<sign>[-/.])(?P<two>\d{1,2})(?P=sign)(?P<year>\d{4}|\d{2})", re.ASCII
)
_DAY_MONTH = re.compile(rf"{_WEEKDAY}(?:the\s+)?{_DAY}[\s-](?:of\s+)?{_MONTH},?[\s-]{_YEAR}", re.ASCII | re.I)
_MONTH_DAY = re.compile(rf"{_WEEKDAY}{_MONTH}\s(?:the\s+)?{_DAY}\s?,?\s{_YEAR}", re.ASCII | re.I)

_CLOCK_24 = re.compile(r"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,6})?)?", re.ASCII)
_CLOCK_12 = re.compile(
    r"(?:0?[1-9]|1[0-2])(?:[:.][0-5]\d(?::[0-5]\d)?)?\s?(?:[ap]\.?\s?m\.?)", re.ASCII | re.I
)


def is_date(mention: str) -> bool:
    """A full date that the calendar has: 2024-02-29, 29/2/2024, 2/29/24, 29 February 2024, Feb. 29, 2024."""
    mention = " ".join(mention.split())
    if match := _YEAR_FIRST.fullmatch(mention):
        return _exists(match["year"], match["month"], match["day"])
    if match := _YEAR_LAST.fullmatch(mention):
        year = match["year"] if len(match["year"]) == 4 else f"20{match['year']}"
        return _exists(year, match["two"], match["one"]) or _exists(year, match["one"], match["two"])
    match = _DAY_MONTH.fullmatch(mention) or _MONTH_DAY.fullmatch(mention)
    if match is None:
        return False
    month = _MONTHS.get(match["month"].lower())
    return month is not None and _exists(match["year"], month, match["day"])


def _exists(year: str, month: str | int, day: str) -> bool:
    try:
        datetime.date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def is_time(mention: str) -> bool:
    """A time of day on the 24-hour clock, or with a.m. or p.m."""
    mention = " ".join(mention.split())
    return bool(_CLOCK_24.fullmatch(mention) or _CLOCK_12.fullmatch(mention))
