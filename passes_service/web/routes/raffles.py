"""Raffles: enter, see your entry, commit to a draw, read the published file."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import Field
from sqlmodel import Session

from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.chain.errors import ChainUnknown
from passes_service.core import draw_file
from passes_service.db.models import Drop, DropDraw, RaffleEntry
from passes_service.drops import queue, raffle, raffle_file
from passes_service.drops.queue_errors import QueueRoomOdd
from passes_service.drops.raffle_errors import (
    NoRaffle,
    RaffleEntryUnknown,
    RaffleNotOpen,
    RaffleOdd,
    RaffleOver,
    RaffleUnproved,
)
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentHolder, HolderCall, Reading, StaffCall
from passes_service.web.idempotency import Reply, created
from passes_service.web.routes.queues import find_drop

router = APIRouter(
    prefix="/api/v1/drops",
    tags=["Raffles"],
    responses=problems.declare(NotSignedIn, NotFound, NoRaffle),
)
Most = Annotated[int, Field(ge=1, le=100_000)]


class EntryNew(shapes.Body):
    """What one would buy; may be left out where there is one offer."""

    offer_id: UUID | None = None


class EntryRead(shapes.Read):
    """Your entry. With `id` and `salt` you find `leaf` in the published file: show them to nobody.

    `state`: entered, won (buy until `pay_until`), waiting (you are next when others do not buy),
    lapsed, taken.
    """

    id: UUID
    offer_id: UUID
    salt: str
    leaf: str
    rank: int | None
    state: Literal["entered", "won", "waiting", "lapsed", "taken"]
    pay_until: datetime | None

    @staticmethod
    def of(row: RaffleEntry) -> EntryRead:
        """Return the shape of an entry."""
        return EntryRead(
            **row.model_dump(include={"id", "offer_id", "leaf", "rank", "state", "pay_until"}),
            salt=row.salt.hex(),
        )


class DrawNew(shapes.Body):
    """How a raffle is to be drawn; fixed before entries open, and for good."""

    source: Literal["block", "none"] = Field(
        description="`none`: the page says that you could influence the draw."
    )
    chain_id: int | None = Field(default=None, gt=0, lt=2**53)
    after: shapes.Instant | None = Field(
        default=None,
        description="The first final block later than this; default: when entries close.",
    )
    pay_seconds: int = Field(default=172_800, ge=300, le=30 * 86_400)


class DrawRead(shapes.Read):
    """A draw: what was promised, and how far it is."""

    commitment: str
    source: str
    chain_id: int | None
    after: datetime | None
    pay_seconds: int
    closed_at: datetime | None
    drawn_at: datetime | None


class RoomNew(shapes.Body):
    """How a waiting room lets people in."""

    at_once: Most = 100
    per_minute: Most = 600
    stay_seconds: int = Field(default=600, ge=1, le=86_400)


class RoomRead(shapes.Read):
    """A waiting room; `commitment` is SHA-256 of the secret that orders who came early."""

    commitment: str
    at_once: int
    per_minute: int
    stay_seconds: int


@router.post(
    "/{drop_id}/raffle/entries",
    status_code=201,
    response_model=EntryRead,
    responses=problems.declare(RaffleNotOpen, RaffleOver, RaffleOdd, RaffleUnproved),
)
def enter(drop_id: UUID, body: EntryNew, call: HolderCall) -> Response:
    """Enter the raffle. Once per person: entering again gives the same entry."""

    def work(session: Session) -> Reply:
        row = raffle.enter(
            session,
            own_drop(session, call.caller.organizer_id, drop_id),
            holder_id=call.caller.id,
            offer_id=body.offer_id,
            random=call.services.random_bytes,
            now=call.now,
        )
        return created(EntryRead.of(row))

    return call.run(work)


@router.get("/{drop_id}/raffle/entries/mine", responses=problems.declare(RaffleEntryUnknown))
def mine(drop_id: UUID, caller: CurrentHolder, session: Reading) -> EntryRead:
    """Read your entry, with what finds it in the published file."""
    drop = own_drop(session, caller.organizer_id, drop_id)
    return EntryRead.of(raffle.own(session, drop, holder_id=caller.id))


@router.get("/{drop_id}/draw.json", response_class=Response)
def published(drop_id: UUID, session: Reading) -> Response:
    """Read what anyone needs to repeat the draw; `passes draw verify` does it."""
    return file_of(session, find_drop(session, drop_id))


@router.post(
    "/{drop_id}/draw",
    status_code=201,
    response_model=DrawRead,
    responses=problems.declare(NotAllowed, RaffleOdd, ChainUnknown),
)
def commit(drop_id: UUID, body: DrawNew, call: StaffCall) -> Response:
    """Commit to a draw before entries open: a secret, and where randomness will come from."""
    call.caller.require("catalog:write")
    if body.chain_id is not None and body.chain_id not in call.services.networks:
        raise ChainUnknown(f"Chain {body.chain_id} is not served here.")

    def work(session: Session) -> Reply:
        row: DropDraw = raffle.open_draw(
            session,
            own_drop(session, call.caller.organizer_id, drop_id),
            **body.model_dump(),
            random=call.services.random_bytes,
            now=call.now,
        )
        return created(DrawRead.model_validate(row))

    return call.run(work)


@router.post(
    "/{drop_id}/waiting-room",
    status_code=201,
    response_model=RoomRead,
    responses=problems.declare(NotAllowed, QueueRoomOdd),
)
def open_room(drop_id: UUID, body: RoomNew, call: StaffCall) -> Response:
    """Give a Drop a waiting room before it opens."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = queue.open_room(
            session,
            own_drop(session, call.caller.organizer_id, drop_id),
            **body.model_dump(),
            random=call.services.random_bytes,
            now=call.now,
        )
        return created(RoomRead.model_validate(row))

    return call.run(work)


def own_drop(session: Session, organizer_id: UUID, drop_id: UUID) -> Drop:
    """Return a Drop of the caller's organizer.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    found = session.get(Drop, (organizer_id, drop_id))
    if found is None:
        raise NotFound("There is no such Drop here.")
    return found


def file_of(session: Session, drop: Drop) -> Response:
    """Return the published file of a Drop's draw as it is now."""
    text = draw_file.render(raffle_file.of(session, drop))
    headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=5"}
    return Response(text, media_type="application/json", headers=headers)
