"""Lists of transfers, for the organizer."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.db.models import TransferOffer


def every(session: Session, *, organizer_id: UUID, limit: int = 200) -> Sequence[TransferOffer]:
    """Return offers of an organizer's passes, newest first, whatever became of them."""
    return session.exec(
        select(TransferOffer)
        .where(TransferOffer.organizer_id == organizer_id)
        .order_by(col(TransferOffer.id).desc())
        .limit(limit)
    ).all()


def of_pass(session: Session, *, organizer_id: UUID, pass_row_id: UUID) -> Sequence[TransferOffer]:
    """Return the offers of one pass, newest first."""
    return session.exec(
        select(TransferOffer)
        .where(TransferOffer.organizer_id == organizer_id, TransferOffer.pass_row_id == pass_row_id)
        .order_by(col(TransferOffer.id).desc())
    ).all()
