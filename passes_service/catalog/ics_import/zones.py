"""Which time zone a TZID means."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from passes_service.catalog.ics_import.budget import Budget
from passes_service.catalog.ics_import.components import Component
from passes_service.catalog.ics_import.errors import ImportZoneNeeded, UnreadableError
from passes_service.catalog.ics_import.values import Zone
from passes_service.catalog.ics_import.vtimezone import Probes, StatedZone, read_zone

_UTC_NAMES = frozenset({"utc", "etc/utc", "z", "zulu", "tzone://microsoft/utc", "etc/zulu"})
_NOT_PORTABLE = frozenset({"localtime", "factory", "posixrules"})
MATCHING_STEPS = 20_000  # what comparing one body with every zone takes, in budget steps


@cache
def _known() -> dict[str, str]:
    names = {name.casefold(): name for name in available_timezones()}
    names = {low: name for low, name in names.items() if low not in _NOT_PORTABLE}
    windows = {low.casefold(): name for low, name in WINDOWS_TO_OLSON.items()}
    return {**windows, **names}


def zone_name(tzid: str) -> str | None:
    """Return the IANA name for an IANA or Windows name, or one prefixed with a registry path.

    Prefixes are how Evolution, Mozilla and Citadel write globally unique TZIDs:
    `/freeassociation.sourceforge.net/Europe/Berlin`, `/mozilla.org/20050126_1/Europe/Berlin`.
    """
    known = _known()
    wanted = re.sub(r"\s+", " ", tzid.strip().strip('"')).casefold()
    if wanted in known:
        return known[wanted]
    parts = wanted.strip("/").split("/")
    if len(parts) < 2 or len(parts) > 8:
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
            child.value("TZID"): child for child in calendar.children if child.name == "VTIMEZONE"
        }
        self.shown = Zone(shown, ZoneInfo(shown))
        self.utc = Zone(shown, UTC)
        self._floating = Zone(floating, ZoneInfo(floating)) if floating else None
        self._horizon = horizon
        self._budget = budget
        self._found: dict[str, Zone | None] = {}

    def floating(self, line: int) -> Zone:
        """Return the zone of times that name none.

        Raises:
            ImportZoneNeeded: Neither the caller nor the file says which it is.
        """
        if self._floating is None:
            raise ImportZoneNeeded(
                f"Line {line} has a time without a time zone, and the file names none.", line=line
            )
        return self._floating

    def find(self, tzid: str, line: int) -> Zone:
        """Return the zone that a TZID means.

        Raises:
            UnreadableError: It is no known name, and the file does not describe it.
        """
        if tzid not in self._found:
            self._found[tzid] = self._resolve(tzid)
        zone = self._found[tzid]
        if zone is None:
            shown = "".join(c for c in tzid[:60] if c.isprintable())
            raise UnreadableError(
                "unknown-zone", f"Nobody knows its time zone “{shown}”, nor is it described.", line
            )
        return zone

    def _resolve(self, tzid: str) -> Zone | None:
        if tzid.casefold() in _UTC_NAMES:
            return self.utc
        name, body = zone_name(tzid), self._body(tzid)
        # A name with a place in it, or from Windows, says more than a body, which programs write
        # badly or never update. A bare GMT or EST may carry London's or New York's rules.
        if name and (body is None or "/" in tzid or tzid.casefold() != name.casefold()):
            return Zone(name, ZoneInfo(name))
        if body is None:
            return None
        if name and Probes(body, *self._horizon).agree(ZoneInfo(name)):
            return Zone(name, ZoneInfo(name))
        place = zone_name(self.bodies[tzid].value("X-LIC-LOCATION"))
        return Zone(place, ZoneInfo(place)) if place else self._match(body)

    def _body(self, tzid: str) -> StatedZone | None:
        body = self.bodies.get(tzid)
        if body is None:
            return None
        return read_zone(body, until=self._horizon[1], budget=self._budget)

    def _match(self, stated: StatedZone) -> Zone:
        """Name the zone whose clock runs as stated over the horizon, the calendar's own first."""
        self._budget.spend(MATCHING_STEPS)
        probes = Probes(stated, *self._horizon)
        for name in dict.fromkeys((self.shown.name, *sorted(set(WINDOWS_TO_OLSON.values())))):
            if name.casefold() in _known() and probes.agree(ZoneInfo(name)):
                return Zone(name, ZoneInfo(name))
        return Zone(self.shown.name, stated)
