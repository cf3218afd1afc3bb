"""Money that bought nothing on its way back: what the provider says of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.db.models import Payment, PaymentReturn


def get(session: Session, *, organizer_id: UUID, return_id: UUID) -> PaymentReturn:
    """Return a return of this organizer.

    Raises:
        NotFound: There is none.
    """
    found = session.get(PaymentReturn, (organizer_id, return_id))
    if found is None:
        raise NotFound("There is no such return here.")
    return found


def of_payment(session: Session, payment: Payment) -> PaymentReturn | None:
    """Return the way back of a payment that bought nothing, if it is on it."""
    return session.exec(
        select(PaymentReturn).where(
            PaymentReturn.organizer_id == payment.organizer_id,
            PaymentReturn.payment_id == payment.id,
        )
    ).first()


def note(
    session: Session,
    *,
    organizer_id: UUID,
    return_id: UUID,
    state: str,
    reference: str,
    now: datetime,
) -> bool:
    """Write down how a return stands: pending, settled or failed; False if nothing changed.

    Settled is final. A failed one may be asked for again.
    """
    states = {"pending": "requested", "settled": "settled", "failed": "failed"}
    moved = session.execute(
        update(PaymentReturn)
        .where(
            col(PaymentReturn.organizer_id) == organizer_id,
            col(PaymentReturn.id) == return_id,
            col(PaymentReturn.state) != "settled",
        )
        .values(
            state=states[state],
            reference=reference or PaymentReturn.reference,
            settled_at=now if state == "settled" else None,
        )
        .returning(col(PaymentReturn.id))
        .execution_options(synchronize_session=False)
    ).first()
    return moved is not None
