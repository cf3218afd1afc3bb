"""Where our chain and the node's part: found by hashes, walking back through stored headers."""

from __future__ import annotations

from collections.abc import Sequence

from passes_service.chain.node import Node
from passes_service.indexer import headers
from passes_service.indexer.errors import ReplacedTooDeep

_AT_ONCE = 50


def shared(node: Node, kept: Sequence[tuple[int, str]], *, head: int) -> tuple[int, str] | None:
    """Return the newest block that is in our chain and in the node's; None if none is replaced.

    A node whose head is behind ours has replaced nothing by that: what counts is the hash at a
    height that both have.

    Args:
        kept: Number and hash of our headers, newest first.

    Raises:
        ReplacedTooDeep: Not even the last final block is in the node's chain.
        NodeUnavailable, NodeRefused, ChainMismatch: The node did not answer.
    """
    both = [each for each in kept if each[0] <= head]
    for start in range(0, len(both), _AT_ONCE):
        some = both[start : start + _AT_ONCE]
        theirs = headers.fetch(node, [number for number, _ in some])
        for place, (number, hash_) in enumerate(some, start):
            if number not in theirs:
                return None  # it does not have what it names: it knows less than we do
            if theirs[number].hash == hash_:
                return None if place == 0 else (number, hash_)
    if not both:
        return None
    raise ReplacedTooDeep(
        f"Block {both[-1][0]} was final, and the node has another one in its place."
    )
