"""Compares book and chain: asked by people, by the timetable and at the end of tests."""

from __future__ import annotations

import time
from datetime import datetime

import structlog

from passes_service.bootstrap import Services
from passes_service.chain.node import WORKER_SECONDS
from passes_service.core.errors import DomainError
from passes_service.indexer import audit
from passes_service.indexer.audit import Comparison

log = structlog.get_logger("audit")
TRIES = 20
PAUSE_SECONDS = 0.25


def compare(services: Services, chain_id: int) -> Comparison | None:
    """Return what was found; None if the chain was never read.

    Raises:
        ChainUnknown, NodeUnavailable, NodeRefused, ChainMismatch: Nothing can be said.
    """
    node = services.node(chain_id, seconds=WORKER_SECONDS)
    for _ in range(TRIES):
        with services.database.reading() as session:
            book = audit.snapshot(session, chain_id=chain_id)
        if book is not None:
            return audit.compare(node, book)
        time.sleep(PAUSE_SECONDS)  # a window was just written, or nothing was ever read
    return None


def look_regularly(services: Services, _now: datetime) -> None:
    """Compare every chain; a difference goes into the log, by name, where operators see it."""
    for chain_id in services.networks:
        try:
            found = compare(services, chain_id)
        except DomainError as error:
            log.warning("not compared", chain_id=chain_id, said=error.detail)
            continue
        if found is None:
            continue
        for address in found.unread:
            log.info("not compared: still being read", chain_id=chain_id, contract=address)
        for difference in found.differences:
            log.error(
                "book and chain differ",
                chain_id=chain_id,
                organizer=str(difference.organizer_id),
                said=str(difference),
            )
