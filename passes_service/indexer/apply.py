"""One window of a chain becomes rows, books and events, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from passes_service.db import bulk
from passes_service.db.models import ChainLog
from passes_service.indexer import (
    accounts_book,
    cursor,
    entries,
    finality,
    fold,
    rollback,
    series_books,
)
from passes_service.indexer.cursor import Contract, Lease, Position
from passes_service.indexer.entries import Entry
from passes_service.indexer.window import SeriesKey, Window
from passes_service.passes import custody, settling


@dataclass
class Applied:
    """What a transaction did, for people: counts, and where book and chain had differed."""

    first: int = 0
    last: int = 0
    logs: int = 0
    taken_back: int = 0
    differences: list[str] = field(default_factory=list)


def window(
    session: Session,
    lease: Lease,
    at: Position,
    found: Window,
    *,
    contracts: Sequence[Contract],
    head: int,
    final: int,
    shared: int | None = None,
    now: datetime,
) -> Applied:
    """Take what was read into the book and put the cursor behind it.

    Args:
        contracts: Those whose logs were asked for.
        shared: After a fork, the last block that both chains have: what is above it goes first,
            in this same transaction, so that nobody sees a moment in between.

    Raises:
        LeaseLost: Another worker reads this chain now; nothing was changed.
        HolderMerged: An account was joined with another one just now; try again.
    """
    cursor.hold(session, lease, at, now=now)
    went: list[Entry] = []
    if shared is not None:
        went = rollback.take_out(session, chain_id=lease.chain_id, above=shared)
        cursor.forget_above(session, chain_id=lease.chain_id, number=shared)
    done = _book(session, lease.chain_id, found, contracts, went, now=now)
    cursor.keep(session, chain_id=lease.chain_id, headers=found.headers)
    cursor.move(session, lease, to=found.last, head=head, contracts=contracts, now=now)
    finality.advance(session, lease, at, final=min(final, found.last.number), now=now)
    return done


def backfill(
    session: Session,
    lease: Lease,
    at: Position,
    found: Window,
    *,
    contract: Contract,
    now: datetime,
) -> Applied:
    """Take blocks into the book that a contract, added late, had not been read in.

    Raises:
        LeaseLost, HolderMerged: As `window`.
    """
    cursor.hold(session, lease, at, now=now)
    done = _book(session, lease.chain_id, found, [contract], [], now=now)
    cursor.read(session, [contract], to=found.last.number)
    finality.tell(
        session,
        chain_id=lease.chain_id,
        organizers=[contract.organizer_id],
        above=found.first - 1,
        to=min(found.last.number, at.finalized),
        now=now,
    )
    return done


def _book(
    session: Session,
    chain_id: int,
    found: Window,
    contracts: Sequence[Contract],
    went: Sequence[Entry],
    *,
    now: datetime,
) -> Applied:
    came = entries.of_events(
        found.events,
        chain_id=chain_id,
        times=found.times,
        organizers={each.address: each.organizer_id for each in contracts},
    )
    bulk.insert_rows(session, ChainLog, entries.rows(came))
    done = Applied(found.first, found.last.number, len(came), len(went))
    addresses = {each.organizer_id: each.address for each in contracts}
    for organizer_id, (new, old) in _by_organizer(came, went).items():
        done.differences += book(
            session, organizer_id, chain_id, came=new, went=old, kept=found.terms,
            addresses=addresses, now=now,
        )  # fmt: skip
    return done


def _by_organizer(
    came: Sequence[Entry], went: Sequence[Entry]
) -> dict[UUID, tuple[list[Entry], list[Entry]]]:
    found: dict[UUID, tuple[list[Entry], list[Entry]]] = {}
    for place, some in enumerate((came, went)):
        for each in some:
            found.setdefault(each.organizer_id, ([], []))[place].append(each)
    return dict(sorted(found.items()))


def book(
    session: Session,
    organizer_id: UUID,
    chain_id: int,
    *,
    came: Sequence[Entry],
    went: Sequence[Entry],
    kept: Mapping[SeriesKey, dict[str, Any]],
    addresses: Mapping[UUID, str],
    now: datetime,
) -> list[str]:
    """Bring an organizer's books up to entries that came and went; return what differed."""
    touched = [*went, *came]
    numbers = {each.series_no for each in touched if each.series_no is not None}
    placed = series_books.load(
        session, organizer_id=organizer_id, chain_id=chain_id, numbers=numbers
    )
    said = series_books.publish(
        session, chain_id=chain_id, placed=placed, touched=touched, kept=kept, addresses=addresses
    )
    for some, sign in ((went, -1), (came, 1)):
        accounts_book.count_badges(
            session, organizer_id=organizer_id, chain_id=chain_id, entries=some, sign=sign
        )
    accounts_book.follow_owner(
        session, organizer_id=organizer_id, chain_id=chain_id, came=came, went=went
    )
    followed = {number: each.series for number, each in placed.items() if each.followed}
    lost = {each.token_id for each in went if each.is_pass and each.token_id is not None}
    happened = fold.happenings(came)
    said += custody.follow(
        session,
        organizer_id=organizer_id,
        chain_id=chain_id,
        what=[each for each in happened if each.pass_id not in lost],
        series=followed,
        now=now,
    )
    if lost:
        said += settling.settle(
            session,
            organizer_id=organizer_id,
            chain_id=chain_id,
            states=rollback.states_of(session, organizer_id, chain_id, lost),
            came=[each for each in happened if each.pass_id in lost],
            series=followed,
            why="The chain was reorganised",
            now=now,
        )
    # Last: a Series' own row must not be written by two hands at once.
    for some, sign in ((went, -1), (came, 1)):
        series_books.count(placed, some, sign=sign)
    session.flush()
    return said
