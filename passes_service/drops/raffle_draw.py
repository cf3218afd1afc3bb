"""The steps of a raffle: entries close, the order is drawn, who does not buy makes room.

Each step is one conditional update of the draw's row, so two workers do it once. What a step fixed
is never written again: the root at closing, the secret's order at the draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Update, exists, func, update
from sqlmodel import Session, col, select

from passes_service.core import draw
from passes_service.core.raffle_events import RaffleClosed, RaffleDrawn, RaffleLapsed, RaffleWon
from passes_service.db import bulk, outbox
from passes_service.db.models import Drop, DropDraw, DropPhase, Order, RaffleEntry
from passes_service.drops import raffle, reading
from passes_service.drops.reading import Shop

PAYING = ("held", "placed", "completed")


def uncommitted(session: Session, *, until: datetime, now: datetime) -> Sequence[Drop]:
    """Return the raffles that open after `now` and by `until` without a draw."""
    draws = exists().where(
        col(DropDraw.organizer_id) == col(Drop.organizer_id),
        col(DropDraw.drop_id) == col(Drop.id),
    )
    return session.exec(
        select(Drop).where(
            Drop.mode == "raffle", Drop.opens_at > now, Drop.opens_at <= until, ~draws
        )
    ).all()


def to_close(session: Session, *, now: datetime) -> list[Drop]:
    """Return the Drops whose entries are over and not closed."""
    rows = session.exec(_drops().where(col(DropDraw.closed_at).is_(None), Drop.opens_at <= now))
    return [drop for drop, _ in rows if raffle.are_over(session, drop, now=now)]


def to_draw(session: Session, *, now: datetime) -> list[tuple[Drop, DropDraw]]:
    """Return what is closed and can be drawn as far as time goes."""
    rows = session.exec(
        _drops().where(col(DropDraw.closed_at).is_not(None), col(DropDraw.drawn_at).is_(None))
    )
    return [(drop, row) for drop, row in rows if row.after is None or now > row.after]


def to_lapse(session: Session, *, now: datetime) -> list[Drop]:
    """Return the Drops where somebody who was drawn has not bought in time."""
    late = (
        exists()
        .where(
            col(RaffleEntry.organizer_id) == col(DropDraw.organizer_id),
            col(RaffleEntry.drop_id) == col(DropDraw.drop_id),
            col(RaffleEntry.state) == "won",
            col(RaffleEntry.pay_until) <= now,
        )
        .correlate(DropDraw)
    )
    rows = session.exec(_drops().where(col(DropDraw.drawn_at).is_not(None), late))
    return [drop for drop, _ in rows]


def close(session: Session, drop: Drop, *, now: datetime) -> DropDraw | None:
    """Fix the root over all entries, once; None if that was done before, or is not due.

    Entries that are being written are waited for; whoever comes later is refused.
    """
    if not raffle.are_over(session, drop, now=now):
        return None
    taken = session.scalars(
        _draw(drop)
        .where(col(DropDraw.closed_at).is_(None))
        .values(closed_at=now)
        .returning(DropDraw),
        execution_options={"populate_existing": True},
    ).first()
    if taken is None:
        return None
    leaves = _leaves(session, drop)
    root = draw.root(bytes.fromhex(one) for one in leaves).hex()
    session.execute(_draw(drop).values(root=root, entries=len(leaves)))
    event = RaffleClosed(
        organizer_id=drop.organizer_id, drop_id=drop.id, root=root, entries=len(leaves)
    )
    outbox.add(session, event, now=now)
    return raffle.draw_of(session, drop)


def hold_draw(
    session: Session,
    drop: Drop,
    *,
    randomness: bytes = b"",
    block_number: int | None = None,
    now: datetime,
) -> int | None:
    """Draw the order, once; return how many won at once, or None if it was drawn before.

    Args:
        randomness: The hash of the block that was named, or nothing where none was.
    """
    taken = session.scalars(
        _draw(drop)
        .where(col(DropDraw.closed_at).is_not(None), col(DropDraw.drawn_at).is_(None))
        .values(
            drawn_at=now,
            block_number=block_number,
            randomness=f"0x{randomness.hex()}" if randomness else "",
        )
        .returning(DropDraw),
        execution_options={"populate_existing": True},
    ).first()
    if taken is None:
        return None
    if (taken.source == "block") != bool(randomness):
        raise ValueError("The randomness is not from the source that was named.")
    seed = draw.seed(taken.secret, bytes.fromhex(taken.root), randomness)
    order = [
        one.hex() for one in draw.ranking(list(map(bytes.fromhex, _leaves(session, drop))), seed)
    ]
    winners = _write(session, drop, taken, order, now)
    session.execute(_draw(drop).values(seed=seed.hex()))
    event = RaffleDrawn(
        organizer_id=drop.organizer_id, drop_id=drop.id, seed=seed.hex(), winners=winners
    )
    outbox.add(session, event, now=now)
    return winners


def _write(session: Session, drop: Drop, row: DropDraw, order: Sequence[str], now: datetime) -> int:
    """Write ranks and who may buy; tell the winners."""
    entries = {one.leaf: one for one in _entries(session, drop)}
    shop = reading.of(session, drop)
    free = {stock.id: stock.left for stock in shop.stocks}
    until = _pay_until(session, drop, row, now)
    rows: list[dict[str, Any]] = []
    won: list[RaffleEntry] = []
    for rank, leaf in enumerate(order, 1):
        entry = entries[leaf]
        wins = _take(shop, entry.offer_id, free)
        if wins:
            won.append(entry)
        rows.append(
            {
                "organizer_id": entry.organizer_id,
                "id": entry.id,
                "rank": rank,
                "state": "won" if wins else "waiting",
                "pay_until": until if wins else None,
            }
        )
    bulk.update_rows(session, RaffleEntry, rows, names=("rank", "state", "pay_until"))
    outbox.add_all(session, [_won(entry, until) for entry in won], now=now)
    return len(won)


def _take(shop: Shop, offer_id: UUID, free: dict[UUID, int]) -> bool:
    """Take one unit of an offer from what is free, if there is one."""
    offer = shop.offer(offer_id)
    stocks = [part.stock.id for part in offer.parts]
    if offer.row.kind == "edition":
        stocks = [one for one in stocks if free[one] > 0][:1]
    if not stocks or any(free[one] < 1 for one in stocks):
        return False
    for one in stocks:
        free[one] -= 1
    return True


def lapse(session: Session, drop: Drop, *, now: datetime) -> int:
    """Give places that were not bought in time to the next in rank; return how many lapsed.

    Somebody whose order is under way is not late. Under the row of the draw, one at a time.
    """
    row = session.exec(
        select(DropDraw)
        .where(DropDraw.organizer_id == drop.organizer_id, DropDraw.drop_id == drop.id)
        .with_for_update()
    ).one()
    buying = exists().where(
        col(Order.organizer_id) == col(RaffleEntry.organizer_id),
        col(Order.drop_id) == col(RaffleEntry.drop_id),
        col(Order.holder_id) == col(RaffleEntry.holder_id),
        col(Order.state).in_(PAYING),
    )
    late = session.scalars(
        _entry(drop)
        .where(col(RaffleEntry.state) == "won", col(RaffleEntry.pay_until) <= now, ~buying)
        .values(state="lapsed")
        .returning(RaffleEntry)
        .execution_options(populate_existing=True)
    ).all()
    until = _pay_until(session, drop, row, now)
    for entry in late:
        event = RaffleLapsed(
            organizer_id=drop.organizer_id,
            drop_id=drop.id,
            holder_id=entry.holder_id,
            entry_id=entry.id,
        )
        outbox.add(session, event, now=now)
        if until > now:
            _promote(session, drop, entry.offer_id, until, now)
    return len(late)


def _promote(session: Session, drop: Drop, offer_id: UUID, until: datetime, now: datetime) -> None:
    """Let the next in rank for the same offer win."""
    following = (
        select(func.min(RaffleEntry.rank))
        .where(
            RaffleEntry.organizer_id == drop.organizer_id,
            RaffleEntry.drop_id == drop.id,
            RaffleEntry.offer_id == offer_id,
            RaffleEntry.state == "waiting",
        )
        .scalar_subquery()
    )
    found = session.scalars(
        _entry(drop)
        .where(col(RaffleEntry.state) == "waiting", col(RaffleEntry.rank) == following)
        .values(state="won", pay_until=until)
        .returning(RaffleEntry)
        .execution_options(populate_existing=True)
    ).first()
    if found is not None:
        outbox.add(session, _won(found, until), now=now)


def _won(entry: RaffleEntry, until: datetime) -> RaffleWon:
    return RaffleWon(
        organizer_id=entry.organizer_id,
        drop_id=entry.drop_id,
        holder_id=entry.holder_id,
        entry_id=entry.id,
        pay_until=until,
    )


def _pay_until(session: Session, drop: Drop, row: DropDraw, now: datetime) -> datetime:
    """Return until when who wins now may buy: not longer than the phase for the drawn is open."""
    wanted = now + timedelta(seconds=row.pay_seconds)
    ends = session.exec(
        select(func.max(DropPhase.closes_at)).where(
            DropPhase.organizer_id == drop.organizer_id,
            DropPhase.drop_id == drop.id,
            DropPhase.kind == "drawn",
        )
    ).one()
    return wanted if ends is None else min(wanted, ends)


def _leaves(session: Session, drop: Drop) -> Sequence[str]:
    return session.exec(
        select(RaffleEntry.leaf)
        .where(RaffleEntry.organizer_id == drop.organizer_id, RaffleEntry.drop_id == drop.id)
        .order_by(col(RaffleEntry.leaf))
    ).all()


def _entries(session: Session, drop: Drop) -> Sequence[RaffleEntry]:
    return session.exec(
        select(RaffleEntry).where(
            RaffleEntry.organizer_id == drop.organizer_id, RaffleEntry.drop_id == drop.id
        )
    ).all()


def _drops() -> Any:
    return select(Drop, DropDraw).join(
        DropDraw,
        (col(DropDraw.organizer_id) == col(Drop.organizer_id))
        & (col(DropDraw.drop_id) == col(Drop.id)),
    )


def _draw(drop: Drop) -> Update:
    return update(DropDraw).where(
        col(DropDraw.organizer_id) == drop.organizer_id, col(DropDraw.drop_id) == drop.id
    )


def _entry(drop: Drop) -> Update:
    return update(RaffleEntry).where(
        col(RaffleEntry.organizer_id) == drop.organizer_id, col(RaffleEntry.drop_id) == drop.id
    )
