"""From a pass back to the order and the payment that bought it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import exists
from sqlmodel import Session, col, select

from passes_service.db.models import OrderLine, Pass, Payment, PaymentReturn


def payment_of(session: Session, organizer_id: UUID, pass_row_id: UUID) -> Payment | None:
    """Return the payment that a pass was bought with; None if it was not bought in a checkout.

    Payments that bought nothing (late, double, of another sum) are on their way back.
    """
    return session.exec(
        select(Payment)
        .join(
            OrderLine,
            (col(OrderLine.organizer_id) == col(Payment.organizer_id))
            & (col(OrderLine.order_id) == col(Payment.order_id)),
        )
        .where(
            OrderLine.organizer_id == organizer_id,
            OrderLine.pass_row_id == pass_row_id,
            Payment.state == "succeeded",
            ~bought_nothing(),
        )
        .order_by(col(Payment.id))
    ).first()


def bought_nothing() -> Any:
    """Tell, within a query of payments, which ones go back whole."""
    return exists().where(
        col(PaymentReturn.organizer_id) == col(Payment.organizer_id),
        col(PaymentReturn.payment_id) == col(Payment.id),
    )


def is_bought_by(session: Session, payment: Payment) -> bool:
    """Tell whether it is this payment that the passes of its order were bought with."""
    return (
        payment.state == "succeeded"
        and session.exec(
            select(PaymentReturn.id).where(
                PaymentReturn.organizer_id == payment.organizer_id,
                PaymentReturn.payment_id == payment.id,
            )
        ).first()
        is None
    )


def passes_of(session: Session, organizer_id: UUID, order_id: UUID) -> list[Pass]:
    """Return the passes that an order became."""
    return list(
        session.exec(
            select(Pass)
            .join(
                OrderLine,
                (col(OrderLine.organizer_id) == col(Pass.organizer_id))
                & (col(OrderLine.pass_row_id) == col(Pass.id)),
            )
            .where(OrderLine.organizer_id == organizer_id, OrderLine.order_id == order_id)
            .order_by(col(Pass.id))
        )
    )
