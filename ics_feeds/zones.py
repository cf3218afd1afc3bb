"""Time zones: which local times are safe to write, and the VTIMEZONE that explains them.

The library's own VTIMEZONE lists many values in one RDATE and gives onsets in the new offset;
ical.js, vobject and Thunderbird then place every summer session an hour late.
"""

from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ics_feeds.lines import fold_all

# The last zone to keep seconds in its offset, Africa/Monrovia, gave them up in 1972.
FIRST_LOCAL_YEAR = 1973
_LOOKAHEAD = 5  # years beyond the used ones that must agree before we claim "yearly"
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_NO_TIME = timedelta()
_UTC_NAMES = frozenset(
    prefix + name
    for prefix in ("", "Etc/")
    for name in (
        *("UTC", "UCT", "Universal", "Zulu"),
        *("GMT", "GMT0", "GMT+0", "GMT-0", "Greenwich"),
    )
)

Rule = tuple[int, int, int]  # month, which one (-1: the last), day of the week from Monday


@dataclass(frozen=True, slots=True)
class Onset:
    """A change of offset, told in the local time that ends with it."""

    at: datetime
    before: timedelta
    after: timedelta
    name: str
    daylight: bool


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A zone and the local years in which a feed writes times of it."""

    zone: str
    first: int
    last: int


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    """Return the IANA zone called `name`.

    Raises:
        ValueError: There is no such zone.
    """
    if name.startswith(("right/", "posix/")):
        raise ValueError(f"not a published IANA zone: {name!r}")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"not an IANA time zone: {name!r}") from error


def local_time(instant: datetime, name: str) -> datetime | None:
    """Return `instant` in the zone, or None where only UTC says it without doubt.

    That is: in zones that are UTC, in the hour that clocks show twice, and before 1973.
    """
    if name in _UTC_NAMES:
        return None
    local = instant.astimezone(zone_of(name))
    if local.year < FIRST_LOCAL_YEAR:
        return None
    twin = local.replace(fold=1 - local.fold)
    return local if twin.utcoffset() == local.utcoffset() else None


def spans(times: Iterable[datetime]) -> tuple[Span, ...]:
    """Return one span per zone of these local times, sorted by zone."""
    years: dict[str, tuple[int, int]] = {}
    for time in times:
        zone = str(time.tzinfo)
        first, last = years.get(zone, (time.year, time.year))
        years[zone] = (min(first, time.year), max(last, time.year))
    return tuple(sorted(Span(zone, *ends) for zone, ends in years.items()))


def widest(found: Iterable[Span]) -> tuple[Span, ...]:
    """Return one span per zone that covers all of its spans, sorted by zone."""
    years: dict[str, Span] = {}
    for one in set(found):
        known = years.get(one.zone, one)
        first, last = min(known.first, one.first), max(known.last, one.last)
        years[one.zone] = Span(one.zone, first, last)
    return tuple(sorted(years.values()))


@lru_cache(maxsize=1024)
def vtimezone(span: Span) -> bytes:
    """Return the VTIMEZONE of one span: rules where the zone is yearly, else single onsets."""
    lines = ["BEGIN:VTIMEZONE", f"TZID:{span.zone}"]
    yearly = _yearly(span)
    if yearly:
        for onset, rule in yearly:
            lines += _observance(onset, rule)
    else:
        for onset in _single(span):
            lines += _observance(onset)
    lines.append("END:VTIMEZONE")
    return fold_all(lines)


@lru_cache(maxsize=8192)
def onsets(name: str, year: int) -> tuple[Onset, ...]:
    """Return the zone's changes of offset whose instants fall into a UTC year."""
    zone = zone_of(name)
    found = []
    day = datetime(year, 1, 1, tzinfo=UTC)
    end = datetime(year + 1, 1, 1, tzinfo=UTC)
    offset = day.astimezone(zone).utcoffset()
    while day < end:
        following = day + timedelta(days=1)
        changed = following.astimezone(zone).utcoffset()
        if changed != offset:
            found.append(_onset(zone, _change_between(zone, day, following)))
        day, offset = following, changed
    return tuple(found)


