"""A payer disputes a payment: its passes open no door until the dispute is won."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlmodel import Session, col

from passes_service.checkout.sold import is_bought_by, passes_of
from passes_service.core.order_events import PaymentDisputed
from passes_service.db import outbox
from passes_service.db.models import Payment
from passes_service.passes import reinstating
from passes_service.passes import service as passes

_FROM = {"open": ("",), "won": ("", "open"), "lost": ("", "open")}
_ACTOR = "dispute"


def take(session: Session, payment: Payment, dispute: str, *, now: datetime) -> bool:
    """Move the dispute of a payment and withdraw or reinstate its passes; False if known already.

    Tokens on a chain cannot be withdrawn; they stay with whoever holds them.
    """
    moved = session.execute(
        update(Payment)
        .where(
            col(Payment.organizer_id) == payment.organizer_id,
            col(Payment.id) == payment.id,
            col(Payment.dispute).in_(_FROM[dispute]),
        )
        .values(dispute=dispute)
        .returning(col(Payment.id))
        .execution_options(synchronize_session=False)
    ).first()
    if moved is None:
        return False
    withdraw_or_bring_back(session, payment, dispute, now=now)
    event = PaymentDisputed(
        organizer_id=payment.organizer_id, payment_id=payment.id, dispute=dispute
    )
    outbox.add(session, event, now=now)
    return True


def withdraw_or_bring_back(
    session: Session, payment: Payment, dispute: str, *, now: datetime
) -> None:
    """Do to the passes that this payment bought what its dispute says; to others nothing."""
    if not is_bought_by(session, payment):
        return
    for row in passes_of(session, payment.organizer_id, payment.order_id):
        if dispute == "won":
            if row.state == "void" and reinstating.withdrawn_by(session, row) == _ACTOR:
                reinstating.reinstate(
                    session, row, reason="the dispute was won", actor=_ACTOR, now=now
                )
        elif row.state == "active":
            passes.void(session, row, reason="the payment is disputed", actor=_ACTOR, now=now)
