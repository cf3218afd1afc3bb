"""Ask for a session as an invitation, and give it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts import holders, rates
from passes_service.accounts.errors import NotFound
from passes_service.accounts.rates import Rate
from passes_service.catalog import sessions
from passes_service.db.models import FeedLink, Invitation, Pass, SeriesSession, new_id
from passes_service.db.upsert import insert_if_absent
from passes_service.invitations import following
from passes_service.invitations.errors import NoConfirmedAddress, SessionInFeed, SessionNotComing

ASKED = Rate("invitation", 30, timedelta(hours=1))


def ask(
    session: Session,
    *,
    organizer_id: UUID,
    holder_id: UUID,
    session_id: UUID,
    with_feed: bool,
    mail_from: str,
    origin: str,
    now: datetime,
) -> Invitation:
    """Have a session mailed as an invitation; asking again while it stands mails nothing.

    Args:
        with_feed: The holder knows that a calendar link shows the session too, and wants both.
        mail_from, origin: Who invites, and where this service is.

    Raises:
        NotFound: No pass of the holder opens such a session.
        SessionNotComing: It has ended or was cancelled.
        SessionInFeed: A living calendar link shows it, and `with_feed` is not said.
        NoConfirmedAddress: There is no address to send it to.
        RateLimited: So many letters at once help nobody.
    """
    if not _opens(session, organizer_id, holder_id, session_id):
        raise NotFound("No pass of yours opens such a session.")
    event = sessions.get(session, organizer_id=organizer_id, session_id=session_id)
    if event.status == "cancelled" or event.ends_at <= now:
        raise SessionNotComing("It has ended or was cancelled.")
    scope = {"organizer_id": organizer_id, "holder_id": holder_id}
    standing = of_session(session, **scope, session_id=session_id)
    if standing:
        return standing[0]
    if not with_feed and _has_feed(session, **scope):
        raise SessionInFeed("One of your calendar links shows this session.")
    proved = [row.email for row in holders.emails(session, **scope) if row.verified_at is not None]
    if not proved:
        raise NoConfirmedAddress("An invitation goes to an address that is proved to be yours.")
    rates.take(session, organizer_id=organizer_id, rate=ASKED, subject=str(holder_id), now=now)
    row = _begin(session, **scope, session_id=session_id, email=proved[0], now=now)
    key = (row.organizer_id, row.id)
    following.settle(session, key, mail_from=mail_from, origin=origin, now=now)
    return row


def withdraw(
    session: Session,
    *,
    organizer_id: UUID,
    holder_id: UUID,
    session_id: UUID,
    mail_from: str,
    origin: str,
    now: datetime,
) -> None:
    """End the holder's invitation to a session; the calendar that took it hears so by mail.

    Raises:
        NotFound: There is none.
    """
    rows = of_session(
        session, organizer_id=organizer_id, holder_id=holder_id, session_id=session_id
    )
    if not rows:
        raise NotFound("You have no invitation to this session.")
    for row in rows:
        row.ended_at = now
        session.add(row)
        session.flush()
        key = (row.organizer_id, row.id)
        following.settle(session, key, mail_from=mail_from, origin=origin, now=now)


def of_holder(session: Session, *, organizer_id: UUID, holder_id: UUID) -> Sequence[Invitation]:
    """Return the invitations that a holder has asked for and not given back, oldest first."""
    return session.exec(
        select(Invitation)
        .where(
            Invitation.organizer_id == organizer_id,
            Invitation.holder_id == holder_id,
            col(Invitation.ended_at).is_(None),
        )
        .order_by(col(Invitation.id))
    ).all()


def of_session(
    session: Session, *, organizer_id: UUID, holder_id: UUID, session_id: UUID
) -> Sequence[Invitation]:
    """Return a holder's standing invitations to one session, held until the transaction ends.

    Joined accounts may have two, to two addresses.
    """
    return session.exec(
        select(Invitation)
        .where(
            Invitation.organizer_id == organizer_id,
            Invitation.holder_id == holder_id,
            Invitation.session_id == session_id,
            col(Invitation.ended_at).is_(None),
        )
        .order_by(col(Invitation.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()


def _begin(
    session: Session,
    *,
    organizer_id: UUID,
    holder_id: UUID,
    session_id: UUID,
    email: str,
    now: datetime,
) -> Invitation:
    """Return the one row of an address and session: its numbers go on where they were."""
    fresh = {
        "organizer_id": organizer_id,
        "id": new_id(),
        "holder_id": holder_id,
        "session_id": session_id,
        "email": email,
        "said": "",
        "sequence": -1,
        "shown": -1,
        "created_at": now,
    }
    insert_if_absent(session, Invitation, fresh)
    row = session.exec(
        select(Invitation)
        .where(
            Invitation.organizer_id == organizer_id,
            Invitation.session_id == session_id,
            Invitation.email == email,
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    row.holder_id, row.ended_at = holder_id, None
    session.add(row)
    session.flush()
    return row


def _opens(session: Session, organizer_id: UUID, holder_id: UUID, session_id: UUID) -> bool:
    found = session.exec(
        select(Pass.id)
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Pass.organizer_id))
            & (col(SeriesSession.series_id) == col(Pass.series_id)),
        )
        .where(
            Pass.organizer_id == organizer_id,
            Pass.holder_id == holder_id,
            SeriesSession.session_id == session_id,
            col(Pass.state).in_(following.LIVE),
        )
    )
    return found.first() is not None


def _has_feed(session: Session, *, organizer_id: UUID, holder_id: UUID) -> bool:
    found = session.exec(
        select(FeedLink.id).where(
            FeedLink.organizer_id == organizer_id,
            FeedLink.holder_id == holder_id,
            col(FeedLink.revoked_at).is_(None),
        )
    )
    return found.first() is not None
