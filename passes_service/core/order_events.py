"""Facts about orders and payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from passes_service.core.events import Event


@dataclass(frozen=True, kw_only=True)
class OrderCompleted(Event):
    """An order is paid and its passes are issued."""

    type: ClassVar[str] = "order.completed"

    order_id: UUID
    drop_id: UUID
    holder_id: UUID
    pass_ids: list[str]


@dataclass(frozen=True, kw_only=True)
class OrderEnded(Event):
    """An order ended without passes: expired, cancelled or returned."""

    type: ClassVar[str] = "order.ended"

    order_id: UUID
    drop_id: UUID
    state: str


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(Event):
    """A payment did not go through; the order may be paid in another way while it is held."""

    type: ClassVar[str] = "payment.failed"

    payment_id: UUID
    order_id: UUID
    error_code: str


@dataclass(frozen=True, kw_only=True)
class PaymentDropped(Event):
    """The order of a payment ended: the provider shall take nothing for it any more."""

    type: ClassVar[str] = "payment.dropped"

    payment_id: UUID


@dataclass(frozen=True, kw_only=True)
class ReturnRequested(Event):
    """Money that bought nothing goes back; the worker asks the provider for it."""

    type: ClassVar[str] = "payment_return.requested"

    return_id: UUID


@dataclass(frozen=True, kw_only=True)
class PaymentDisputed(Event):
    """A payer disputes a payment: `dispute` is open, won or lost, as the organizer sees it."""

    type: ClassVar[str] = "payment.disputed"

    payment_id: UUID
    dispute: str
