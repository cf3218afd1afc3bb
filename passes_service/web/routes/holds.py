"""Holds: places of a Drop for whoever presses the button, before anybody is named."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StringConstraints

from passes_service.accounts.errors import FieldRefused, NotAllowed, NotFound, NotSignedIn
from passes_service.checkout.errors import (
    DropNotOpen,
    DropOver,
    DropPaused,
    HoldKeyReused,
    LimitReached,
    PhaseNotYours,
    PlacesHeld,
    PlacesSold,
)
from passes_service.checkout.holding import HoldAsked
from passes_service.db.models import Order
from passes_service.drops.queue_errors import (
    QueueEntryUnknown,
    QueueNotYourTurn,
    QueueTokenElsewhere,
    QueueTokenForged,
    QueueTokenMissing,
    QueueTokenOthers,
)
from passes_service.web import buyers, checkout, problems, shapes
from passes_service.web.buyers import Buyer
from passes_service.web.deps import IdempotencyKey, TheServices
from passes_service.web.idempotency import KeyMissing, created

router = APIRouter(prefix="/api/v1/drops/{drop_id}/holds", tags=["Checkout"])
REFUSALS = problems.declare(
    NotSignedIn,
    NotAllowed,
    NotFound,
    FieldRefused,
    KeyMissing,
    DropNotOpen,
    DropPaused,
    DropOver,
    PlacesSold,
    PlacesHeld,
    PhaseNotYours,
    LimitReached,
    HoldKeyReused,
    QueueTokenMissing,
    QueueTokenForged,
    QueueTokenElsewhere,
    QueueTokenOthers,
    QueueEntryUnknown,
    QueueNotYourTurn,
)


class HoldNew(shapes.Body):
    """How many places of which offer. Without a login the organizer has to be named."""

    offer_id: UUID | None = None
    quantity: int = Field(default=1, ge=1, le=1000)
    organizer_id: UUID | None = None
    queue_token: Annotated[str, StringConstraints(max_length=300)] | None = None


def asked_by(
    request: Request, drop_id: UUID, body: HoldNew, key: str | None
) -> tuple[Buyer, HoldAsked]:
    """Return who asks for places, and what they ask.

    Raises:
        DomainError: Whatever `buyers.buyer_of` and `buyers.asked` refuse.
    """
    buyer = buyers.buyer_of(
        request, body.organizer_id, key or "", drop_id=drop_id, queue_token=body.queue_token
    )
    return buyer, buyers.asked(
        buyer,
        drop_id=drop_id,
        offer_id=body.offer_id,
        quantity=body.quantity,
        queue_token=body.queue_token,
        key=key,
    )


class HoldRead(BaseModel):
    """Places that are yours until `hold_until` (later, once you begin to pay).

    `token` opens the order to whoever sends it as `Authorization: Bearer`.
    """

    order_id: UUID
    drop_id: UUID
    offer_id: UUID
    quantity: int
    held_at: datetime
    hold_seconds: int
    token: str

    @staticmethod
    def of(row: Order, hold_seconds: int, key: bytes) -> HoldRead:
        """Return the shape of a fresh hold; the same for the same call, whatever came after."""
        return HoldRead(
            order_id=row.id,
            drop_id=row.drop_id,
            offer_id=row.offer_id,
            quantity=row.quantity,
            held_at=row.created_at,
            hold_seconds=hold_seconds,
            token=buyers.token_of(row, key),
        )


@router.post("", status_code=201, response_model=HoldRead, responses=REFUSALS)
def hold(
    drop_id: UUID,
    body: HoldNew,
    request: Request,
    services: TheServices,
    key: IdempotencyKey = None,
) -> Response:
    """Hold places. The same call again, under the same key, finds the same hold."""
    _, asked = asked_by(request, drop_id, body, key)
    row = checkout.hold(services, asked)
    seconds = checkout.hold_seconds(services, row)
    shape = HoldRead.of(row, seconds, services.keyring.session_key)
    return created(shape, f"/api/v1/orders/{row.id}").response()
