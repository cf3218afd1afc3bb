"""Small calendar files, and what an import finds in them, in a form that is easy to compare."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from passes_service.catalog.ics_import import Import, read

HALL = "DTSTART;TZID=Europe/Berlin:20260601T180000"
HALL_END = "DTEND;TZID=Europe/Berlin:20260601T200000"


def event(*lines: str, uid: str = "x") -> str:
    """Return a VEVENT with these lines."""
    return "".join(f"{line}\r\n" for line in ("BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT"))


def zone(name: str, standard: str = "+0100", daylight: str = "+0200", extra: str = "") -> str:
    """Return a VTIMEZONE with the European change of clocks and these offsets."""
    return (
        f"BEGIN:VTIMEZONE\r\nTZID:{name}\r\nBEGIN:STANDARD\r\nDTSTART:19701025T030000\r\n"
        f"TZOFFSETFROM:{daylight}\r\nTZOFFSETTO:{standard}\r\n"
        "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\n"
        f"DTSTART:19700329T020000\r\nTZOFFSETFROM:{standard}\r\nTZOFFSETTO:{daylight}\r\n"
        f"RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n{extra}END:VTIMEZONE\r\n"
    )


def calendar(*parts: str) -> bytes:
    """Return a calendar file; its own line 1 is BEGIN:VCALENDAR, what it holds begins in line 2."""
    return ("BEGIN:VCALENDAR\r\n" + "".join(parts) + "END:VCALENDAR\r\n").encode()


def imported(body: bytes | str, **options: Any) -> Import:
    """Read a file, or the components of one, for the year 2026 in Berlin."""
    arguments: dict[str, Any] = {
        "floating_zone": None,
        "calendar_zone": "Europe/Berlin",
        "horizon_start": datetime(2026, 1, 1, tzinfo=UTC),
        "horizon_end": datetime(2027, 1, 1, tzinfo=UTC),
    }
    return read(body if isinstance(body, bytes) else calendar(body), **(arguments | options))


def starts(found: Import) -> list[str]:
    """Return the starts in UTC, such as `06-01 16:00`."""
    return [f"{one.starts_at:%m-%d %H:%M}" for one in found.occurrences]


def spans(found: Import) -> list[str]:
    """Return title, start and end of each occurrence."""
    return [
        f"{one.title} {one.starts_at:%m-%d %H:%M}-{one.ends_at:%H:%M}" for one in found.occurrences
    ]


def skips(found: Import) -> list[tuple[str, int | None]]:
    """Return reason code and line of each entry that was skipped."""
    return [(skip.reason_code, skip.line) for skip in found.skipped]


def notes(found: Import) -> list[tuple[str, int | None]]:
    """Return code and line of each remark on what was imported."""
    return [(note.code, note.line) for note in found.notes]
