"""Book against chain: owners, counters and money of every token, each difference by name.

The chain is asked about the very block that the book has been read to, so nothing that happens
meanwhile looks like a difference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.chain import calls
from passes_service.chain.errors import NodeRefused
from passes_service.chain.node import Node
from passes_service.core.ethereum import ZERO_ADDRESS
from passes_service.db.models import ChainContract, ChainCursor, ChainSeries, Pass, Series

AT_ONCE: Final = 100
_ENDED: Final = ("refunded", "surrendered")


@dataclass(frozen=True)
class Difference:
    """One fact on which book and chain do not agree."""

    organizer_id: UUID
    contract: str
    what: str
    book: str
    chain: str

    def __str__(self) -> str:
        return f"{self.what}: the book says {self.book}, the chain says {self.chain}"


@dataclass(frozen=True)
class Booked:
    """A Series on chain with its passes, as the book has them."""

    contract: ChainContract
    series: Series
    place: ChainSeries
    passes: tuple[Pass, ...]


@dataclass(frozen=True)
class Snapshot:
    """The book of one chain, read to block `number`."""

    number: int
    hash: str
    booked: tuple[Booked, ...]
    unread: tuple[ChainContract, ...] = ()
    """Contracts that joined late, whose logs up to here are still being read: not compared."""


@dataclass(frozen=True)
class Comparison:
    """What was found at block `number`, and the addresses of contracts that could not be judged."""

    number: int
    differences: tuple[Difference, ...]
    unread: tuple[str, ...]


def snapshot(session: Session, *, chain_id: int) -> Snapshot | None:
    """Return the book of a chain; None if it was never read, or moved while we looked."""
    before = session.get(ChainCursor, chain_id, populate_existing=True)
    if before is None or not before.hash:
        return None
    number, hash_ = before.number, before.hash
    contracts = session.exec(select(ChainContract).where(ChainContract.chain_id == chain_id)).all()
    found = []
    unread = tuple(each for each in contracts if each.read_to < number)
    for contract in contracts:
        if contract in unread:
            continue
        rows = session.exec(
            select(Series, ChainSeries)
            .join(
                ChainSeries,
                (col(ChainSeries.organizer_id) == col(Series.organizer_id))
                & (col(ChainSeries.series_id) == col(Series.id)),
            )
            .where(
                ChainSeries.organizer_id == contract.organizer_id,
                ChainSeries.contract_id == contract.id,
            )
        ).all()
        for series, place in rows:
            passes = session.exec(
                select(Pass)
                .where(Pass.organizer_id == contract.organizer_id, Pass.series_id == series.id)
                .order_by(col(Pass.serial))
            ).all()
            found.append(Booked(contract, series, place, tuple(passes)))
    after = session.get(ChainCursor, chain_id, populate_existing=True)
    if after is None or (after.number, after.hash) != (number, hash_):
        return None
    return Snapshot(number, hash_, tuple(found), unread)


def compare(node: Node, book: Snapshot) -> Comparison:
    """Ask the chain about everything in the book and return where they differ.

    Raises:
        NodeUnavailable: The node cannot say; nothing is known then.
    """
    found: list[Difference] = []
    for booked in book.booked:
        found += _series(node, booked, book.number)
        found += _passes(node, booked, book.number)
    return Comparison(book.number, tuple(found), tuple(each.address for each in book.unread))


def _series(node: Node, booked: Booked, number: int) -> Iterator[Difference]:
    title = f"Series “{booked.series.title}”"
    (answer,) = _ask(node, booked, number, "booksOf", [booked.series.series_no])
    if answer is None:
        if booked.place.state == "open":
            yield _differs(booked.contract, title, "open", "unknown")
        return
    if booked.place.state != "open":
        yield _differs(booked.contract, title, "not there as agreed", "created")
        return
    place = booked.place
    for name, ours in (
        ("minted", place.minted),
        ("burned", place.burned),
        ("escrow", place.escrow_minor if booked.series.funding == "escrow" else 0),
    ):
        if answer[name] != ours:
            yield _differs(booked.contract, f"{title}, {name}", ours, answer[name])
    if booked.series.funding == "escrow" and booked.series.issued != answer["minted"]:
        yield _differs(booked.contract, f"{title}, issued", booked.series.issued, answer["minted"])


def _passes(node: Node, booked: Booked, number: int) -> Iterator[Difference]:
    for start in range(0, len(booked.passes), AT_ONCE):
        some = booked.passes[start : start + AT_ONCE]
        answers = _ask(node, booked, number, "passOf", [row.pass_id for row in some])
        for row, answer in zip(some, answers, strict=True):
            yield from _one(booked, row, answer)


def _one(booked: Booked, row: Pass, answer: dict[str, Any] | None) -> Iterator[Difference]:
    name = f"pass {row.serial} of “{booked.series.title}”"
    contract = booked.contract
    on_chain = row.state == "on_chain" or (
        row.state in _ENDED and (booked.series.funding == "escrow" or row.state == "surrendered")
    )
    if answer is None:
        if on_chain:
            yield _differs(contract, name, row.state.replace("_", " "), "never minted")
        return
    if row.state in ("active", "claiming", "offered"):
        yield _differs(contract, name, row.state, "a token")
        return
    if answer["burned"]:
        if row.state not in (*_ENDED, "void"):
            yield _differs(contract, name, "a live token", "burned")
        return
    if row.state in _ENDED:
        yield _differs(contract, name, row.state, "a live token")
    if answer["holder"] != (row.wallet or ZERO_ADDRESS):
        yield _differs(contract, f"{name}, holder", row.wallet or "nobody", answer["holder"])
    if answer["transfers"] != row.transfers:
        yield _differs(contract, f"{name}, transfers", row.transfers, answer["transfers"])
    if booked.series.funding == "escrow" and answer["paidBack"] != row.paid_back_minor:
        yield _differs(contract, f"{name}, paid back", row.paid_back_minor, answer["paidBack"])


def _ask(
    node: Node, booked: Booked, number: int, function: str, ids: Sequence[int]
) -> list[dict[str, Any] | None]:
    """Return the answers of a view for several ids; None where the contract knows none."""
    asked = [
        (
            "eth_call",
            (
                {"to": booked.contract.address, "data": calls.encode(function, one)},
                hex(number),
            ),
        )
        for one in ids
    ]
    found: list[dict[str, Any] | None] = []
    for answer in node.try_batch(asked):
        if isinstance(answer, NodeRefused):
            said = calls.refusal(answer)
            if said is None or said[0] not in ("UnknownPass", "UnknownSeries"):
                raise answer
            found.append(None)
        else:
            found.append(calls.read(function, answer))
    return found


def _differs(contract: ChainContract, what: str, book: object, chain: object) -> Difference:
    return Difference(contract.organizer_id, contract.address, what, str(book), str(chain))
