"""Drops: schedule, read, open early, pause, resume, close, change, and what everybody may read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.accounts.errors import FieldRefused, NotAllowed, NotFound, NotSignedIn
from passes_service.catalog.errors import SeriesClosed
from passes_service.core.money import MoneyInvalid
from passes_service.db.models import Drop
from passes_service.drops import changing, queue, reading, scheduling, shares
from passes_service.drops.errors import (
    DropInUse,
    DropInvalid,
    DropSlugTaken,
    DropSoldElsewhere,
    DropStateUnfit,
    DropTooMany,
    EditionUnfit,
    ShareUnfit,
)
from passes_service.drops.queue_errors import QueueRoomOdd
from passes_service.feeds import public as files
from passes_service.web import drop_shapes, problems
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall, TheServices
from passes_service.web.drop_plans import DropChange, DropNew, PhaseNew
from passes_service.web.drop_shapes import DropPublic, DropRead, SettlementRead
from passes_service.web.idempotency import Call, Reply, created, ok
from passes_service.web.routes.calendar_files import CALENDAR, SHARED, answer_file

router = APIRouter(tags=["Drops"])
_PATH = "/api/v1/drops"
_STAFF = problems.declare(NotSignedIn, NotAllowed, NotFound)
_MOVES = _STAFF | problems.declare(DropStateUnfit)
_LIVE = {"Cache-Control": "public, max-age=1", "Access-Control-Allow-Origin": "*"}


@router.post(
    _PATH,
    status_code=201,
    response_model=DropRead,
    responses=problems.declare(
        NotSignedIn,
        NotAllowed,
        NotFound,
        FieldRefused,
        MoneyInvalid,
        SeriesClosed,
        DropInvalid,
        DropSlugTaken,
        DropSoldElsewhere,
        DropTooMany,
        EditionUnfit,
        ShareUnfit,
        QueueRoomOdd,
    ),
)
def schedule(body: DropNew, call: StaffCall) -> Response:
    """Schedule a Drop: all of it or nothing. Its places are set aside in their Series."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        organizer_id = call.caller.organizer_id
        drop = scheduling.schedule(
            session, organizer_id=organizer_id, plan=body.plan(session), now=call.now
        )
        if body.waiting_room:
            queue.open_room(session, drop, random=call.services.random_bytes, now=call.now)
        return created(_own(session, drop, call.now), location=f"{_PATH}/{drop.id}")

    return call.run(work)


@router.get(_PATH, responses=problems.declare(NotSignedIn, NotAllowed))
def every(caller: CurrentStaff, session: Reading, now: Now) -> list[DropRead]:
    """List the organizer's Drops, the latest opening first."""
    caller.require("catalog:read")
    rows = reading.every(session, organizer_id=caller.organizer_id)
    return [_own(session, row, now) for row in rows]


@router.get(_PATH + "/{drop_id}", responses=_STAFF)
def read(drop_id: UUID, caller: CurrentStaff, session: Reading, now: Now) -> DropRead:
    """Read one Drop: every count is of the instant `as_of`."""
    caller.require("catalog:read")
    row = reading.get(session, organizer_id=caller.organizer_id, drop_id=drop_id)
    return _own(session, row, now)


@router.patch(
    _PATH + "/{drop_id}",
    response_model=DropRead,
    responses=_MOVES | problems.declare(FieldRefused, DropInvalid, DropInUse),
)
def change(drop_id: UUID, body: DropChange, call: StaffCall) -> Response:
    """Change a Drop; times only while nobody holds places, phases only before it opens."""
    stated: dict[str, Any] = body.model_dump(exclude_unset=True, exclude={"phases"})
    planned = None if body.phases is None else tuple(map(PhaseNew.plan, body.phases))

    def act(session: Session, **scope: Any) -> Drop:
        return changing.change(session, **scope, stated=stated, phases=planned)

    return _do(call, drop_id, act)


@router.post(
    _PATH + "/{drop_id}/open",
    response_model=DropRead,
    responses=_MOVES | problems.declare(ShareUnfit),
)
def open_early(drop_id: UUID, call: StaffCall) -> Response:
    """Open a Drop now instead of at its time."""
    return _do(call, drop_id, changing.open_early)


@router.post(_PATH + "/{drop_id}/pause", response_model=DropRead, responses=_MOVES)
def pause(drop_id: UUID, call: StaffCall) -> Response:
    """Take no orders from now on; who holds places may still pay for them."""
    return _do(call, drop_id, changing.pause)


@router.post(_PATH + "/{drop_id}/resume", response_model=DropRead, responses=_MOVES)
def resume(drop_id: UUID, call: StaffCall) -> Response:
    """Go on after a pause."""
    return _do(call, drop_id, changing.resume)


@router.post(_PATH + "/{drop_id}/close", response_model=DropRead, responses=_MOVES)
def close(drop_id: UUID, call: StaffCall) -> Response:
    """End a Drop for good; what is not sold goes back once nobody holds places."""
    return _do(call, drop_id, changing.close)


@router.get(_PATH + "/{drop_id}/settlement", responses=_STAFF)
def settlement(drop_id: UUID, caller: CurrentStaff, session: Reading) -> SettlementRead:
    """Read what a Drop sold and took, and what of it is whose; partners may read it too."""
    caller.require("catalog:read")
    drop = shares.readable(session, organizer_id=caller.organizer_id, drop_id=drop_id)
    found = shares.settlement(session, drop)
    return drop_shapes.settlement(session, found, drop.settled_at)


@router.get("/o/{slug}/drops/{drop_slug}.json", responses=problems.declare(NotFound))
def public(slug: str, drop_slug: str, response: Response, session: Reading, now: Now) -> DropPublic:
    """Read what everybody may know of a Drop: offers, prices, phases, shares, and what is left."""
    organizer = organizers.by_slug(session, slug)
    shop = reading.by_slug(session, organizer_id=organizer.id, slug=drop_slug)
    response.headers.update(_LIVE)
    return drop_shapes.public(session, shop, now=now)


@router.head("/o/{slug}/drops/{drop_slug}.ics", include_in_schema=False)
@router.get(
    "/o/{slug}/drops/{drop_slug}.ics",
    response_class=Response,
    responses=CALENDAR | problems.declare(NotFound),
)
def calendar_file(
    slug: str, drop_slug: str, request: Request, session: Reading, services: TheServices
) -> Response:
    """Serve a Drop as one calendar entry, to be reminded of its opening."""
    organizer = organizers.by_slug(session, slug)
    stored = files.one_drop(session, organizer, drop_slug, origin=services.settings.origin)
    return answer_file(request, stored, cache=SHARED, name=drop_slug)


def _do(call: Call, drop_id: UUID, act: Callable[..., Drop]) -> Response:
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        organizer_id = call.caller.organizer_id
        drop = act(session, organizer_id=organizer_id, drop_id=drop_id, now=call.now)
        return ok(_own(session, drop, call.now))

    return call.run(work)


def _own(session: Session, drop: Drop, now: datetime) -> DropRead:
    return drop_shapes.own(session, reading.of(session, drop), now=now)
