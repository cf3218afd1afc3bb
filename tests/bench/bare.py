"""Ceilings: FastAPI endpoints that do the bare work and nothing else.

No login, no log line, no headers, no refusals, no promise kept when a client repeats a call:
just the SQL that cannot be left out, written the obvious way.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import FastAPI, Header
from pydantic import BaseModel
from sqlalchemy.dialects import sqlite
from sqlmodel import Session, col

from passes_service.db.engine import Database
from passes_service.db.models import (
    CheckIn,
    Holder,
    IdempotentCall,
    OutboxEvent,
    Pass,
    PassEvent,
    Series,
    new_id,
)
from tests.bench import bare_claim, bare_door
from tests.bench.bare_door import Scanned


class PassNew(BaseModel):
    """Whom to issue to."""

    holder_id: UUID


class PassRead(BaseModel):
    """What the caller learns."""

    pass_id: str
    series_id: UUID
    serial: int
    state: str
    holder_id: UUID
    paid_minor: str
    bought_at: datetime


def create_app(database: Database, organizer_id: UUID, now: datetime) -> FastAPI:
    """Build the bare application on the same tables."""
    app = FastAPI(openapi_url=None)
    _issuing(app, database, organizer_id, now)
    _empty(app)
    _door(app, database, organizer_id, now)
    bare_claim.add(app, database, organizer_id, now)
    return app


def _issuing(app: FastAPI, database: Database, organizer_id: UUID, now: datetime) -> None:
    @app.post("/two/{series_id}/passes", status_code=201)
    def in_two_transactions(
        series_id: UUID, body: PassNew, idempotency_key: Annotated[str, Header()]
    ) -> PassRead:
        """Reserve the key, commit, work and finish the key, commit."""
        with Session(database.writer, expire_on_commit=False) as session:
            call = _reserved(organizer_id, idempotency_key, now)
            session.add(call)
            session.commit()
            read = _issue(session, organizer_id, series_id, body.holder_id, now)
            _finished(call, read)
            session.commit()
        return read

    @app.post("/one/{series_id}/passes", status_code=201)
    def in_one_transaction(
        series_id: UUID, body: PassNew, idempotency_key: Annotated[str, Header()]
    ) -> PassRead:
        """Do all of it in one transaction: a call that dies leaves no trace to hold on to."""
        with Session(database.writer, expire_on_commit=False) as session:
            call = _reserved(organizer_id, idempotency_key, now)
            session.add(call)
            session.flush()
            read = _issue(session, organizer_id, series_id, body.holder_id, now)
            _finished(call, read)
            session.commit()
        return read


def _reserved(organizer_id: UUID, key: str, now: datetime) -> IdempotentCall:
    return IdempotentCall(
        organizer_id=organizer_id,
        caller="bench",
        key=key,
        fingerprint=b"",
        lease_token=new_id(),
        lease_until=now + timedelta(seconds=30),
        created_at=now,
    )


def _finished(call: IdempotentCall, read: PassRead) -> None:
    call.status, call.body = 201, read.model_dump_json().encode()
    call.media_type = "application/json"


def _issue(
    session: Session, organizer_id: UUID, series_id: UUID, holder_id: UUID, now: datetime
) -> PassRead:
    series = session.get_one(Series, (organizer_id, series_id), with_for_update=True)
    series.issued += 1
    issued = Pass(
        organizer_id=organizer_id,
        pass_id=1 << 96 | series.series_no << 32 | series.issued,
        series_id=series_id,
        serial=series.issued,
        holder_id=holder_id,
        payer_id=holder_id,
        paid_minor=series.price_minor,
        currency=series.currency,
        provider="external",
        bought_at=now,
        created_at=now,
    )
    holder = session.get_one(Holder, (organizer_id, holder_id), with_for_update=True)
    holder.feed_version += 1
    session.add(issued)
    session.flush()
    said = f"Issued as {issued.serial} of {series.cap}."
    _note(session, issued, said, now)
    return PassRead(
        pass_id=str(issued.pass_id),
        series_id=series_id,
        serial=issued.serial,
        state=issued.state,
        holder_id=holder_id,
        paid_minor=str(issued.paid_minor),
        bought_at=issued.bought_at,
    )


def _note(session: Session, issued: Pass, said: str, now: datetime) -> None:
    organizer_id = issued.organizer_id
    session.add(
        PassEvent(
            organizer_id=organizer_id,
            pass_row_id=issued.id,
            kind="issued",
            epoch=1,
            sentence=said,
            created_at=now,
        )
    )
    session.add(
        OutboxEvent(
            organizer_id=organizer_id,
            type="pass.issued",
            payload=f'{{"pass_id": "{issued.pass_id}", "holder_id": "{issued.holder_id}"}}',
            created_at=now,
            available_at=now,
        )
    )


def _empty(app: FastAPI) -> None:
    @app.get("/empty")
    async def empty() -> dict[str, str]:
        """Answer with nothing: what the framework itself costs."""
        return {}


def _door(app: FastAPI, database: Database, organizer_id: UUID, now: datetime) -> None:
    """Take admissions: over the asynchronous driver where there is one, else on threads."""
    if not database.is_sqlite:
        bare_door.asynchronous(app, database.url, organizer_id, now)
        return

    @app.post("/check-ins", status_code=201)
    def scan(body: Scanned) -> dict[str, bool]:
        """Insert one admission; the unique index refuses a second one."""
        row = CheckIn(
            organizer_id=organizer_id,
            pass_row_id=body.pass_row_id,
            session_id=body.session_id,
            gate_id=body.gate_id,
            scope=str(body.session_id),
            created_at=now,
        )
        statement = sqlite.insert(CheckIn).values(**row.model_dump()).on_conflict_do_nothing()
        with Session(database.writer) as session, session.begin():
            first = session.execute(statement.returning(col(CheckIn.id))).first()
        return {"admitted": first is not None}
