"""Whether the chains of the settings can be reached and are the ones they should be."""

from __future__ import annotations

import time
from datetime import UTC, datetime

from passes_service.chain.errors import ChainMismatch, NodeRefused, NodeUnavailable
from passes_service.chain.networks import Network
from passes_service.chain.node import Node, quantity
from passes_service.cli.checks.model import FAIL, WARN, Check
from passes_service.config import Settings

SLOW_SECONDS = 1.0
OLD_SECONDS = 600
_ADDRESS_TODO = "Correct its rpc in PASSES_CHAINS, or start the node (locally: make chain)."


def checks(settings: Settings) -> list[Check]:
    """Ask every node of every chain who it is; addresses are never shown, they may hold keys."""
    found = []
    for network in settings.networks.values():
        found += [_node(network, index) for index in range(len(network.rpc))]
        found.append(_factory(network))
    return found or [Check("chains", "none: passes stay in the book")]


def _node(network: Network, index: int) -> Check:
    name = f"chain {network.chain_id}"
    which = network.name if len(network.rpc) == 1 else f"{network.name}, node {index + 1}"
    node = Node(network.model_copy(update={"rpc": (network.rpc[index],)}))
    try:
        node.call("eth_chainId")  # the first call also loads libraries
        started = time.monotonic()
        block = node.call("eth_getBlockByNumber", "latest", False)
        height, mined = quantity(block["number"]), quantity(block["timestamp"])
    except ChainMismatch as error:
        return Check.failed(name, error)
    except (NodeUnavailable, NodeRefused, KeyError, TypeError):
        return Check(name, f"{which} does not answer", FAIL, _ADDRESS_TODO)
    took = time.monotonic() - started
    value = f"{which} answers, block {height}"
    if took > SLOW_SECONDS:
        todo = "Requests give up after 2 seconds: name a nearer node first in PASSES_CHAINS."
        return Check(name, f"{value}, but in {took:.1f} s", WARN, todo)
    behind = datetime.now(UTC).timestamp() - mined
    if behind > OLD_SECONDS and network.finality_depth is None:
        todo = "The node is still catching up, or stuck: use another until it is level."
        return Check(name, f"{value}, {int(behind // 60)} minutes old", WARN, todo)
    return Check(name, value)


def _factory(network: Network) -> Check:
    name = f"factory {network.chain_id}"
    try:
        code = Node(network).call("eth_getCode", network.factory, "latest")
    except (NodeUnavailable, NodeRefused, ChainMismatch):
        return Check(name, "cannot be looked at now", WARN, _ADDRESS_TODO)
    if code in (None, "0x"):
        todo = "Correct `factory` in PASSES_CHAINS: there is no contract at that address."
        return Check(name, f"nothing at {network.factory}", FAIL, todo)
    return Check(name, network.factory)
