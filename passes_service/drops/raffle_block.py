"""Public randomness: the first finalized block later than an instant. Never in a transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from passes_service.chain.errors import NodeUnavailable
from passes_service.chain.node import Node, quantity


@dataclass(frozen=True, slots=True)
class Block:
    """A block as a node tells of it; `hash` has 32 bytes."""

    number: int
    hash: bytes
    time: datetime


def first_final_after(node: Node, after: datetime) -> Block | None:
    """Return the first block whose time is later than `after`, None while it is not final.

    Which one that is does not depend on when one asks: times of blocks never go back.

    Raises:
        NodeUnavailable, NodeRefused, ChainMismatch: The node did not answer.
    """
    last = final(node)
    if last is None or last.time <= after:
        return None
    low, found = 0, last  # every block below `low` is too early, `found` is late enough
    while low < found.number:
        middle = at(node, (low + found.number) // 2)
        if middle.time > after:
            found = middle
        else:
            low = middle.number + 1
    return found


def final(node: Node) -> Block | None:
    """Return the newest block that cannot be replaced any more."""
    depth = node.network.finality_depth
    if depth is None:
        return _block(node.call("eth_getBlockByNumber", "finalized", False))
    head = quantity(node.call("eth_blockNumber"))
    return at(node, head - depth) if head >= depth else None


def at(node: Node, number: int) -> Block:
    """Return a block by its number.

    Raises:
        NodeUnavailable: The node has none, or sent another.
    """
    found = _block(node.call("eth_getBlockByNumber", hex(number), False))
    if found is None or found.number != number:
        raise NodeUnavailable("The node has not the block that was asked for.")
    return found


def _block(answer: Any) -> Block | None:
    if answer is None:
        return None
    try:
        found = Block(
            number=quantity(answer["number"]),
            hash=bytes.fromhex(answer["hash"].removeprefix("0x")),
            time=datetime.fromtimestamp(quantity(answer["timestamp"]), UTC),
        )
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise NodeUnavailable("The node sent a malformed block.") from error
    if len(found.hash) != 32:
        raise NodeUnavailable("The node sent a malformed block.")
    return found
