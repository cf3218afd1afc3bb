"""Facts about passes and orders on a chain, see `events`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from passes_service.core.events import Event


@dataclass(frozen=True, kw_only=True)
class PassClaimOpened(Event):
    """A pass was locked and a MintClaim signed for it; the relayer submits it if asked to."""

    type: ClassVar[str] = "claim.opened"

    claim_id: UUID


@dataclass(frozen=True, kw_only=True)
class PassClaimReleased(Event):
    """A claim lapsed unused, seen at finality: the pass is back in the book."""

    type: ClassVar[str] = "claim.released"

    claim_id: UUID
    pass_id: str


@dataclass(frozen=True, kw_only=True)
class PassClaimed(Event):
    """A pass of the book became a token."""

    type: ClassVar[str] = "pass.claimed"

    pass_id: str
    holder_id: UUID
    epoch: int


@dataclass(frozen=True, kw_only=True)
class PassEndedOnChain(Event):
    """A token was burned: `refunded` from escrow, or `surrendered`."""

    type: ClassVar[str] = "pass.ended"

    pass_id: str
    holder_id: UUID
    how: str


@dataclass(frozen=True, kw_only=True)
class PassEndFinal(Event):
    """The end of a token is final: money that depends on it may move now."""

    type: ClassVar[str] = "pass.end_final"

    pass_id: str
    how: str
    ended_at: datetime
    amount: str
    transaction_hash: str


@dataclass(frozen=True, kw_only=True)
class PassRestored(Event):
    """The chain took something back: a pass stands again as it did before, under a new epoch."""

    type: ClassVar[str] = "pass.restored"

    pass_id: str
    holder_id: UUID
    epoch: int


@dataclass(frozen=True, kw_only=True)
class TokensMinted(Event):
    """A purchase on chain was seen (not final yet): `pass_ids` are of one transaction."""

    type: ClassVar[str] = "tokens.minted"

    series_id: UUID
    chain_id: int
    transaction_hash: str
    buyer: str
    pass_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class ChainOrderCompleted(Event):
    """The purchase that an order was made for is final."""

    type: ClassVar[str] = "chain_order.completed"

    order_id: UUID


@dataclass(frozen=True, kw_only=True)
class ChainOrderExpired(Event):
    """Nobody can pay an order on chain any more: a final block is past its deadline."""

    type: ClassVar[str] = "chain_order.expired"

    order_id: UUID


@dataclass(frozen=True, kw_only=True)
class TransactionQueued(Event):
    """Our relayer has something to send."""

    type: ClassVar[str] = "transaction.queued"

    transaction_id: UUID
