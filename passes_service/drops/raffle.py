"""Raffles: one entry per person, under a commitment made before anyone could enter.

Entries close when the first phase for the drawn opens; without one, when the Drop closes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from passes_service.core import draw
from passes_service.db.models import (
    Drop,
    DropDraw,
    DropOffer,
    DropPhase,
    HolderEmail,
    HolderWallet,
    RaffleEntry,
    new_id,
)
from passes_service.db.upsert import insert_if_absent
from passes_service.drops.raffle_errors import (
    NoRaffle,
    RaffleEntryUnknown,
    RaffleNotOpen,
    RaffleOdd,
    RaffleOver,
    RaffleUnproved,
)

PAY_SECONDS = (300, 30 * 86_400)


def open_draw(
    session: Session,
    drop: Drop,
    *,
    source: str,
    chain_id: int | None = None,
    after: datetime | None = None,
    pay_seconds: int = 172_800,
    random: Callable[[int], bytes],
    now: datetime,
) -> DropDraw:
    """Commit to a secret and name where randomness will come from; a second call changes nothing.

    Args:
        source: "block", or "none": then the page says that the organizer could steer the draw.
        chain_id: Of which chain the block is.
        after: The first finalized block later than this counts. Not before entries close, which
            is also what counts if it is left out.
        pay_seconds: How long somebody who was drawn may take to buy.

    Raises:
        RaffleOdd: One of these does not fit, or entries could have been made already.
    """
    ends = entries_close_at(session, drop)
    if now >= drop.opens_at:
        raise RaffleOdd("A draw is committed to before entries open.", field="opens_at")
    if source not in ("block", "none"):
        raise RaffleOdd("Randomness comes from a block, or from none.", field="source")
    if not PAY_SECONDS[0] <= pay_seconds <= PAY_SECONDS[1]:
        raise RaffleOdd("Leave them 5 minutes to 30 days to buy.", field="pay_seconds")
    if source == "block":
        after = ends if after is None else after
        if chain_id is None:
            raise RaffleOdd("Name the chain of the block.", field="chain_id")
        if after < ends:
            raise RaffleOdd("The block must come after entries have closed.", field="after")
    else:
        chain_id = after = None
    secret = random(draw.SECRET_LENGTH)
    fresh = DropDraw(
        organizer_id=drop.organizer_id,
        drop_id=drop.id,
        secret=secret,
        commitment=draw.commitment(secret).hex(),
        source=source,
        chain_id=chain_id,
        after=after,
        pay_seconds=pay_seconds,
    )
    insert_if_absent(session, DropDraw, fresh.model_dump())
    return draw_of(session, drop)


def draw_of(session: Session, drop: Drop) -> DropDraw:
    """Return the draw of a Drop.

    Raises:
        NoRaffle: Nothing is drawn there.
    """
    found = session.get(DropDraw, (drop.organizer_id, drop.id), populate_existing=True)
    if found is None:
        raise NoRaffle("The places of this Drop are not drawn.")
    return found


def entries_close_at(session: Session, drop: Drop) -> datetime:
    """Return until when one may enter."""
    first = session.exec(
        select(func.min(DropPhase.opens_at)).where(
            DropPhase.organizer_id == drop.organizer_id,
            DropPhase.drop_id == drop.id,
            DropPhase.kind == "drawn",
        )
    ).one()
    return first or drop.closes_at


def enter(
    session: Session,
    drop: Drop,
    *,
    holder_id: UUID,
    offer_id: UUID | None,
    random: Callable[[int], bytes],
    now: datetime,
) -> RaffleEntry:
    """Enter a signed-in holder, or return the entry they have: entering twice is entering once.

    Args:
        offer_id: What they would buy; None where there is one offer only.

    Raises:
        NoRaffle: Nothing is drawn here.
        RaffleNotOpen, RaffleOver: Not now.
        RaffleUnproved: They proved no address, so one person could enter many times.
        RaffleOdd: The Drop has no such offer.
    """
    draw_of(session, drop)
    found = find(session, drop, holder_id=holder_id)
    if found is not None:
        return found
    _check_open(session, drop, now)
    _check_proved(session, drop.organizer_id, holder_id)
    offer = _offer(session, drop, offer_id)
    # Held until this is committed: who closes waits for us, and we wait for who closes.
    unclosed = session.exec(
        select(DropDraw.drop_id)
        .where(
            DropDraw.organizer_id == drop.organizer_id,
            DropDraw.drop_id == drop.id,
            col(DropDraw.closed_at).is_(None),
        )
        .with_for_update(read=True)
    ).first()
    if unclosed is None:
        raise RaffleOver("Entries have just closed.")
    entry_id, salt = new_id(), random(draw.SALT_LENGTH)
    fresh = RaffleEntry(
        organizer_id=drop.organizer_id,
        id=entry_id,
        drop_id=drop.id,
        holder_id=holder_id,
        offer_id=offer,
        salt=salt,
        leaf=draw.leaf(drop.id, entry_id, offer, salt).hex(),
        created_at=now,
    )
    if insert_if_absent(session, RaffleEntry, fresh.model_dump()):
        return fresh
    return own(session, drop, holder_id=holder_id)


def are_over(session: Session, drop: Drop, *, now: datetime) -> bool:
    """Tell whether nobody may enter any more."""
    return drop.ended_at is not None or now >= entries_close_at(session, drop)


def find(session: Session, drop: Drop, *, holder_id: UUID) -> RaffleEntry | None:
    """Return somebody's entry, if they entered."""
    return session.exec(
        select(RaffleEntry).where(
            RaffleEntry.organizer_id == drop.organizer_id,
            RaffleEntry.drop_id == drop.id,
            RaffleEntry.holder_id == holder_id,
        )
    ).first()


