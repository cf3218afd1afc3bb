"""Coupons and tax lines, set by the organizer; and the orders that were made with them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import Session

from passes_service.accounts.errors import FieldRefused, NotAllowed, NotFound, NotSignedIn
from passes_service.checkout import offering, queries
from passes_service.checkout.errors import CouponTaken
from passes_service.checkout.offering import CouponPlan
from passes_service.core.money import Money, MoneyInvalid
from passes_service.db.models import Coupon, TaxRule
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentHolder, CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import Reply, created, ok
from passes_service.web.routes.sale_orders import OrderRead

router = APIRouter(tags=["Checkout"], responses=problems.declare(NotSignedIn, NotAllowed, NotFound))
State = Literal["held", "placed", "completed", "expired", "cancelled", "returned"]


class CouponNew(shapes.Body):
    """A code: `percent_bp` off each pass, or `amount` off the whole order."""

    code: Annotated[str, StringConstraints(min_length=3, max_length=40)]
    max_uses: int = Field(ge=1, le=offering.MOST_USES)
    percent_bp: int = Field(default=0, ge=0, le=10_000)
    amount_minor: Annotated[str, Field(pattern="^[0-9]{1,40}$")] | None = None
    currency: Annotated[str, StringConstraints(max_length=4, to_upper=True)] = ""
    drop_id: UUID | None = None
    starts_at: shapes.Instant | None = None
    ends_at: shapes.Instant | None = None


class CouponRead(BaseModel):
    """A code and how often it has been used; uses of orders that nobody paid come back."""

    id: UUID
    code: str
    percent_bp: int
    amount: shapes.MoneyRead | None
    drop_id: UUID | None
    max_uses: int
    used: int
    starts_at: datetime | None
    ends_at: datetime | None
    closed_at: datetime | None

    @staticmethod
    def of(row: Coupon) -> CouponRead:
        """Return the shape of a code."""
        off = shapes.MoneyRead.of(row.amount_minor, row.currency) if row.amount_minor else None
        return CouponRead(**row.model_dump(exclude={"amount_minor", "currency"}), amount=off)


class TaxNew(shapes.Body):
    """A tax line: `included` in the price, or on top of it."""

    name: Annotated[shapes.Text, Field(min_length=1, max_length=60)]
    rate_bp: int = Field(ge=1, le=10_000)
    included: bool = True


class TaxRead(shapes.Read):
    """A tax line that applies."""

    id: UUID
    name: str
    rate_bp: int
    included: bool
    created_at: datetime
    ended_at: datetime | None

    @staticmethod
    def of(row: TaxRule) -> TaxRead:
        """Return the shape of a tax line."""
        return TaxRead.model_validate(row)


@router.post(
    "/api/v1/coupons",
    status_code=201,
    response_model=CouponRead,
    responses=problems.declare(FieldRefused, CouponTaken, MoneyInvalid),
)
def add_coupon(body: CouponNew, call: StaffCall) -> Response:
    """Make a code."""
    call.caller.require("catalog:write")
    off = None if body.amount_minor is None else Money(int(body.amount_minor), body.currency)
    plan = CouponPlan(**body.model_dump(exclude={"amount_minor", "currency"}), amount=off)

    def work(session: Session) -> Reply:
        row = offering.add_coupon(
            session, organizer_id=call.caller.organizer_id, plan=plan, now=call.now
        )
        return created(CouponRead.of(row), f"/api/v1/coupons/{row.id}")

    return call.run(work)


@router.get("/api/v1/coupons")
def coupons(caller: CurrentStaff, session: Reading) -> list[CouponRead]:
    """List all codes, the newest first."""
    caller.require("catalog:read")
    rows = offering.all_coupons(session, organizer_id=caller.organizer_id)
    return [CouponRead.of(row) for row in rows]


@router.post("/api/v1/coupons/{coupon_id}/close", response_model=CouponRead)
def close_coupon(coupon_id: UUID, call: StaffCall) -> Response:
    """Let nobody use a code any more."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = offering.close_coupon(
            session,
            organizer_id=call.caller.organizer_id,
            coupon_id=coupon_id,
            now=call.now,
        )
        return ok(CouponRead.of(row))

    return call.run(work)


@router.post(
    "/api/v1/taxes",
    status_code=201,
    response_model=TaxRead,
    responses=problems.declare(FieldRefused),
)
def add_tax(body: TaxNew, call: StaffCall) -> Response:
    """Add a tax line to the prices of new orders."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = offering.add_tax(
            session, organizer_id=call.caller.organizer_id, **body.model_dump(), now=call.now
        )
        return created(TaxRead.of(row))

    return call.run(work)


@router.get("/api/v1/taxes")
def taxes(caller: CurrentStaff, session: Reading) -> list[TaxRead]:
    """List the tax lines that apply now."""
    caller.require("catalog:read")
    rows = offering.all_taxes(session, organizer_id=caller.organizer_id)
    return [TaxRead.of(row) for row in rows]


@router.post("/api/v1/taxes/{tax_id}/end", response_model=TaxRead)
def end_tax(tax_id: UUID, call: StaffCall) -> Response:
    """Take a tax line out of the prices of new orders."""
    call.caller.require("catalog:write")

    def work(session: Session) -> Reply:
        row = offering.end_tax(
            session, organizer_id=call.caller.organizer_id, tax_id=tax_id, now=call.now
        )
        return ok(TaxRead.of(row))

    return call.run(work)


@router.get("/api/v1/orders")
def orders(
    caller: CurrentStaff,
    session: Reading,
    drop_id: UUID | None = None,
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[OrderRead]:
    """List orders for the organizer, the newest first."""
    caller.require("passes:read")
    rows = queries.every(
        session,
        organizer_id=caller.organizer_id,
        drop_id=drop_id,
        state=state,
        limit=limit,
    )
    return [OrderRead.of(session, row) for row in rows]


@router.get("/api/v1/me/orders")
def mine(caller: CurrentHolder, session: Reading) -> list[OrderRead]:
    """List my orders, the newest first."""
    rows = queries.every(session, organizer_id=caller.organizer_id, holder_id=caller.id, limit=50)
    return [OrderRead.of(session, row) for row in rows]
