"""Rules about lines and properties."""

from ics_feeds.rules.rule import error, warning

LINES = {
    "not-crlf": warning(
        "RFC 5545 3.1",
        "The parsers we know read it; one that goes by the standard may not.",
        "End every line with CRLF.",
    ),
    "stray-cr": error(
        "RFC 5545 3.1",
        "Some parsers begin a new line there, so text becomes properties; ics.py and Home "
        "Assistant refuse the whole feed.",
        "Write line breaks in texts as \\n.",
    ),
    "long-line": warning(
        "RFC 5545 3.1",
        "Wrong folding is reported to have made Google ignore a whole feed.",
        "Fold lines at 75 octets.",
    ),
    "fold-in-escape": error(
        "RFC 5545 3.3.11",
        "Google is reported to drop such events.",
        "Fold before the backslash.",
    ),
    "fold-in-character": error(
        "RFC 5545 3.1",
        "ical.js (Thunderbird) shows broken characters; Python readers cannot decode the feed.",
        "Fold between characters, not between octets.",
    ),
    "byte-order-mark": error(
        "RFC 5545 3.4",
        "ical.js (Thunderbird), vobject, ics.py and Home Assistant refuse the whole feed.",
        "Leave the mark out; feeds are UTF-8 anyway.",
    ),
    "not-utf-8": error(
        "RFC 5545 3.1.4",
        "ical.js (Thunderbird) shows broken characters; Python readers cannot decode the feed.",
        "Write UTF-8.",
    ),
    "control-character": error(
        "RFC 5545 3.1",
        "Home Assistant and ics.py refuse the whole feed; a NUL makes libical (Evolution, KDE) "
        "stop there, too.",
        "Take control characters out of texts.",
    ),
    "line-separator": warning(
        "RFC 5545 3.3.11",
        "node-ical loses the line; readers in Python may take it for the end of a line.",
        "Write line breaks in texts as \\n.",
    ),
    "blank-line": warning(
        "RFC 5545 3.1",
        "The parsers we know skip it; one that goes by the standard may not.",
        "Leave empty lines out.",
    ),
    "not-a-line": error(
        "RFC 5545 3.1",
        "ical.js (Thunderbird), libical (Evolution, KDE), vobject, ics.py and Home Assistant "
        "refuse the feed.",
        "Write NAME;PARAMETER=value:value, with a colon in a parameter only in quotes.",
    ),
    "unclosed": error(
        "RFC 5545 3.6",
        "ical.js (Thunderbird), libical (Evolution, KDE), vobject and ics.py refuse the feed.",
        "Close every BEGIN by its own END.",
    ),
    "misplaced": error(
        "RFC 5545 3.6",
        "A reader looks for it elsewhere and does not find it.",
        "Put it where the standard has it.",
    ),
    "not-a-calendar": error(
        "RFC 5545 3.4",
        "Every app: there is no calendar in it. Thunderbird empties the calendar that it had.",
        "Serve one BEGIN:VCALENDAR to END:VCALENDAR, and no web page at this address.",
    ),
    "several-calendars": warning(
        "RFC 5545 3.4",
        "ics.py and icalendar refuse a file with several; apps may show the first alone.",
        "Serve one VCALENDAR for each address.",
    ),
}
PROPERTIES = {
    "missing": error(
        "RFC 5545 3.6",
        "A property that the standard requires: strict readers refuse the feed or lose the event.",
        "Write it once.",
    ),
    "repeated": error(
        "RFC 5545 3.6",
        "libical (Evolution, KDE), vobject, ics.py and Home Assistant refuse the feed.",
        "Write it once.",
    ),
    "malformed": error(
        "RFC 5545 3.3",
        "Strict readers refuse the feed for one such value; others guess.",
        "Write the value in the form that the standard gives.",
    ),
    "odd-value": warning(
        "RFC 5545 3.3",
        "Readers ignore or misread this one property.",
        "Write the value in the form that the standard gives.",
    ),
    "bad-status": error(
        "RFC 5545 3.8.1.11",
        "Home Assistant and ics.py refuse the whole feed.",
        "Use TENTATIVE, CONFIRMED or CANCELLED for events.",
    ),
    "bad-escape": warning(
        "RFC 5545 3.3.11",
        "vobject cuts the text at a bare comma; ical.js (Thunderbird) shows an unknown escape.",
        "Write \\\\ \\; \\, and \\n in texts, and no other escape.",
    ),
    "no-value-type": warning(
        "RFC 7986 5",
        "A reader that goes by the standard does not know what kind of value it is.",
        "Add the VALUE parameter.",
    ),
    "method": warning(
        "RFC 5545 3.7.2",
        "It makes the feed a message instead of a snapshot; libical's check asks for an ORGANIZER "
        "then (RFC 5546 3.2.1).",
        "Leave METHOD out of a feed.",
    ),
    "organizer": warning(
        "RFC 5545 3.8.4.3",
        "Apps treat the event as an invitation; some send mails.",
        "Leave ORGANIZER out, or name it in the description.",
    ),
    "attendee": warning(
        "RFC 5545 3.8.4.1",
        "People share calendars: whoever has the address reads who comes.",
        "Leave attendees out of a feed.",
    ),
    "source": warning(
        "RFC 7986 5.8",
        "It carries the address of the feed; in a personal feed that is the secret.",
        "Leave SOURCE out of a feed that not everybody may read.",
    ),
    "recurs": warning(
        "RFC 5545 3.8.5",
        "Changes to one occurrence double or vanish in weak apps.",
        "Write one VEVENT for each session, if they change on their own.",
    ),
    "participant": warning(
        "RFC 9073 7",
        "libical 3 (Evolution, KDE) complains; ts-ics gives the event the inner UID.",
        "Leave the component out until readers know it.",
    ),
    "no-sequence": warning(
        "RFC 5545 3.8.7.4",
        "Google is reported to ignore changes without SEQUENCE and LAST-MODIFIED.",
        "Write both, from a counter that grows with each change.",
    ),
    "no-title": warning(
        "RFC 5545 3.8.1.12", "People see an event without a title.", "Write SUMMARY."
    ),
    "link-only-in-url": warning(
        "RFC 5545 3.8.4.6", "Outlook drops URL.", "Repeat the link in DESCRIPTION."
    ),
    "guessed-zone": warning(
        "",
        "X-WR-TIMEZONE is no standard: apps that read it guess what it is for.",
        "Leave it out; say the zone with each time.",
    ),
}
