"""Headers of blocks: what they say of their parent, their time and the logs inside."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from passes_service.chain.errors import NodeRefused, NodeUnavailable
from passes_service.chain.node import Node, quantity

_AT_ONCE = 100
_NOT_TOLD = "0x" + "0" * 64
_LATEST_SECOND = 253_402_300_799  # the last one that a datetime holds


@dataclass(frozen=True, slots=True)
class Header:
    """One block. `bloom` has a bit for whatever its logs are about (2048 bits)."""

    number: int
    hash: str
    parent_hash: str
    time: datetime
    bloom: int

    def follows(self, hash_: str) -> bool:
        """Tell whether this is the next block after the one with that hash.

        Hardhat's node leaves the parent out of blocks that were mined by the hundred.
        """
        return self.parent_hash in (hash_, _NOT_TOLD)


def parse(answer: Any) -> Header | None:
    """Return the header in an answer of `eth_getBlockBy...`, None if there is no such block.

    Raises:
        NodeUnavailable: The answer is no block.
    """
    if answer is None:
        return None
    try:
        found = Header(
            number=quantity(answer["number"]),
            hash=_hash(answer["hash"]),
            parent_hash=_hash(answer["parentHash"]),
            time=datetime.fromtimestamp(min(quantity(answer["timestamp"]), _LATEST_SECOND), UTC),
            bloom=quantity(answer.get("logsBloom") or "0x0"),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise NodeUnavailable("The node sent a malformed block.") from error
    return found


def by_number(number: int | str) -> tuple[str, tuple[Any, ...]]:
    """Return the request for one header, by its number or by a tag."""
    return "eth_getBlockByNumber", (hex(number) if isinstance(number, int) else number, False)


def fetch(node: Node, numbers: Iterable[int]) -> dict[int, Header]:
    """Return the headers that the node has of these blocks.

    Raises:
        NodeUnavailable, NodeRefused, ChainMismatch: The node did not answer.
    """
    wanted = sorted(set(numbers))
    found: dict[int, Header] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        for number, answer in zip(some, node.batch([by_number(n) for n in some]), strict=True):
            header = parse(answer)
            if header is not None:
                if header.number != number:
                    raise NodeUnavailable("The node sent another block than was asked for.")
                found[number] = header
    return found


def tags(node: Node, names: Sequence[int | str]) -> list[Header | None]:
    """Return several headers at once; None where the node has none or does not know the tag.

    Raises:
        NodeUnavailable, ChainMismatch: The node did not answer.
    """
    answers = node.try_batch([by_number(name) for name in names])
    return [None if isinstance(each, NodeRefused) else parse(each) for each in answers]


def _hash(value: Any) -> str:
    if not isinstance(value, str) or len(value) != 66 or not value.startswith("0x"):
        raise ValueError("a block hash has 32 bytes")
    int(value, 16)
    return value.lower()
