"""Rules about times, zones and the calendar as a whole."""

from ics_feeds.rules.rule import error, warning

TIMES = {
    "floating": error(
        "RFC 5545 3.3.5",
        "Google takes it for UTC, ical.js (Thunderbird) for the reader's own zone; Home Assistant "
        "refuses a feed that mixes it with other times.",
        "Write UTC (Z) or a TZID.",
    ),
    "bad-time": error(
        "RFC 5545 3.3.5",
        "Strict readers refuse the feed for one such time; others lose the event.",
        "Write 20260701T170000Z, or the local time with a TZID, or VALUE=DATE and a day.",
    ),
    "date-with-zone": error(
        "RFC 5545 3.2.19",
        "icalendar makes midnight in the zone of it, so the day before elsewhere.",
        "Leave TZID out: a day has no zone.",
    ),
    "utc-with-zone": error(
        "RFC 5545 3.2.19",
        "Some readers believe the Z, others the TZID: the hours differ.",
        "Write either Z or TZID.",
    ),
    "day-without-value": error(
        "RFC 5545 3.3.4",
        "ical.js (Thunderbird) refuses the whole feed.",
        "Add VALUE=DATE.",
    ),
    "end-before-start": error(
        "RFC 5545 3.8.2.2",
        "ics.py refuses the whole feed; recurring-ical-events swaps the times.",
        "Write an end that is later than the start.",
    ),
    "end-at-start": warning(
        "RFC 5545 3.8.2.2",
        "DTEND has to be later; readers show a moment without length.",
        "Leave DTEND out, or write the day after for a whole day: the end is exclusive.",
    ),
    "end-and-duration": error(
        "RFC 5545 3.6.1",
        "libical (Evolution, KDE), vobject, ics.py and Home Assistant refuse the feed.",
        "Write one of them.",
    ),
    "mixed-kinds": error(
        "RFC 5545 3.8.2.2",
        "Home Assistant refuses the whole feed.",
        "Write both as days or both as times.",
    ),
    "in-a-gap": warning(
        "RFC 5545 3.3.5",
        "Clocks skip this time: readers differ by an hour.",
        "Write the time in UTC.",
    ),
    "shown-twice": warning(
        "RFC 5545 3.3.5",
        "Clocks show this time twice: ical.js (Thunderbird) and libical (Evolution, KDE) take the "
        "second, vobject and Home Assistant the first.",
        "Write the time in UTC.",
    ),
}
ZONES = {
    "undeclared-zone": error(
        "RFC 5545 3.2.19",
        "Outlook takes it for floating; so does ical.js (Thunderbird).",
        "Add a VTIMEZONE for each TZID, or write UTC.",
    ),
    "unused-zone": warning("RFC 5545 3.6.5", "Nobody; it is only weight.", "Leave it out."),
    "zone-twice": error(
        "RFC 5545 3.6.5",
        "Each reader takes another of the two.",
        "Declare a zone once.",
    ),
    "zone-without-rules": error(
        "RFC 5545 3.6.5",
        "vobject and Home Assistant refuse the feed.",
        "Write at least one STANDARD or DAYLIGHT.",
    ),
    "zone-name": warning(
        "RFC 5545 3.8.3.1",
        "Readers that look zones up by name (node-ical, ics.py) take the times for UTC.",
        "Use the IANA name, such as Europe/Berlin.",
    ),
    "zone-contradicts": error(
        "RFC 5545 3.6.5",
        "Apps that read the VTIMEZONE (Thunderbird, Evolution) and apps that know the zone by "
        "name show different hours.",
        "Write the offsets that IANA has for these dates.",
    ),
    "several-rdates": error(
        "RFC 5545 3.8.5.2",
        "ical.js (Thunderbird) reads the first date only: every summer session is an hour late. "
        "Outlook misreads them, too.",
        "Write an RRULE, or one STANDARD or DAYLIGHT for each change.",
    ),
    "zone-by-rdate": warning(
        "RFC 5545 3.8.5.2",
        "Outlook is reported to misread zones that are written with RDATE.",
        "Write an RRULE, or one STANDARD or DAYLIGHT for each change.",
    ),
    "seconds-in-offset": error(
        "RFC 5545 3.3.14",
        "It is reported to break subscriptions in Outlook on the web.",
        "Leave out the years of local mean time; write whole minutes.",
    ),
    "mean-time": warning(
        "RFC 5545 3.6.5",
        "It is of no use to a subscriber; with its seconds it broke Outlook on the web.",
        "Write only the years that the feed uses.",
    ),
}
CALENDAR = {
    "empty": error(
        "RFC 5545 3.6",
        "GNOME and vdirsyncer ignore an empty calendar and go on showing what was in it before.",
        "Keep one quiet entry in it, such as a notice on a past day.",
    ),
    "uid-twice": error(
        "RFC 5545 3.8.4.7",
        "node-ical and recurring-ical-events keep only one of them.",
        "Give each session a UID of its own.",
    ),
    "no-name": warning(
        "RFC 7986 5.1",
        "Some apps read NAME, others X-WR-CALNAME; without theirs it has no name.",
        "Write both with the same text.",
    ),
    "no-refresh": warning(
        "RFC 7986 5.7",
        "Some apps read REFRESH-INTERVAL, others X-PUBLISHED-TTL; without theirs they choose.",
        "Write both, with the same duration.",
    ),
    "bad-color": warning(
        "RFC 7986 5.9", "Readers know the names of CSS3 only.", "Use a name such as teal."
    ),
    "many-events": warning(
        "",
        "Some apps are said to stop reading somewhere beyond 1,000 events.",
        "Leave out what is long past.",
    ),
    "heavy": warning(
        "", "Phones fetch all of it again at each change.", "Leave out what is long past."
    ),
    "e-mail-address": warning(
        "",
        "People share calendars: whoever has the address reads it.",
        "Leave e-mail addresses out, or be sure that they are meant to be public.",
    ),
    "own-secret": error(
        "",
        "Whoever gets one entry forwarded can open the whole feed.",
        "Leave the feed's own address out of its body.",
    ),
}
