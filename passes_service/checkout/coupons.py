"""Coupons: used by a conditional update, so 32 threads cannot use the last one twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, update
from sqlmodel import Session, col, select

from passes_service.checkout.errors import CouponUnfit
from passes_service.core.money import Money, format_amount
from passes_service.core.pricing import Cut
from passes_service.db.models import Coupon, Order


def normal(code: str) -> str:
    """Return a code as it is stored: upper case, without blanks around."""
    return code.strip().upper()


def take(session: Session, order: Order, code: str, *, currency: str, now: datetime) -> Coupon:
    """Use a code for an order; one that the order has already is not used again.

    Raises:
        CouponUnfit: Unknown, for another Drop or currency, not at this time, or used up.
    """
    if order.coupon_id is not None:
        _hold_both(session, order.organizer_id, order.coupon_id, normal(code))
    row = session.exec(
        select(Coupon).where(Coupon.organizer_id == order.organizer_id, Coupon.code == normal(code))
    ).first()
    if row is None or row.closed_at is not None or row.drop_id not in (None, order.drop_id):
        raise CouponUnfit("There is no such code for this Drop.", field="coupon")
    if (row.starts_at and now < row.starts_at) or (row.ends_at and row.ends_at <= now):
        raise CouponUnfit("This code is not good at this time.", field="coupon")
    if row.amount_minor and row.currency != currency:
        raise CouponUnfit(f"This code is for prices in {row.currency}.", field="coupon")
    if order.coupon_id != row.id:
        _use(session, row, now)
    return row


def _hold_both(session: Session, organizer_id: UUID, coupon_id: UUID, code: str) -> None:
    """Lock the code that an order has and the one it wants, in one order for all."""
    session.exec(
        select(Coupon.id)
        .where(
            Coupon.organizer_id == organizer_id,
            or_(col(Coupon.id) == coupon_id, col(Coupon.code) == code),
        )
        .order_by(col(Coupon.id))
        .with_for_update(key_share=True)
    ).all()


def _use(session: Session, row: Coupon, now: datetime) -> None:
    used = session.execute(
        update(Coupon)
        .where(
            col(Coupon.organizer_id) == row.organizer_id,
            col(Coupon.id) == row.id,
            col(Coupon.used) < col(Coupon.max_uses),
            col(Coupon.closed_at).is_(None),
            or_(col(Coupon.ends_at).is_(None), col(Coupon.ends_at) > now),
        )
        .values(used=col(Coupon.used) + 1)
        .returning(col(Coupon.used))
    ).first()
    if used is None:
        raise CouponUnfit("This code has been used as often as it may be.", field="coupon")


def use_again(session: Session, order: Order, *, now: datetime) -> bool:
    """Use the code of an order that had ended once more; tell whether it could be."""
    if order.coupon_id is None:
        return True
    row = session.get_one(Coupon, (order.organizer_id, order.coupon_id))
    try:
        _use(session, row, now)
    except CouponUnfit:
        return False
    return True


def cut_of(row: Coupon) -> Cut:
    """Return what a code takes off."""
    if row.percent_bp:
        words = f"Code {row.code}, {row.percent_bp / 100:g} % off"
        return Cut(code="coupon", words=words, percent_bp=row.percent_bp)
    off = format_amount(Money(row.amount_minor, row.currency))
    return Cut(code="coupon", words=f"Code {row.code}, {off} off", amount=row.amount_minor)


def give_back(session: Session, organizer_id: UUID, orders: Sequence[Order]) -> None:
    """Let codes be used again whose orders ended without a sale."""
    counts: Counter[UUID] = Counter(row.coupon_id for row in orders if row.coupon_id is not None)
    for coupon_id in sorted(counts):
        session.execute(
            update(Coupon)
            .where(col(Coupon.organizer_id) == organizer_id, col(Coupon.id) == coupon_id)
            .values(used=col(Coupon.used) - counts[coupon_id])
            .execution_options(synchronize_session=False)
        )
