"""Where a chain has been read to, and who reads it: one at a time, by a lease on the cursor's row.

Reading asks the network, so no transaction can hold the row meanwhile. Instead every transaction
that writes begins with `hold`: it moves the lease forward only if it is still ours and the cursor
stands where the reading began. A worker that lost its lease, or slept too long, cannot write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Update, case, delete, or_, update
from sqlmodel import Session, col, func, select

from passes_service.db import bulk
from passes_service.db.models import ChainBlock, ChainContract, ChainCursor
from passes_service.db.upsert import insert_if_absent
from passes_service.indexer.errors import LeaseLost
from passes_service.indexer.headers import Header

LEASE = timedelta(seconds=30)
NOT_BEGUN = -1
_TROUBLE = 300


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write what a chain says."""

    chain_id: int
    owner: str


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract to read, and how far it has been read."""

    organizer_id: UUID
    id: UUID
    address: str
    first_block: int
    read_to: int

    def lacks(self, number: int) -> bool:
        """Tell whether blocks up to `number` hold logs of it that are not in the book."""
        return max(self.read_to, self.first_block - 1) < number

    @property
    def next_block(self) -> int:
        """The first block that is still to be read for it."""
        return max(self.read_to + 1, self.first_block)


@dataclass(frozen=True, slots=True)
class Position:
    """Where the cursor stands, and what follows it.

    `number` is -1 before the first block is read; `finalized` is the highest block that counts as
    final and whose logs are in the book.
    """

    number: int
    hash: str
    finalized: int
    contracts: tuple[Contract, ...]


def take(
    session: Session, *, chain_id: int, owner: str, now: datetime, force: bool = False
) -> bool:
    """Become the one who reads a chain, or stay it; False if another one is.

    `force` takes it from a living reader, which then cannot write any more.
    """
    fresh = ChainCursor(chain_id=chain_id, number=NOT_BEGUN, hash="")
    insert_if_absent(session, ChainCursor, fresh.model_dump())
    free = or_(
        col(ChainCursor.lease_owner).in_(["", owner]),
        col(ChainCursor.lease_until).is_(None),
        col(ChainCursor.lease_until) <= now,
    )
    statement = update(ChainCursor).where(col(ChainCursor.chain_id) == chain_id)
    taken = session.execute(
        (statement if force else statement.where(free))
        .values(lease_owner=owner, lease_until=now + LEASE)
        .returning(col(ChainCursor.chain_id))
    )
    return taken.first() is not None


def release(session: Session, lease: Lease) -> None:
    """Let the next one read at once."""
    session.execute(_mine(lease).values(lease_owner="", lease_until=None))


def hold(session: Session, lease: Lease, at: Position, *, now: datetime) -> None:
    """Begin a transaction that writes what a chain says.

    Raises:
        LeaseLost: Another one reads it now, or has moved the cursor.
    """
    here = (col(ChainCursor.number) == at.number, col(ChainCursor.hash) == at.hash)
    held = session.execute(
        _mine(lease)
        .where(*here)
        .values(lease_until=now + LEASE)
        .returning(col(ChainCursor.chain_id))
    )
    if held.first() is None:
        raise LeaseLost


def position(session: Session, *, chain_id: int) -> Position:
    """Return where a chain's cursor stands."""
    row = session.get(ChainCursor, chain_id, populate_existing=True)
    contracts = session.exec(
        select(ChainContract)
        .where(ChainContract.chain_id == chain_id)
        .order_by(col(ChainContract.organizer_id))
        .execution_options(populate_existing=True)
    )
    followed = tuple(
        Contract(each.organizer_id, each.id, each.address, each.first_block, each.read_to)
        for each in contracts
    )
    if row is None:
        return Position(NOT_BEGUN, "", 0, followed)
    return Position(row.number, row.hash, row.finalized, followed)


def move(
    session: Session, lease: Lease, *, to: Header, head: int, contracts: Sequence[Contract],
    now: datetime,
) -> None:  # fmt: skip
    """Put the cursor behind a block whose logs are in the book for these contracts."""
    session.execute(
        _mine(lease).values(number=to.number, hash=to.hash, head=head, read_at=now, trouble="")
    )
    read(session, contracts, to=to.number)


def read(session: Session, contracts: Sequence[Contract], *, to: int) -> None:
    """Note that the logs of contracts are in the book up to a block."""
    keys = [{"organizer_id": each.organizer_id, "id": each.id, "read_to": to} for each in contracts]
    bulk.update_rows(session, ChainContract, keys, names=("read_to",))


def limit_final(session: Session, lease: Lease, *, to: int) -> None:
    """Take finality back to a block: only after a person had everything read anew."""
    final = case((col(ChainCursor.finalized) > to, to), else_=col(ChainCursor.finalized))
    session.execute(_mine(lease).values(finalized=final))


def tell(session: Session, lease: Lease, trouble: str, *, now: datetime) -> None:
    """Write down what stands in the way of reading, for people."""
    session.execute(_mine(lease).values(trouble=trouble[:_TROUBLE], read_at=now))


def headers_of(session: Session, *, chain_id: int) -> list[tuple[int, str]]:
    """Return the number and hash of every kept header, newest first."""
    rows = session.exec(
        select(ChainBlock.number, ChainBlock.hash)
        .where(ChainBlock.chain_id == chain_id)
        .order_by(col(ChainBlock.number).desc())
    )
    return [(number, hash_) for number, hash_ in rows]


def keep(session: Session, *, chain_id: int, headers: Sequence[Header]) -> None:
    """Store headers that may still be replaced."""
    rows = [
        {
            "chain_id": chain_id,
            "number": each.number,
            "hash": each.hash,
            "parent_hash": each.parent_hash,
            "time": each.time,
        }
        for each in headers
    ]
    bulk.insert_absent(session, ChainBlock, rows)


def forget_above(session: Session, *, chain_id: int, number: int) -> None:
    """Drop headers of replaced blocks."""
    session.execute(
        delete(ChainBlock).where(
            col(ChainBlock.chain_id) == chain_id, col(ChainBlock.number) > number
        )
    )


def forget_final(session: Session, *, chain_id: int, finalized: int) -> None:
    """Drop headers below the last final one, which stays: a fork can only begin at it."""
    anchor = (
        select(func.max(ChainBlock.number))
        .where(ChainBlock.chain_id == chain_id, col(ChainBlock.number) <= finalized)
        .scalar_subquery()
    )
    session.execute(
        delete(ChainBlock).where(
            col(ChainBlock.chain_id) == chain_id, col(ChainBlock.number) < anchor
        )
    )


def _mine(lease: Lease) -> Update:
    return update(ChainCursor).where(
        col(ChainCursor.chain_id) == lease.chain_id, col(ChainCursor.lease_owner) == lease.owner
    )
