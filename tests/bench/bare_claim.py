"""The ceiling of a hold: a conditional UPDATE and an INSERT in one transaction, and no more."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from uuid import UUID

from fastapi import FastAPI
from fastapi.responses import JSONResponse
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel
from sqlalchemy import update
from sqlmodel import Session, col, insert

from passes_service.db.engine import Database
from passes_service.db.models import DropStock, Order, new_id

CONNECTIONS = 16
"""All wait for one row: with 8 or 32 it was no quicker."""
TAKE = """
    UPDATE drop_stock SET held = held + 1
    WHERE organizer_id = %s AND id = %s AND quantity - sold - held >= 1 RETURNING id
"""
WRITE = """
    INSERT INTO sale_order
        (organizer_id, id, drop_id, offer_id, phase_id, subject, quantity, takes, key_digest,
         fingerprint, state, hold_until, currency, total_minor, price, channel, end_reason,
         created_at)
    VALUES (%s, %s, %s, %s, %s, %s, 1, %s, %s, '', 'held', %s, '', 0, '{}', 'web', '', %s)
"""


class Claim(BaseModel):
    """One place of one stock, and who wants it."""

    drop_id: UUID
    offer_id: UUID
    phase_id: UUID
    stock_id: UUID
    subject: str


def add(app: FastAPI, database: Database, organizer_id: UUID, now: datetime) -> None:
    """Add the endpoint: over the asynchronous driver where there is one, else on threads."""
    if database.is_sqlite:
        _on_threads(app, database, organizer_id, now)
    else:
        _asynchronous(app, database.url, organizer_id, now)


def values(claim: Claim, organizer_id: UUID, now: datetime) -> tuple[object, ...]:
    """Return what `WRITE` writes."""
    return (
        organizer_id,
        new_id(),
        claim.drop_id,
        claim.offer_id,
        claim.phase_id,
        claim.subject,
        f'[["{claim.stock_id}", 1]]',
        secrets.token_bytes(32),
        now + timedelta(minutes=10),
        now,
    )


def _asynchronous(app: FastAPI, url: str, organizer_id: UUID, now: datetime) -> None:
    pool = AsyncConnectionPool(
        url.replace("postgresql+psycopg:", "postgresql:", 1),
        min_size=CONNECTIONS,
        max_size=CONNECTIONS,
        kwargs={"autocommit": True},
        open=False,
    )
    before = app.router.lifespan_context

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncIterator[None]:
        async with before(app), pool:
            yield

    app.router.lifespan_context = opened

    @app.post("/claims", status_code=201)
    async def claim(body: Claim) -> JSONResponse:
        """Take a place if there is one."""
        async with pool.connection() as connection, connection.transaction():
            done = await connection.execute(TAKE, (organizer_id, body.stock_id))
            if await done.fetchone() is None:
                return _answer(taken=False)
            await connection.execute(WRITE, values(body, organizer_id, now))
        return _answer(taken=True)


def _on_threads(app: FastAPI, database: Database, organizer_id: UUID, now: datetime) -> None:
    take = (
        update(DropStock)
        .where(col(DropStock.quantity) - col(DropStock.sold) - col(DropStock.held) >= 1)
        .values(held=col(DropStock.held) + 1)
        .returning(col(DropStock.id))
        .execution_options(synchronize_session=False)
    )

    @app.post("/claims", status_code=201)
    def claim(body: Claim) -> JSONResponse:
        """Take a place if there is one."""
        mine = (col(DropStock.organizer_id) == organizer_id, col(DropStock.id) == body.stock_id)
        with Session(database.writer) as session, session.begin():
            if session.execute(take.where(*mine)).first() is None:
                return _answer(taken=False)
            session.execute(insert(Order).values(**_row(body, organizer_id, now)))
        return _answer(taken=True)


def _row(claim: Claim, organizer_id: UUID, now: datetime) -> dict[str, object]:
    return Order(
        organizer_id=organizer_id,
        drop_id=claim.drop_id,
        offer_id=claim.offer_id,
        phase_id=claim.phase_id,
        subject=claim.subject,
        quantity=1,
        takes=f'[["{claim.stock_id}", 1]]',
        key_digest=secrets.token_bytes(32),
        fingerprint=b"",
        hold_until=now + timedelta(minutes=10),
        created_at=now,
    ).model_dump()


def _answer(*, taken: bool) -> JSONResponse:
    return JSONResponse({"taken": taken}, 201 if taken else 409)
