"""Offers and their answers in tests."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from passes_service.bootstrap import Services
from passes_service.db.models import TransferOffer
from passes_service.passes.queries import Held
from passes_service.transfers import service

FRIEND = "friend@example.org"


def offer(services: Services, held: Held, to: str = FRIEND) -> TransferOffer:
    with services.database.transaction() as session:
        return service.offer(
            session,
            organizer_id=held.row.organizer_id,
            holder_id=held.row.holder_id,
            pass_id=held.row.pass_id,
            recipient=to,
            now=services.clock(),
        )


def act(services: Services, name: str, made: TransferOffer, holder_id: UUID) -> Any:
    """Accept, decline or withdraw as `holder_id`."""
    with services.database.transaction() as session:
        return getattr(service, name)(
            session,
            organizer_id=made.organizer_id,
            holder_id=holder_id,
            offer_id=made.id,
            now=services.clock(),
        )


def listed(services: Services, organizer_id: UUID, holder_id: UUID, way: Any) -> list[UUID]:
    with services.database.reading() as session:
        rows = service.offers_of(
            session, organizer_id=organizer_id, holder_id=holder_id, way=way, now=services.clock()
        )
    return [row.id for row in rows]


def state(services: Services, made: TransferOffer) -> str:
    with services.database.reading() as session:
        return session.get_one(TransferOffer, (made.organizer_id, made.id)).state
