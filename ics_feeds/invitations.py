"""One session as an invitation for one person: iTIP (RFC 5546), to be mailed as RFC 6047 says.

A feed is a snapshot and never carries METHOD, ORGANIZER or ATTENDEE; an invitation must.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from urllib.parse import quote

from ics_feeds.lines import fold_all
from ics_feeds.model import Entry
from ics_feeds.parts import utc, when
from ics_feeds.render import zones_used
from ics_feeds.text import clean, escape
from ics_feeds.zones import vtimezone

Method = Literal["REQUEST", "CANCEL"]

_METHODS = get_args(Method)
# Of what RFC 5322 allows in an address, RFC 6068 wants the rest percent-encoded in `mailto:`.
_PLAIN = "!$'*+-._~@"
_CARETS = str.maketrans({"^": "^^", '"': "^'"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Organizer or attendee.

    Raises:
        ValueError: `email` is no address.
    """

    email: str
    name: str = ""

    def __post_init__(self) -> None:
        local, _, domain = self.email.rpartition("@")
        if not (local and domain and self.email.isascii() and self.email.isprintable()):
            raise ValueError("email must be an address in ASCII")
        if " " in self.email:
            raise ValueError("email must not hold blanks")


def invitation(
    entry: Entry,
    *,
    method: Method,
    organizer: Person,
    attendee: Person,
    stamped_at: datetime,
    prodid: str,
    whole: bool = True,
) -> bytes:
    """Return the iCalendar object of a message about `entry` to one attendee.

    The attendee has asked for it, so PARTSTAT is ACCEPTED and no reply is expected.

    Args:
        entry: The session; its `sequence` must grow with every message to this attendee. Its
            status and reminders are left out: the method says whether it takes place, and alarms
            are the attendee's own affair.
        method: REQUEST invites or changes, CANCEL ends (RFC 5546 3.2.2, 3.2.5).
        organizer: Has to be the sender of the mail, or clients distrust it.
        attendee: The recipient.
        stamped_at: When this message was made: a stored instant, later than the one before.
        prodid: Names the product, such as "-//Example//Passes//EN".
        whole: For CANCEL: the session is off. False takes out this attendee alone; then the
            RFC forbids STATUS.

    Raises:
        ValueError: `method` is none of these or `stamped_at` is not aware.
    """
    if method not in _METHODS:
        raise ValueError(f"method must be one of {', '.join(_METHODS)}")
    offset = stamped_at.utcoffset()
    if offset is None:
        raise ValueError("stamped_at must be timezone-aware")
    head = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_text(prodid)}",
        "CALSCALE:GREGORIAN",
        f"METHOD:{method}",
    ]
    event = [
        "BEGIN:VEVENT",
        f"UID:{escape(entry.uid)}",
        f"DTSTAMP:{utc(stamped_at - offset)}",
        f"SEQUENCE:{entry.sequence}",
        *when(entry),
        f"SUMMARY:{_text(entry.title)}",
        *_status(method, whole),
        _organizer(organizer),
        _attendee(attendee),
        *_details(entry),
        f"CREATED:{utc(entry.created_at)}",
        f"LAST-MODIFIED:{utc(entry.changed_at)}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    zones = b"".join(vtimezone(span) for span in zones_used([entry]))
    return fold_all(head) + zones + fold_all(event)


def _status(method: Method, whole: bool) -> list[str]:
    if method == "REQUEST":
        return ["STATUS:CONFIRMED", "TRANSP:OPAQUE"]
    return ["STATUS:CANCELLED", "TRANSP:TRANSPARENT"] if whole else []


def _details(entry: Entry) -> list[str]:
    lines = []
    description = clean(entry.description)
    if entry.url and entry.url not in description.split():  # Outlook drops URL
        description = f"{description}\n\n{entry.url}" if description else entry.url
    if description:
        lines.append(f"DESCRIPTION:{escape(description)}")
    if location := _text(entry.location):
        lines.append(f"LOCATION:{location}")
    if entry.geo:
        lines.append("GEO:{:.6f};{:.6f}".format(*entry.geo))
    if entry.url:
        lines.append(f"URL:{entry.url}")
    return lines


def _organizer(person: Person) -> str:
    return f"ORGANIZER{_common_name(person)}:{_mailto(person)}"


def _attendee(person: Person) -> str:
    parameters = "CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE"
    return f"ATTENDEE;{parameters}{_common_name(person)}:{_mailto(person)}"


def _common_name(person: Person) -> str:
    """Return CN in quotes; what cannot stand in quotes is written as RFC 6868 says."""
    name = " ".join(clean(person.name).split()).translate(_CARETS)
    return f';CN="{name}"' if name else ""


def _mailto(person: Person) -> str:
    return "mailto:" + quote(person.email, safe=_PLAIN)


def _text(value: str) -> str:
    return escape(clean(value))
