"""The form of a Drop to be: what was typed, and the plan that it means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Typed

from passes_service.accounts import fields
from passes_service.accounts.errors import FieldRefused
from passes_service.core import localtime
from passes_service.core.localtime import LocalTimeMissing
from passes_service.core.money import MoneyInvalid, parse_money
from passes_service.db.models import Series
from passes_service.drops.plan import OfferPlan, PhasePlan, Plan, StockPlan
from passes_service.drops.texts import LONGEST_SUMMARY, MOST_PER_HOLDER, MOST_PLACES
from passes_service.web.pages.forms import block, identity, local_time, whole

SELL = (
    ("single", "Each by itself"),
    ("edition", "As one Edition: the first sells out before the next"),
    ("bundle", "Together, one of each"),
)
EARLY = (
    ("", "Nobody: it opens for all at once"),
    ("allow_list", "People on a list"),
    ("holders", "Holders of another pass"),
)


class DropForm(BaseModel):
    """What was typed. The three lists of Series go together, row by row."""

    model_config = ConfigDict(extra="ignore")

    title: str = ""
    slug: str = ""
    opens: str = ""
    closes: str = ""
    per_holder: str = "2"
    series_id: list[str] = Typed(default_factory=list)
    quantity: list[str] = Typed(default_factory=list)
    price: list[str] = Typed(default_factory=list)
    sell: str = "single"
    discount: str = ""
    early: str = ""
    early_list: str = ""
    early_series: str = ""
    early_until: str = ""
    early_quantity: str = ""
    early_discount: str = ""
    summary: str = ""
    proof: str = ""
    image_url: str = ""
    waiting_room: str = ""
    unlisted: str = ""

    def rows(self) -> dict[str, tuple[str, str]]:
        """Return what was typed for each Series: places and price."""
        pairs = zip(self.quantity, self.price, strict=False)
        return dict(zip(self.series_id, pairs, strict=False))


def plan_from(form: DropForm, known: Mapping[UUID, Series], *, zone: str) -> Plan:
    """Return what was typed as a plan, or refuse the field that makes no sense.

    Args:
        known: The Series that the form offered.
        zone: Where the typed times are.

    Raises:
        FieldRefused: `members["field"]` is the name of the field.
    """
    opens_at = instant(form.opens, zone, "opens")
    closes_at = instant(form.closes, zone, "closes")
    stocks = tuple(_stocks(form, known))
    if not stocks:
        raise FieldRefused("Say of at least one Series how many places to sell.", field="stocks")
    title = fields.line(form.title, field="title", longest=160)
    return Plan(
        title=title,
        slug=form.slug.strip(),
        opens_at=opens_at,
        closes_at=closes_at,
        stocks=stocks,
        offers=_offers(form, title, stocks),
        phases=_phases(form, opens_at, closes_at, zone),
        summary=block(form.summary, field="summary", longest=LONGEST_SUMMARY),
        proof=fields.line(form.proof, field="proof", longest=300, shortest=0),
        image_url=form.image_url.strip(),
        per_holder=whole(form.per_holder, field="per_holder", low=1, high=MOST_PER_HOLDER),
        waiting_room=bool(form.waiting_room),
        listed=not form.unlisted,
    )


def instant(text: str, zone: str, field: str) -> datetime:
    """Return the instant of a typed local time, or refuse the field."""
    try:
        return localtime.instant(local_time(text, field=field), zone)
    except LocalTimeMissing as error:
        raise FieldRefused(error.detail, field=field) from error


def percent(text: str, field: str) -> int:
    """Return typed whole percents in basis points; nothing typed is nothing."""
    return 100 * whole(text, field=field, low=0, high=100) if text.strip() else 0


def _stocks(form: DropForm, known: Mapping[UUID, Series]) -> Any:
    for typed, (quantity, price) in form.rows().items():
        if not quantity.strip():
            continue
        row = known.get(identity(typed, field="stocks"))
        if row is None:
            raise FieldRefused("One of these Series cannot be sold any more.", field="stocks")
        prices = {row.currency: _minor(price, row)} if price.strip() else {}
        count = whole(quantity, field="stocks", low=1, high=MOST_PLACES)
        yield StockPlan(series_id=row.id, quantity=count, prices=prices)


def _minor(price: str, row: Series) -> int:
    try:
        return parse_money(price, row.currency).minor
    except MoneyInvalid as error:
        raise FieldRefused(f"“{row.title}”: {error.detail}", field="stocks") from error


def _offers(form: DropForm, title: str, stocks: tuple[StockPlan, ...]) -> tuple[OfferPlan, ...]:
    if form.sell == "edition":
        return (OfferPlan(title=title, kind="edition", series_ids=_named(stocks)),)
    if form.sell == "bundle":
        discount = percent(form.discount, "discount")
        return (
            OfferPlan(title=title, kind="bundle", series_ids=_named(stocks), discount_bp=discount),
        )
    return ()


def _named(stocks: tuple[StockPlan, ...]) -> tuple[UUID, ...]:
    return tuple(stock.series_id for stock in stocks)


def _phases(
    form: DropForm, opens_at: datetime, closes_at: datetime, zone: str
) -> tuple[PhasePlan, ...]:
    if not form.early:
        return ()
    until = instant(form.early_until, zone, "early_until")
    named = (
        {"audience_id": str(identity(form.early_list, field="early_list"))}
        if form.early == "allow_list"
        else {"series_id": str(identity(form.early_series, field="early_series"))}
    )
    count = form.early_quantity.strip()
    first = PhasePlan(
        name="Early",
        kind=form.early,
        params=named,
        opens_at=opens_at,
        closes_at=until,
        quantity=whole(count, field="early_quantity", low=1, high=MOST_PLACES) if count else None,
        discount_bp=percent(form.early_discount, "early_discount"),
    )
    return (first, PhasePlan(name="Everybody", opens_at=until, closes_at=closes_at))
