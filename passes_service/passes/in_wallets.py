"""Which passes are in a wallet app: written in their history, per epoch, when one is handed out.

Whatever raises the epoch ends the code of a wallet pass without writing here, as for a device.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

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


def added(session: Session, row: Pass, wallet: Wallet) -> bool:
    """Tell whether a pass was handed out for a wallet app in its present epoch."""
    return _epoch(session, row, wallet) == row.epoch


def outdated(session: Session, row: Pass, wallet: Wallet) -> bool:
    """Tell whether what a wallet app got of a pass is of an earlier epoch, so that it is dead."""
    return _epoch(session, row, wallet) not in (None, row.epoch)


def add(session: Session, row: Pass, wallet: Wallet, *, actor: str, now: datetime) -> None:
    """Write down that a pass is handed out for a wallet app, once per epoch."""
    if not added(session, row, wallet):
        note(session, row, wallet.value, _SAID[wallet], actor=actor, now=now)


def of_session(
    session: Session, *, organizer_id: UUID, session_id: UUID, wallet: Wallet
) -> Sequence[Pass]:
    """Return the living passes that open a session and are in a wallet app now, by number."""
    handed_out = (
        select(PassEvent.id)
        .where(
            PassEvent.organizer_id == organizer_id,
            col(PassEvent.pass_row_id) == col(Pass.id),
            PassEvent.kind == wallet.value,
            col(PassEvent.epoch) == col(Pass.epoch),
        )
        .exists()
    )
    return session.exec(
        select(Pass)
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Pass.organizer_id))
            & (col(SeriesSession.series_id) == col(Pass.series_id)),
        )
        .where(
            Pass.organizer_id == organizer_id,
            SeriesSession.session_id == session_id,
            col(Pass.state).in_(ALIVE),
            handed_out,
        )
        .order_by(col(Pass.pass_id))
    ).all()


def _epoch(session: Session, row: Pass, wallet: Wallet) -> int | None:
    """Return the epoch in which a pass was last handed out for a wallet app."""
    return session.exec(
        select(PassEvent.epoch)
        .where(
            PassEvent.organizer_id == row.organizer_id,
            PassEvent.pass_row_id == row.id,
            PassEvent.kind == wallet.value,
        )
        .order_by(col(PassEvent.id).desc())
        .limit(1)
    ).first()
