"""Places of a raffle: only those who were drawn buy, the one place that they were drawn for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from passes_service.accounts.errors import FieldRefused
from passes_service.checkout.errors import RaffleInstead
from passes_service.db.models import Drop, DropPhase
from passes_service.drops import phases, raffle
from passes_service.drops.reading import Offered, Shop


def selling(shop: Shop, now: datetime) -> tuple[DropPhase, ...]:
    """Return the phases in which places are sold now; in a raffle those for the drawn alone."""
    found = phases.open_phases(shop, now)
    if shop.drop.mode != "raffle":
        return found
    return tuple(phase for phase in found if phase.kind == "drawn")


def check(
    session: Session,
    shop: Shop,
    offer: Offered,
    quantity: int,
    holder_id: UUID | None,
    *,
    now: datetime,
) -> None:
    """Refuse whoever was not drawn for this offer, or wants more than one place.

    Raises:
        RaffleInstead: Entries are still open, or this person was not drawn (for this).
        FieldRefused: More than one place.
    """
    if not selling(shop, now):
        raise RaffleInstead("Places of this Drop are drawn; those who are drawn buy afterwards.")
    entry = None if holder_id is None else raffle.find(session, shop.drop, holder_id=holder_id)
    if entry is None or entry.state not in ("won", "taken"):
        raise RaffleInstead("You have not been drawn. If a place comes back, the next ones are.")
    if entry.offer_id != offer.row.id:
        raise RaffleInstead("You were drawn for another offer of this Drop.")
    if quantity != 1:
        raise FieldRefused("One place for each who was drawn.", field="quantity")


def may_buy(session: Session, drop: Drop, holder_id: UUID) -> bool:
    """Tell whether somebody may (still) buy here: in a raffle only who is drawn and has time."""
    if drop.mode != "raffle":
        return True
    entry = raffle.find(session, drop, holder_id=holder_id)
    return entry is not None and entry.state == "won"


def limit(drop: Drop) -> int:
    """Return how many places one person may have in a Drop."""
    return 1 if drop.mode == "raffle" else drop.per_holder
