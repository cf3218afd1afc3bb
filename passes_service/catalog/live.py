"""What an organizer's contract says right now, asked in one request with bounded patience."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from passes_service.catalog.escrow import Placed
from passes_service.chain import calls, erc20
from passes_service.chain.calls import BLOCK_LATEST
from passes_service.chain.errors import NodeRefused
from passes_service.chain.networks import ETHER
from passes_service.chain.node import Node, quantity


@dataclass(frozen=True, slots=True)
class SignerLimits:
    """How many passes a hot signer of ours may admit: `cap` per window, `left` right now."""

    address: str
    cap: int
    window_seconds: int
    left: int


@dataclass(frozen=True, slots=True)
class LiveBooks:
    """The books of a Series in the contract, in minor units of its currency."""

    minted: int
    live: int
    sale_closes_at: datetime | None
    escrow: int
    paid_to_live: int
    withdrawable: int


@dataclass(frozen=True, slots=True)
class LiveContract:
    """A contract as it stands: whose, paused or not, whom and which currencies it knows.

    `unclaimed` is money per currency that was sent to the contract outside of any purchase, or
    lies in Series that are not ours: nobody can take it out by us.
    """

    owner: str
    pending_owner: str
    paused_until: datetime | None
    may_pause_from: datetime | None
    signers: tuple[SignerLimits, ...]
    currencies: dict[str, bool]
    unclaimed: dict[str, int]
    books: dict[UUID, LiveBooks]


def look(
    node: Node, address: str, *, series: Sequence[Placed], signers: Sequence[str]
) -> LiveContract:
    """Ask a contract for all of it, outside of any transaction; a prepared Series has no books.

    Raises:
        NodeUnavailable, NodeRefused, ChainMismatch: The node did not answer.
    """
    tokens = {"ETH": ETHER, **node.network.currencies}
    created = [found for found in series if found.place.state == "open"]
    asked: list[tuple[str, Sequence[Any]]] = [
        _view(address, "owner"),
        _view(address, "pendingOwner"),
        _view(address, "pauseState"),
        *(_view(address, "signerOf", one) for one in signers),
        *(_view(address, "isCurrency", one) for one in tokens.values()),
        *(_balance(token, address) for token in tokens.values()),
        *(_view(address, "booksOf", found.series.series_no) for found in created),
    ]
    answers = iter(node.try_batch(asked))

    def value(function: str) -> Any:
        answer = next(answers)
        if isinstance(answer, NodeRefused):
            raise answer
        return calls.read(function, answer)

    owner, pending, pauses = value("owner"), value("pendingOwner"), value("pauseState")
    limits = tuple(SignerLimits(one, *value("signerOf")) for one in signers)
    taken = {name: bool(value("isCurrency")) for name in tokens}
    balances = {name: _amount(next(answers)) for name in tokens}
    books = {found.series.id: _books(value("booksOf")) for found in created}
    for found in created:
        name = node.network.currency_of(found.place.currency_address)
        if name in balances and found.series.funding == "escrow":
            balances[name] -= books[found.series.id].escrow
    return LiveContract(
        owner=str(owner),
        pending_owner=str(pending),
        paused_until=_moment(pauses[0]),
        may_pause_from=_moment(pauses[1]),
        signers=limits,
        currencies=taken,
        unclaimed={name: amount for name, amount in balances.items() if amount > 0},
        books=books,
    )


def _view(address: str, function: str, *args: Any) -> tuple[str, Sequence[Any]]:
    sent = {"to": address, "data": calls.encode(function, *args)}
    return ("eth_call", (sent, BLOCK_LATEST))


def _balance(token: str, account: str) -> tuple[str, Sequence[Any]]:
    if token == ETHER:
        return ("eth_getBalance", (account, BLOCK_LATEST))
    return ("eth_call", ({"to": token, "data": erc20.balance_of(account)}, BLOCK_LATEST))


def _amount(answer: Any) -> int:
    """Return a balance; a currency that has none to tell counts as nothing."""
    return 0 if isinstance(answer, NodeRefused) or answer == "0x" else quantity(answer)


def _books(said: dict[str, Any]) -> LiveBooks:
    return LiveBooks(
        minted=said["minted"],
        live=said["live"],
        sale_closes_at=_moment(said["saleClosesAt"]),
        escrow=said["escrow"],
        paid_to_live=said["paidToLive"],
        withdrawable=said["withdrawable"],
    )


def _moment(unix: int) -> datetime | None:
    return datetime.fromtimestamp(unix, UTC) if unix else None
