"""Orders follow the log: seen when a purchase is there, completed when it is final.

    open -> seen -> completed        seen -> open when the chain takes the purchase back
    open -> expired                  expired -> seen: an open sale takes late payments

A place that was held comes back only when a finalized block is past the deadline and its ticket
is not spent there: until then the wallet may still be buying.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import case, update
from sqlmodel import Session, col, select

from passes_service.core.chain_events import ChainOrderCompleted, ChainOrderExpired
from passes_service.db import outbox
from passes_service.db.models import ChainCursor, ChainLog, ChainOrder, ChainSeries, Series

SLACK: Final = timedelta(minutes=1)
"""How far the clocks of blocks may be behind ours."""
SPENT: Final = "TicketSpent"
_AT_ONCE: Final = 500
_UNPAID = ("open", "expired", "cancelled")


@dataclass(frozen=True, kw_only=True)
class Purchase:
    """Passes of one Series that one transaction minted, as the log has it."""

    organizer_id: UUID
    series_id: UUID
    chain_id: int
    transaction_hash: str
    buyer: str
    pass_ids: Sequence[int]


def purchased(session: Session, purchase: Purchase) -> list[ChainOrder]:
    """Find the orders that a purchase was made for, and note it there; safe to repeat.

    Spent tickets name theirs. A purchase in an open sale is that of the order of the same wallet
    and number of passes: the one whose browser named this transaction, or the oldest open one.
    Returns none for a purchase without an order, and for one that the chain has taken back.
    """
    mint = _mint(session, purchase)
    if mint is None:
        return []
    nonces = _nonces(
        session.exec(
            select(ChainLog).where(
                ChainLog.organizer_id == purchase.organizer_id,
                ChainLog.chain_id == purchase.chain_id,
                ChainLog.block_number == mint.block_number,
                ChainLog.transaction_hash == purchase.transaction_hash,
                ChainLog.name == SPENT,
            )
        )
    )
    if nonces:
        return [row for one in nonces for row in _by_nonce(session, purchase, mint, one)]
    known = session.exec(
        select(ChainOrder).where(
            ChainOrder.organizer_id == purchase.organizer_id,
            ChainOrder.transaction_hash == purchase.transaction_hash,
            ChainOrder.series_id == purchase.series_id,
        )
    ).all()
    if known:
        return _see(session, mint, *(col(ChainOrder.id) == row.id for row in known))
    while (chosen := _candidate(session, purchase, mint)) is not None:
        free = col(ChainOrder.transaction_hash).is_(None)
        found = _see(session, mint, col(ChainOrder.id) == chosen, free)
        if found:
            return found  # else another purchase took it meanwhile
    return []


def _mint(session: Session, purchase: Purchase) -> ChainLog | None:
    return session.exec(
        select(ChainLog).where(
            ChainLog.organizer_id == purchase.organizer_id,
            ChainLog.token_id == purchase.pass_ids[0],
            ChainLog.chain_id == purchase.chain_id,
            ChainLog.transaction_hash == purchase.transaction_hash,
        )
    ).first()


def _by_nonce(session: Session, purchase: Purchase, mint: ChainLog, nonce: int) -> list[ChainOrder]:
    return _see(
        session,
        mint,
        col(ChainOrder.nonce) == nonce,
        col(ChainOrder.series_id) == purchase.series_id,
    )


def _candidate(session: Session, purchase: Purchase, mint: ChainLog) -> UUID | None:
    told = case((col(ChainOrder.told_hash) == purchase.transaction_hash, 0), else_=1)
    open_first = case((col(ChainOrder.state) == "open", 0), else_=1)
    return session.exec(
        select(ChainOrder.id)
        .where(
            ChainOrder.organizer_id == purchase.organizer_id,
            ChainOrder.series_id == purchase.series_id,
            ChainOrder.buyer == purchase.buyer,
            ChainOrder.quantity == len(purchase.pass_ids),
            col(ChainOrder.state).in_(_UNPAID),
            col(ChainOrder.transaction_hash).is_(None),
            col(ChainOrder.created_at) <= mint.block_time + SLACK,
        )
        .order_by(told, open_first, col(ChainOrder.id))
        .limit(1)
    ).first()


def _see(session: Session, mint: ChainLog, *which: Any) -> list[ChainOrder]:
    """Note where the log has the purchase; what is completed stays as it is."""
    rows = session.scalars(
        update(ChainOrder)
        .where(
            col(ChainOrder.organizer_id) == mint.organizer_id,
            col(ChainOrder.chain_id) == mint.chain_id,
            col(ChainOrder.state).in_((*_UNPAID, "seen")),
            *which,
        )
        .values(
            state="seen",
            transaction_hash=mint.transaction_hash,
            block_number=mint.block_number,
            ended_at=None,
        )
        .returning(ChainOrder),
        execution_options={"populate_existing": True},
    )
    return list(rows)


def follow(session: Session, *, chain_id: int, now: datetime) -> int:
    """Bring the orders of a chain up to what its log and its finality say; return how many moved.

    Several workers may do this at once: each step is a conditional update.
    """
    cursor = session.get(ChainCursor, chain_id)
    if cursor is None:
        return 0
    moved = 0
    for order in _in_state(session, "seen", chain_id):
        moved += _follow_seen(session, order, cursor, now=now)
    # Behind the final block we have not read whether the ticket was spent before it.
    if cursor.finalized_time is not None and cursor.number >= cursor.finalized:
        moved += _expire(session, chain_id, cursor.finalized_time, now=now)
    return moved


def _in_state(session: Session, state: str, chain_id: int, *more: Any) -> Sequence[ChainOrder]:
    return session.exec(
        select(ChainOrder)
        .join(
            ChainSeries,
            (col(ChainSeries.organizer_id) == col(ChainOrder.organizer_id))
            & (col(ChainSeries.series_id) == col(ChainOrder.series_id)),
        )
        .where(ChainSeries.chain_id == chain_id, ChainOrder.state == state, *more)
        .order_by(col(ChainOrder.id))
        .limit(_AT_ONCE)
    ).all()


def _follow_seen(session: Session, order: ChainOrder, cursor: ChainCursor, *, now: datetime) -> int:
    logged = session.exec(
        select(ChainLog.id)
        .where(
            ChainLog.organizer_id == order.organizer_id,
            ChainLog.chain_id == order.chain_id,
            ChainLog.block_number == order.block_number,
            ChainLog.transaction_hash == order.transaction_hash,
        )
        .limit(1)
    ).first()
    if logged is None:
        gone: dict[str, Any] = {"transaction_hash": None, "block_number": None}
        return _move(session, order, "open", **gone)
    if (order.block_number or 0) > min(cursor.finalized, cursor.number):
        return 0
    if not _move(session, order, "completed", ended_at=now):
        return 0
    done = ChainOrderCompleted(organizer_id=order.organizer_id, order_id=order.id)
    outbox.add(session, done, now=now)
    return 1


def _move(session: Session, order: ChainOrder, state: str, **values: Any) -> int:
    """Change an order that nobody has changed since it was read."""
    row = session.execute(
        update(ChainOrder)
        .where(
            col(ChainOrder.organizer_id) == order.organizer_id,
            col(ChainOrder.id) == order.id,
            col(ChainOrder.state) == order.state,
            col(ChainOrder.block_number).is_not_distinct_from(order.block_number),
        )
        .values(state=state, **values)
        .returning(col(ChainOrder.id))
        .execution_options(synchronize_session=False)
    ).first()
    return 0 if row is None else 1


def _expire(session: Session, chain_id: int, final: datetime, *, now: datetime) -> int:
    """End orders that nobody can pay in time any more; held places come back."""
    due = _in_state(session, "open", chain_id, col(ChainOrder.deadline) <= final)
    moved = 0
    for series_id in {(order.organizer_id, order.series_id) for order in due}:
        orders = [one for one in due if (one.organizer_id, one.series_id) == series_id]
        spent = _spent(session, orders)
        for order in orders:
            log = spent.get(order.nonce)
            if log is None:
                moved += _end(session, order, now)
            else:  # its event is still on the way
                moved += len(_see(session, log, col(ChainOrder.id) == order.id))
    return moved


def _end(session: Session, order: ChainOrder, now: datetime) -> int:
    if not _move(session, order, "expired", ended_at=now):
        return 0
    ended = ChainOrderExpired(organizer_id=order.organizer_id, order_id=order.id)
    outbox.add(session, ended, now=now)
    return 1


def _spent(session: Session, orders: Sequence[ChainOrder]) -> dict[int, ChainLog]:
    first = orders[0]
    series = session.get_one(Series, (first.organizer_id, first.series_id))
    rows = session.exec(
        select(ChainLog).where(
            ChainLog.organizer_id == first.organizer_id,
            ChainLog.series_no == series.series_no,
            ChainLog.chain_id == first.chain_id,
            ChainLog.name == SPENT,
            col(ChainLog.block_time) >= min(one.created_at for one in orders) - SLACK,
        )
    )
    return {nonce: row for row in rows for nonce in _nonces([row])}


def _nonces(rows: Iterable[ChainLog]) -> list[int]:
    return [int(json.loads(row.args)["nonce"]) for row in rows]


def minted_by(session: Session, *, organizer_id: UUID, order_id: UUID) -> list[int]:
    """Return the pass ids that the purchase of an order minted, as the log has it."""
    order = session.get_one(ChainOrder, (organizer_id, order_id))
    series = session.get_one(Series, (organizer_id, order.series_id))
    rows = session.exec(
        select(ChainLog.token_id)
        .where(
            ChainLog.organizer_id == organizer_id,
            ChainLog.chain_id == order.chain_id,
            ChainLog.block_number == order.block_number,
            ChainLog.transaction_hash == order.transaction_hash,
            ChainLog.series_no == series.series_no,
            col(ChainLog.token_id).is_not(None),
        )
        .distinct()
    ).all()
    return sorted(row for row in rows if row is not None)
