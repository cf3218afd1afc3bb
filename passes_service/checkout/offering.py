"""What the organizer sets for prices: coupons, and tax lines. Orders keep those of their day."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from passes_service.accounts import fields
from passes_service.accounts.errors import FieldRefused, NotFound
from passes_service.checkout import coupons
from passes_service.checkout.errors import CouponTaken
from passes_service.core.money import BASIS_POINTS, Money
from passes_service.db.models import Coupon, Drop, TaxRule, new_id
from passes_service.db.upsert import insert_if_absent

_CODE: Final = re.compile("[A-Z0-9][A-Z0-9_-]{2,39}")
MOST_USES: Final = 1_000_000
MOST_TAXES: Final = 10


@dataclass(frozen=True, kw_only=True)
class CouponPlan:
    """A code: either a share off each pass (basis points), or an amount off the whole order."""

    code: str
    max_uses: int
    percent_bp: int = 0
    amount: Money | None = None
    drop_id: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None


def add_coupon(session: Session, *, organizer_id: UUID, plan: CouponPlan, now: datetime) -> Coupon:
    """Make a code.

    Raises:
        FieldRefused: Something about it makes no sense.
        NotFound: No such Drop here.
        CouponTaken: There is such a code.
    """
    code = coupons.normal(plan.code)
    if _CODE.fullmatch(code) is None:
        raise FieldRefused("3 to 40 letters, digits, dashes.", field="code")
    if not 1 <= plan.max_uses <= MOST_USES:
        raise FieldRefused(f"Between 1 and {MOST_USES:,} uses.", field="max_uses")
    if (plan.amount is None) == (plan.percent_bp == 0):
        raise FieldRefused("Either a share or an amount.", field="percent_bp")
    if not 0 <= plan.percent_bp <= BASIS_POINTS or (plan.amount and not plan.amount.minor):
        raise FieldRefused("More than nothing, and at most everything.", field="percent_bp")
    if plan.starts_at and plan.ends_at and plan.ends_at <= plan.starts_at:
        raise FieldRefused("It ends before it starts.", field="ends_at")
    if plan.drop_id is not None and session.get(Drop, (organizer_id, plan.drop_id)) is None:
        raise NotFound("There is no such Drop here.")
    values = {
        "organizer_id": organizer_id,
        "id": new_id(),
        "code": code,
        "drop_id": plan.drop_id,
        "percent_bp": plan.percent_bp,
        "amount_minor": 0 if plan.amount is None else plan.amount.minor,
        "currency": "" if plan.amount is None else plan.amount.currency,
        "max_uses": plan.max_uses,
        "used": 0,
        "starts_at": plan.starts_at,
        "ends_at": plan.ends_at,
        "closed_at": None,
        "created_at": now,
    }
    if not insert_if_absent(session, Coupon, values):
        raise CouponTaken(f"The code {code} exists.", field="code")
    return session.get_one(Coupon, (organizer_id, values["id"]))


def all_coupons(session: Session, *, organizer_id: UUID) -> Sequence[Coupon]:
    """Return the codes of an organizer, the newest first."""
    return session.exec(
        select(Coupon).where(Coupon.organizer_id == organizer_id).order_by(col(Coupon.id).desc())
    ).all()


def close_coupon(session: Session, *, organizer_id: UUID, coupon_id: UUID, now: datetime) -> Coupon:
    """Let nobody use a code any more; orders that have it keep it.

    Raises:
        NotFound: No such code here.
    """
    session.execute(
        update(Coupon)
        .where(
            col(Coupon.organizer_id) == organizer_id,
            col(Coupon.id) == coupon_id,
            col(Coupon.closed_at).is_(None),
        )
        .values(closed_at=now)
    )
    found = session.get(Coupon, (organizer_id, coupon_id), populate_existing=True)
    if found is None:
        raise NotFound("There is no such code here.")
    return found


def add_tax(
    session: Session,
    *,
    organizer_id: UUID,
    name: str,
    rate_bp: int,
    included: bool,
    now: datetime,
) -> TaxRule:
    """Add a tax line to prices from now on: inside of them, or on top.

    Raises:
        FieldRefused: A name or rate that makes no sense, or too many lines.
    """
    if not 1 <= rate_bp <= BASIS_POINTS:
        raise FieldRefused("A rate between 0.01 % and 100 %.", field="rate_bp")
    if len(all_taxes(session, organizer_id=organizer_id)) >= MOST_TAXES:
        raise FieldRefused(f"At most {MOST_TAXES} tax lines at a time.", field="name")
    row = TaxRule(
        organizer_id=organizer_id,
        name=fields.line(name, field="name", longest=60),
        rate_bp=rate_bp,
        included=included,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def all_taxes(session: Session, *, organizer_id: UUID) -> Sequence[TaxRule]:
    """Return the tax lines that apply now, the oldest first."""
    return session.exec(
        select(TaxRule)
        .where(TaxRule.organizer_id == organizer_id, col(TaxRule.ended_at).is_(None))
        .order_by(col(TaxRule.id))
    ).all()


def end_tax(session: Session, *, organizer_id: UUID, tax_id: UUID, now: datetime) -> TaxRule:
    """Take a tax line out of prices from now on; placed orders keep it.

    Raises:
        NotFound: No such line here.
    """
    found = session.get(TaxRule, (organizer_id, tax_id))
    if found is None:
        raise NotFound("There is no such tax line here.")
    if found.ended_at is None:
        found.ended_at = now
        session.add(found)
        session.flush()
    return found
