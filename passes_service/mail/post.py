"""Write letters into the local outbox, once per event and recipient, and read them back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.core.events import MailWritten
from passes_service.db import outbox
from passes_service.db.models import HolderEmail, MailMessage, new_id
from passes_service.db.upsert import insert_if_absent
from passes_service.mail.letters import Letter


def write(
    session: Session,
    *,
    organizer_id: UUID,
    event_id: UUID,
    recipient: str,
    letter: Letter,
    link_id: UUID | None = None,
    stop_id: UUID | None = None,
    invitation_id: UUID | None = None,
    session_id: UUID | None = None,
    now: datetime,
) -> bool:
    """Store a letter for sending; the same event again writes to the same person nothing."""
    fresh = {
        "organizer_id": organizer_id,
        "id": new_id(),
        "recipient": recipient,
        "subject": letter.subject,
        "body": letter.body,
        "event_id": event_id,
        "link_id": link_id,
        "stop_id": stop_id,
        "invitation_id": invitation_id,
        "session_id": session_id,
        "created_at": now,
    }
    if not insert_if_absent(session, MailMessage, fresh):
        return False
    event = MailWritten(organizer_id=organizer_id, message_id=UUID(str(fresh["id"])))
    outbox.add(session, event, now=now)
    return True


def replaced(session: Session, letter: MailMessage) -> bool:
    """Tell whether a later letter to the same person says what became of the same session.

    A mail server that was away takes letters in any order: the old state must not come last.
    """
    if letter.session_id is None:
        return False
    later = session.exec(
        select(MailMessage.id).where(
            MailMessage.organizer_id == letter.organizer_id,
            MailMessage.session_id == letter.session_id,
            MailMessage.recipient == letter.recipient,
            col(MailMessage.id) > letter.id,
        )
    )
    return later.first() is not None


def mark_sent(session: Session, letter: MailMessage, *, now: datetime) -> None:
    """Remember that a mail server has taken a letter."""
    session.execute(
        update(MailMessage)
        .where(
            col(MailMessage.organizer_id) == letter.organizer_id,
            col(MailMessage.id) == letter.id,
            col(MailMessage.sent_at).is_(None),
        )
        .values(sent_at=now)
    )


def best_address(rows: Sequence[HolderEmail]) -> str | None:
    """Return where to write to a holder: the first verified address, else the first one."""
    ordered = sorted(rows, key=lambda row: (row.verified_at is None, row.id))
    return ordered[0].email if ordered else None
