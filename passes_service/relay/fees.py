"""What a transaction may pay: enough for two doublings of congestion, never above a ceiling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from passes_service.chain.errors import NodeRefused, NodeUnavailable
from passes_service.chain.networks import Network
from passes_service.chain.node import Node, quantity
from passes_service.relay.errors import FeesTooHigh

GWEI: Final = 10**9
USUAL_TIP: Final = GWEI
"""Where a node has no opinion."""


@dataclass(frozen=True, slots=True)
class Fees:
    """Wei per unit of gas: at most, and of that for whoever makes the block."""

    most: int
    tip: int


def ceiling(network: Network) -> int:
    """Return the most that a unit of gas may cost here, in wei."""
    return network.max_fee_gwei * GWEI


def ask(node: Node) -> Fees:
    """Return what goes through now: twice the base fee and the usual tip, within the ceiling.

    Raises:
        FeesTooHigh: The base fee alone is above the ceiling.
        NodeUnavailable, NodeRefused, ChainMismatch: The node does not say.
    """
    block, tip = node.try_batch(
        [("eth_getBlockByNumber", ("latest", False)), ("eth_maxPriorityFeePerGas", ())]
    )
    if isinstance(block, NodeRefused):
        raise block
    if not isinstance(block, dict):
        raise NodeUnavailable("The node sent no block.")
    return within(
        quantity(block.get("baseFeePerGas")),
        USUAL_TIP if isinstance(tip, NodeRefused) else quantity(tip),
        ceiling(node.network),
    )


def within(base: int, tip: int, most: int) -> Fees:
    """Return fees for a base fee and a tip that stay within `most`.

    Raises:
        FeesTooHigh: The base fee alone is above it.
    """
    if base >= most:
        raise FeesTooHigh(f"The base fee is {base // GWEI} gwei, the ceiling {most // GWEI}.")
    fee = min(2 * base + tip, most)
    return Fees(fee, min(tip, fee))


def raised(old: Fees, fresh: Fees, most: int) -> Fees:
    """Return fees that replace a waiting transaction: an eighth more of both, or what goes now.

    Nodes refuse a replacement that does not pay at least a tenth more of both.

    Raises:
        FeesTooHigh: That would be above the ceiling.
    """
    fee = max(_eighth_more(old.most), fresh.most)
    tip = max(_eighth_more(old.tip), fresh.tip)
    if fee > most:
        raise FeesTooHigh(f"To replace it takes {fee // GWEI} gwei, the ceiling is {most // GWEI}.")
    return Fees(fee, min(tip, fee))


def _eighth_more(value: int) -> int:
    return value + -(-value // 8) + (value == 0)
