"""An escrow Series on a real local chain whose passes change hands thousands of times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlmodel import SQLModel, delete, update

from passes_service.bootstrap import Services
from passes_service.chain import calls
from passes_service.chain.node import Node
from passes_service.db.models import (
    ChainBlock,
    ChainContract,
    ChainCursor,
    ChainLog,
    ChainSeries,
    OutboxEvent,
    Pass,
    PassEvent,
    Series,
)
from passes_service.worker.chain_reader import Reader
from tests.bench.ground import ground as durable_ground
from tests.chain.local import LocalChain, running
from tests.fakes import Clock
from tests.indexer.ground import CHAIN_ID, Ground, ground
from tests.judges.node import find_node

PASSES, TRANSFERS, PER_BLOCK = 500, 5_000, 100
_GAS = hex(150_000)
_FREELY = {"allowed": True, "frozen_minutes": 60, "max_count": 10_000}


@dataclass(frozen=True)
class Moved:
    """A chain with `TRANSFERS` transfers on it, and a book that has not read them."""

    here: Ground
    first: int
    last: int

    def reader(self) -> Reader:
        """Return a reader with the patience of a worker."""
        return Reader(self.here.services, CHAIN_ID, Node(self.here.reader.node.network, seconds=30))

    def forget(self) -> None:
        """Let the book be as it was before it read anything."""
        with self.here.services.database.transaction() as session:
            emptied: tuple[type[SQLModel], ...] = (
                ChainLog, ChainBlock, ChainCursor, PassEvent, Pass, OutboxEvent,
            )  # fmt: skip
            for model in emptied:
                session.execute(delete(model))
            session.execute(update(ChainContract).values(read_to=0))
            session.execute(update(Series).values(issued=0))
            session.execute(
                update(ChainSeries).values(
                    state="prepared", minted=0, burned=0, escrow_minor=0, refunded_minor=0
                )
            )


@contextmanager
def local_chain() -> Iterator[LocalChain]:
    """Give a chain of this bench's own."""
    node = find_node()
    if node is None:
        raise SystemExit("no Node was found: run `make bench`")
    with running(node) as chain:
        yield chain


@contextmanager
def moved(chain: LocalChain, kind: str, transfers: int = TRANSFERS) -> Iterator[Moved]:
    """Sell passes and move them on, all in blocks that no book has read."""
    with durable_ground(kind) as base:
        clock = Clock(max(base.services.clock(), chain.now() + timedelta(hours=1)))
        services: Services = replace(base.services, clock=clock)
        here = ground(services, chain, clock, cap=PASSES, slug="onchain", transfer=_FREELY)
        for _ in range(PASSES // PER_BLOCK):
            here.buy(chain.accounts[2], PER_BLOCK)
        first = chain.height() + 1
        _hand_on(here, transfers)
        chain.mine(9)  # final all of it but nothing more
        yield Moved(here, first, chain.height())


def _hand_on(here: Ground, transfers: int) -> None:
    """Move every pass from account to account, a hundred transactions in a block."""
    chain, people = here.chain, here.chain.accounts[2:20]
    chain.rpc("evm_setAutomine", False)
    try:
        for start in range(0, transfers, PER_BLOCK):
            sent: list[tuple[str, Any]] = []
            for place in range(start, start + PER_BLOCK):
                turn, serial = divmod(place, PASSES)
                giver, taker = people[turn % len(people)], people[(turn + 1) % len(people)]
                data = calls.encode(
                    "safeTransferFrom", giver, taker, here.token(serial + 1), 1, b""
                )
                move = {"from": giver, "to": here.contract, "data": data, "gas": _GAS}
                sent.append(("eth_sendTransaction", [move]))
            chain.node.batch(sent)
            chain.rpc("evm_mine")
    finally:
        chain.rpc("evm_setAutomine", True)
