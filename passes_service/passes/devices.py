"""The device that shows the code of a pass: bound by the holder, ended by the epoch.

Binding always raises the epoch. So every code made before is out of date at once, and a gate that
has not heard of the new device yet calls its codes that, never a forgery.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.catalog import series, terms
from passes_service.core.events import PassBound, PassUnbound
from passes_service.core.rules.phrases import instant_words
from passes_service.core.rules.terms import Terms
from passes_service.db import outbox
from passes_service.db.models import CalendarSession, Pass, PassDevice
from passes_service.passes import queries
from passes_service.passes.errors import (
    BindingClosed,
    BoundTooOften,
    CodeOnDevice,
    DeviceNotThere,
    PassInactive,
    PassMoved,
)
from passes_service.passes.queries import Held
from passes_service.passes.service import note

CUTOFF = timedelta(hours=2)
"""How long before the doors of a session a holder can last change what opens them."""
PER_DAY = 5
DAY = timedelta(days=1)
ALIVE = ("active", "on_chain")
_MOST_EPOCH = 2**31 - 1  # what the column holds; a code has room for more


def of_pass(session: Session, row: Pass) -> PassDevice | None:
    """Return the device that shows the code of a pass now, None if it can be printed."""
    return in_epoch(session, row, row.epoch)


def in_epoch(session: Session, row: Pass, epoch: int) -> PassDevice | None:
    """Return the device that was bound to a pass in an epoch, which any code may have named."""
    if epoch > _MOST_EPOCH:
        return None
    return session.exec(
        select(PassDevice).where(
            PassDevice.organizer_id == row.organizer_id,
            PassDevice.pass_row_id == row.id,
            PassDevice.epoch == epoch,
        )
    ).first()


def require_printable(session: Session, row: Pass) -> None:
    """Refuse a code on paper where a device shows the code: the door would not take the paper.

    Raises:
        CodeOnDevice: A device is bound.
    """
    found = of_pass(session, row)
    if found is not None:
        raise CodeOnDevice(f"It shows its code on {named(found)}.")


def named(device: PassDevice) -> str:
    """Return a device as sentences call it."""
    return f"a phone or browser ({device.label})" if device.label else "a phone or browser"


def bind(
    session: Session,
    *,
    organizer_id: UUID,
    holder_id: UUID,
    pass_id: int,
    public_key: bytes,
    label: str = "",
    now: datetime,
) -> PassDevice:
    """Let a device show the code of a pass; binding the one that is bound changes nothing.

    Args:
        public_key: As `core.device_key.parse` returns it.

    Raises:
        NotFound: The pass is not this holder's.
        PassInactive: The pass was given up, withdrawn or is on its way to a chain.
        BindingClosed: Doors of a session that it opens are near, or it is running.
        BoundTooOften: Five bindings in a day; `retry_after` says when the next one is possible.
        PassMoved: Another change came first, such as a transfer or another device.
    """
    held = queries.of_holder(
        session, organizer_id=organizer_id, holder_id=holder_id, pass_id=pass_id
    )
    _require_alive(held.row)
    present = of_pass(session, held.row)
    if present is not None and present.public_key == public_key:
        return present
    require_open(session, held, now=now)
    _require_seldom(session, held.row, now)
    row = next_epoch(session, held.row)
    device = PassDevice(
        organizer_id=organizer_id,
        pass_row_id=row.id,
        holder_id=holder_id,
        public_key=public_key,
        label=label,
        epoch=row.epoch,
        created_at=now,
    )
    session.add(device)
    session.flush()
    said = f"Its code is on {named(device)} now; earlier codes no longer open the door."
    note(session, row, "bound", said, actor=f"holder:{holder_id}", now=now)
    event = PassBound(
        organizer_id=organizer_id, pass_id=str(pass_id), holder_id=holder_id, epoch=row.epoch
    )
    outbox.add(session, event, now=now)
    return device


def unbind(
    session: Session, *, organizer_id: UUID, holder_id: UUID, pass_id: int, now: datetime
) -> Pass:
    """Go back to a code on paper: the device's codes end with the epoch.

    Raises:
        NotFound: The pass is not this holder's.
        DeviceNotThere: No device is bound.
        PassInactive, BindingClosed, PassMoved: As for `bind`.
    """
    held = queries.of_holder(
        session, organizer_id=organizer_id, holder_id=holder_id, pass_id=pass_id
    )
    _require_alive(held.row)
    if of_pass(session, held.row) is None:
        raise DeviceNotThere("This pass is bound to no device.")
    require_open(session, held, now=now)
    row = next_epoch(session, held.row)
    said = "Its code can be printed again; the codes of the phone no longer open the door."
    note(session, row, "unbound", said, actor=f"holder:{holder_id}", now=now)
    event = PassUnbound(
        organizer_id=organizer_id, pass_id=str(pass_id), holder_id=holder_id, epoch=row.epoch
    )
    outbox.add(session, event, now=now)
    return row


def require_open(session: Session, held: Held, *, now: datetime) -> None:
    """Refuse while gates may decide by what they fetched before.

    Raises:
        BindingClosed: From two hours before the doors of a session that the pass opens to its end.
    """
    scope = {"organizer_id": held.row.organizer_id}
    document = terms.get(session, **scope, terms_hash=held.series.terms_hash)
    for at in series.sessions_of(session, **scope, series_id=held.series.id):
        if at.status != "cancelled" and closes_at(at, document) <= now < at.ends_at:
            ends = instant_words(at.ends_at, at.time_zone)
            raise BindingClosed(
                f"From 2 hours before the doors of “{at.title[:120]}” until its end on {ends} the "
                "code of this pass stays as it is.",
                until=at.ends_at.isoformat(),
            )


def closes_at(at: CalendarSession, document: Terms) -> datetime:
    """Return from when on holders can no longer change what opens a session, by these Terms."""
    return at.starts_at - timedelta(minutes=document.entry.doors_minutes_before) - CUTOFF


def _require_alive(row: Pass) -> None:
    if row.state not in ALIVE:
        raise PassInactive(f"The pass is {row.state.replace('_', ' ')}.", state=row.state)


def _require_seldom(session: Session, row: Pass, now: datetime) -> None:
    """Count after the epoch was read: whoever binds meanwhile moves it, and this one fails."""
    lately = session.exec(
        select(PassDevice.created_at)
        .where(
            PassDevice.organizer_id == row.organizer_id,
            PassDevice.pass_row_id == row.id,
            col(PassDevice.created_at) > now - DAY,
        )
        .order_by(col(PassDevice.created_at).desc())
        .limit(PER_DAY)
    ).all()
    if len(lately) == PER_DAY:
        wait = int((lately[-1] + DAY - now).total_seconds()) + 1
        raise BoundTooOften(f"It was bound {PER_DAY} times within a day.", retry_after=wait)


def next_epoch(session: Session, row: Pass) -> Pass:
    """Raise the epoch of a pass or token if nobody changed it since it was read.

    Raises:
        PassMoved: Somebody did.
    """
    changed = session.scalars(
        update(Pass)
        .where(
            col(Pass.organizer_id) == row.organizer_id,
            col(Pass.id) == row.id,
            col(Pass.holder_id) == row.holder_id,  # an account may be joined with another
            col(Pass.state) == row.state,
            col(Pass.epoch) == row.epoch,
        )
        .values(epoch=row.epoch + 1)
        .returning(Pass),
        execution_options={"populate_existing": True},
    ).first()
    if changed is None:
        raise PassMoved("Another change came first.", pass_id=str(row.pass_id))
    return changed