def own(session: Session, drop: Drop, *, holder_id: UUID) -> RaffleEntry:
    """Return somebody's entry.

    Raises:
        RaffleEntryUnknown: They did not enter.
    """
    found = find(session, drop, holder_id=holder_id)
    if found is None:
        raise RaffleEntryUnknown("There is no entry of this account.")
    return found


def count(session: Session, drop: Drop) -> int:
    """Return how many have entered."""
    return session.exec(
        select(func.count())
        .select_from(RaffleEntry)
        .where(RaffleEntry.organizer_id == drop.organizer_id, RaffleEntry.drop_id == drop.id)
    ).one()


def mark_taken(session: Session, *, organizer_id: UUID, drop_id: UUID, holder_id: UUID) -> bool:
    """Record that somebody who was drawn has bought; the checkout calls it on completion.

    A payment that came late and found its place still there counts too. Tells whether there was
    such an entry.
    """
    taken = session.execute(
        update(RaffleEntry)
        .where(
            col(RaffleEntry.organizer_id) == organizer_id,
            col(RaffleEntry.drop_id) == drop_id,
            col(RaffleEntry.holder_id) == holder_id,
            col(RaffleEntry.state).in_(("won", "lapsed")),
        )
        .values(state="taken")
        .returning(col(RaffleEntry.id))
    ).first()
    return taken is not None


def _check_open(session: Session, drop: Drop, now: datetime) -> None:
    if are_over(session, drop, now=now) or drop.state in ("closed", "settled"):
        raise RaffleOver("Entries have closed.")
    if now < drop.opens_at or not drop.agreed:
        raise RaffleNotOpen("Entries have not opened yet.")
    if drop.state == "paused":
        raise RaffleNotOpen("The organizer has paused this Drop.")


def _check_proved(session: Session, organizer_id: UUID, holder_id: UUID) -> None:
    for table in (HolderEmail, HolderWallet):
        proved = session.exec(
            select(table.id)
            .where(
                table.organizer_id == organizer_id,
                table.holder_id == holder_id,
                col(table.verified_at).is_not(None),
            )
            .limit(1)
        ).first()
        if proved is not None:
            return
    raise RaffleUnproved("Nobody has proved an address of this account.")


def _offer(session: Session, drop: Drop, offer_id: UUID | None) -> UUID:
    offers = session.exec(
        select(DropOffer.id).where(
            DropOffer.organizer_id == drop.organizer_id, DropOffer.drop_id == drop.id
        )
    ).all()
    if offer_id is None and len(offers) == 1:
        return offers[0]
    if offer_id is None or offer_id not in offers:
        raise RaffleOdd("Choose one of the offers of this Drop.", field="offer_id")
    return offer_id
