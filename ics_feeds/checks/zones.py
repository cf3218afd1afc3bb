"""Whether every zone is declared, understood by all, and what IANA says it is."""

from collections import defaultdict
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ics_feeds.checks.moments import Moment
from ics_feeds.checks.names import known_zone
from ics_feeds.checks.offsets import NotUnderstood, Observance, observances, offset_at
from ics_feeds.finding import Findings
from ics_feeds.reader import Block

_YEARS = range(1900, 2200)


def check(calendar: Block, moments: list[Moment], found: Findings) -> None:
    """Check the VTIMEZONEs of a calendar against its events and against IANA's data."""
    declared: dict[str, Block] = {}
    for zone in calendar.inner("VTIMEZONE"):
        name = zone.first("TZID")
        if name and name.value in declared:
            found.add("zone-twice", name.number, f"TZID {name.value} is declared twice")
        if name:
            declared.setdefault(name.value, zone)
        _check_zone(zone, found)
    used = _used(calendar)
    for name_used, number in used.items():
        if name_used not in declared:
            found.add("undeclared-zone", number, f"TZID {name_used} has no VTIMEZONE")
        if known_zone(name_used) is None:
            found.add("zone-name", number, f"TZID {name_used} is no name of an IANA zone")
    for unused in sorted(declared.keys() - used.keys()):
        found.add("unused-zone", declared[unused].number, f"{unused} is used by no event")
    by_zone: dict[str, list[Moment]] = defaultdict(list)
    for moment in moments:
        if moment.zone in declared and moment.local:
            by_zone[moment.zone].append(moment)
    for named, its in by_zone.items():
        _check_against_iana(named, declared[named], its, found)


def _used(calendar: Block) -> dict[str, int]:
    """Return the zones that are named and the first line that does."""
    used: dict[str, int] = {}
    for block in calendar.blocks:
        if block.name == "VTIMEZONE":
            continue
        for inner in block.walk():
            for line in inner.lines:
                zone = line.parameters.get("TZID")
                if zone is not None:
                    used.setdefault(zone, line.number)
    return used


def _check_zone(zone: Block, found: Findings) -> None:
    if not any(block.name in ("STANDARD", "DAYLIGHT") for block in zone.blocks):
        found.add("zone-without-rules", zone.number, "VTIMEZONE has no STANDARD or DAYLIGHT")
    for block in zone.blocks:
        for line in block.lines:
            if line.name == "RDATE" and "," in line.value:
                count = line.value.count(",") + 1
                found.add("several-rdates", line.number, f"RDATE with {count} dates in a zone")
            elif line.name == "RDATE":
                found.add("zone-by-rdate", line.number, "RDATE in a zone")
            elif line.name in ("TZOFFSETFROM", "TZOFFSETTO") and len(line.value) > len("+0000"):
                found.add("seconds-in-offset", line.number, f"{line.name} has seconds")
            elif line.name == "TZNAME" and line.value == "LMT":
                found.add("mean-time", line.number, "a zone with local mean time (LMT)")


def _check_against_iana(name: str, zone: Block, moments: list[Moment], found: Findings) -> None:
    known = known_zone(name)
    if known is None:
        return
    try:
        rules = observances(zone)
    except NotUnderstood:
        return
    wrong = [
        (moment, *offsets)
        for moment in moments
        if (offsets := _difference(rules, moment.local, known)) is not None
    ]
    if wrong:
        moment, says, is_so = wrong[0]
        others = f", and {len(wrong) - 1:,} more" if len(wrong) > 1 else ""
        said = (
            f"VTIMEZONE {name} says {_signed(says)} for {moment.local:%Y-%m-%d %H:%M} "
            f"(line {moment.line.number}{others}), IANA says {_signed(is_so)}"
        )
        found.add("zone-contradicts", zone.number, said)


def _difference(
    rules: tuple[Observance, ...], local: datetime | None, known: ZoneInfo
) -> tuple[timedelta, timedelta] | None:
    """Return the two offsets of a local time if they differ; hours without one are left out."""
    if local is None or local.year not in _YEARS:
        return None
    is_so, other = (local.replace(tzinfo=known, fold=fold).utcoffset() for fold in (0, 1))
    says = offset_at(rules, local)
    if is_so is None or says is None or is_so != other or says == is_so:
        return None
    return says, is_so


def _signed(offset: timedelta) -> str:
    minutes = offset // timedelta(minutes=1)
    hours, rest = divmod(abs(minutes), 60)
    return f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"
