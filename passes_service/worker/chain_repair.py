"""Reads a chain anew from its contracts' first blocks, and has the books put right."""

from __future__ import annotations

from collections.abc import Callable

from passes_service.bootstrap import Services
from passes_service.indexer import cursor, repair, window
from passes_service.indexer.errors import ChainBusy, ChainMoved, LeaseLost
from passes_service.indexer.repair import Repaired
from passes_service.indexer.window import Window
from passes_service.worker.chain_reader import Reader, reader

_TRIES = 5


def reindex(
    services: Services,
    chain_id: int,
    *,
    tell: Callable[[int, int], None] = lambda _first, _last: None,
) -> Repaired:
    """Take the chain from whoever reads it, compare everything, repair what differs.

    Args:
        tell: Called with the first and last block of each stretch that was read.

    Raises:
        ChainUnknown: It is not served here.
        ChainBusy: Another process took the chain back again and again.
        NodeUnavailable, NodeRefused, ChainMismatch, NodeInconsistent: The node did not answer.
    """
    mine = reader(services, chain_id)
    try:
        for _ in range(_TRIES):
            try:
                return _once(mine, tell)
            except (LeaseLost, ChainMoved):
                continue
        raise ChainBusy("The chain was taken back by another process, or kept on changing.")
    finally:
        mine.release()


def _once(mine: Reader, tell: Callable[[int, int], None]) -> Repaired:
    mine.hold_on()
    with mine.services.database.reading() as session:
        at = cursor.position(session, chain_id=mine.chain_id)
    if at.number == cursor.NOT_BEGUN or not at.contracts:
        return Repaired()
    seen = window.glance(mine.node, at=at.number)
    top = min(at.number, mine.top(seen))
    first = min(each.first_block for each in at.contracts)
    windows: list[Window] = []
    parent: str | None = None
    while first <= top:
        found = window.read(
            mine.node,
            first=first,
            top=top,
            parent=parent,
            seen=seen,
            addresses=[each.address for each in at.contracts],
            pace=mine.pace,
        )
        windows.append(found)
        tell(first, found.last.number)
        first, parent = found.last.number + 1, found.last.hash
        mine.hold_on()
    if not windows:
        return Repaired()
    with mine.services.database.transaction() as session:
        return repair.repair(
            session,
            mine.lease,
            at,
            windows,
            head=seen.head.number,
            final=seen.final,
            now=mine.services.clock(),
        )
