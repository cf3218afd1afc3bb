"""What is final: it moves on with the chain, never back, and only it lets money move."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.core.chain_events import PassEndFinal
from passes_service.db import outbox
from passes_service.db.models import ChainBlock, ChainContract, ChainCursor, ChainLog
from passes_service.indexer import cursor, entries
from passes_service.indexer.cursor import Lease, Position
from passes_service.indexer.entries import Entry

ENDS = {"PassRefunded": "refunded", "PassSurrendered": "surrendered"}
"""The logs that end a pass, and how."""


@dataclass(frozen=True, slots=True)
class Final:
    """A block that cannot be replaced any more."""

    number: int
    time: datetime


def advance(session: Session, lease: Lease, at: Position, *, final: int, now: datetime) -> int:
    """Move what is final up to block `final`, of those that are read; return where it stands.

    Ends of passes that become final are told, once, in the same transaction.
    """
    reached = _reached(session, lease.chain_id, final)
    if reached is None or reached.number <= at.finalized:
        return at.finalized
    session.execute(
        update(ChainCursor)
        .where(
            col(ChainCursor.chain_id) == lease.chain_id,
            col(ChainCursor.lease_owner) == lease.owner,
        )
        .values(finalized=reached.number, finalized_time=reached.time)
        .execution_options(synchronize_session=False)
    )
    cursor.forget_final(session, chain_id=lease.chain_id, finalized=reached.number)
    organizers = session.exec(
        select(ChainContract.organizer_id).where(ChainContract.chain_id == lease.chain_id)
    ).all()
    tell(
        session,
        chain_id=lease.chain_id,
        organizers=organizers,
        above=at.finalized,
        to=reached.number,
        now=now,
    )
    return reached.number


def tell(
    session: Session,
    *,
    chain_id: int,
    organizers: Collection[UUID],
    above: int,
    to: int,
    now: datetime,
) -> None:
    """Tell of every pass whose end is in a block in (above, to]."""
    rows = session.execute(
        entries.stored(
            col(ChainLog.organizer_id).in_(organizers),
            col(ChainLog.chain_id) == chain_id,
            col(ChainLog.block_number) > above,
            col(ChainLog.block_number) <= to,
            col(ChainLog.name).in_(ENDS),
        )
    )
    tell_of(session, entries.of_rows(rows), now=now)


def tell_of(session: Session, ended: Iterable[Entry], *, now: datetime) -> None:
    """Tell of every end of a pass among final entries."""
    outbox.add_all(
        session,
        [
            PassEndFinal(
                organizer_id=each.organizer_id,
                pass_id=str(each.token_id),
                how=ENDS[each.name],
                ended_at=each.block_time,
                amount=str(each.args.get("amount", 0)),
                transaction_hash=each.transaction_hash,
            )
            for each in ended
            if each.name in ENDS
        ],
        now=now,
    )


def _reached(session: Session, chain_id: int, final: int) -> Final | None:
    """Return the newest kept block that is final: of older ones the headers are gone."""
    found = session.exec(
        select(ChainBlock.number, ChainBlock.time)
        .where(ChainBlock.chain_id == chain_id, col(ChainBlock.number) <= final)
        .order_by(col(ChainBlock.number).desc())
        .limit(1)
    ).first()
    return None if found is None else Final(*found)
