"""One stretch of a chain, read without any transaction and proved to hang together.

Order of questions, so that a reorganisation in between cannot mix two chains: headers, logs, the
last header once more. If its hash is the same, so are all blocks before it. Each log must lie in a
block whose header we have, by hash; headers must follow each other; and in blocks that are not
final yet the logs must be all there are (`bloom.complete`).
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from passes_service.chain import calls, logs
from passes_service.chain.errors import NodeRefused, NodeUnavailable
from passes_service.chain.logs import ChainEvent
from passes_service.chain.node import Node
from passes_service.indexer import bloom, headers
from passes_service.indexer.errors import ChainMoved, NodeInconsistent
from passes_service.indexer.headers import Header

SMALLEST, FIRST, LARGEST = 1, 20, 4_000
QUICK_SECONDS = 1.0
MANY_LOGS = 2_000
_ADDRESSES = 200  # contracts in one question
SeriesKey = tuple[str, int]


class Pace:
    """How many blocks to ask for at once: half when a node objects, twice when it is quick."""

    def __init__(self) -> None:
        self.blocks = FIRST

    def slower(self) -> bool:
        """Ask for less from now on; False if it cannot be less."""
        if self.blocks == SMALLEST:
            return False
        self.blocks = max(SMALLEST, self.blocks // 2)
        return True

    def went(self, *, seconds: float, count: int) -> None:
        """Ask for more if that was easy, for less if it was so much that it fills a transaction."""
        if count > 2 * MANY_LOGS:
            self.slower()
        elif seconds < QUICK_SECONDS and count < MANY_LOGS:
            self.blocks = min(LARGEST, self.blocks * 2)


@dataclass(frozen=True, slots=True)
class Glance:
    """What is seen before reading: the head, what is final, and what is at the cursor now.

    `final_hash` is what a node that knows finality says of that block; empty where depth counts.
    """

    head: Header
    final: int
    final_hash: str
    here: Header | None


@dataclass(frozen=True, slots=True)
class Window:
    """Blocks first..last.number of a chain.

    Attributes:
        headers: Those that may still be replaced, and the last one.
        times: When each block with events was made.
        terms: What the contract keeps for each Series that was created here.
    """

    first: int
    last: Header
    headers: Sequence[Header]
    events: Sequence[ChainEvent]
    times: dict[int, datetime]
    terms: dict[SeriesKey, dict[str, Any]]


def glance(node: Node, *, at: int) -> Glance:
    """Look at the head, at finality and at block number `at`.

    Raises:
        NodeUnavailable, ChainMismatch: The node did not answer.
    """
    depth = node.network.finality_depth
    named: list[int | str] = ["latest", max(at, 0)]
    claimed, here, *final = headers.tags(node, named if depth else [*named, "finalized"])
    if claimed is None:
        raise NodeUnavailable("The node has no head.")
    if here is not None and claimed.hash == here.hash:
        head: Header | None = here
    else:  # what is final follows from the head, so the head has to be there
        (head,) = headers.tags(node, [claimed.number])
    if head is None:
        return Glance(claimed, 0, "", here)
    if depth:
        return Glance(head, max(0, head.number - depth), "", here)
    if not final or final[0] is None or final[0].number > head.number:
        return Glance(head, 0, "", here)
    return Glance(head, final[0].number, final[0].hash, here)


def read(
    node: Node,
    *,
    first: int,
    top: int,
    parent: str | None,
    seen: Glance,
    addresses: Collection[str],
    pace: Pace,
) -> Window:
    """Read from block `first` as far as the node's patience reaches, at most to `top`.

    Args:
        parent: Hash of the block before `first`; None where it is not known.
        seen: What was seen just before; blocks that it calls final are read with less suspicion.

    Raises:
        ChainMoved: The chain changed meanwhile, or `first` does not follow `parent`.
        NodeInconsistent: The answers contradict each other.
        NodeUnavailable, NodeRefused, ChainMismatch: The node did not answer.
    """
    while True:
        # Without contracts there is nothing to ask, so what is final is passed over at once.
        reach = first + pace.blocks - 1 if addresses else max(seen.final, first + pace.blocks - 1)
        try:
            began = time.monotonic()
            found = _read(node, first, min(top, reach), parent, seen, addresses)
            pace.went(seconds=time.monotonic() - began, count=len(found.events))
            return found
        except NodeUnavailable:
            pace.slower()  # it may have been too much for its time; the caller tries again
            raise
        except NodeRefused:
            if not pace.slower():
                raise


def _read(
    node: Node, first: int, last: int, parent: str | None, seen: Glance, addresses: Collection[str]
) -> Window:
    final = seen.final
    begin = last if last <= final else max(first, final)
    chain = headers.fetch(node, range(begin, last + 1))
    if begin not in chain:
        raise NodeInconsistent(f"The node names a head but does not have block {begin}.")
    # A node that names a head which it does not have is followed as far as it has blocks.
    last = next(number for number in range(begin, last + 2) if number not in chain) - 1
    soft = [chain[number] for number in range(begin, last + 1)]
    _check_chained(soft, parent if begin == first else None)
    if seen.final_hash and final in chain and chain[final].hash != seen.final_hash:
        raise NodeInconsistent(f"The node says two things about its final block {final}.")
    events = _fetch(node, addresses, first, last)
    numbers = {event.block_number for event in events}
    later = headers.fetch(node, {last, *(number for number in numbers if number < begin)})
    if last not in later or later[last].hash != soft[-1].hash:
        raise ChainMoved
    known = {**later, **{each.number: each for each in soft}}
    unsure = [
        each
        for each in soft
        if each.number > final and (each.number in numbers or bloom.may_hold(each.bloom, addresses))
    ]
    whole = bloom.complete(node, unsure, addresses)
    firm = [event for event in events if event.block_number not in whole]
    events = sorted(
        [*firm, *(event for some in whole.values() for event in some)],
        key=lambda event: (event.block_number, event.log_index),
    )
    for event in events:
        if event.block_number not in known:
            raise NodeInconsistent(f"The node does not have block {event.block_number}.")
        if known[event.block_number].hash != event.block_hash.lower():
            raise ChainMoved
    times = {number: known[number].time for number in {event.block_number for event in events}}
    return Window(first, soft[-1], soft, events, times, _terms(node, events))


def _check_chained(chain: Sequence[Header], parent: str | None) -> None:
    if parent is not None and not chain[0].follows(parent):
        raise ChainMoved
    for before, after in pairwise(chain):
        if not after.follows(before.hash):
            raise ChainMoved


def _fetch(node: Node, addresses: Collection[str], first: int, last: int) -> list[ChainEvent]:
    ordered = sorted(addresses)
    found: list[ChainEvent] = []
    for start in range(0, len(ordered), _ADDRESSES):
        found += logs.fetch(node, ordered[start : start + _ADDRESSES], first, last)
    return found


def _terms(node: Node, events: Sequence[ChainEvent]) -> dict[SeriesKey, dict[str, Any]]:
    """Return what each created Series promises; it is code on chain and never changes."""
    created = [
        (event.address, event.args["series"]) for event in events if event.name == "SeriesCreated"
    ]
    try:
        return {
            (address, number): calls.view(node, address, "termsOf", number)
            for address, number in created
        }
    except NodeRefused as error:
        raise ChainMoved from error  # it was created in a block that is gone again
