"""Waiting rooms: take a place, see how it stands, check the lot."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import bindparam
from sqlmodel import Session, select

from passes_service.accounts.errors import NotFound
from passes_service.bootstrap import Services
from passes_service.db.models import Drop, DropQueue
from passes_service.drops import queue, queue_look
from passes_service.drops.queue_errors import (
    NoWaitingRoom,
    QueueEntryUnknown,
    QueueTokenElsewhere,
    QueueTokenForged,
    QueueTokenMissing,
    WaitingRoomOver,
)
from passes_service.drops.queue_look import Look, State
from passes_service.web import buyers, problems, shapes, waiting
from passes_service.web.buyers import VISITOR_COOKIE
from passes_service.web.deps import Now, Reading, TheServices

router = APIRouter(
    prefix="/api/v1/drops",
    tags=["Waiting rooms"],
    responses=problems.declare(NotFound, NoWaitingRoom),
)
Token = Annotated[str | None, Query(max_length=200, description="What joining gave.")]


class PlaceRead(shapes.Read):
    """A place in a waiting room.

    `state`: early (numbers are drawn at the opening), arriving (a number comes within a second or
    two), waiting, admitted (order now, with the token). `ahead` counts who comes first. `estimate`
    is measured, and says so where nothing can be said; `estimate_seconds` is null then. `left` and
    `held` are the Drop's own numbers at `as_of`. `visitor` is who you are without a login: send it
    as the cookie `passes_visitor` when you order.
    """

    token: str
    entry_id: UUID
    visitor: str | None
    state: State
    number: int | None
    ahead: int | None
    estimate: str
    estimate_seconds: int | None
    drop_state: str
    left: int
    held: int
    as_of: datetime
    commitment: str


class EarlyRead(shapes.Read):
    """Somebody who came before the opening."""

    id: UUID
    number: int


class OrderRead(shapes.Read):
    """The lot: before the opening the commitment, after it the secret and whom it put in order.

    `commitment` is SHA-256(secret). Sorting `entries` by HMAC-SHA256(secret, 16 bytes of the id)
    gives the numbers 1, 2, 3 and so on.
    """

    commitment: str
    secret: str | None
    numbered_at: datetime | None
    entries: list[EarlyRead]


@router.post(
    "/{drop_id}/queue", response_model=PlaceRead, responses=problems.declare(WaitingRoomOver)
)
async def join(drop_id: UUID, request: Request, services: TheServices, now: Now) -> Response:
    """Take a place, or get the one you have. Without a login you are the cookie's visitor."""
    return await waiting.aside(lambda: _join(drop_id, request, services, now))


def _join(drop_id: UUID, request: Request, services: Services, now: datetime) -> Response:
    with services.database.reading() as session:
        drop = find_drop(session, drop_id)
    subject = waiting.subject_of(request, drop.organizer_id)
    visitor = None
    if subject is None:
        visitor = waiting.new_visitor(services)
        subject = buyers.visitor_subject(visitor)
    known = None if visitor else waiting.mine(services, request, drop, subject, now=now)
    if known is None:
        found = waiting.joined(services, drop, subject, now=now)
    else:
        found = waiting.moved(services, drop, known, now=now)
    response = _answer(services, found, visitor or request.cookies.get(VISITOR_COOKIE))
    if visitor is not None:
        waiting.keep_visitor(response, visitor, services)
    return response


@router.get(
    "/{drop_id}/queue",
    response_model=PlaceRead,
    responses=problems.declare(
        QueueTokenMissing, QueueTokenForged, QueueTokenElsewhere, QueueEntryUnknown
    ),
)
async def place(
    drop_id: UUID, request: Request, services: TheServices, now: Now, token: Token = None
) -> Response:
    """See how a place stands. Ask every few seconds; asking more often brings nothing."""
    return await waiting.aside(lambda: _place(drop_id, request, services, now, token))


def _place(
    drop_id: UUID, request: Request, services: Services, now: datetime, token: str | None
) -> Response:
    with services.database.reading() as session:
        drop = find_drop(session, drop_id)
        if not drop.waiting_room:
            raise NoWaitingRoom("This Drop is sold without a waiting room.")
        entry_id = queue.read_token(drop, token, keys=services.keyring.session_keys(now))
        found = queue_look.look(session, drop, entry_id, now=now)
    found = waiting.moved(services, drop, found, now=now)
    subject = waiting.subject_of(request, drop.organizer_id)
    if subject is not None and found.entry.subject == waiting.guest_of(request) != subject:
        found = waiting.adopted(services, drop, found, subject)
    return _answer(services, found, request.cookies.get(VISITOR_COOKIE))


@router.get("/{drop_id}/queue/order")
def order(drop_id: UUID, session: Reading) -> OrderRead:
    """Check the lot: who was there before the opening, in their order, and the secret."""
    drop = find_drop(session, drop_id)
    room, entries = queue_look.early(session, drop)
    return order_read(room, entries)


def order_read(room: DropQueue, entries: list[tuple[UUID, int]]) -> OrderRead:
    """Return the lot as anyone may see it now."""
    return OrderRead(
        commitment=room.commitment,
        secret=None if room.numbered_at is None else room.secret.hex(),
        numbered_at=room.numbered_at,
        entries=[EarlyRead(id=one, number=number) for one, number in entries],
    )


@cache
def _drop_by_id() -> Any:
    return select(Drop).where(Drop.id == bindparam("drop"))


def find_drop(session: Session, drop_id: UUID) -> Drop:
    """Return a Drop by its id alone: buyers do not know the organizer's.

    Raises:
        NotFound: There is none.
    """
    found: Drop | None = session.scalars(_drop_by_id(), {"drop": drop_id}).first()
    if found is None:
        raise NotFound("There is no such Drop.")
    return found


def _answer(services: Services, found: Look, visitor: str | None) -> Response:
    guest = visitor and found.entry.subject == buyers.visitor_subject(visitor)
    body = PlaceRead(
        token=queue.token_of(found.entry, key=services.keyring.session_key),
        entry_id=found.entry.id,
        visitor=visitor if guest else None,
        state=found.state,
        number=found.entry.number,
        ahead=found.ahead,
        estimate=found.estimate,
        estimate_seconds=found.seconds,
        drop_state=found.drop_state,
        left=found.left,
        held=found.held,
        as_of=found.at,
        commitment=found.room.commitment,
    )
    return Response(body.model_dump_json(), media_type="application/json")
