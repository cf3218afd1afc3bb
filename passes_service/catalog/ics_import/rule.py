"""Recurrence rules as data (RFC 5545 section 3.3.10)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

from passes_service.catalog.ics_import.errors import UnreadableError
from passes_service.catalog.ics_import.values import Stamp, bound

YEARLY, MONTHLY, WEEKLY, DAILY, HOURLY, MINUTELY, SECONDLY = (
    "YEARLY",
    "MONTHLY",
    "WEEKLY",
    "DAILY",
    "HOURLY",
    "MINUTELY",
    "SECONDLY",
)
UNIT = {HOURLY: 3600, MINUTELY: 60, SECONDLY: 1}
_FREQUENCIES = frozenset({YEARLY, MONTHLY, WEEKLY, DAILY, *UNIT})
_DAYS = {name: number for number, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,4}")
_LISTS = {
    "BYSECOND": (0, 60),
    "BYMINUTE": (0, 59),
    "BYHOUR": (0, 23),
    "BYMONTHDAY": (-31, 31),
    "BYYEARDAY": (-366, 366),
    "BYWEEKNO": (-53, 53),
    "BYMONTH": (1, 12),
    "BYSETPOS": (-366, 366),
}
_KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", *_LISTS})
_USUAL = frozenset({("RSCALE", "GREGORIAN"), ("SKIP", "OMIT")})  # RFC 7529: what all rules do

Numbers = frozenset[int]
NONE: Numbers = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One RRULE. `days` pairs weekday (Monday 0) with ordinal (0: each). Empty sets: no limit."""

    freq: str
    interval: int = 1
    count: int | None = None
    until: Stamp | None = None
    week_start: int = 0
    seconds: Numbers = NONE
    minutes: Numbers = NONE
    hours: Numbers = NONE
    days: frozenset[tuple[int, int]] = frozenset()
    month_days: Numbers = NONE
    year_days: Numbers = NONE
    weeks: Numbers = NONE
    months: Numbers = NONE
    positions: Numbers = NONE


def parse(text: str, line: int | None) -> Rule:
    """Read an RRULE.

    Raises:
        UnreadableError: It is not one. An unknown part is no detail: without it the dates would
            be wrong, so the whole rule is refused.
    """
    parts = _parts(text, line)
    freq = parts.get("FREQ", "")
    if freq not in _FREQUENCIES:
        raise _bad(text, line)
    lists = {name: _numbers(name, parts[name], line) for name in _LISTS if name in parts}
    until = bound(parts["UNTIL"]) if "UNTIL" in parts else None
    if "UNTIL" in parts and until is None:
        raise _bad(f"UNTIL={parts['UNTIL']}", line)
    return Rule(
        freq=freq,
        interval=_positive("INTERVAL", parts, line) or 1,
        count=_positive("COUNT", parts, line),
        until=until,
        week_start=_weekday(parts.get("WKST", "MO"), line),
        seconds=frozenset(min(second, 59) for second in lists.get("BYSECOND", NONE)),
        minutes=lists.get("BYMINUTE", NONE),
        hours=lists.get("BYHOUR", NONE),
        days=_days(parts["BYDAY"], line) if "BYDAY" in parts else frozenset(),
        month_days=lists.get("BYMONTHDAY", NONE),
        year_days=lists.get("BYYEARDAY", NONE),
        weeks=lists.get("BYWEEKNO", NONE),
        months=lists.get("BYMONTH", NONE),
        positions=lists.get("BYSETPOS", NONE),
    )


def whole_days(rule: Rule, line: int | None) -> Rule:
    """Fit a rule to an all-day series: what it says of the clock is ignored (section 3.3.10).

    Raises:
        UnreadableError: It repeats within the day.
    """
    if rule.freq in UNIT:
        raise UnreadableError(
            "bad-rule", f"It lasts whole days, but repeats by the clock (FREQ={rule.freq}).", line
        )
    return replace(rule, hours=NONE, minutes=NONE, seconds=NONE)


def fill(rule: Rule, start: datetime) -> Rule:
    """Take from DTSTART what the rule leaves open (RFC 5545 section 3.3.10)."""
    values = {name: getattr(rule, name) for name in Rule.__slots__}
    weekday = frozenset({(start.weekday(), 0)})
    if not (rule.days or rule.month_days or rule.year_days):
        if rule.weeks or rule.freq == WEEKLY:
            values["days"] = weekday
        elif rule.freq == MONTHLY:
            values["month_days"] = frozenset({start.day})
        elif rule.freq == YEARLY:
            values["month_days"] = frozenset({start.day})
            values["months"] = rule.months or frozenset({start.month})
    if rule.freq != SECONDLY:
        values["seconds"] = rule.seconds or frozenset({start.second})
    if rule.freq not in (SECONDLY, MINUTELY):
        values["minutes"] = rule.minutes or frozenset({start.minute})
    if rule.freq not in UNIT:
        values["hours"] = rule.hours or frozenset({start.hour})
    return Rule(**values)


def _parts(text: str, line: int | None) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.strip().upper().split(";"):
        name, equals, value = part.partition("=")
        name, value = name.strip(), value.strip()
        if not part.strip() or name.startswith("X-") or (name, value) in _USUAL:
            continue
        if not equals or not value or name not in _KNOWN:
            raise _bad(part.strip(), line)
        if parts.get(name, value) != value:
            raise _bad(f"{name}={parts[name]};{name}={value}", line)
        parts[name] = value
    return parts


def _positive(name: str, parts: dict[str, str], line: int | None) -> int | None:
    text = parts.get(name)
    if text is None:
        return None
    if re.fullmatch(r"[0-9]{1,12}", text) is None or int(text) == 0:
        raise _bad(f"{name}={text}", line)
    return int(text)


def _numbers(name: str, text: str, line: int | None) -> Numbers:
    low, high = _LISTS[name]
    found = set()
    for part in text.strip(",").split(","):
        if _NUMBER.fullmatch(part.strip()) is None:
            raise _bad(f"{name}={text}", line)
        number = int(part)
        if not low <= number <= high or (number == 0 and low < 0):
            raise _bad(f"{name}={text}", line)
        found.add(number)
    return frozenset(found)


def _days(text: str, line: int | None) -> frozenset[tuple[int, int]]:
    found = set()
    for part in text.strip(",").split(","):
        day = _DAY.fullmatch(part.strip())
        ordinal = int(day[1] or 0) if day else 99
        if day is None or abs(ordinal) > 53 or (day[1] and ordinal == 0):
            raise _bad(f"BYDAY={text}", line)
        found.add((_DAYS[day[2]], ordinal))
    return frozenset(found)


def _weekday(text: str, line: int | None) -> int:
    if text not in _DAYS:
        raise _bad(f"WKST={text}", line)
    return _DAYS[text]


def _bad(text: str, line: int | None) -> UnreadableError:
    shown = "".join(c for c in text[:60] if c.isprintable())
    return UnreadableError("bad-rule", f"Its recurrence rule “{shown}” is unreadable.", line)
