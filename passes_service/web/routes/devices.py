"""The device that shows the code of my pass."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from passes_service.accounts.errors import NotFound, NotSignedIn, RateLimited
from passes_service.core import device_key
from passes_service.core.device_key import DeviceKeyMalformed
from passes_service.db.models import PassDevice
from passes_service.passes import devices, queries
from passes_service.passes.errors import (
    BindingClosed,
    BoundTooOften,
    DeviceNotThere,
    PassInactive,
    PassMoved,
)
from passes_service.web import phone_links, problems, shapes
from passes_service.web.deps import CurrentHolder, HolderCall, Now, Reading
from passes_service.web.idempotency import Reply, created, ok

router = APIRouter(
    prefix="/api/v1/me/passes/{pass_id}/device",
    tags=["My passes"],
    responses=problems.declare(NotSignedIn, NotFound),
)


class DeviceNew(shapes.Body):
    """The public half of a P-256 key that never leaves the device: uncompressed, base64url."""

    public_key: Annotated[str, Field(min_length=1, max_length=200)]
    label: Annotated[shapes.Text, Field(max_length=60)] = ""


class DeviceRead(BaseModel):
    """A bound device. Its codes carry `epoch`, and a time that gates compare with `now`.

    `now` is the service's clock at the answer: a device whose own clock is wrong goes by it.
    """

    pass_id: str
    epoch: int
    public_key: str
    label: str
    bound_at: datetime
    now: datetime

    @staticmethod
    def of(row: PassDevice, pass_id: int, now: datetime) -> DeviceRead:
        """Return the shape of a bound device."""
        return DeviceRead(
            pass_id=str(pass_id),
            epoch=row.epoch,
            public_key=device_key.to_text(row.public_key),
            label=row.label,
            bound_at=row.created_at,
            now=now,
        )


@router.get("", responses=problems.declare(DeviceNotThere))
def read(pass_id: str, caller: CurrentHolder, session: Reading, now: Now) -> DeviceRead:
    """Read which device shows the code of my pass."""
    held = queries.of_holder(
        session,
        organizer_id=caller.organizer_id,
        holder_id=caller.id,
        pass_id=shapes.pass_number(pass_id),
    )
    alive = held.row.state in devices.ALIVE
    found = devices.of_pass(session, held.row) if alive else None
    if found is None:
        raise DeviceNotThere("This pass is bound to no device.")
    return DeviceRead.of(found, held.row.pass_id, now)


@router.post(
    "",
    status_code=201,
    response_model=DeviceRead,
    responses=problems.declare(
        DeviceKeyMalformed, PassInactive, PassMoved, BindingClosed, BoundTooOften
    ),
)
def bind(pass_id: str, body: DeviceNew, call: HolderCall) -> Response:
    """Let a device show the code of my pass; every earlier code and voucher is dead then.

    Binding the device that is bound changes nothing. Not possible from two hours before the doors
    of a session that the pass opens until that session ends.
    """
    number = shapes.pass_number(pass_id)

    def work(session: Session) -> Reply:
        row = devices.bind(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            pass_id=number,
            public_key=device_key.parse(body.public_key),
            label=body.label,
            now=call.now,
        )
        return created(DeviceRead.of(row, number, call.now))

    return call.run(work)


@router.post("/link", status_code=202, responses=problems.declare(RateLimited))
def link(pass_id: str, call: HolderCall) -> Response:
    """Have a link mailed to me that signs another phone in, once and soon, to bind it there."""
    number = shapes.pass_number(pass_id)

    def work(session: Session) -> Reply:
        phone_links.send(session, call, number)
        return Reply(202, media_type="")

    return call.run(work)


@router.delete(
    "",
    response_model=shapes.PassRead,
    responses=problems.declare(DeviceNotThere, PassInactive, PassMoved, BindingClosed),
)
def unbind(pass_id: str, call: HolderCall) -> Response:
    """Go back to a code that can be printed; the device's codes are dead then."""
    number = shapes.pass_number(pass_id)

    def work(session: Session) -> Reply:
        organizer_id = call.caller.organizer_id
        devices.unbind(
            session,
            organizer_id=organizer_id,
            holder_id=call.caller.id,
            pass_id=number,
            now=call.now,
        )
        held = queries.by_pass_id(session, organizer_id=organizer_id, pass_id=number)
        return ok(shapes.PassRead.of(held))

    return call.run(work)
