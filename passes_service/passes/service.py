"""Issue passes and move their state; the database decides every race."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, insert, update
from sqlalchemy.orm import make_transient_to_detached
from sqlmodel import Session, col

from passes_service.accounts import versions
from passes_service.accounts.errors import HolderMerged, NotFound
from passes_service.catalog import terms
from passes_service.catalog.errors import SeriesClosed
from passes_service.core import pass_id as pass_numbers
from passes_service.core.events import PassIssued, PassReissued, PassVoided
from passes_service.core.money import Money, format_money
from passes_service.core.rules.schedule import next_doors_at_purchase
from passes_service.db import outbox
from passes_service.db.models import Pass, PassEvent, Series, new_id
from passes_service.passes import facts, reserved
from passes_service.passes.errors import PaidTooMuch, PassInactive, PassMoved, SaleClosed, SoldOut
from passes_service.passes.queries import Held

# Built once: the hottest row of a sale. It comes back whole, so nothing else needs refreshing.
_TAKE_SERIAL = (
    update(Series)
    .where(
        col(Series.organizer_id) == bindparam("of_organizer"),
        col(Series.id) == bindparam("of_series"),
        col(Series.issued) + col(Series.set_aside) < col(Series.cap),
        col(Series.closed_at).is_(None),
        col(Series.funding) == "external",
    )
    .values(issued=col(Series.issued) + 1)
    .returning(Series)
)
# On the tables: single rows that nothing depends on need no unit of work.
_NEW_PASS: Any = insert(Pass.__table__)  # type: ignore[attr-defined]  # SQLModel adds it
_NOTE: Any = insert(PassEvent.__table__)  # type: ignore[attr-defined]  # SQLModel adds it


def issue(
    session: Session,
    *,
    organizer_id: UUID,
    series_id: UUID,
    holder_id: UUID,
    paid_minor: int | None = None,
    provider: str | None = None,
    wallet: str | None = None,
    actor: str,
    now: datetime,
) -> Pass:
    """Issue the next pass of an external Series to a holder.

    The serial comes from one conditional update, so `cap` holds under any concurrency.

    Args:
        paid_minor: What was paid for this pass after discounts; None means the list price.
        provider: Who took the money and gives it back: `free` or `external`.

    Raises:
        NotFound: Series or holder are not this organizer's.
        SoldOut, SeriesClosed, SaleClosed: No pass can be issued; nothing changed.
        PaidTooMuch: `paid_minor` is above the list price.
    """
    series, serial, epoch = _next_serial(session, organizer_id, series_id)
    document = terms.get(session, organizer_id=organizer_id, terms_hash=series.terms_hash)
    if document.sale_closes_at <= now:
        raise SaleClosed(f"It closed on {document.sale_closes_at:%d %B %Y at %H:%M} UTC.")
    paid = series.price_minor if paid_minor is None else paid_minor
    if not 0 <= paid <= series.price_minor:
        raise PaidTooMuch("A refund base cannot exceed the list price.", field="paid_minor")
    fresh = Pass(
        organizer_id=organizer_id,
        pass_id=pass_numbers.compose(series.series_no, serial),
        series_id=series.id,
        serial=serial,
        holder_id=holder_id,
        wallet=wallet,
        epoch=epoch,
        payer_id=holder_id,
        paid_minor=paid,
        currency=series.currency,
        provider=provider or ("free" if paid == 0 else "external"),
        bought_at=now.replace(microsecond=0),
        created_at=now,
    )
    return issue_as(session, fresh, series=series, actor=actor, now=now)


def issue_as(session: Session, issued: Pass, *, series: Series, actor: str, now: datetime) -> Pass:
    """Issue a pass whose number the caller has taken already, for what the caller knows was paid.

    Raises:
        NotFound: The holder is not this organizer's.
    """
    organizer_id, holder_id, paid = issued.organizer_id, issued.holder_id, issued.paid_minor
    _require_holder(session, organizer_id, holder_id)
    document = terms.get(session, organizer_id=organizer_id, terms_hash=series.terms_hash)
    if document.refund.cooling_off_seconds:
        doors = next_doors_at_purchase(document, facts.of(session, Held(issued, series)))
        # No doors ahead: cooling-off is over as it begins. None would mean "work it out later",
        # and a later move would bring it back.
        issued.next_doors_at = doors or issued.bought_at
    _insert(session, issued)
    price = format_money(Money(paid, issued.currency))
    said = f"Issued as {issued.serial} of {series.cap}, {price}."
    note(session, issued, "issued", said, actor=actor, now=now)
    event = PassIssued(organizer_id=organizer_id, pass_id=str(issued.pass_id), holder_id=holder_id)
    outbox.add(session, event, now=now)
    return issued


def _require_holder(session: Session, organizer_id: UUID, holder_id: UUID) -> None:
    """Mark what the holder holds as changed; the same statement tells whether there is one."""
    try:
        versions.bump(session, organizer_id=organizer_id, holder_ids=[holder_id])
    except HolderMerged:
        raise NotFound("There is no such holder here.") from None


def _next_serial(session: Session, organizer_id: UUID, series_id: UUID) -> tuple[Series, int, int]:
    """Take the next number: (Series, serial, epoch). Numbers that returned come after new ones."""
    taken = session.scalars(
        _TAKE_SERIAL,
        {"of_organizer": organizer_id, "of_series": series_id},
        execution_options={"populate_existing": True, "synchronize_session": False},
    ).first()
    if taken is not None:
        # Sessions refer to their rows weakly; whoever shows the pass asks for its Series next.
        session.info["series"] = taken
        return taken, taken.issued, 1
    series = session.get(Series, (organizer_id, series_id), populate_existing=True)
    if series is None:
        raise NotFound("There is no such Series here.")
    if series.closed_at is not None or series.funding != "external":
        raise SeriesClosed("This Series issues no passes.", series_id=str(series_id))
    back = reserved.take_returned(session, organizer_id=organizer_id, series_id=series_id)
    if back is not None:
        return series, back.serial, back.epoch + 1
    raise SoldOut(f"All {series.cap} passes are issued.", cap=series.cap)


def note(
    session: Session, row: Pass, kind: str, sentence: str, *, actor: str, now: datetime
) -> None:
    """Write one line into the history of a pass."""
    session.execute(
        _NOTE,
        {
            "organizer_id": row.organizer_id,
            "id": new_id(),
            "pass_row_id": row.id,
            "kind": kind,
            "epoch": row.epoch,
            "sentence": sentence,
            "actor": actor,
            "created_at": now,
        },
    )


def _insert(session: Session, fresh: Pass) -> None:
    """Store a pass at once and let the session know it as stored."""
    session.execute(_NEW_PASS, fresh.model_dump())
    make_transient_to_detached(fresh)
    session.add(fresh)


def swap(session: Session, row: Pass, changes: dict[str, Any]) -> Pass:
    """Apply `changes` if the pass still is active and in the epoch that was read; else refuse.

    Raises:
        PassMoved: Someone else changed it first. Nothing was changed here.
    """
    changed = session.scalars(
        update(Pass)
        .where(
            col(Pass.organizer_id) == row.organizer_id,
            col(Pass.id) == row.id,
            col(Pass.state) == "active",
            col(Pass.epoch) == row.epoch,
            col(Pass.paid_back_minor) == row.paid_back_minor,
        )
        .values(**changes)
        .returning(Pass),
        execution_options={"populate_existing": True},
    ).first()
    if changed is None:
        raise PassMoved("Another change came first.", pass_id=str(row.pass_id))
    return changed


def reissue(session: Session, row: Pass, *, actor: str, now: datetime) -> Pass:
    """Raise the epoch in the same hands: every code and voucher shown before is dead.

    Raises:
        PassInactive, PassMoved: It cannot be re-issued now.
    """
    require_active(row)
    row = swap(session, row, {"epoch": row.epoch + 1})
    note(
        session,
        row,
        "reissued",
        "Re-issued; earlier codes no longer open the door.",
        actor=actor,
        now=now,
    )
    event = PassReissued(organizer_id=row.organizer_id, pass_id=str(row.pass_id), epoch=row.epoch)
    outbox.add(session, event, now=now)
    return row


def void(session: Session, row: Pass, *, reason: str, actor: str, now: datetime) -> Pass:
    """Withdraw a pass (payment disputed, issued in error); it leaves feeds and doors at once.

    Raises:
        PassInactive, PassMoved: It is not active any more.
    """
    require_active(row)
    row = swap(session, row, {"state": "void"})
    note(session, row, "void", f"Withdrawn: {reason}", actor=actor, now=now)
    versions.bump(session, organizer_id=row.organizer_id, holder_ids=[row.holder_id])
    event = PassVoided(organizer_id=row.organizer_id, pass_id=str(row.pass_id))
    outbox.add(session, event, now=now)
    return row


def require_active(row: Pass) -> None:
    """Refuse unless the pass is active."""
    if row.state != "active":
        raise PassInactive(f"The pass is {row.state.replace('_', ' ')}.", state=row.state)
