"""The ceiling of the door: one INSERT over psycopg's asynchronous pool, committed to the disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from fastapi import FastAPI
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

from passes_service.db.models import new_id

CONNECTIONS = 32
"""One for each gate at once: with 8 or 16 it was slower."""
_INSERT = """
    INSERT INTO check_in
        (organizer_id, id, pass_row_id, session_id, scope, number, gate_id, force_reason,
         annulled_by, created_at)
    VALUES (%s, %s, %s, %s, %s, 1, %s, '', '', %s) ON CONFLICT DO NOTHING RETURNING id
"""


class Scanned(BaseModel):
    """Who came in."""

    pass_row_id: UUID
    session_id: UUID
    gate_id: UUID


def asynchronous(app: FastAPI, url: str, organizer_id: UUID, now: datetime) -> None:
    """Add the endpoint. Every statement is a transaction: no BEGIN and no COMMIT on the way."""
    pool = AsyncConnectionPool(
        url.replace("postgresql+psycopg:", "postgresql:", 1),
        min_size=CONNECTIONS,
        max_size=CONNECTIONS,
        kwargs={"autocommit": True},
        open=False,
    )

    @asynccontextmanager
    async def opened(_: FastAPI) -> AsyncIterator[None]:
        async with pool:
            yield

    app.router.lifespan_context = opened

    @app.post("/check-ins", status_code=201)
    async def scan(body: Scanned) -> dict[str, bool]:
        """Insert one admission; the unique index refuses a second one."""
        values = (
            organizer_id,
            new_id(),
            body.pass_row_id,
            body.session_id,
            str(body.session_id),
            body.gate_id,
            now,
        )
        async with pool.connection() as connection:
            done = await connection.execute(_INSERT, values)
            first = await done.fetchone()
        return {"admitted": first is not None}
