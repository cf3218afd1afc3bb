"""Combined Drops: what part of the revenue a second organizer gets, agreed before anybody pays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import NotAllowed, NotFound
from passes_service.core.drop_events import DropShareAccepted
from passes_service.core.money import BASIS_POINTS, share
from passes_service.db import outbox
from passes_service.db.models import Drop, DropShare, DropStock, Order, Organizer, StaffMember
from passes_service.drops import marks
from passes_service.drops.errors import DropStateUnfit, ShareUnfit

MOST_PARTNERS = 10
SIGNERS = ("owner", "manager")


@dataclass(frozen=True)
class Settlement:
    """What a Drop sold and took, and what of it is whose: minor units by currency.

    `parts` holds each partner's floor of their share; `lead` is the rest, so that all parts add up
    to `revenue` exactly.
    """

    sold: int
    revenue: Mapping[str, int]
    parts: Mapping[UUID, Mapping[str, int]]
    lead: Mapping[str, int]


def offer(
    session: Session, drop: Drop, *, partner_id: UUID, share_bp: int, now: datetime
) -> DropShare:
    """Offer a partner a share of a Drop; until they accept it, the Drop does not open.

    Raises:
        NotFound: There is no such organizer.
        ShareUnfit: It is one's own, not above 0 %, more than is left, or somebody has bought.
    """
    _changeable(session, drop, now)
    if session.get(Organizer, partner_id) is None:
        raise NotFound("There is no such organizer.", field="shares")
    if partner_id == drop.organizer_id:
        raise ShareUnfit("What is not shared is yours already.", field="shares")
    others = [row for row in _of(session, drop) if row.partner_id != partner_id]
    free = BASIS_POINTS - sum(row.share_bp for row in others)
    if not 1 <= share_bp <= free:
        raise ShareUnfit(f"A share is between 0.01 % and {free / 100:g} % here.", field="shares")
    if len(others) >= MOST_PARTNERS:
        raise ShareUnfit(f"At most {MOST_PARTNERS} partners share a Drop.", field="shares")
    row = session.get(DropShare, (drop.organizer_id, drop.id, partner_id)) or DropShare(
        organizer_id=drop.organizer_id, drop_id=drop.id, partner_id=partner_id, share_bp=share_bp
    )
    row.share_bp, row.accepted_at, row.accepted_by = share_bp, None, ""
    session.add(row)
    _agree(session, drop, now)
    return row


def withdraw(session: Session, drop: Drop, *, partner_id: UUID, now: datetime) -> None:
    """Take a share back before anybody has bought.

    Raises:
        NotFound: This partner has none.
        ShareUnfit: Somebody has bought under it, or the Drop sells.
    """
    _changeable(session, drop, now)
    row = session.get(DropShare, (drop.organizer_id, drop.id, partner_id))
    if row is None:
        raise NotFound("This organizer has no share of this Drop.")
    session.delete(row)
    _agree(session, drop, now)


def accept(
    session: Session, *, lead_id: UUID, drop_id: UUID, caller: Caller, share_bp: int, now: datetime
) -> DropShare:
    """Accept a share as the partner; the last one to accept lets the Drop open at its time.

    Args:
        share_bp: What the partner saw. If the lead has changed it meanwhile, this is refused.

    Raises:
        NotAllowed: The caller is not an owner or manager, signed in as such.
        NotFound: This organizer was offered no share there.
        ShareUnfit: It is another share by now.
        DropStateUnfit: The Drop is over.
    """
    _require_signer(session, caller)
    drop = session.get(Drop, (lead_id, drop_id), with_for_update={"key_share": True})
    row = session.get(DropShare, (lead_id, drop_id, caller.organizer_id), populate_existing=True)
    if drop is None or row is None:
        raise NotFound("You were offered no share of such a Drop.")
    if row.share_bp != share_bp:
        raise ShareUnfit(f"The share offered is {row.share_bp / 100:g} % now: read it again.")
    if drop.state in ("closed", "settled"):
        raise DropStateUnfit("This Drop is over.", state=drop.state)
    if row.accepted_at is not None:
        return row
    row.accepted_at, row.accepted_by = now, caller.actor
    session.add(row)
    _agree(session, drop, now)
    outbox.add(
        session,
        DropShareAccepted(
            organizer_id=lead_id,
            drop_id=drop_id,
            partner_id=row.partner_id,
            share_bp=row.share_bp,
        ),
        now=now,
    )
    return row


def readable(session: Session, *, organizer_id: UUID, drop_id: UUID) -> Drop:
    """Return a Drop of this organizer, or one of which they accepted a share.

    Raises:
        NotFound: It is neither.
    """
    own = session.get(Drop, (organizer_id, drop_id))
    if own is not None:
        return own
    for row, drop in offered_to(session, partner_id=organizer_id):
        if drop.id == drop_id and row.accepted_at is not None:
            return drop
    raise NotFound("There is no such Drop here.")


def offered_to(session: Session, *, partner_id: UUID) -> Sequence[tuple[DropShare, Drop]]:
    """Return the shares that an organizer was offered by others, with their Drops, newest first."""
    return session.exec(
        select(DropShare, Drop)
        .join(
            Drop,
            (col(Drop.organizer_id) == col(DropShare.organizer_id))
            & (col(Drop.id) == col(DropShare.drop_id)),
        )
        .where(DropShare.partner_id == partner_id)
        .order_by(col(Drop.opens_at).desc(), col(Drop.id))
    ).all()


def settlement(session: Session, drop: Drop) -> Settlement:
    """Return what a Drop has sold and taken so far; it is final once the Drop is settled.

    Completed orders count with what was paid for them. What is refunded later by the Terms of a
    pass is not taken off here.
    """
    taken: dict[str, int] = defaultdict(int)
    orders = session.exec(
        select(Order.currency, Order.total_minor).where(
            Order.organizer_id == drop.organizer_id,
            Order.drop_id == drop.id,
            Order.state == "completed",
        )
    )
    for currency, minor in orders:  # added up here: SQLite keeps such numbers as text
        if minor:
            taken[currency] += minor
    sold = session.exec(
        select(DropStock.sold).where(
            DropStock.organizer_id == drop.organizer_id, DropStock.drop_id == drop.id
        )
    ).all()
    return split(sum(sold), taken, {row.partner_id: row.share_bp for row in _of(session, drop)})


def split(sold: int, revenue: Mapping[str, int], shares: Mapping[UUID, int]) -> Settlement:
    """Divide a revenue: partners get floor(amount * share), the lead all that is left."""
    parts = {
        partner: {currency: share(amount, bp) for currency, amount in revenue.items()}
        for partner, bp in shares.items()
    }
    lead = {
        currency: amount - sum(part[currency] for part in parts.values())
        for currency, amount in revenue.items()
    }
    return Settlement(sold, MappingProxyType(dict(revenue)), MappingProxyType(parts), lead)


def _of(session: Session, drop: Drop) -> Sequence[DropShare]:
    return session.exec(
        select(DropShare).where(
            DropShare.organizer_id == drop.organizer_id, DropShare.drop_id == drop.id
        )
    ).all()


def _changeable(session: Session, drop: Drop, now: datetime) -> None:
    """Hold the Drop, and refuse when it sells or has sold: its shares were published."""
    session.refresh(drop, with_for_update={"key_share": True})
    if drop.state in ("closed", "settled"):
        raise DropStateUnfit("This Drop is over.", state=drop.state)
    being_scheduled = drop.created_at == now  # in this very call: nobody can have bought
    if drop.agreed and now >= drop.opens_at and not being_scheduled:
        raise ShareUnfit("This Drop has opened: its shares stay as they were published.")


def _agree(session: Session, drop: Drop, now: datetime) -> None:
    """Note on the Drop whether every partner has accepted; the caller holds the Drop."""
    session.flush()
    agreed = all(row.accepted_at is not None for row in _of(session, drop))
    if agreed == drop.agreed:
        return
    drop.agreed, drop.version, drop.changed_at = agreed, drop.version + 1, now
    session.add(drop)
    session.flush()
    marks.followers(session, drop)


def _require_signer(session: Session, caller: Caller) -> None:
    """Refuse anybody but a signed-in owner or manager: a key must not sign for an organizer."""
    row = session.get(StaffMember, (caller.organizer_id, caller.id))
    if caller.kind != "staff" or row is None or row.role not in SIGNERS:
        raise NotAllowed("An owner or manager accepts a share, signed in.", needs="owner, manager")