def _change_between(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """Return the first second in (low, high] with the offset of `high`."""
    offset = high.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return high


def _onset(zone: ZoneInfo, instant: datetime) -> Onset:
    old = (instant - timedelta(seconds=1)).astimezone(zone)
    new = instant.astimezone(zone)
    before, after = old.utcoffset() or _NO_TIME, new.utcoffset() or _NO_TIME
    # Dublin and Morocco keep "negative" saving: their reduced time is the marked one. Readers
    # know saving time as the one that is ahead, so that is what we call it.
    ends_reduction = (old.dst() or _NO_TIME) < _NO_TIME and before < after
    daylight = (new.dst() or _NO_TIME) > _NO_TIME or ends_reduction
    at = instant.replace(tzinfo=None) + before
    return Onset(at, before, after, new.tzname() or "", daylight)


def _single(span: Span) -> list[Onset]:
    """Return the onset in force when the first year begins, and those that follow."""
    years = range(span.first - 1, span.last + 2)
    changes = [c for year in years for c in onsets(span.zone, year) if c.at.year <= span.last]
    earlier = [c for c in changes if c.at < datetime(span.first, 1, 1)]  # noqa: DTZ001 - local
    if earlier:
        return changes[len(earlier) - 1 :]
    return [_steady(span), *changes]


def _steady(span: Span) -> Onset:
    """Return a formal onset, long past, for an offset that was there all the time."""
    start = datetime(span.first - 1, 1, 1, 12, tzinfo=UTC).astimezone(zone_of(span.zone))
    offset = start.utcoffset() or _NO_TIME
    at = datetime(1970, 1, 1)  # noqa: DTZ001 - local times of a VTIMEZONE are naive
    return Onset(at, offset, offset, start.tzname() or "", daylight=False)


def _yearly(span: Span) -> list[tuple[Onset, str]]:
    """Return the two onsets that recur by a plain weekday rule, or nothing."""
    per_year = [
        onsets(span.zone, year) for year in range(span.first - 1, span.last + _LOOKAHEAD + 1)
    ]
    if any(len(changes) != 2 for changes in per_year):
        return []
    found = []
    for column in zip(*per_year, strict=True):
        rule = _common_rule(column)
        if rule is None:
            return []
        month, which, weekday = rule
        text = f"RRULE:FREQ=YEARLY;BYMONTH={month};BYDAY={which}{_DAYS[weekday]}"
        found.append((column[0], text))
    return found


def _common_rule(column: tuple[Onset, ...]) -> Rule | None:
    """Return the rule that gives every one of these onsets, if there is one."""
    shapes = {(o.at.time(), o.before, o.after, o.name, o.daylight) for o in column}
    if len(shapes) != 1:
        return None
    rules = set.intersection(*(set(_rules(onset.at)) for onset in column))
    return min(rules, default=None)  # the last one before the fourth


def _rules(at: datetime) -> Iterator[Rule]:
    which = (at.day + 6) // 7
    if which < 5:
        yield at.month, which, at.weekday()
    if at.day + 7 > monthrange(at.year, at.month)[1]:
        yield at.month, -1, at.weekday()


def _observance(onset: Onset, *rule: str) -> list[str]:
    kind = "DAYLIGHT" if onset.daylight else "STANDARD"
    return [
        f"BEGIN:{kind}",
        f"DTSTART:{onset.at:%Y%m%dT%H%M%S}",
        *rule,
        f"TZOFFSETFROM:{_offset(onset.before)}",
        f"TZOFFSETTO:{_offset(onset.after)}",
        f"TZNAME:{onset.name}",
        f"END:{kind}",
    ]


def _offset(offset: timedelta) -> str:
    minutes = offset // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}{rest:02}"
