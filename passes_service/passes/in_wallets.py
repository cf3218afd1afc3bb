"""Which passes are in a wallet app: written in their history, per epoch, when one is handed out.

Whatever raises the epoch ends the code of a wallet pass without writing here, as for a device.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select

from passes_service.db.models import Pass, PassEvent, SeriesSession
from passes_service.passes.devices import ALIVE
from passes_service.passes.service import note


class Wallet(StrEnum):
    """A wallet app; the value is the kind of the line in the history of a pass."""

    GOOGLE = "google_wallet"
    APPLE = "apple_wallet"


_SAID = {
    Wallet.GOOGLE: "It was handed out for Google Wallet; its code there changes by itself.",
    Wallet.APPLE: "It was handed out for Apple Wallet, with the code as it is on paper.",
}


def added_at(session: Session, row: Pass, wallet: Wallet) -> datetime | None:
    """Return when a pass was last handed out for a wallet app in its present epoch."""
    last = _last(session, row, wallet)
    return last.created_at if last is not None and last.epoch == row.epoch else None


def outdated(session: Session, row: Pass, wallet: Wallet) -> bool:
    """Tell whether what a wallet app got of a pass is of an earlier epoch, so that it is dead."""
    last = _last(session, row, wallet)
    return last is not None and last.epoch != row.epoch


def add(session: Session, row: Pass, wallet: Wallet, *, actor: str, now: datetime) -> None:
    """Write down that a pass is handed out for a wallet app."""
    note(session, row, wallet.value, _SAID[wallet], actor=actor, now=now)


def of_session(
    session: Session, *, organizer_id: UUID, session_id: UUID, wallet: Wallet
) -> list[tuple[Pass, datetime]]:
    """Return the living passes that open a session and are in a wallet app now, and since when.

    In order of their numbers.
    """
    since = (
        select(func.max(PassEvent.created_at))
        .where(
            PassEvent.organizer_id == organizer_id,
            col(PassEvent.pass_row_id) == col(Pass.id),
            PassEvent.kind == wallet.value,
            col(PassEvent.epoch) == col(Pass.epoch),
        )
        .correlate(Pass)
        .scalar_subquery()
    )
    rows = session.exec(
        select(Pass, since)
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Pass.organizer_id))
            & (col(SeriesSession.series_id) == col(Pass.series_id)),
        )
        .where(
            Pass.organizer_id == organizer_id,
            SeriesSession.session_id == session_id,
            col(Pass.state).in_(ALIVE),
            since.is_not(None),
        )
        .order_by(col(Pass.pass_id))
    )
    return [(row, moment) for row, moment in rows]


def _last(session: Session, row: Pass, wallet: Wallet) -> PassEvent | None:
    """Return the line of when a pass was last handed out for a wallet app, in any epoch."""
    return session.exec(
        select(PassEvent)
        .where(
            PassEvent.organizer_id == row.organizer_id,
            PassEvent.pass_row_id == row.id,
            PassEvent.kind == wallet.value,
        )
        .order_by(col(PassEvent.id).desc())
        .limit(1)
    ).first()
