"""The mail around an invitation: why it comes, in words, beside what calendar apps read."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.catalog import news
from passes_service.db.models import (
    CalendarSession,
    Invitation,
    InvitationMessage,
    MailMessage,
    OutboxEvent,
)
from passes_service.mail import notices, post, urgency
from passes_service.mail.letters import letter_of
from passes_service.mail.notices import Payload

# Reason -> subject and sentence, around the title and then the time and place.
_WORDS: Final = {
    "asked": (
        "Invitation: {}",
        "here is “{}” for your calendar: {}. Updates come by mail like this one.",
    ),
    "back": ("Back in your calendar: {}", "“{}” is yours to attend again: {}."),
    "changed": ("Changed in your calendar: {}", "“{}” has changed. It is now: {}."),
    "cancelled": ("Out of your calendar: {}", "“{}” was cancelled. It was to be: {}."),
    "lost": (
        "Out of your calendar: {}",
        "no pass of yours opens “{}” any more, so your invitation ends. It was for: {}.",
    ),
    "withdrawn": ("Out of your calendar: {}", "as you asked, we take back “{}”: {}."),
}


def written(
    session: Session, event: OutboxEvent, payload: Payload, origin: str, now: datetime
) -> None:
    """Write the letter that carries an iTIP message, unless a later one says it all."""
    key = (event.organizer_id, UUID(payload["message_id"]))
    message = session.get_one(InvitationMessage, key)
    row = session.get_one(Invitation, (event.organizer_id, message.invitation_id))
    if row.sequence > message.sequence:
        return
    about = session.get_one(CalendarSession, (event.organizer_id, row.session_id))
    organizer = organizers.get(session, organizer_id=event.organizer_id)
    subject, sentence = _WORDS[message.reason]
    when = urgency.span(news.known(about), about.time_zone, all_day=about.all_day, ends=True)
    where = f", {about.location}" if about.location else ""
    letter = letter_of(
        subject.format(about.title),
        organizer.name,
        "Hello,",
        sentence.format(about.title, f"{when} ({about.time_zone}){where}"),
        "Most mail apps put this into your calendar by themselves; others ask you first.",
        "You asked for this session as an invitation. Your passes, and where you give it back:\n"
        + notices.page_url(origin, organizer, "/me"),
    )
    post.write(
        session,
        organizer_id=event.organizer_id,
        event_id=event.id,
        recipient=row.email,
        letter=letter,
        invitation_id=message.id,
        now=now,
    )


def carried(session: Session, letter: MailMessage) -> InvitationMessage | None:
    """Return the iTIP message that goes with a letter, if one does."""
    if letter.invitation_id is None:
        return None
    return session.get_one(InvitationMessage, (letter.organizer_id, letter.invitation_id))


def outdated(session: Session, letter: MailMessage) -> bool:
    """Tell whether a later message has replaced the one in this letter: it must not go out late.

    What was sent never goes back to a lower SEQUENCE, however long a mail server was away.
    """
    message = carried(session, letter)
    if message is None:
        return False
    row = session.get_one(Invitation, (letter.organizer_id, message.invitation_id))
    return row.sequence > message.sequence
