"""The published file of a raffle: everything that anyone needs to repeat the draw, nothing else."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.core import draw_file
from passes_service.core.draw_file import DrawFile
from passes_service.db.models import Drop, RaffleEntry
from passes_service.drops import raffle


def of(session: Session, drop: Drop) -> DrawFile:
    """Return what may be published now: leaves after the closing, the secret after the draw.

    Raises:
        NoRaffle: Nothing is drawn in this Drop.
    """
    row = raffle.draw_of(session, drop)
    drawn, closed = row.drawn_at is not None, row.closed_at is not None
    randomness = bytes.fromhex(row.randomness.removeprefix("0x"))
    block = None
    if row.block_number is not None:
        block = draw_file.Block(row.block_number, randomness)
    return DrawFile(
        organizer_id=drop.organizer_id,
        drop_id=drop.id,
        commitment=bytes.fromhex(row.commitment),
        source=draw_file.Source(row.source, row.chain_id, row.after),
        entries_close_at=raffle.entries_close_at(session, drop),
        closed_at=row.closed_at,
        entries=row.entries,
        root=bytes.fromhex(row.root),
        block=block,
        randomness=randomness,
        secret=row.secret if drawn else b"",
        seed=bytes.fromhex(row.seed),
        drawn_at=row.drawn_at,
        leaves=_leaves(session, drop.organizer_id, drop.id) if closed else (),
    )


def _leaves(session: Session, organizer_id: UUID, drop_id: UUID) -> tuple[draw_file.Entry, ...]:
    rows = session.exec(
        select(RaffleEntry.leaf, RaffleEntry.offer_id, RaffleEntry.rank, RaffleEntry.state)
        .where(RaffleEntry.organizer_id == organizer_id, RaffleEntry.drop_id == drop_id)
        .order_by(col(RaffleEntry.leaf))
    )
    return tuple(
        draw_file.Entry(bytes.fromhex(leaf), offer_id, rank, state)
        for leaf, offer_id, rank, state in rows
    )
