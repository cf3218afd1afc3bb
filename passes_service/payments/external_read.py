"""What a storefront's message says, once it is known to be the storefront's."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from passes_service.core.money import Money, MoneyInvalid
from passes_service.payments.errors import EventForged
from passes_service.payments.model import DisputeState, PaymentState, RefundState, Told

Type = Literal[
    "payment.succeeded",
    "payment.failed",
    "payment.cancelled",
    "refund.settled",
    "refund.failed",
    "dispute.opened",
    "dispute.won",
    "dispute.lost",
]
_PAYMENTS: Final[dict[str, PaymentState]] = {
    "payment.succeeded": "succeeded",
    "payment.failed": "failed",
    "payment.cancelled": "cancelled",
}
_REFUNDS: Final[dict[str, RefundState]] = {
    "refund.settled": "settled",
    "refund.failed": "failed",
}
_DISPUTES: Final[dict[str, DisputeState]] = {
    "dispute.opened": "open",
    "dispute.won": "won",
    "dispute.lost": "lost",
}


class Data(BaseModel):
    """The payment that is spoken of; `refund_id` is ours too."""

    model_config = ConfigDict(strict=True, extra="ignore")

    payment_id: Annotated[UUID, Field(strict=False)]
    reference: Annotated[str, Field(max_length=120)] = ""
    amount_minor: Annotated[int, Field(gt=0, lt=2**256)]
    currency: Annotated[str, Field(max_length=4)]
    refund_id: Annotated[UUID | None, Field(strict=False)] = None
    error_code: Annotated[str, Field(max_length=60)] = ""
    error: Annotated[str, Field(max_length=300)] = ""


class Message(BaseModel):
    """The body of a message."""

    model_config = ConfigDict(strict=True, extra="ignore")

    type: Type
    data: Data


def read(body: bytes, *, event_id: str, signed_at: datetime) -> Told:
    """Return what a verified body says.

    Raises:
        EventForged: It is no such message: another type, a missing field, no amount of money.
    """
    try:
        message = Message.model_validate(json.loads(body))
        money = Money(message.data.amount_minor, message.data.currency)
    except MoneyInvalid as error:
        raise EventForged(error.detail) from None
    except (ValidationError, ValueError, RecursionError):
        raise EventForged("The message is signed, and is not one this service reads.") from None
    data, kind = message.data, message.type.partition(".")[0]
    if kind == "refund" and data.refund_id is None:
        raise EventForged("A message on a refund names its refund_id.")
    return Told(
        event_id=event_id,
        kind="payment" if kind == "payment" else "refund" if kind == "refund" else "dispute",
        type=message.type,
        happened_at=signed_at,
        reference=data.reference or str(data.payment_id),
        payment_id=data.payment_id,
        state=_PAYMENTS.get(message.type, "unknown"),
        money=money,
        refund_reference=str(data.refund_id) if kind == "refund" else "",
        refund_id=data.refund_id,
        refund_state=_REFUNDS.get(message.type),
        dispute=_DISPUTES.get(message.type, ""),
        error_code=data.error_code,
        error=data.error,
    )
