"""Tax lines as the organizer configures them; an order keeps those of its day."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.core.pricing import Tax
from passes_service.db.models import TaxRule


def current(session: Session, *, organizer_id: UUID) -> list[Tax]:
    """Return the taxes that apply now, the oldest rule first."""
    rows = session.exec(
        select(TaxRule)
        .where(TaxRule.organizer_id == organizer_id, col(TaxRule.ended_at).is_(None))
        .order_by(col(TaxRule.id))
    ).all()
    return [Tax(name=row.name, rate_bp=row.rate_bp, included=row.included) for row in rows]
