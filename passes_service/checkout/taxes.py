"""Tax lines as prices are decided with them."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import Session

from passes_service.checkout import offering
from passes_service.core.pricing import Tax


def current(session: Session, *, organizer_id: UUID) -> list[Tax]:
    """Return the taxes that apply now, the oldest rule first."""
    rows = offering.all_taxes(session, organizer_id=organizer_id)
    return [Tax(name=row.name, rate_bp=row.rate_bp, included=row.included) for row in rows]
