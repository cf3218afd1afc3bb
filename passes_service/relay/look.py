"""What the chain says about a transaction of ours, and what follows from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from passes_service.chain.errors import NodeRefused, NodeUnavailable
from passes_service.chain.networks import Network
from passes_service.chain.node import Node, quantity
from passes_service.db.models import ChainTransaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One of our hashes was mined; `ours` says whether it was the call or only used the nonce."""

    block: int
    cost: int
    succeeded: bool
    cancelled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one node says at one moment.

    `used` counts the account's mined transactions, `used_finally` those that are final; `known`
    says whether the newest bytes wait somewhere or are mined.
    """

    head: int
    finalized: int
    used: int
    used_finally: int
    known: bool
    receipt: Receipt | None


class Step(StrEnum):
    """What to do next with a transaction that has been signed.

    Attributes:
        END: A receipt is final.
        MINED: A receipt is there, and may still be taken back.
        OUT: The receipt is gone again: the chain was reorganised.
        LOST: Another transaction has used our nonce, finally.
        CANCEL: It is too late for it: use the nonce up for nothing.
        RAISE: It waits for too long: pay more.
        SEND: Send the stored bytes, perhaps again.
        WAIT: Nothing to do.
    """

    END = "end"
    MINED = "mined"
    OUT = "out"
    LOST = "lost"
    CANCEL = "cancel"
    RAISE = "raise"
    SEND = "send"
    WAIT = "wait"


def at(node: Node, row: ChainTransaction) -> Look:
    """Ask a node about a transaction, by every hash that its nonce ever had.

    Raises:
        NodeUnavailable, NodeRefused, ChainMismatch: It does not say.
    """
    hashes = row.hashes.split()
    depth = node.network.finality_depth
    tag = [] if depth else [("eth_getBlockByNumber", ("finalized", False))]
    head, used, newest, *rest = _all(
        node,
        [
            ("eth_blockNumber", ()),
            ("eth_getTransactionCount", (row.sender, "latest")),
            ("eth_getTransactionByHash", (hashes[-1],)),
            *tag,
            *(("eth_getTransactionReceipt", (one,)) for one in hashes),
        ],
    )
    height = quantity(head)
    if depth:
        finalized = max(0, height - depth)
    else:
        final = rest.pop(0)
        finalized = quantity(final.get("number")) if isinstance(final, dict) else 0
    (counted,) = _all(node, [("eth_getTransactionCount", (row.sender, hex(finalized)))])
    found = next((_receipt(one, row) for one in rest if isinstance(one, dict)), None)
    return Look(
        head=height,
        finalized=finalized,
        used=quantity(used),
        used_finally=quantity(counted),
        known=isinstance(newest, dict),
        receipt=found,
    )


def next_step(row: ChainTransaction, look: Look, network: Network, *, now: datetime) -> Step:
    """Return what follows, from the row and the look alone."""
    nonce = -1 if row.nonce is None else row.nonce
    if look.receipt is not None:
        return Step.END if look.receipt.block <= look.finalized else Step.MINED
    if look.used_finally > nonce:
        return Step.LOST
    if row.state == "mined":
        return Step.OUT
    if look.used > nonce:
        return Step.WAIT  # mined, ours or not: the receipt or finality will tell
    if not row.cancelling and expired(row, now=now):
        return Step.CANCEL
    if row.state == "signed":
        return Step.SEND
    waited = look.head - (look.head if row.sent_block is None else row.sent_block)
    if waited >= network.stuck_blocks:
        return Step.RAISE
    return Step.WAIT if look.known else Step.SEND


def expired(row: ChainTransaction, *, now: datetime) -> bool:
    """Tell whether it is too late for what a transaction wants to do."""
    return row.expires_at is not None and row.expires_at <= now


def ending(receipt: Receipt) -> tuple[str, str]:
    """Return the last state of a transaction by its final receipt, and the reason if it is bad."""
    if receipt.cancelled:
        return "abandoned", "It was too late for it; its nonce is used up."
    return ("final", "") if receipt.succeeded else ("failed", "The contract refused it.")


def _receipt(found: dict[str, Any], row: ChainTransaction) -> Receipt:
    paid = quantity(found.get("gasUsed")) * quantity(found.get("effectiveGasPrice"))
    to = str(found.get("to") or "").lower()
    return Receipt(
        block=quantity(found.get("blockNumber")),
        cost=paid,
        succeeded=quantity(found.get("status")) == 1,
        cancelled=to == row.sender.lower() and row.recipient.lower() != to,
    )


def _all(node: Node, asked: list[tuple[str, tuple[Any, ...]]]) -> list[Any]:
    answers = node.try_batch(asked)
    for answer in answers:
        if isinstance(answer, NodeRefused):
            raise NodeUnavailable(f"The node refused a look: {answer.detail}")
    return answers
