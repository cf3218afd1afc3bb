"""What holders and organizers do around invitations in tests."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any
from uuid import UUID

import icalendar
from sqlmodel import Session, col, select

from passes_service.bootstrap import Services
from passes_service.db.models import CalendarSession, Invitation, InvitationMessage
from passes_service.feeds import links
from passes_service.invitations import service
from tests import people
from tests.ics_feeds import itip
from tests.season import Season


def ask(
    services: Services,
    row: CalendarSession,
    email: str = people.GUEST,
    *,
    with_feed: bool = False,
) -> Invitation:
    guest = people.holder(services, row.organizer_id, email)
    with services.database.transaction() as session:
        return service.ask(
            session, **_where(services, row, guest.id), with_feed=with_feed, now=services.clock()
        )


def withdraw(services: Services, row: CalendarSession, email: str = people.GUEST) -> None:
    guest = people.holder(services, row.organizer_id, email)
    with services.database.transaction() as session:
        service.withdraw(session, **_where(services, row, guest.id), now=services.clock())


def subscribe(services: Services, made: Season, email: str = people.GUEST) -> None:
    guest = people.holder(services, made.organizer_id, email)
    with services.database.transaction() as session:
        links.create(
            session,
            organizer_id=made.organizer_id,
            holder_id=guest.id,
            label="Phone",
            random=services.random_bytes(32),
            now=services.clock(),
        )


def _where(services: Services, row: CalendarSession, holder_id: UUID) -> dict[str, Any]:
    return {
        "organizer_id": row.organizer_id,
        "holder_id": holder_id,
        "session_id": row.id,
        "mail_from": services.settings.mail_from,
        "origin": services.settings.origin,
    }


def messages(services: Services) -> list[InvitationMessage]:
    with Session(services.database.reader) as session:
        return list(session.exec(select(InvitationMessage).order_by(col(InvitationMessage.id))))


def calendar_of(mail: EmailMessage) -> bytes | None:
    """Return the iCalendar object of a mail as a mail program hands it on, or nothing."""
    parts = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    if not parts:
        return None
    (part,) = parts
    found = part.get_payload(decode=True)
    assert isinstance(found, bytes)
    return found


def invitations(mails: list[EmailMessage]) -> list[tuple[str, str, Any]]:
    """Return (recipient, method, event) of the mails that carry one, each held to RFC 5546."""
    found = []
    for mail in mails:
        body = calendar_of(mail)
        if body is None:
            continue
        calendar = icalendar.Calendar.from_ical(body)
        (event,) = calendar.walk("VEVENT")
        method = str(calendar["METHOD"])
        whole = method == "REQUEST" or "STATUS" in event
        assert itip.findings(body, whole=whole) == []
        found.append((str(mail["To"]), method, event))
    return found
