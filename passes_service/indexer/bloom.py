"""The filter in each header that says which logs may be inside: it catches a node that drops some.

A log sets three bits for its contract and three for each topic (yellow paper 4.3.1). A filter never
hides a log that is there, so logs that leave bits of it unexplained are not all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

from passes_service.chain import logs
from passes_service.chain.errors import NodeUnavailable
from passes_service.chain.node import Node, quantity
from passes_service.core.ethereum import keccak256
from passes_service.indexer.errors import ChainMoved, NodeInconsistent
from passes_service.indexer.headers import Header

_AT_ONCE = 10
_LOWEST_11_BITS = 0x7FF
# Whatever a clone tells us about passes, money, Series or ownership.
_TOLD = (
    "TransferSingle",
    "TransferBatch",
    "SeriesCreated",
    "SaleClosesAt",
    "PortionCancelled",
    "PortionMoved",
    "TicketSpent",
    "PassRefunded",
    "PassDrawn",
    "PassSurrendered",
    "Withdrawn",
    "OwnershipTransferred",
)


@lru_cache(maxsize=8192)
def bits(value: str) -> int:
    """Return the three bits that an address or a topic (0x-text) sets."""
    digest = keccak256(bytes.fromhex(value[2:]))
    found = 0
    for place in (0, 2, 4):
        found |= 1 << (int.from_bytes(digest[place : place + 2]) & _LOWEST_11_BITS)
    return found


def may_hold(bloom: int, addresses: Iterable[str]) -> bool:
    """Tell whether a block with this filter may have a log of one of these contracts."""
    return any(
        bloom & bits(address) == bits(address)
        and any(bloom & bits(logs.topic_of(name)) == bits(logs.topic_of(name)) for name in _TOLD)
        for address in addresses
    )


def complete(
    node: Node, blocks: Collection[Header], addresses: Collection[str]
) -> dict[int, list[logs.ChainEvent]]:
    """Return all events of our contracts in these blocks, proved to be all by the whole block.

    The node is asked for every log of each block. Their indices must follow each other without a
    gap, and they must explain every bit of the block's filter.

    Raises:
        NodeInconsistent: Logs are missing.
        ChainMoved: A block is no longer there.
        NodeUnavailable, NodeRefused, ChainMismatch: The node did not answer.
    """
    found: dict[int, list[logs.ChainEvent]] = {}
    ordered = sorted(blocks, key=lambda block: block.number)
    wanted = {address.lower() for address in addresses}
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        asked = [("eth_getLogs", ({"blockHash": block.hash},)) for block in some]
        for block, raw in zip(some, node.batch(asked), strict=True):
            whole = _whole(block, raw)
            found[block.number] = logs.decode_all(whole, wanted, block.number, block.number)
    return found


def _whole(block: Header, raw: Any) -> list[dict[str, Any]]:
    if raw is None:
        raise ChainMoved
    try:
        here = {quantity(log["logIndex"]): log for log in raw if not log.get("removed")}
        if any(log["blockHash"].lower() != block.hash for log in here.values()):
            raise ChainMoved
        seen = 0
        for log in here.values():
            for value in (log["address"].lower(), *log["topics"]):
                seen |= bits(value)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise NodeUnavailable("The node sent a malformed log.") from error
    if sorted(here) != list(range(len(here))) or block.bloom & ~seen:
        raise NodeInconsistent(
            f"The node does not give all logs of block {block.number}: the block says that there "
            "are more."
        )
    return list(here.values())
