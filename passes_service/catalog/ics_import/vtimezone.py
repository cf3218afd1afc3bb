"""Time zone rules from a VTIMEZONE body (RFC 5545 section 3.6.5), as a `tzinfo`."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from passes_service.catalog.ics_import.budget import Budget, Meter
from passes_service.catalog.ics_import.components import Component
from passes_service.catalog.ics_import.errors import UnreadableError
from passes_service.catalog.ics_import.expand import slots
from passes_service.catalog.ics_import.rule import parse
from passes_service.catalog.ics_import.values import offset, stamp

_EARLIEST = datetime(1970, 1, 1)  # noqa: DTZ001 - onsets are local times
_DAY = timedelta(days=1)
_STEPS = 25_000
_OBSERVANCE = 20


@dataclass(frozen=True, slots=True, order=True)
class Onset:
    """A change of the clocks: the instant, naive in UTC, and the offsets before and after."""

    at: datetime
    before: timedelta
    after: timedelta


class StatedZone(tzinfo):
    """A zone known only by the onsets that a file states."""

    def __init__(self, name: str, onsets: list[Onset]) -> None:
        self.name = name
        self.onsets = onsets
        self._instants = [onset.at for onset in onsets]
        # Where a local time is cut: the later of the two readings of the onset, so that a
        # skipped hour counts with the offset before it, and a repeated one as the first.
        self._walls = [onset.at + max(onset.before, onset.after) for onset in onsets]

    def runs(self, start: datetime, end: datetime) -> bool:
        """Tell whether its clocks change between two instants."""
        first, last = start.replace(tzinfo=None), end.replace(tzinfo=None)
        return any(
            first <= onset.at < last and onset.before != onset.after for onset in self.onsets
        )

    def utcoffset(self, at: datetime | None) -> timedelta:
        """Return the offset at a local time, its second reading if `fold` is set."""
        if at is None:
            return self.onsets[-1].after
        wall = at.replace(tzinfo=None, fold=0)
        place = bisect_right(self._walls, wall)
        onset = self.onsets[place - 1] if place else None
        if onset is None:
            return self._upcoming(wall, 0, at.fold) or self.onsets[0].before
        return self._upcoming(wall, place, at.fold) or onset.after

    def _upcoming(self, wall: datetime, place: int, fold: int) -> timedelta | None:
        """Return the later offset for the second reading of an hour that is shown twice."""
        if not fold or place >= len(self.onsets):
            return None
        onset = self.onsets[place]
        repeated = onset.at + onset.after <= wall
        return onset.after if repeated and onset.after < onset.before else None

    def dst(self, at: datetime | None) -> timedelta | None:
        """Daylight saving is not told apart from standard time."""
        return None

    def tzname(self, at: datetime | None) -> str:
        """Return the name in the file."""
        return self.name

    def fromutc(self, at: datetime) -> datetime:
        """Return the local time of an instant."""
        instant = at.replace(tzinfo=None)
        place = bisect_right(self._instants, instant)
        if place == 0:
            return at + self.onsets[0].before
        onset = self.onsets[place - 1]
        again = instant + onset.after < onset.at + onset.before
        return (at + onset.after).replace(fold=1 if again else 0)


def read_zone(body: Component, *, until: datetime, budget: Budget) -> StatedZone | None:
    """Unfold the observances of a VTIMEZONE up to `until`; None where it states no offsets.

    Raises:
        UnreadableError: A part of it cannot be read: a clock that is wrong for half of the year
            is worse than none.
    """
    onsets: list[Onset] = []
    for part in body.children:
        if part.name not in ("STANDARD", "DAYLIGHT"):
            continue
        budget.spend(_OBSERVANCE)
        after = offset(part.value("TZOFFSETTO"))
        if after is None:
            continue
        before = offset(part.value("TZOFFSETFROM"))
        before = after if before is None else before
        walls = _walls(part, before, until, budget)
        onsets += [Onset(wall - before, before, after) for wall in walls]
    if not onsets:
        return None
    return StatedZone(body.value("TZID"), sorted(set(onsets)))


def _walls(part: Component, before: timedelta, until: datetime, budget: Budget) -> list[datetime]:
    """Return the local onsets of one observance."""
    stated = part.first("DTSTART")
    begin = stamp(stated.value) if stated else None
    if begin is None:
        raise UnreadableError("bad-zone", "it has no start", stated.line if stated else part.line)
    found = {begin.wall}
    for item in part.all("RDATE"):
        for text in item.value.split(","):
            budget.spend()
            if not text.strip():
                continue
            date = stamp(text.partition("/")[0])
            if date is None:
                raise UnreadableError("bad-zone", f"“{text[:30]}” is no date", item.line)
            found.add(date.wall + (before if date.is_utc else timedelta()))
    for item in part.all("RRULE"):
        rule = parse(item.value, item.line)
        end = rule.until
        unfolded = slots(
            rule,
            begin.wall,
            until=end.wall + (before if end.is_utc else timedelta()) if end else None,
            after=max(begin.wall, _EARLIEST),
            before=until.replace(tzinfo=None) + 400 * _DAY,
            meter=Meter(budget, _STEPS, item.line),
        )
        found.update(unfolded)
    return sorted(found)


class Probes:
    """What a stated zone shows at chosen instants, to be compared with zones that have a name."""

    def __init__(self, stated: StatedZone, start: datetime, end: datetime) -> None:
        week, second = 7 * _DAY, timedelta(seconds=1)
        instants = {start, end}
        instants.update(start + number * week for number in range(min(260, (end - start) // week)))
        for onset in stated.onsets:
            at = onset.at.replace(tzinfo=UTC)
            if start < at < end:
                instants.update((at - second, at))
        self._shown = [(at, _offset(stated, at)) for at in sorted(instants)]

    def agree(self, zone: tzinfo) -> bool:
        """Tell whether `zone` shows the same clock at every probe."""
        return all(at.astimezone(zone).utcoffset() == shown for at, shown in self._shown)


def _offset(zone: StatedZone, at: datetime) -> timedelta:
    return at.astimezone(zone).replace(tzinfo=None) - at.replace(tzinfo=None)
