"""The demo's season, "Nora Lind, ceramics & kiln nights", as the .ics file she would export.

A file with fixed dates would be over some day, so the text is made for `now`: the first session
starts tonight, the rest follows in the weeks after it, at honest local times.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
OPENING_UID = "6d1f3a52-8c0e-4b7e-9f54-1a2f0c9be101"
NEW_YORK_UID = "6d1f3a52-8c0e-4b7e-9f54-1a2f0c9be102"
FINALE_UID = "6d1f3a52-8c0e-4b7e-9f54-1a2f0c9be103"
WEEKLY_UID = "6d1f3a52-8c0e-4b7e-9f54-1a2f0c9be104"
WEEKS = 6
MOVED_WEEK, CANCELLED_WEEK = 2, 4

_ZONES = """\
BEGIN:VTIMEZONE
TZID:Europe/Berlin
BEGIN:DAYLIGHT
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZNAME:CEST
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZNAME:CET
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE
BEGIN:VTIMEZONE
TZID:America/New_York
BEGIN:DAYLIGHT
DTSTART:20070311T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU
TZNAME:EDT
TZOFFSETFROM:-0500
TZOFFSETTO:-0400
END:DAYLIGHT
BEGIN:STANDARD
DTSTART:20071104T020000
RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU
TZNAME:EST
TZOFFSETFROM:-0400
TZOFFSETTO:-0500
END:STANDARD
END:VTIMEZONE"""


def opening(now: datetime) -> datetime:
    """Return when the first session starts: in half an hour, on the next multiple of 5 minutes."""
    instant = now.astimezone(UTC) + timedelta(minutes=30)
    late = timedelta(minutes=instant.minute % 5, seconds=instant.second)
    late += timedelta(microseconds=instant.microsecond)
    return instant - late + (timedelta(minutes=5) if late else timedelta())


def season(now: datetime) -> bytes:
    """Return the season as iCalendar bytes (UTF-8, CRLF, folded), its opening tonight.

    Three exclusive sessions (the last but one as a guest in New York), and six Tuesdays at the
    wheel of which the third is moved to Wednesday and the fifth cancelled.

    Raises:
        ValueError: `now` is naive.
    """
    if now.tzinfo is None:
        raise ValueError("now needs a time zone")
    first = opening(now)
    today = first.astimezone(BERLIN).date()
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Nora Lind//Kiln nights//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Nora Lind: ceramics & kiln nights",
        "X-WR-TIMEZONE:Europe/Berlin",
        *_ZONES.splitlines(),
        *_exclusives(now, first, today),
        *_weekly(now, today),
        "END:VCALENDAR",
    ]
    return b"".join(_folded(line) for line in lines)


def _exclusives(now: datetime, first: datetime, today: date) -> list[str]:
    guest = _on(today, after_days=10, weekday=5)
    finale = _on(today, after_days=38, weekday=4)
    return [
        *_event(
            now,
            OPENING_UID,
            "Opening night: first fire",
            # In UTC: tonight may be the night on which the clocks change.
            [f"DTSTART:{first:%Y%m%dT%H%M%SZ}", "DURATION:PT2H30M"],
            "We open the kiln while it still glows at 200 degrees\\, and every pass holder lifts "
            "out one piece. Bring gloves if you have them\\; there is soup.",
            "Studio Lind\\, Uferstr. 23\\, 13357 Berlin",
            "52.5489;13.3716",
        ),
        *_event(
            now,
            NEW_YORK_UID,
            "Guest night in Brooklyn: porcelain after dark",
            _times(guest, time(18, 30), time(21, 0), NEW_YORK),
            "Nora throws at Red Hook Clay\\, live for pass holders in the room and on the stream.",
            "Red Hook Clay\\, 287 Van Brunt St\\, Brooklyn\\, NY 11231",
            "40.6786;-74.0126",
        ),
        *_event(
            now,
            FINALE_UID,
            "Kiln night: the long firing",
            _times(finale, time(20, 0), time(23, 30), BERLIN),
            "Twelve hours of wood\\, three of them with you. Choose a glaze\\, keep the bowl.",
            "Brennplatz Lind\\, Am Waldrand 4\\, 16278 Angermünde",
            "53.0150;13.9990",
        ),
    ]


def _weekly(now: datetime, today: date) -> list[str]:
    start = _on(today, after_days=3, weekday=1)
    moved = start + timedelta(weeks=MOVED_WEEK)
    cancelled = start + timedelta(weeks=CANCELLED_WEEK)
    place, geo = "Studio Lind\\, Uferstr. 23\\, 13357 Berlin", "52.5489;13.3716"
    title = "Tuesday wheel"
    about = "Two hours at the wheel in a group of eight. Clay\\, tools and tea are there."
    usual = time(19, 0), time(21, 0), BERLIN
    return [
        *_event(
            now,
            WEEKLY_UID,
            title,
            [*_times(start, *usual), f"RRULE:FREQ=WEEKLY;COUNT={WEEKS};BYDAY=TU"],
            about,
            place,
            geo,
        ),
        *_event(
            now,
            WEEKLY_UID,
            f"{title} (on Wednesday this week)",
            [
                _stamp("RECURRENCE-ID", moved, usual[0], BERLIN),
                *_times(moved + timedelta(days=1), time(18, 0), time(20, 0), BERLIN),
                "SEQUENCE:1",
            ],
            about,
            place,
            geo,
        ),
        *_event(
            now,
            WEEKLY_UID,
            title,
            [
                _stamp("RECURRENCE-ID", cancelled, usual[0], BERLIN),
                *_times(cancelled, *usual),
                "STATUS:CANCELLED",
                "SEQUENCE:1",
            ],
            about,
            place,
            geo,
        ),
    ]


def _on(today: date, *, after_days: int, weekday: int) -> date:
    """Return the first such weekday (Monday 0) at least `after_days` from today."""
    earliest = today + timedelta(days=after_days)
    return earliest + timedelta(days=(weekday - earliest.weekday()) % 7)


def _times(day: date, begin: time, end: time, zone: ZoneInfo) -> list[str]:
    return [_stamp("DTSTART", day, begin, zone), _stamp("DTEND", day, end, zone)]


def _stamp(name: str, day: date, at: time, zone: ZoneInfo) -> str:
    return f"{name};TZID={zone.key}:{datetime.combine(day, at):%Y%m%dT%H%M%S}"


def _event(
    now: datetime, uid: str, title: str, times: list[str], about: str, place: str, geo: str
) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{now.astimezone(UTC):%Y%m%dT%H%M%SZ}",
        *times,
        f"SUMMARY:{title}",
        f"DESCRIPTION:{about}",
        f"LOCATION:{place}",
        f"GEO:{geo}",
        "CATEGORIES:Ceramics",
        "END:VEVENT",
    ]


def _folded(line: str) -> bytes:
    """Fold after 75 octets at a character boundary (RFC 5545 section 3.1)."""
    parts, room = [b""], 75
    for character in line:
        octets = character.encode()
        if len(parts[-1]) + len(octets) > room:
            parts.append(b" ")
        parts[-1] += octets
    return b"\r\n".join(parts) + b"\r\n"
