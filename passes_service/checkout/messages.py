"""What a provider's signed message says, done once however often and in whatever order it comes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from passes_service.checkout import disputes, paying
from passes_service.db.models import Payment, PaymentEvent, new_id
from passes_service.db.upsert import insert_if_absent
from passes_service.payments.model import PaymentAnswer, Told


def take(
    session: Session, *, organizer_id: UUID, provider: str, told: Told, now: datetime
) -> tuple[bool, Payment | None]:
    """Keep a message and do what it says of a payment; refunds are for whoever keeps their rows.

    Returns whether the message is new, and the payment that it is about. A payment that the book
    does not know is left to reconciliation, which looks for it at the provider.
    """
    fresh = {
        "organizer_id": organizer_id,
        "id": new_id(),
        "provider": provider,
        "event_id": told.event_id[:120],
        "kind": told.type[:60],
        "reference": told.reference[:120],
        "outcome": told.state,
        "created_at": now,
    }
    if not insert_if_absent(session, PaymentEvent, fresh):
        return False, None
    payment = _find(session, organizer_id, provider, told)
    if payment is None:
        return True, None
    if told.kind == "payment":
        answer = PaymentAnswer(
            state=told.state,
            reference=payment.reference if provider == "external" else told.reference,
            money=told.money,
            error_code=told.error_code,
            error=told.error,
        )
        payment = paying.note(session, payment, answer, now=now)
    elif told.kind == "dispute" and told.dispute:
        disputes.take(session, payment, told.dispute, now=now)
    return True, payment


def _find(session: Session, organizer_id: UUID, provider: str, told: Told) -> Payment | None:
    if told.payment_id is not None:
        found = session.get(Payment, (organizer_id, told.payment_id))
        if found is not None and found.provider == provider:
            return found
    return paying.by_reference(
        session, organizer_id=organizer_id, provider=provider, reference=told.reference
    )
