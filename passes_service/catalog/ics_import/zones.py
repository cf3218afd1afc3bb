"""Which time zone a TZID means."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from passes_service.catalog.ics_import.budget import Budget
from passes_service.catalog.ics_import.components import Component
from passes_service.catalog.ics_import.errors import ImportZoneNeeded, UnreadableError
from passes_service.catalog.ics_import.model import Note
from passes_service.catalog.ics_import.values import Zone
from passes_service.catalog.ics_import.vtimezone import Probes, StatedZone, read_zone
from passes_service.catalog.ics_import.windows import displayed

_UTC_NAMES = frozenset(
    {"utc", "etc/utc", "z", "zulu", "etc/zulu", "uct", "etc/uct", "coordinated universal time"}
)
_MICROSOFT = "tzone://microsoft/"
_NOT_PORTABLE = frozenset({"localtime", "factory", "posixrules"})
MATCHING_STEPS = 20_000  # what comparing one body with every zone takes, in budget steps


@cache
def _known() -> dict[str, str]:
    names = {name.casefold(): name for name in available_timezones()}
    names = {low: name for low, name in names.items() if low not in _NOT_PORTABLE}
    windows = {low.casefold(): name for low, name in WINDOWS_TO_OLSON.items()}
    summer = {
        low.replace(" standard time", " daylight time"): name for low, name in windows.items()
    }
    return {**summer, **windows, **names}


def _key(tzid: str) -> str:
    """Return a TZID without what programs add or lose on the way: quotes, escapes, case."""
    unquoted = re.sub(r"\\([,;\\])", r"\1", tzid.strip().strip('"'))
    low = re.sub(r"\s+", " ", unquoted).strip().casefold()
    return low.removeprefix(_MICROSOFT)


def zone_name(tzid: str) -> str | None:
    """Return the IANA name for an IANA or Windows name, or one prefixed with a registry path.

    Windows names come as `W. Europe Standard Time`, as `tzone://Microsoft/...` in front of that,
    and as Windows shows them: `(UTC+01:00) Amsterdam, Berlin, Bern`.

    Prefixes are how Evolution, Mozilla and Citadel write globally unique TZIDs:
    `/freeassociation.sourceforge.net/Europe/Berlin`, `/mozilla.org/20050126_1/Europe/Berlin`.
    """
    known = _known()
    wanted = _key(tzid)
    if wanted in known:
        return known[wanted]
    if wanted.startswith("("):
        return displayed(wanted)
    parts = wanted.strip("/").split("/")
    if len(parts) > 8:
        return None
    for size in (3, 2):
        name = known.get("/".join(parts[-size:]).replace(" ", "_"))
        if name is not None and len(parts) >= size:
            return name
    return known.get(parts[-1]) if wanted.startswith("/") else None


class Zones:
    """The zones of one VCALENDAR, resolved when first asked for.

    `shown` is for times that name no zone to be shown in (UTC, all-day, unnamed rules), `floating`
    for times that name no zone at all; None means nobody said.
    """

    def __init__(
        self,
        calendar: Component,
        *,
        shown: str,
        floating: str | None,
        horizon: tuple[datetime, datetime],
        budget: Budget,
    ) -> None:
        self.bodies = {
            _key(child.value("TZID")): child
            for child in calendar.children
            if child.name == "VTIMEZONE"
        }
        self.notes: list[Note] = []
        self.shown = Zone(shown, ZoneInfo(shown))
        self.utc = Zone(shown, UTC)
        self.budget = budget
        self._own = calendar.first("X-WR-TIMEZONE")
        self._floating = Zone(floating, ZoneInfo(floating)) if floating else None
        self._horizon = horizon
        self._found: dict[str, Zone | UnreadableError | None] = {}

    def floating(self, line: int) -> Zone:
        """Return the zone of times that name none: the caller's word, else the file's own.

        Raises:
            ImportZoneNeeded: Neither the caller nor the file says which it is.
        """
        if self._floating is None and self._own is not None:
            self._floating = self._look_up(self._own.value)
        if self._floating is None:
            named = (
                f"only says “{_shown(self._own.value)}”, which nobody knows"
                if self._own
                else "names none"
            )
            raise ImportZoneNeeded(
                f"Line {line} has a time without a time zone, and the file {named}.", line=line
            )
        return self._floating

    def _look_up(self, tzid: str) -> Zone | None:
        try:
            return self.find(tzid, 0)
        except UnreadableError:
            return None

    def find(self, tzid: str, line: int) -> Zone:
        """Return the zone that a TZID means.

        Raises:
            UnreadableError: It is no known name, and the file does not describe it, or not so
                that it can be read.
        """
        key = _key(tzid)
        if key not in self._found:
            try:
                self._found[key] = self._resolve(key)
            except UnreadableError as error:
                self._found[key] = error
        zone = self._found[key]
        if isinstance(zone, UnreadableError):
            raise UnreadableError(
                "bad-zone",
                f"The rules of its time zone “{_shown(tzid)}” cannot be read, see line "
                f"{zone.line}: {zone.reason.rstrip('.')}.",
                line,
            )
        if zone is None:
            raise UnreadableError(
                "unknown-zone",
                f"Nobody knows its time zone “{_shown(tzid)}”, nor is it described.",
                line,
            )
        return zone

    def _resolve(self, key: str) -> Zone | None:
        name, component = zone_name(key), self.bodies.get(key)
        if key in _UTC_NAMES or (name and name.casefold() in _UTC_NAMES):
            return self.utc
        named = Zone(name, ZoneInfo(name)) if name else None
        if component is None:
            return named
        try:
            body = read_zone(component, until=self._horizon[1], budget=self.budget)
        except UnreadableError:
            if named is None:
                raise
            return named
        if body is None or (named and Probes(body, *self._horizon).agree(named.tz)):
            return named
        if named and self._outranks(named, key, body, component):
            return named
        place = zone_name(component.value("X-LIC-LOCATION"))
        if place:
            return Zone(place, ZoneInfo(place))
        if named:
            self._remark(component, "the rules in the file were followed, not the name.")
        return self._match(body)

    def _outranks(self, named: Zone, key: str, body: StatedZone, component: Component) -> bool:
        """Tell whether a name says more than rules that differ from it.

        One with a place in it does: programs write bodies badly and never update them. One of
        Windows does where the body merely lacks the change of clocks. A bare GMT or EST may carry
        London's or New York's rules.
        """
        runs = body.runs(*self._horizon)
        if "/" in named.name and named.name.casefold() in key.replace(" ", "_"):
            if runs:
                self._remark(component, "the name was followed, not the rules in the file.")
            return True
        if key == named.name.casefold() or runs:
            return False
        start = self._horizon[0]
        year = [start + month * timedelta(days=30) for month in range(12)]
        return body.onsets[-1].after in {at.astimezone(named.tz).utcoffset() for at in year}

    def _remark(self, component: Component, what: str) -> None:
        name = _shown(component.value("TZID"))
        text = f"The file gives the time zone “{name}” rules that are not those of that zone: "
        self.notes.append(Note("zone-rules", text + what, "", component.line))

    def _match(self, stated: StatedZone) -> Zone:
        """Name the zone whose clock runs as stated over the horizon, the calendar's own first."""
        self.budget.spend(MATCHING_STEPS)
        probes = Probes(stated, *self._horizon)
        for name in dict.fromkeys((self.shown.name, *sorted(set(WINDOWS_TO_OLSON.values())))):
            if name.casefold() in _known() and probes.agree(ZoneInfo(name)):
                return Zone(name, ZoneInfo(name))
        return Zone(self.shown.name, stated)


def _shown(tzid: str) -> str:
    return "".join(c for c in tzid.strip()[:60] if c.isprintable())
