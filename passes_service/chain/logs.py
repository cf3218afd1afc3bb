"""Logs of EventPass clones: asked for in windows, decoded by the published ABI."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from passes_service.chain import abi
from passes_service.chain.errors import NodeUnavailable
from passes_service.chain.node import Node, quantity
from passes_service.core import ethereum
from passes_service.core.ethereum import keccak256

_WORD: Final = 64  # hexadecimal digits of one word


@dataclass(frozen=True, slots=True)
class ChainEvent:
    """One decoded log. `args` holds integers, checksummed addresses, 0x-strings, lists of them."""

    address: str
    block_number: int
    block_hash: str
    log_index: int
    transaction_hash: str
    name: str
    args: dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Kind:
    name: str
    indexed: tuple[tuple[str, str], ...]
    plain_names: tuple[str, ...]
    plain_types: tuple[str, ...]


def fetch(node: Node, addresses: Sequence[str], first: int, last: int) -> list[ChainEvent]:
    """Return the events of these contracts in blocks first..last, in the order of the chain.

    A node may return logs twice or out of order; what it returns that was not asked for, or is
    removed, is left out.

    Raises:
        NodeRefused: The window is too large for this node, or another refusal.
        NodeUnavailable: No answer, or one that makes no sense.
    """
    if not addresses:
        return []
    asked = {"address": list(addresses), "fromBlock": hex(first), "toBlock": hex(last)}
    wanted = {address.lower() for address in addresses}
    return decode_all(node.call("eth_getLogs", asked), wanted, first, last)


def decode_all(logs: Any, wanted: set[str], first: int, last: int) -> list[ChainEvent]:
    """Return the decoded events among raw logs; see `fetch`."""
    if not isinstance(logs, list):
        raise NodeUnavailable("The node sent no list of logs.")
    found: dict[tuple[str, int], ChainEvent] = {}
    try:
        for log in logs:
            number = quantity(log["blockNumber"])
            if log.get("removed") or log["address"].lower() not in wanted:
                continue
            if not first <= number <= last:
                continue
            event = decode(log)
            if event is not None:
                found[event.block_hash, event.log_index] = event
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise NodeUnavailable(f"The node sent a malformed log ({type(error).__name__}).") from error
    return sorted(found.values(), key=lambda event: (event.block_number, event.log_index))


def decode(log: dict[str, Any]) -> ChainEvent | None:
    """Return the event in a raw log; None if it is none of the contract's."""
    topics = log["topics"]
    kind = _kinds().get(topics[0]) if topics else None
    if kind is None or len(topics) != 1 + len(kind.indexed):
        return None
    args = {
        name: _indexed(kind_of, topic)
        for (name, kind_of), topic in zip(kind.indexed, topics[1:], strict=True)
    }
    if kind.plain_types:
        from eth_abi.abi import decode as decode_abi

        values = decode_abi(kind.plain_types, bytes.fromhex(log["data"][2:]))
        for name, type_, value in zip(kind.plain_names, kind.plain_types, values, strict=True):
            args[name] = _plain(type_, value)
    return ChainEvent(
        address=ethereum.checksum_address(bytes.fromhex(log["address"][2:])),
        block_number=quantity(log["blockNumber"]),
        block_hash=log["blockHash"],
        log_index=quantity(log["logIndex"]),
        transaction_hash=log["transactionHash"],
        name=kind.name,
        args=args,
    )


@cache
def topic_of(name: str) -> str:
    """Return the first topic of an event of the contract by its name."""
    return next(topic for topic, kind in _kinds().items() if kind.name == name)


def _indexed(type_: str, topic: str) -> Any:
    if len(topic) != 2 + _WORD:
        raise ValueError("a topic has 32 bytes")
    if type_ == "address":
        return ethereum.checksum_address(bytes.fromhex(topic[26:]))
    if type_ == "bytes16":
        return topic[:34]
    return topic if type_.startswith("bytes") else int(topic, 16)


def _plain(type_: str, value: Any) -> Any:
    if type_ == "address":
        return ethereum.normalize_address(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    return list(value) if isinstance(value, tuple) else value


@cache
def _kinds() -> dict[str, _Kind]:
    found = {}
    for name in abi.NAMES:
        for entry in abi.load(name):
            if entry["type"] != "event":
                continue
            types = ",".join(item["type"] for item in entry["inputs"])
            topic = "0x" + keccak256(f"{entry['name']}({types})".encode()).hex()
            indexed = [item for item in entry["inputs"] if item["indexed"]]
            plain = [item for item in entry["inputs"] if not item["indexed"]]
            found[topic] = _Kind(
                entry["name"],
                tuple((item["name"], item["type"]) for item in indexed),
                tuple(item["name"] for item in plain),
                tuple(item["type"] for item in plain),
            )
    return found
