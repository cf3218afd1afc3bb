"""From rows to the iTIP message of one attendee."""

from __future__ import annotations

from ics_feeds import Entry
from ics_feeds.invitations import Method, Person, invitation
from passes_service.db.models import CalendarSession, Invitation, Organizer

PRODID = "-//Calendar passes//Invitations 1//EN"


def body(
    row: Invitation,
    event: CalendarSession,
    organizer: Organizer,
    *,
    method: Method,
    whole: bool,
    mail_from: str,
    origin: str,
) -> str:
    """Return the message with the numbers that the invitation has now.

    UID and words are those of the feed. The organizer writes from the address that sends all
    mail: clients distrust an invitation whose sender is not its organizer (RFC 6047 2.3).
    """
    assert row.stamped_at is not None  # noqa: S101 - whoever numbers it stamps it
    entry = Entry(
        uid=str(event.id),
        title=event.title,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        time_zone=event.time_zone,
        all_day=event.all_day,
        sequence=row.sequence,
        created_at=event.created_at,
        changed_at=event.changed_at,
        description=event.description,
        location=event.location,
        url=f"{origin}/me",
    )
    return invitation(
        entry,
        method=method,
        organizer=Person(email=mail_from, name=organizer.name),
        attendee=Person(email=row.email),
        stamped_at=row.stamped_at,
        prodid=PRODID,
        whole=whole,
    ).decode()
