"""Everything of a chain read anew, compared with what is stored, and put right where it differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from passes_service.db import bulk
from passes_service.db.models import BadgeBalance, ChainLog, ChainSeries, Pass, Series
from passes_service.indexer import accounts_book, cursor, entries, finality, fold, series_books
from passes_service.indexer.cursor import Contract, Lease, Position
from passes_service.indexer.entries import Entry
from passes_service.indexer.series_books import Placed
from passes_service.indexer.window import SeriesKey, Window
from passes_service.passes import settling

WHY = "The chain was read anew"
_COUNTERS = (
    *("minted", "burned", "escrow_minor", "refunded_minor", "drawn_minor", "withdrawn_minor"),
)
_Key = tuple[UUID, str, int, int]


@dataclass
class Repaired:
    """What was looked at and what had to be put right, each in a sentence."""

    logs: int = 0
    tokens: int = 0
    missing: int = 0
    extra: int = 0
    differences: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Change:
    """What came into the log and what went out of it."""

    came: list[Entry]
    went: list[Entry]


def repair(
    session: Session,
    lease: Lease,
    at: Position,
    windows: Sequence[Window],
    *,
    head: int,
    final: int,
    now: datetime,
) -> Repaired:
    """Make the books what these windows, all of the chain since the first contract, say.

    Raises:
        LeaseLost: Another worker moved the cursor meanwhile; nothing was changed.
        HolderMerged: An account was joined with another one just now; try again.
    """
    cursor.hold(session, lease, at, now=now)
    last = windows[-1].last
    organizers = {each.address: each.organizer_id for each in at.contracts}
    whole = [
        entry
        for found in windows
        for entry in entries.of_events(
            found.events, chain_id=lease.chain_id, times=found.times, organizers=organizers
        )
    ]
    done = Repaired(logs=len(whole))
    change = _mend_log(session, lease.chain_id, at, whole, done)
    kept: dict[SeriesKey, dict[str, Any]] = {}
    for found in windows:
        kept |= found.terms
    for contract in at.contracts:
        mine = [each for each in whole if each.organizer_id == contract.organizer_id]
        _mend_books(session, lease.chain_id, contract, mine, kept, done, now=now)
    cursor.forget_above(session, chain_id=lease.chain_id, number=cursor.NOT_BEGUN)
    cursor.keep(session, chain_id=lease.chain_id, headers=windows[-1].headers)
    cursor.move(session, lease, to=last, head=head, contracts=at.contracts, now=now)
    cursor.limit_final(session, lease, to=last.number)
    ended = [each for each in change.came if each.block_number <= min(at.finalized, last.number)]
    finality.tell_of(session, ended, now=now)
    finality.advance(session, lease, at, final=min(final, last.number), now=now)
    return done


def _mend_log(
    session: Session, chain_id: int, at: Position, whole: Sequence[Entry], done: Repaired
) -> _Change:
    here = (
        col(ChainLog.organizer_id).in_([each.organizer_id for each in at.contracts]),
        col(ChainLog.chain_id) == chain_id,
    )
    stored = {_key(each): each for each in entries.of_rows(session.execute(entries.stored(*here)))}
    true = {_key(each): each for each in whole}
    came = [each for key, each in true.items() if stored.get(key) != each]
    went = [each for key, each in stored.items() if true.get(key) != each]
    for each in went:
        session.execute(
            delete(ChainLog).where(
                col(ChainLog.organizer_id) == each.organizer_id,
                col(ChainLog.chain_id) == chain_id,
                col(ChainLog.block_hash) == each.block_hash,
                col(ChainLog.log_index) == each.log_index,
                col(ChainLog.position) == each.position,
            )
        )
    bulk.insert_rows(session, ChainLog, entries.rows(came))
    done.missing, done.extra = len(came), len(went)
    done.differences += [f"{_named(each)} was not stored." for each in came]
    for each in went:
        money = each.name in finality.ENDS and each.block_number <= at.finalized
        done.differences.append(
            f"{_named(each)} is not in the chain."
            + (" It was final: look whether its refund has moved." if money else "")
        )
    return _Change(came, went)


def _key(entry: Entry) -> _Key:
    return (entry.organizer_id, *entry.identity)


def _named(entry: Entry) -> str:
    about = f" of {entry.token_id}" if entry.token_id is not None else ""
    return f"{entry.name}{about} in block {entry.block_number}, log {entry.log_index},"


def _mend_books(
    session: Session,
    chain_id: int,
    contract: Contract,
    whole: Sequence[Entry],
    kept: Mapping[SeriesKey, dict[str, Any]],
    done: Repaired,
    *,
    now: datetime,
) -> None:
    organizer_id = contract.organizer_id
    numbers = session.exec(
        select(Series.series_no)
        .join(
            ChainSeries,
            (col(ChainSeries.organizer_id) == col(Series.organizer_id))
            & (col(ChainSeries.series_id) == col(Series.id)),
        )
        .where(Series.organizer_id == organizer_id, ChainSeries.chain_id == chain_id)
    ).all()
    placed = series_books.load(
        session, organizer_id=organizer_id, chain_id=chain_id, numbers=set(numbers)
    )
    for found in placed.values():  # what the contract keeps is asked of every Series once more
        found.place.state = "prepared"
    done.differences += series_books.publish(
        session, chain_id=chain_id, placed=placed, touched=whole, kept=kept,
        addresses={organizer_id: contract.address},
    )  # fmt: skip
    _count_anew(session, placed, whole, done)
    _badges_anew(session, organizer_id, chain_id, whole, done)
    accounts_book.follow_owner(
        session, organizer_id=organizer_id, chain_id=chain_id, came=whole, went=[]
    )
    known = fold.by_token(fold.happenings(whole))
    followed = {number: each.series for number, each in placed.items() if each.followed}
    tokens = set(known) | _said_to_be_tokens(session, placed)
    done.tokens += len(tokens)
    done.differences += settling.settle(
        session,
        organizer_id=organizer_id,
        chain_id=chain_id,
        states={token: fold.fold(known.get(token, ())) for token in sorted(tokens)},
        series=followed,
        why=WHY,
        now=now,
    )


def _count_anew(
    session: Session, placed: Mapping[int, Placed], whole: Sequence[Entry], done: Repaired
) -> None:
    before = {
        number: {name: getattr(each.place, name) for name in _COUNTERS}
        for number, each in placed.items()
    }
    for each in placed.values():
        for name in _COUNTERS:
            setattr(each.place, name, 0)
    series_books.count(placed, whole, sign=1)
    for number, each in placed.items():
        for name, had in before[number].items():
            has = getattr(each.place, name)
            if has != had:
                words = name.removesuffix("_minor")
                done.differences.append(f"“{each.series.title}”: {words} was {had:,}, is {has:,}.")
    session.flush()


def _badges_anew(
    session: Session, organizer_id: UUID, chain_id: int, whole: Sequence[Entry], done: Repaired
) -> None:
    here = (
        col(BadgeBalance.organizer_id) == organizer_id,
        col(BadgeBalance.chain_id) == chain_id,
    )

    def balances() -> dict[tuple[int, str], int]:
        rows = session.exec(
            select(BadgeBalance.badge_no, BadgeBalance.account, BadgeBalance.amount).where(*here)
        )
        return {(number, account): amount for number, account, amount in rows}

    before = balances()
    session.execute(delete(BadgeBalance).where(*here))
    session.expire_all()
    accounts_book.count_badges(
        session, organizer_id=organizer_id, chain_id=chain_id, entries=whole, sign=1
    )
    after = balances()
    done.differences += [
        f"Badge {number} of {account}: {before.get((number, account), 0)} before, "
        f"{after.get((number, account), 0)} now."
        for number, account in sorted(before.keys() | after.keys())
        if before.get((number, account)) != after.get((number, account))
    ]


def _said_to_be_tokens(session: Session, placed: Mapping[int, Placed]) -> set[int]:
    found: set[int] = set()
    for each in placed.values():
        states = ["on_chain", "surrendered"]
        if each.series.funding == "escrow":
            states.append("refunded")
        rows = session.exec(
            select(Pass.pass_id).where(
                Pass.organizer_id == each.series.organizer_id,
                Pass.series_id == each.series.id,
                col(Pass.state).in_(states),
            )
        )
        found.update(rows)
    return found
