"""Orders as an organizer and a holder look for them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.db.models import Order

MOST = 200


def every(
    session: Session,
    *,
    organizer_id: UUID,
    drop_id: UUID | None = None,
    holder_id: UUID | None = None,
    state: str | None = None,
    limit: int = MOST,
) -> Sequence[Order]:
    """Return orders, the newest first."""
    found = select(Order).where(Order.organizer_id == organizer_id)
    if drop_id is not None:
        found = found.where(Order.drop_id == drop_id)
    if holder_id is not None:
        found = found.where(Order.holder_id == holder_id)
    if state is not None:
        found = found.where(Order.state == state)
    return session.exec(found.order_by(col(Order.id).desc()).limit(limit)).all()
