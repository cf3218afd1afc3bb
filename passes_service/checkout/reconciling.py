"""Two books compared: what a provider lists, and what ours says. Each difference has one answer.

    the provider has the money, we do not know yet     -> the payment is confirmed
    the provider ended it, we think it is open         -> it is ended
    the provider has money of ours for no payment      -> it goes back
    a dispute that nobody told us of                   -> its passes are withdrawn
    refunded there by hand, whole                      -> its passes are withdrawn
    refunded there by hand, in part                    -> for a person: for which pass?
    settled here, not refunded there                   -> the refund is asked for again
    succeeded here, not there                          -> for a person: that cannot be

Doing it twice finds nothing the second time. The provider is asked outside of any transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from passes_service.checkout import disputes, paying, returning
from passes_service.checkout.sold import is_bought_by, passes_of
from passes_service.core.money import Money, format_amount
from passes_service.db.models import OrderLine, Payment, PaymentReturn, Refund
from passes_service.passes import service as passes
from passes_service.payments.model import Known, PaymentAnswer

SETTLING: Final = timedelta(minutes=10)
"""What is younger may still be on its way in one of the books."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference, in words. `mended`: it is gone now; else somebody has to look."""

    kind: str
    payment_id: UUID | None
    reference: str
    sentence: str
    mended: bool


def compare(
    session: Session, *, organizer_id: UUID, provider: str, known: Known, now: datetime
) -> Finding | None:
    """Compare one payment of a provider's list with our book, and mend what differs.

    A payment that our book lacks is told as `unknown`, not mended: sending it back is a network
    call. Payments without our id are somebody else's business in the same account.
    """
    if known.payment_id is None or known.organizer_id != organizer_id:
        return None
    if known.created_at > now - SETTLING:
        return None
    row = session.get(Payment, (organizer_id, known.payment_id))
    if row is None:
        row = paying.by_reference(
            session, organizer_id=organizer_id, provider=provider, reference=known.reference
        )
    if row is None:
        return _unknown(known)
    return (
        _state(session, row, known, now)
        or _dispute(session, row, known, now)
        or _money_back(session, row, known, now)
    )


def _unknown(known: Known) -> Finding | None:
    if known.state != "succeeded" or known.refunded.minor >= known.money.minor:
        return None
    said = f"{format_amount(known.money)} was paid for a payment that this book does not have."
    return Finding("unknown", known.payment_id, known.reference, said, mended=False)


def _state(session: Session, row: Payment, known: Known, now: datetime) -> Finding | None:
    if row.state == "succeeded":
        if known.state == "succeeded" or _is_older(row, known):
            return None
        said = f"It succeeded in our book and is {known.state} at the provider."
        return Finding("not-there", row.id, known.reference, said, mended=False)
    if known.state == "succeeded":
        answer = PaymentAnswer(state="succeeded", reference=known.reference, money=known.money)
        paying.note(session, row, answer, now=now)
        said = "It was paid, and nobody had told us."
        return Finding("paid", row.id, known.reference, said, mended=True)
    if known.state in ("failed", "cancelled") and row.state in paying.OPEN:
        answer = PaymentAnswer(state=known.state, reference=known.reference)
        paying.note(session, row, answer, now=now)
        said = f"It was open here and {known.state} there."
        return Finding("ended", row.id, known.reference, said, mended=True)
    return None


def _is_older(row: Payment, known: Known) -> bool:
    """Tell whether the list shows another object of the same payment, asked for twice."""
    return row.reference not in ("", known.reference)


def _dispute(session: Session, row: Payment, known: Known, now: datetime) -> Finding | None:
    if not known.disputed or row.dispute:
        return None
    disputes.take(session, row, "open", now=now)
    said = "It is disputed, and nobody had told us."
    return Finding("disputed", row.id, known.reference, said, mended=True)


def _money_back(session: Session, row: Payment, known: Known, now: datetime) -> Finding | None:
    if row.state != "succeeded" or _is_older(row, known):
        return None
    asked, settled = _in_our_book(session, row)
    there = known.refunded.minor
    if there < settled:
        said = f"{_words(settled, row)} settled here, {_words(there, row)} sent back there."
        return Finding("not-sent-back", row.id, known.reference, said, mended=False)
    if there <= asked:
        return None
    if there < row.amount_minor:
        said = f"{_words(there, row)} was sent back there, {_words(asked, row)} by our book."
        return Finding("by-hand-in-part", row.id, known.reference, said, mended=False)
    withdrawn = 0
    if not is_bought_by(session, row):
        return None
    for each in passes_of(session, row.organizer_id, row.order_id):
        if each.state == "active":
            reason = "its payment was refunded at the provider"
            passes.void(session, each, reason=reason, actor="reconciliation", now=now)
            withdrawn += 1
    if not withdrawn:
        return None
    said = f"Refunded whole at the provider by hand; passes withdrawn: {withdrawn}."
    return Finding("by-hand", row.id, known.reference, said, mended=True)


def _in_our_book(session: Session, row: Payment) -> tuple[int, int]:
    """Return what our book has asked back for a payment, and what of it is settled."""
    found = (
        []
        if not is_bought_by(session, row)
        else session.exec(
            select(Refund.state, func.sum(Refund.amount_minor))
            .join(
                OrderLine,
                (col(OrderLine.organizer_id) == col(Refund.organizer_id))
                & (col(OrderLine.pass_row_id) == col(Refund.pass_row_id)),
            )
            .where(OrderLine.organizer_id == row.organizer_id, OrderLine.order_id == row.order_id)
            .group_by(col(Refund.state))
        ).all()
    )
    by_state = {state: int(amount) for state, amount in found}
    back = returning.of_payment(session, row)
    if back is not None:
        by_state[back.state] = by_state.get(back.state, 0) + back.amount_minor
    return sum(by_state.values()), by_state.get("settled", 0)


def settled_of(session: Session, payment: Payment) -> list[Refund | PaymentReturn]:
    """Return what our book says has been sent back for a payment."""
    refunds = (
        []
        if not is_bought_by(session, payment)
        else session.exec(
            select(Refund)
            .join(
                OrderLine,
                (col(OrderLine.organizer_id) == col(Refund.organizer_id))
                & (col(OrderLine.pass_row_id) == col(Refund.pass_row_id)),
            )
            .where(
                OrderLine.organizer_id == payment.organizer_id,
                OrderLine.order_id == payment.order_id,
                Refund.state == "settled",
            )
        ).all()
    )
    back = returning.of_payment(session, payment)
    return [*refunds, *([back] if back is not None and back.state == "settled" else [])]


def unsettle(session: Session, row: Refund | PaymentReturn) -> None:
    """Write down that money which was sent back has come back: a person finds another way."""
    model = type(row)
    session.execute(
        update(model)
        .where(
            col(model.organizer_id) == row.organizer_id,
            col(model.id) == row.id,
            col(model.state) == "settled",
        )
        .values(state="failed", settled_at=None)
    )


def _words(amount: int, row: Payment) -> str:
    return format_amount(Money(amount, row.currency))


def every_organizer(session: Session, provider: str, since: datetime) -> list[UUID]:
    """Return whose payments a provider has to be asked about."""
    return list(
        session.exec(
            select(Payment.organizer_id)
            .where(Payment.provider == provider, col(Payment.created_at) >= since)
            .distinct()
            .order_by(col(Payment.organizer_id))
        )
    )
