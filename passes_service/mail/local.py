"""Read the local outbox: letters as their recipients would get them, magic links included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts import consent, links
from passes_service.db.models import MagicLink, MailMessage
from passes_service.keyring import Keyring
from passes_service.mail.letters import LINK_MARK

_GONE = "(this link was used or has expired)"
_STOP = "You agreed to mail about your sessions. One click and there is no more of it:"


@dataclass(frozen=True, slots=True)
class LocalMail:
    """A letter, ready to read. Its body may hold a login: print it, never log it."""

    recipient: str
    subject: str
    body: str = field(repr=False)
    written_at: datetime


def read(
    session: Session,
    keyring: Keyring,
    origin: str,
    now: datetime,
    *,
    organizer_id: UUID | None = None,
    limit: int = 100,
) -> list[LocalMail]:
    """Return the letters that no mail server has taken, the oldest first."""
    statement = select(MailMessage).where(col(MailMessage.sent_at).is_(None))
    if organizer_id is not None:
        statement = statement.where(MailMessage.organizer_id == organizer_id)
    newest: Sequence[MailMessage] = session.exec(
        statement.order_by(col(MailMessage.id).desc()).limit(limit)
    ).all()
    return [
        LocalMail(
            letter.recipient,
            letter.subject,
            body(session, letter, keyring, origin, now) or letter.body.replace(LINK_MARK, _GONE),
            letter.created_at,
        )
        for letter in reversed(newest)
    ]


def body(
    session: Session, letter: MailMessage, keyring: Keyring, origin: str, now: datetime
) -> str | None:
    """Return the text to send, or None if its link has been used or has expired.

    Only the link that the letter was written around is ever put in: text that people typed
    cannot ask for another one.
    """
    text = letter.body
    if letter.link_id is not None:
        link = session.get(MagicLink, (letter.organizer_id, letter.link_id))
        if link is None or link.used_at is not None or link.expires_at <= now:
            return None
        text = text.replace(LINK_MARK, origin + links.path(link, key=keyring.session_key))
    if letter.stop_id is not None:
        text = f"{text}\n{_STOP}\n{stop_url(letter, keyring, origin)}\n"
    return text


def stop_url(letter: MailMessage, keyring: Keyring, origin: str) -> str:
    """Return the address that stops letters of this kind, or "" if this one cannot be stopped."""
    if letter.stop_id is None:
        return ""
    return origin + consent.path(letter.organizer_id, letter.stop_id, key=keyring.session_key)
