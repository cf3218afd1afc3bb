"""From a pass back to the order and the payment that bought it."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.db.models import OrderLine, Pass, Payment


def payment_of(session: Session, organizer_id: UUID, pass_row_id: UUID) -> Payment | None:
    """Return the payment that a pass was bought with; None if it was not bought in a checkout."""
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
        )
        .order_by(col(Payment.id))
    ).first()


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
