"""Whether an address is a clone of our implementation, and from which block on.

The code of a clone names its implementation and its immutable arguments, so the code alone
proves whose contract it is and by which rules it runs (OpenZeppelin `Clones`, ERC-1167).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from passes_service.chain import calls, logs
from passes_service.chain.calls import BLOCK_LATEST
from passes_service.chain.errors import NodeRefused
from passes_service.chain.node import Node, quantity
from passes_service.core import ethereum

_HEAD: Final = "363d3d373d3d3d363d73"
_TAIL: Final = "5af43d82803e903d91602b57fd5bf3"
_ARGUMENTS: Final = 20 + 16 + 32 + 16  # first owner, organizer id, name, symbol
_ID: Final = slice(20, 36)


@dataclass(frozen=True, slots=True)
class Clone:
    """A contract of our factory's kind: whose it says it is, and who owns it now."""

    address: str
    organizer_id: UUID
    owner: str


def inspect(node: Node, address: str) -> Clone | None:
    """Return what is at `address`, None if it is no clone of the network's implementation.

    Raises:
        NodeUnavailable, NodeRefused, ChainMismatch: The node did not answer.
    """
    factory = {"to": node.network.factory, "data": _data("implementation", "EventPassFactory")}
    code, implementation, owner = node.try_batch(
        [
            ("eth_getCode", (address, BLOCK_LATEST)),
            ("eth_call", (factory, BLOCK_LATEST)),
            ("eth_call", ({"to": address, "data": _data("owner")}, BLOCK_LATEST)),
        ]
    )
    if isinstance(implementation, NodeRefused):
        raise implementation
    rules = calls.read("implementation", implementation, contract="EventPassFactory")
    arguments = _arguments(code, rules)
    if arguments is None or isinstance(owner, NodeRefused):
        return None
    return Clone(address, UUID(bytes=arguments[_ID]), str(calls.read("owner", owner)))


def made_by(node: Node, deployer: str, organizer_id: UUID) -> str | None:
    """Return the clone that `deployer` made for an organizer, None if there is none.

    Raises:
        NodeUnavailable, NodeRefused, ChainMismatch: The node did not answer.
    """
    found = calls.view(
        node,
        node.network.factory,
        "eventPassOf",
        deployer,
        organizer_id.bytes,
        contract="EventPassFactory",
    )
    return None if found == ethereum.ZERO_ADDRESS else str(found)


def born_in(node: Node, address: str, organizer_id: UUID) -> int | None:
    """Return the block in which the factory made a clone; None if the node cannot tell.

    Nodes limit how many blocks may be searched at once.
    """
    topic = "0x" + organizer_id.hex.ljust(64, "0")
    asked = {
        "address": node.network.factory,
        "topics": [logs.topic_of("EventPassCreated"), None, topic],
        "fromBlock": hex(node.network.first_block),
        "toBlock": BLOCK_LATEST,
    }
    try:
        found = node.call("eth_getLogs", asked)
    except NodeRefused:
        return None
    made = [log for log in found if "0x" + log["data"][-40:] == address.lower()]
    return quantity(made[0]["blockNumber"]) if made else None


def _arguments(code: object, implementation: str) -> bytes | None:
    start = "0x" + _HEAD + implementation[2:].lower() + _TAIL
    if not isinstance(code, str) or not code.lower().startswith(start):
        return None
    arguments = bytes.fromhex(code[len(start) :])
    return arguments if len(arguments) == _ARGUMENTS else None


def _data(function: str, contract: str = "EventPass") -> str:
    return calls.encode(function, contract=contract)
