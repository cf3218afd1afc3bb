"""What the indexer tells of tokens: happenings in the order of the chain, and where one stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

HappeningKind = Literal["minted", "transferred", "drawn", "refunded", "surrendered"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happened to a pass on chain.

    Attributes:
        at: Time of its block.
        sender, receiver: Checksummed accounts; empty where there is none.
        amount: What was paid back, in the minor unit of the Series' currency.
    """

    kind: HappeningKind
    pass_id: int
    series_no: int
    block_number: int
    at: datetime
    transaction_hash: str
    sender: str = ""
    receiver: str = ""
    amount: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenState:
    """Where a token stands after everything in the chain.

    Attributes:
        owner: Who holds it, or held it last.
        transfers: Changes of holder since it was minted.
        paid_back: By the contract, in minor units: draws, and the refund if it ended with one.
        ended: How it was given up; None while it lives.
    """

    owner: str
    minted: Happening
    transfers: int = 0
    paid_back: int = 0
    ended: Happening | None = None

    @property
    def in_book(self) -> str:
        """The state of its pass in the book."""
        return "on_chain" if self.ended is None else self.ended.kind


def short(address: str) -> str:
    """Return an account as people compare it: 0x1234…abcd."""
    return f"{address[:6]}…{address[-4:]}"
