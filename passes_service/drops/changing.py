"""What an organizer does with a Drop: open early, pause, resume, close, change."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from passes_service.catalog import series, terms
from passes_service.db.models import Drop, DropPhase
from passes_service.drops import announcing, checking, marks, reading, scheduling, texts
from passes_service.drops.errors import DropInUse, DropStateUnfit, ShareUnfit
from passes_service.drops.plan import PhasePlan
from passes_service.drops.reading import Shop

CHANGEABLE = (
    "title",
    "summary",
    "proof",
    "image_url",
    "per_holder",
    "hold_seconds",
    "listed",
    "opens_at",
    "closes_at",
)
_RENDERED = {"title", "summary", "listed", "opens_at", "closes_at"}  # what calendars show


def open_early(session: Session, *, organizer_id: UUID, drop_id: UUID, now: datetime) -> Drop:
    """Open a Drop now instead of at its time; the phases that began with it begin now.

    Raises:
        NotFound: There is no such Drop here.
        ShareUnfit: A partner has not accepted their share.
        DropStateUnfit: It has opened already, is paused or over.
    """
    shop = _held(session, organizer_id, drop_id)
    drop = shop.drop
    if not drop.agreed:
        raise ShareUnfit("A partner has not accepted their share of this Drop yet.")
    if shop.state(now) == "open":
        return drop
    _require(shop, now, "scheduled")
    _move(shop, opens_at=now, closes_at=drop.closes_at)
    drop.opens_at = now
    _shown_anew(session, drop, now)
    return announcing.advance(session, organizer_id=organizer_id, drop_id=drop_id, now=now)


def pause(session: Session, *, organizer_id: UUID, drop_id: UUID, now: datetime) -> Drop:
    """Stop taking orders at once; who holds places may still pay for them.

    Raises:
        NotFound: There is no such Drop here.
        DropStateUnfit: It is over.
    """
    shop = _held(session, organizer_id, drop_id)
    _require(shop, now, "scheduled", "open", "sold_out", "paused")
    # First what has happened until now: an opening that no job has told yet.
    drop = announcing.advance(session, organizer_id=organizer_id, drop_id=drop_id, now=now)
    drop.state = "paused"
    session.add(drop)
    session.flush()
    return drop


def resume(session: Session, *, organizer_id: UUID, drop_id: UUID, now: datetime) -> Drop:
    """Go on after a pause: open if it is time, else waiting for the opening.

    Raises:
        NotFound: There is no such Drop here.
        DropStateUnfit: It is not paused.
    """
    shop = _held(session, organizer_id, drop_id)
    _require(shop, now, "paused")
    shop.drop.state = "open" if announcing.was_opened(session, shop.drop) else "scheduled"
    session.add(shop.drop)
    session.flush()
    return announcing.advance(session, organizer_id=organizer_id, drop_id=drop_id, now=now)


def close(session: Session, *, organizer_id: UUID, drop_id: UUID, now: datetime) -> Drop:
    """End a Drop for good, before its opening or after; closing twice changes nothing.

    What was not sold goes back to the Series as soon as nobody holds places any more.

    Raises:
        NotFound: There is no such Drop here.
    """
    shop = _held(session, organizer_id, drop_id)
    drop = shop.drop
    if shop.state(now) in ("closed", "settled"):
        return announcing.advance(session, organizer_id=organizer_id, drop_id=drop_id, now=now)
    announcing.advance(session, organizer_id=organizer_id, drop_id=drop_id, now=now)
    if now >= drop.opens_at:
        drop.closes_at = max(now, drop.opens_at + timedelta(seconds=1))
    _shown_anew(session, drop, now)
    announcing.end(session, drop, now=now)
    return drop


def change(
    session: Session,
    *,
    organizer_id: UUID,
    drop_id: UUID,
    stated: dict[str, Any],
    phases: tuple[PhasePlan, ...] | None = None,
    now: datetime,
) -> Drop:
    """Change what is `stated` of `CHANGEABLE`; phases that began or ended with the Drop move along.

    Times change only while nobody holds places, the opening and the phases only before it opens.

    Raises:
        NotFound: There is no such Drop here.
        DropStateUnfit: It is over, or has opened.
        DropInUse: Somebody holds places, so the times stay for now.
        DropInvalid, FieldRefused: A field does not fit.
    """
    shop = _held(session, organizer_id, drop_id)
    drop = shop.drop
    _require(shop, now, "scheduled", "open", "paused", "sold_out")
    fresh = texts.checked(stated)
    opens_at = fresh.get("opens_at", drop.opens_at)
    closes_at = fresh.get("closes_at", drop.closes_at)
    if (opens_at, closes_at) != (drop.opens_at, drop.closes_at) or phases is not None:
        _check_times(session, shop, opens_at, closes_at, phases is not None, now)
        if phases is None:
            _move(shop, opens_at=opens_at, closes_at=closes_at)
    different = {name for name, value in fresh.items() if getattr(drop, name) != value}
    for name in different:
        setattr(drop, name, fresh[name])
    session.add(drop)
    session.flush()
    if phases is not None:
        _replace_phases(session, drop, phases, now)
    if different & _RENDERED:
        _shown_anew(session, drop, now)
    return announcing.advance(session, organizer_id=organizer_id, drop_id=drop_id, now=now)


def _held(session: Session, organizer_id: UUID, drop_id: UUID) -> Shop:
    drop = announcing.hold(session, organizer_id=organizer_id, drop_id=drop_id)
    return reading.of(session, drop)


def _require(shop: Shop, now: datetime, *states: str) -> None:
    found = shop.state(now)
    if found not in states:
        said = found.replace("_", " ")
        raise DropStateUnfit(f"This Drop is {said} now.", state=found)


def _check_times(
    session: Session,
    shop: Shop,
    opens_at: datetime,
    closes_at: datetime,
    new_phases: bool,
    now: datetime,
) -> None:
    drop = shop.drop
    if shop.held:
        raise DropInUse(f"{shop.held} places are being paid for.", held=shop.held)
    if (opens_at != drop.opens_at or new_phases) and now >= drop.opens_at:
        raise DropStateUnfit("Its opening has passed: only the closing can still move.")
    if opens_at != drop.opens_at and opens_at < now:
        raise texts.refuse("This has passed: open the Drop now instead.", "opens_at")
    texts.check_times(opens_at, closes_at, now=now)
    for stock in shop.stocks:
        row = series.get(session, organizer_id=drop.organizer_id, series_id=stock.series_id)
        known = terms.get(session, organizer_id=drop.organizer_id, terms_hash=row.terms_hash)
        checking.closes_in_time(row, known.sale_closes_at, closes_at)


def _move(shop: Shop, *, opens_at: datetime, closes_at: datetime) -> None:
    """Move the phases that begin or end with the Drop; refuse if others no longer fit in.

    Raises:
        DropInvalid: A phase would lie outside, or be turned round.
    """
    drop, moved = shop.drop, []
    for phase in shop.phases:
        begins = opens_at if phase.opens_at == drop.opens_at else phase.opens_at
        ends = closes_at if phase.closes_at == drop.closes_at else phase.closes_at
        moved.append(PhasePlan(name=phase.name, opens_at=begins, closes_at=ends))
    checking.check_phase_times(moved, opens_at, closes_at)
    for phase, plan in zip(shop.phases, moved, strict=True):
        phase.opens_at, phase.closes_at = plan.opens_at, plan.closes_at


def _replace_phases(
    session: Session, drop: Drop, phases: tuple[PhasePlan, ...], now: datetime
) -> None:
    planned = checking.phases(
        session,
        organizer_id=drop.organizer_id,
        phases=phases,
        opens_at=drop.opens_at,
        closes_at=drop.closes_at,
    )
    session.execute(
        delete(DropPhase).where(
            col(DropPhase.organizer_id) == drop.organizer_id, col(DropPhase.drop_id) == drop.id
        )
    )
    scheduling.add_phases(session, drop, planned, now)
    session.flush()


def _shown_anew(session: Session, drop: Drop, now: datetime) -> None:
    """Count a change that calendars show, and mark the feeds that show it."""
    drop.version += 1
    drop.changed_at = now
    session.add(drop)
    session.flush()
    marks.followers(session, drop)
