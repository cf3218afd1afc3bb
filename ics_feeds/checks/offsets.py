"""Read a VTIMEZONE as an app does that believes it: the offset of a local time."""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from ics_feeds.reader import Block

_OFFSET = re.compile(r"([+-])(\d\d)(\d\d)(\d\d)?")
_DAY = re.compile(r"([+-]?\d?)(MO|TU|WE|TH|FR|SA|SU)")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = frozenset(("FREQ", "INTERVAL", "BYMONTH", "BYDAY", "BYMONTHDAY", "UNTIL", "WKST"))
_FORM = "%Y%m%dT%H%M%S"


@dataclass(frozen=True, slots=True)
class Yearly:
    """A rule that gives one onset a year; 0 and () stand for what it leaves to DTSTART."""

    month: int
    days: tuple[int, ...]
    which: int
    weekday: int | None
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Observance:
    """A STANDARD or DAYLIGHT: when it begins, in the local time that ends then."""

    start: datetime
    before: timedelta
    after: timedelta
    dates: tuple[datetime, ...]
    rule: Yearly | None


class NotUnderstood(ValueError):
    """A VTIMEZONE is written in a way that is not judged here."""


def observances(zone: Block) -> tuple[Observance, ...]:
    """Return what a VTIMEZONE says.

    Raises:
        NotUnderstood: It is broken, or has rules other than plain yearly ones.
    """
    return tuple(_observance(one) for one in zone.blocks if one.name in ("STANDARD", "DAYLIGHT"))


def offset_at(rules: tuple[Observance, ...], local: datetime) -> timedelta | None:
    """Return the offset of a local time, or None if the zone has no rule at all.

    Before the first onset it is the offset that ended then.
    """
    latest: tuple[datetime, timedelta] | None = None
    for one in rules:
        for at in _onsets(one, local.year):
            if at <= local and (latest is None or at > latest[0]):
                latest = at, one.after
    if latest:
        return latest[1]
    return min(rules, key=lambda one: one.start).before if rules else None


@lru_cache(maxsize=8192)
def _onsets(one: Observance, year: int) -> tuple[datetime, ...]:
    """Return the onsets that matter for local times of a year."""
    found = [one.start, *one.dates]
    if one.rule:
        for each in (year - 1, year):
            at = _in_year(one, one.rule, each)
            if at and at >= one.start and _goes_on(one, one.rule, at):
                found.append(at)
        last = one.rule.until
        if last and last.year <= year:
            found += [at for each in (last.year - 1, last.year) if (at := _last(one, each))]
    return tuple(found)


def _last(one: Observance, year: int) -> datetime | None:
    at = _in_year(one, one.rule, year) if one.rule and year > 0 else None
    return at if at and one.rule and at >= one.start and _goes_on(one, one.rule, at) else None


def _goes_on(one: Observance, rule: Yearly, at: datetime) -> bool:
    if rule.until is None:
        return True
    if rule.until.tzinfo is None:
        return at <= rule.until
    return at.replace(tzinfo=UTC) - one.before <= rule.until


def _in_year(one: Observance, rule: Yearly, year: int) -> datetime | None:
    month = rule.month or one.start.month
    days = range(1, monthrange(year, month)[1] + 1)
    if rule.weekday is None:
        fitting = [day for day in days if day in (rule.days or (one.start.day,))]
    else:
        fitting = [
            day
            for day in days
            if datetime(year, month, day).weekday() == rule.weekday  # noqa: DTZ001 - a day
            and (not rule.days or day in rule.days)
        ]
    place = rule.which - 1 if rule.which > 0 else rule.which
    if not -len(fitting) <= place < len(fitting):
        return None
    return one.start.replace(year=year, month=month, day=fitting[place])


def _observance(block: Block) -> Observance:
    start = block.first("DTSTART")
    if start is None or block.first("EXDATE"):
        raise NotUnderstood("no DTSTART, or dates taken out")
    begins = _time(start.value)
    rules = block.all("RRULE")
    if len(rules) > 1:
        raise NotUnderstood("several rules")
    rule = _yearly(rules[0].value) if rules else None
    before, after = _offset(block, "TZOFFSETFROM"), _offset(block, "TZOFFSETTO")
    return Observance(begins, before, after, tuple(_dates(block)), rule)


def _dates(block: Block) -> Iterator[datetime]:
    for line in block.all("RDATE"):
        for text in line.value.split(","):
            yield _time(text)


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, _FORM)  # noqa: DTZ007 - local times of a VTIMEZONE
    except ValueError:
        raise NotUnderstood(text) from None


def _offset(block: Block, name: str) -> timedelta:
    line = block.first(name)
    matched = _OFFSET.fullmatch(line.value) if line else None
    if not matched:
        raise NotUnderstood(name)
    sign, *parts = matched.groups()
    hours, minutes, seconds = (int(part or 0) for part in parts)
    length = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return -length if sign == "-" else length


def _yearly(text: str) -> Yearly:
    parts = dict(part.partition("=")[::2] for part in text.upper().split(";") if part)
    if set(parts) - _KNOWN or parts.get("FREQ") != "YEARLY" or parts.get("INTERVAL", "1") != "1":
        raise NotUnderstood(text)
    try:
        month = int(parts.get("BYMONTH", "0"))
        days = tuple(int(day) for day in parts.get("BYMONTHDAY", "").split(",") if day)
        which, weekday = _weekday(parts.get("BYDAY", ""), days)
    except ValueError:
        raise NotUnderstood(text) from None
    if not 0 <= month <= 12 or any(not 1 <= day <= 31 for day in days):
        raise NotUnderstood(text)
    return Yearly(month, days, which, weekday, _until(parts.get("UNTIL")))


def _weekday(text: str, days: tuple[int, ...]) -> tuple[int, int | None]:
    """Return which weekday of the month, from 1 or from -1, and which day of the week."""
    if not text:
        return 1, None
    matched = _DAY.fullmatch(text)
    if not matched:
        raise NotUnderstood(text)
    which, name = matched.groups()
    if not which and not days:
        raise NotUnderstood("every such weekday of a month")
    return int(which or 1), _DAYS.index(name)


def _until(text: str | None) -> datetime | None:
    if text is None:
        return None
    if "T" not in text:
        return _time(text + "T235959")
    return _time(text[:-1]).replace(tzinfo=UTC) if text.endswith("Z") else _time(text)
