"""Payments: what is to be asked of providers after commit, and by the clock. All safe to repeat."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import func, update
from sqlmodel import col, select

from passes_service.bootstrap import Services
from passes_service.checkout import asking, ending, paying, returning
from passes_service.core.money import Money
from passes_service.db.models import OutboxEvent, Payment, PaymentReturn
from passes_service.payments.model import PaymentAnswer, RefundAsked

log = structlog.get_logger("payments")
ASK_AFTER: Final = timedelta(seconds=60)
"""A provider's message takes its time; before this nobody is asked."""
RETURN_AFTER: Final = timedelta(hours=1)
_AT_ONCE = 50


def expire_orders(services: Services, now: datetime) -> None:
    """Give back the places that were held and not paid, until none is due."""
    while True:
        with services.database.transaction() as session:
            if not ending.expire(session, now=now):
                return


def stop_taking(services: Services, envelope: OutboxEvent, _now: datetime) -> None:
    """Make sure that nobody pays for an order that has ended; who already has is told the book."""
    payment = _payment(services, envelope)
    if payment.state != "succeeded":
        provider = services.provider(payment.organizer_id, payment.provider)
        _note(services, payment, asking.stop(provider, payment))


def send_back(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Ask for a payment that bought nothing to go back whole."""
    _send_back(
        services, envelope.organizer_id, UUID(json.loads(envelope.payload)["return_id"]), now
    )


def send_back_again(services: Services, now: datetime) -> None:
    """Ask once more for what was to go back an hour ago: a long outage wears an event out."""
    with services.database.reading() as session:
        rows = session.exec(
            select(PaymentReturn)
            .where(
                PaymentReturn.state == "requested",
                col(PaymentReturn.created_at) <= now - RETURN_AFTER,
            )
            .order_by(col(PaymentReturn.created_at))
            .limit(_AT_ONCE)
        ).all()
    for row in rows:
        try:
            _send_back(services, row.organizer_id, row.id, now)
        except Exception as error:  # one organizer's account must not stop the others
            log.warning("not sent back", return_id=str(row.id), kind=type(error).__name__)


def _send_back(services: Services, organizer_id: UUID, return_id: UUID, now: datetime) -> None:
    with services.database.reading() as session:
        row = returning.get(session, organizer_id=organizer_id, return_id=return_id)
        payment = paying.get(session, organizer_id=organizer_id, payment_id=row.payment_id)
    if row.state == "settled":
        return
    answer = asking.give_back(
        services.provider(organizer_id, payment.provider),
        RefundAsked(
            refund_id=row.id,
            reference=payment.reference,
            money=Money(row.amount_minor, row.currency),
            reason="bought-nothing",
        ),
    )
    with services.database.transaction() as session:
        returning.note(
            session,
            organizer_id=organizer_id,
            return_id=return_id,
            state=answer.state,
            reference=answer.reference,
            now=now,
        )


def count_failed(services: Services, envelope: OutboxEvent, _now: datetime) -> None:
    """Count a payment that failed."""
    payment = _payment(services, envelope)
    services.metrics.failed(payment.provider, payment.error_code or "unknown")


def count_retried(services: Services, envelope: OutboxEvent, _now: datetime) -> None:
    """Count an order that was paid after a payment of it had failed."""
    order_id = UUID(json.loads(envelope.payload)["order_id"])
    with services.database.reading() as session:
        rows = session.exec(
            select(Payment).where(
                Payment.organizer_id == envelope.organizer_id, Payment.order_id == order_id
            )
        ).all()
    paid = [row for row in rows if row.state == "succeeded"]
    if paid and len(rows) > 1:
        services.metrics.retried(paid[0].provider)


def ask_again(services: Services, now: datetime) -> None:
    """Ask providers about payments that they have not told us about for a minute."""
    with services.database.reading() as session:
        rows = session.exec(
            select(Payment)
            .where(
                col(Payment.state).in_(paying.OPEN),
                Payment.provider == "stripe",
                col(Payment.created_at) <= now - ASK_AFTER,
                (col(Payment.looked_at).is_(None)) | (col(Payment.looked_at) <= now - ASK_AFTER),
            )
            .order_by(func.coalesce(col(Payment.looked_at), col(Payment.created_at)))
            .limit(_AT_ONCE)
        ).all()
    for row in rows:
        try:
            answer = asking.ask(services.provider(row.organizer_id, row.provider), row)
        except Exception as error:  # one organizer's account must not stop the others
            log.warning("not asked", payment_id=str(row.id), kind=type(error).__name__)
            _looked(services, row, now)  # those after it come first next time
            continue
        after = _note(services, row, answer)
        if after.state not in paying.OPEN:
            services.metrics.mended(f"payment-{after.state}")


def _looked(services: Services, payment: Payment, now: datetime) -> None:
    with services.database.transaction() as session:
        session.execute(
            update(Payment)
            .where(col(Payment.organizer_id) == payment.organizer_id, col(Payment.id) == payment.id)
            .values(looked_at=now)
        )


def _payment(services: Services, envelope: OutboxEvent) -> Payment:
    payment_id = UUID(json.loads(envelope.payload)["payment_id"])
    with services.database.reading() as session:
        return paying.get(session, organizer_id=envelope.organizer_id, payment_id=payment_id)


def _note(services: Services, payment: Payment, answer: PaymentAnswer) -> Payment:
    with services.database.transaction() as session:
        fresh = paying.get(session, organizer_id=payment.organizer_id, payment_id=payment.id)
        return paying.note(session, fresh, answer, now=services.clock())
