"""Unfold a recurrence rule in local wall time, with bounded work.

`dateutil.rrule` is the judge in the tests, not the engine: a rule that never matches keeps it
busy up to the year 9999 between two results, so nothing outside can stop it. Where the rule
leaves room we differ from it on purpose: BYDAY values with and without an ordinal add up, and
BYWEEKNO alone means the weekday of DTSTART (RFC 5545: what the rule leaves open comes from
DTSTART).
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from passes_service.catalog.ics_import.budget import Meter
from passes_service.catalog.ics_import.rule import (
    MONTHLY,
    UNIT,
    WEEKLY,
    YEARLY,
    Numbers,
    Rule,
    fill,
)

_DAY_SECONDS = 86_400
_UNIT_STEPS = 4  # an hour, minute or second costs as much time as four days


def slots(
    rule: Rule,
    start: datetime,
    *,
    until: datetime | None,
    after: datetime,
    before: datetime,
    meter: Meter,
) -> Iterator[datetime]:
    """Yield the naive local starts in [after, before), in order, none later than `until`.

    `start` (DTSTART) always is the first and counts for COUNT, also when the rule does not
    produce it (RFC 5545 sections 3.3.10 and 3.8.5.3).

    Raises:
        UnreadableError: The rule takes too long to unfold.
        ImportTooLarge: The file's budget is spent.
    """
    last = before - timedelta(seconds=1)
    last = last if until is None else min(last, until)
    if start > last:
        return
    if start >= after:
        yield start
    left = rule.count
    floor = start if left is not None else max(start, after)
    for slot in _matches(fill(rule, start), start, floor, last, meter):
        if slot <= start:
            continue
        if left is not None:
            left -= 1
            if left <= 0:
                return
        if slot >= after:
            yield slot


def _matches(
    rule: Rule, start: datetime, floor: datetime, last: datetime, meter: Meter
) -> Iterator[datetime]:
    if rule.freq in UNIT:
        found = _within_days(rule, start, floor, last, meter)
    else:
        found = _by_period(rule, start, floor, last, meter)
    for slot in found:
        if slot > last:
            return
        yield slot


def _by_period(
    rule: Rule, start: datetime, floor: datetime, last: datetime, meter: Meter
) -> Iterator[datetime]:
    clock = [
        time(hour, minute, second)
        for hour in sorted(rule.hours)
        for minute in sorted(rule.minutes)
        for second in sorted(rule.seconds)
    ]
    meter.spend(len(clock))
    for period in _periods(rule, start, floor, last, meter):
        days = [day for day in period if _fits(rule, day)]
        if not rule.positions:
            for day in days:
                meter.spend(len(clock))
                yield from (datetime.combine(day, at) for at in clock)
            continue
        meter.spend(len(days) * len(clock))
        yield from _pick([datetime.combine(day, at) for day in days for at in clock], rule)


def _pick(found: list[datetime], rule: Rule) -> list[datetime]:
    size = len(found)
    places = {at - 1 if at > 0 else size + at for at in rule.positions}
    return [found[at] for at in sorted(places) if 0 <= at < size]


def _periods(
    rule: Rule, start: datetime, floor: datetime, last: datetime, meter: Meter
) -> Iterator[list[date]]:
    """Yield the candidate days of each period from the one that holds `floor` on."""
    step = rule.interval
    if rule.freq == YEARLY:
        first = start.year + _up(floor.year - start.year, step)
        for year in range(first, last.year + 1, step):
            days = [
                day for month in sorted(rule.months) or range(1, 13) for day in _month(year, month)
            ]
            meter.spend(len(days))
            yield days
    elif rule.freq == MONTHLY:
        begin, end = _month_index(start), _month_index(last)
        for index in range(begin + _up(_month_index(floor) - begin, step), end + 1, step):
            meter.spend(31)
            yield _month(index // 12, index % 12 + 1)
    else:
        size = 7 if rule.freq == WEEKLY else 1
        begin, at = (_period_start(rule, day.date()) for day in (start, floor))
        stride = step * size
        for ordinal in range(begin + _up(at - begin, stride), last.toordinal() + 1, stride):
            meter.spend(size)
            yield [date.fromordinal(day) for day in range(ordinal, ordinal + size)]


def _period_start(rule: Rule, day: date) -> int:
    if rule.freq != WEEKLY:
        return day.toordinal()
    return day.toordinal() - (day.weekday() - rule.week_start) % 7


def _up(distance: int, step: int) -> int:
    """Round `distance` up to a multiple of `step`, not below 0."""
    return max(0, -(-distance // step) * step)


def _month_index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month(year: int, month: int) -> list[date]:
    size = calendar.monthrange(year, month)[1]
    return [date(year, month, day) for day in range(1, size + 1)]


def _within_days(
    rule: Rule, start: datetime, floor: datetime, last: datetime, meter: Meter
) -> Iterator[datetime]:
    """Unfold HOURLY, MINUTELY and SECONDLY rules day by day, skipping days that do not fit."""
    unit = UNIT[rule.freq]
    per_day = _DAY_SECONDS // unit
    base = _unit_index(start, unit)
    day = floor.toordinal()
    while day <= last.toordinal():
        meter.spend()
        if _fits(rule, date.fromordinal(day)):
            begin = day * per_day
            first = base + _up(max(begin, base) - base, rule.interval)
            for index in range(first, begin + per_day, rule.interval):
                meter.spend(_UNIT_STEPS)
                yield from _within_unit(rule, day, (index - begin) * unit, meter)
        # With a long interval most days hold nothing: go to the day of the next unit.
        following = base + _up((day + 1) * per_day - base, rule.interval)
        day = max(day + 1, following // per_day)


def _within_unit(rule: Rule, day: int, second: int, meter: Meter) -> list[datetime]:
    hours = _only(second // 3600, rule.hours)
    minutes = _only(second // 60 % 60, rule.minutes) if UNIT[rule.freq] < 3600 else rule.minutes
    seconds = _only(second % 60, rule.seconds) if UNIT[rule.freq] == 1 else rule.seconds
    if not hours or not minutes or not seconds:
        return []
    meter.spend(len(minutes) * len(seconds))
    midnight = datetime.combine(date.fromordinal(day), time())
    found = [
        midnight.replace(hour=hour, minute=minute, second=second)
        for hour in hours
        for minute in sorted(minutes)
        for second in sorted(seconds)
    ]
    return _pick(found, rule) if rule.positions else found


def _only(value: int, allowed: Numbers) -> Numbers:
    return frozenset({value}) if not allowed or value in allowed else frozenset()


def _unit_index(at: datetime, unit: int) -> int:
    seconds = at.hour * 3600 + at.minute * 60 + at.second
    return (at.toordinal() * _DAY_SECONDS + seconds) // unit


def _fits(rule: Rule, day: date) -> bool:
    if rule.months and day.month not in rule.months:
        return False
    if rule.month_days and not _fits_month_day(rule.month_days, day):
        return False
    if rule.year_days and not _fits_year_day(rule.year_days, day):
        return False
    if rule.weeks and not _fits_week(rule, day):
        return False
    return not rule.days or any(
        day.weekday() == weekday and _fits_ordinal(rule, day, ordinal)
        for weekday, ordinal in rule.days
    )


def _fits_month_day(allowed: Numbers, day: date) -> bool:
    size = calendar.monthrange(day.year, day.month)[1]
    return day.day in allowed or day.day - size - 1 in allowed


def _fits_year_day(allowed: Numbers, day: date) -> bool:
    number = day.timetuple().tm_yday
    size = 366 if calendar.isleap(day.year) else 365
    return number in allowed or number - size - 1 in allowed


def _fits_ordinal(rule: Rule, day: date, ordinal: int) -> bool:
    """Tell whether `day` is the n-th such weekday of its month, or year, where n counts."""
    if ordinal == 0 or rule.freq not in (YEARLY, MONTHLY) or rule.weeks:
        return True
    if rule.freq == MONTHLY or rule.months:
        place, size = day.day, calendar.monthrange(day.year, day.month)[1]
    else:
        place, size = day.timetuple().tm_yday, 366 if calendar.isleap(day.year) else 365
    if ordinal > 0:
        return (place - 1) // 7 + 1 == ordinal
    return -((size - place) // 7 + 1) == ordinal


def _fits_week(rule: Rule, day: date) -> bool:
    """Tell whether `day` lies in a numbered week; week 1 has at least four days in its year."""
    begin = day.toordinal() - (day.weekday() - rule.week_start) % 7
    year = date.fromordinal(begin + 3).year
    first, following = _first_week(year, rule), _first_week(year + 1, rule)
    number = (begin - first) // 7 + 1
    return number in rule.weeks or number - (following - first) // 7 - 1 in rule.weeks


def _first_week(year: int, rule: Rule) -> int:
    fourth = date(year, 1, 4)
    return fourth.toordinal() - (fourth.weekday() - rule.week_start) % 7
