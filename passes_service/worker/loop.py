"""Claim, handle, settle. What a worker had claimed when it died comes due again by itself."""

from __future__ import annotations

import os
import signal
import threading
from datetime import datetime
from types import FrameType

import structlog
from sqlalchemy.exc import DBAPIError

from passes_service.bootstrap import Services
from passes_service.db import outbox
from passes_service.db.models import OutboxEvent, new_id
from passes_service.worker import chain_reader, handlers, schedule
from passes_service.worker.handlers import Handler

log = structlog.get_logger("worker")

BATCH = 20
IDLE_SECONDS = 0.5
PAUSE_AFTER_ERROR_SECONDS = 2.0
Table = dict[str, tuple[Handler, ...]]


def drain(
    services: Services,
    now: datetime,
    limit: int = BATCH,
    *,
    table: Table | None = None,
    stop: threading.Event | None = None,
) -> int:
    """Deliver up to `limit` due events and return how many were taken on.

    Claiming is one transaction, each settlement another; handlers run outside of both and open
    their own. When `stop` is set, the present event is finished and the others are given back.
    """
    owner = f"{os.getpid()}-{new_id()}"
    with services.database.transaction() as session:
        claimed = outbox.claim(session, owner=owner, now=now, limit=limit)
    done = 0
    for envelope in claimed:
        if stop is not None and stop.is_set():
            _give_back(services, claimed[done:], now)
            break
        if services.clock() >= envelope.available_at:
            break  # the lease is over: somebody else may be at these already
        _deliver(services, envelope, handlers.HANDLERS if table is None else table, now)
        done += 1
    return done


def _deliver(services: Services, envelope: OutboxEvent, table: Table, now: datetime) -> None:
    try:
        for handle in table.get(envelope.type, ()):
            handle(services, envelope, now)
    except Exception as error:
        # Only the kind of error: its text may hold addresses or links.
        kind = type(error).__name__
        log.warning("not delivered", event_id=str(envelope.id), type=envelope.type, kind=kind)
        with services.database.transaction() as session:
            outbox.mark_failed(session, envelope, error=kind, now=services.clock())
        return
    with services.database.transaction() as session:
        outbox.mark_delivered(session, envelope, now=services.clock())


def _give_back(services: Services, rest: list[OutboxEvent], now: datetime) -> None:
    with services.database.transaction() as session:
        for envelope in rest:
            outbox.release(session, envelope, now=now)


def run_forever(services: Services, stop: threading.Event) -> None:
    """Work until `stop` is set. A database that is away for a while is waited for."""
    due: schedule.Due = {}
    readers = chain_reader.start(services, stop)
    while not stop.is_set():
        try:
            now = services.clock()
            schedule.run_due(services, due, now)
            if drain(services, now, BATCH, stop=stop) == 0:
                stop.wait(IDLE_SECONDS)
        except DBAPIError as error:
            log.error("database", kind=type(error).__name__)
            stop.wait(PAUSE_AFTER_ERROR_SECONDS)
    for reader in readers:
        reader.join()


def stop_on_signals(stop: threading.Event) -> None:
    """Let SIGTERM and SIGINT end the loop after the present event (main thread only)."""

    def ask(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGINT, ask)
