"""Waiting rooms move and raffles are drawn, whether anybody looks or not."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlmodel import col, select

from passes_service.bootstrap import Services
from passes_service.chain.node import WORKER_SECONDS
from passes_service.core.errors import DomainError
from passes_service.db.models import Drop, DropDraw, DropQueue
from passes_service.drops import queue_moving, raffle, raffle_block, raffle_draw

SOON: Final = timedelta(minutes=10)
log = structlog.get_logger("raffles")


def move_rooms(services: Services, now: datetime) -> None:
    """Give numbers and admit people in every waiting room of a Drop that is open."""
    with services.database.reading() as session:
        rooms = session.exec(
            select(Drop, DropQueue)
            .join(
                DropQueue,
                (col(DropQueue.organizer_id) == col(Drop.organizer_id))
                & (col(DropQueue.drop_id) == col(Drop.id)),
            )
            .where(Drop.opens_at <= now, Drop.closes_at > now, col(Drop.ended_at).is_(None))
        ).all()
    for drop, _ in rooms:
        with services.database.transaction() as session:
            room = queue_moving.number_early(session, drop, now=now)
            if room is not None and queue_moving.is_due(room, now=now):
                queue_moving.move(session, room, now=now)


def commit(services: Services, now: datetime) -> None:
    """Commit to raffles that open soon and for which nobody named a source: without one.

    Their pages say then that the organizer could influence the draw.
    """
    with services.database.reading() as session:
        bare = raffle_draw.uncommitted(session, until=now + SOON, now=now)
    for drop in bare:
        with services.database.transaction() as session:
            raffle.open_draw(session, drop, source="none", random=services.random_bytes, now=now)


def advance(services: Services, now: datetime) -> None:
    """Commit, close entries, draw what can be drawn, pass on places that nobody bought in time."""
    commit(services, now)
    with services.database.reading() as session:
        closing = raffle_draw.to_close(session, now=now)
    for drop in closing:
        with services.database.transaction() as session:
            raffle_draw.close(session, drop, now=now)
    with services.database.reading() as session:
        drawing = raffle_draw.to_draw(session, now=now)
    for drop, row in drawing:
        _draw(services, drop, row, now)
    with services.database.reading() as session:
        late = raffle_draw.to_lapse(session, now=now)
    for drop in late:
        with services.database.transaction() as session:
            raffle_draw.lapse(session, drop, now=now)


def _draw(services: Services, drop: Drop, row: DropDraw, now: datetime) -> None:
    """Ask the chain that was named, then draw; a node that is away is asked again later."""
    randomness, number = b"", None
    if row.source == "block":
        try:
            block = _block(services, row)
        except DomainError as error:
            log.warning("not drawn", drop_id=str(drop.id), kind=error.code)
            return
        if block is None:
            return
        randomness, number = block.hash, block.number
    with services.database.transaction() as session:
        raffle_draw.hold_draw(session, drop, randomness=randomness, block_number=number, now=now)


def _block(services: Services, row: DropDraw) -> raffle_block.Block | None:
    if row.chain_id is None or row.after is None:
        return None
    node = services.node(row.chain_id, seconds=WORKER_SECONDS)
    return raffle_block.first_final_after(node, row.after)
