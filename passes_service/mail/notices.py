"""From an event to letters: who should hear of it, and in which words. Each is idempotent."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from passes_service.accounts import holders, links, organizers
from passes_service.core.money import Money, format_money
from passes_service.db.models import (
    Holder,
    MagicLink,
    Organizer,
    OutboxEvent,
    Pass,
    Refund,
    StaffMember,
    TransferOffer,
)
from passes_service.mail import letters, post
from passes_service.mail.letters import Letter
from passes_service.passes import queries
from passes_service.passes.queries import Held

Payload = dict[str, Any]


def when(moment: datetime, zone: str) -> str:
    """Return an instant as people at the venue say it."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local:%A}, {local.day} {local:%B %Y at %H:%M} ({zone})"


def page_url(origin: str, organizer: Organizer, path: str) -> str:
    """Return an address that asks for a login first and then leads to `path`."""
    return f"{origin}/o/{organizer.slug}/login?next={path}"


def login_requested(session: Session, event: OutboxEvent, payload: Payload, now: datetime) -> None:
    """Write the letter around a magic link, if its address may have one."""
    link = session.get(MagicLink, (event.organizer_id, UUID(payload["link_id"])))
    if link is None or link.used_at is not None or link.expires_at <= now:
        return
    organizer = organizers.get(session, organizer_id=event.organizer_id)
    letter = _around(session, link, organizer)
    if letter is not None:
        post.write(
            session,
            organizer_id=event.organizer_id,
            event_id=event.id,
            recipient=link.email,
            letter=letter,
            link_id=link.id,
            now=now,
        )


def _around(session: Session, link: MagicLink, organizer: Organizer) -> Letter | None:
    life = link.expires_at - link.created_at
    minutes = int(life.total_seconds() // 60)
    if link.purpose == links.HOLDER_LOGIN:
        return letters.login(organizer.name, minutes=minutes)
    if link.purpose == links.HOLDER_EMAIL:
        return letters.add_email(organizer.name, minutes=minutes)
    if link.subject_id is None:  # nobody on the team: the asker was told the same
        return None
    member = session.get(StaffMember, (link.organizer_id, link.subject_id))
    if member is None or member.removed_at is not None:
        return None
    if link.purpose == links.STAFF_INVITE:
        return letters.invitation(organizer.name, role=member.role, days=life.days)
    return letters.login(organizer.name, minutes=minutes)


def pass_issued(
    session: Session, event: OutboxEvent, payload: Payload, origin: str, now: datetime
) -> None:
    """Tell a holder of a new pass."""
    held = _held(session, event, payload)
    organizer = organizers.get(session, organizer_id=event.organizer_id)
    letter = letters.pass_issued(
        organizer.name,
        title=held.series.title,
        number=held.label,
        url=page_url(origin, organizer, f"/me/passes/{held.row.pass_id}"),
    )
    to_holder(session, event, UUID(payload["holder_id"]), letter, now)


def transfer_offered(
    session: Session, event: OutboxEvent, payload: Payload, origin: str, now: datetime
) -> None:
    """Tell whom a pass is held out to, if that is an e-mail address or a known wallet."""
    offer = session.get(TransferOffer, (event.organizer_id, UUID(payload["offer_id"])))
    if offer is None or offer.state != "offered" or offer.expires_at <= now:
        return
    row = session.get(Pass, (event.organizer_id, offer.pass_row_id))
    giver = session.get(Holder, (event.organizer_id, offer.from_holder_id))
    if row is None or giver is None:
        return
    held = queries.by_pass_id(session, organizer_id=event.organizer_id, pass_id=row.pass_id)
    organizer = organizers.get(session, organizer_id=event.organizer_id)
    letter = letters.offered(
        organizer.name,
        title=held.series.title,
        number=held.label,
        giver=giver.name or "Its holder",
        until=when(offer.expires_at, organizer.time_zone),
        url=page_url(origin, organizer, f"/me/offers/{offer.id}"),
    )
    if not offer.recipient.startswith("0x"):
        _write(session, event, offer.recipient, letter, now)
        return
    known = holders.by_wallet(session, organizer_id=event.organizer_id, address=offer.recipient)
    if known is not None:
        to_holder(session, event, known.id, letter, now)


def pass_transferred(
    session: Session, event: OutboxEvent, payload: Payload, origin: str, now: datetime
) -> None:
    """Tell both sides of a transfer."""
    held = _held(session, event, payload)
    organizer = organizers.get(session, organizer_id=event.organizer_id)
    said = {"title": held.series.title, "number": held.label}
    url = page_url(origin, organizer, f"/me/passes/{held.row.pass_id}")
    receiver, giver = UUID(payload["to_holder_id"]), UUID(payload["from_holder_id"])
    to_holder(session, event, receiver, letters.received(organizer.name, **said, url=url), now)
    to_holder(session, event, giver, letters.given_away(organizer.name, **said), now)


def refund_settled(
    session: Session, event: OutboxEvent, payload: Payload, origin: str, now: datetime
) -> None:
    """Tell whoever paid that the money went."""
    refund = session.get(Refund, (event.organizer_id, UUID(payload["refund_id"])))
    if refund is None:
        return
    held = _held(session, event, payload)
    organizer = organizers.get(session, organizer_id=event.organizer_id)
    letter = letters.refund_settled(
        organizer.name,
        title=held.series.title,
        amount=format_money(Money(refund.amount_minor, refund.currency)),
        reason=refund.reason,
        url=page_url(origin, organizer, f"/me/passes/{held.row.pass_id}"),
    )
    to_holder(session, event, held.row.payer_id, letter, now)


def to_holder(
    session: Session,
    event: OutboxEvent,
    holder_id: UUID,
    letter: Letter,
    now: datetime,
    *,
    may_stop: bool = False,
    session_id: UUID | None = None,
) -> None:
    """Write to a holder, or to whoever the account was joined with; without address, nothing.

    With `may_stop` the letter says how to get no more of its kind; with `session_id` it replaces
    letters about the same session that still wait.
    """
    holder = holders.get(session, organizer_id=event.organizer_id, holder_id=holder_id)
    rows = holders.emails(session, organizer_id=event.organizer_id, holder_id=holder.id)
    address = post.best_address(rows)
    if address is not None:
        stop_id = holder.id if may_stop else None
        _write(session, event, address, letter, now, stop_id=stop_id, session_id=session_id)


def _write(
    session: Session,
    event: OutboxEvent,
    recipient: str,
    letter: Letter,
    now: datetime,
    *,
    stop_id: UUID | None = None,
    session_id: UUID | None = None,
) -> None:
    post.write(
        session,
        organizer_id=event.organizer_id,
        event_id=event.id,
        recipient=recipient,
        letter=letter,
        stop_id=stop_id,
        session_id=session_id,
        now=now,
    )


def _held(session: Session, event: OutboxEvent, payload: Payload) -> Held:
    return queries.by_pass_id(
        session, organizer_id=event.organizer_id, pass_id=int(payload["pass_id"])
    )
