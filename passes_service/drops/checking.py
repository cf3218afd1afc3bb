"""Whether a plan can be sold: its Series, prices, offers and phases against what is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from passes_service.accounts import fields
from passes_service.catalog import series, terms
from passes_service.catalog.errors import SeriesClosed
from passes_service.core.money import BASIS_POINTS, MoneyInvalid, exponent
from passes_service.db.models import Series
from passes_service.drops import editions, selling_on_chain
from passes_service.drops.errors import DropTooMany
from passes_service.drops.plan import OfferPlan, PhasePlan, Plan, StockPlan
from passes_service.drops.predicates import KINDS
from passes_service.drops.texts import MOST_PLACES, refuse

MOST_SERIES = 50
MOST_OFFERS = 50
MOST_PHASES = 20

Prices = Mapping[UUID, Mapping[str, int]]


def stocks(session: Session, *, organizer_id: UUID, plan: Plan) -> dict[UUID, Series]:
    """Return the Series of a plan by id, in order, each fit to be sold by a Drop.

    Raises:
        DropInvalid: None, too many, one of them twice, or a price that does not fit.
        NotFound: One of them is not this organizer's.
        DropSoldElsewhere, SeriesClosed, DropTooMany: One cannot be sold, or not so often.
        MoneyInvalid: An unknown currency.
    """
    if not 1 <= len(plan.stocks) <= MOST_SERIES:
        raise refuse(f"Name 1 to {MOST_SERIES} Series to sell.", "stocks")
    found: dict[UUID, Series] = {}
    for index, each in enumerate(plan.stocks):
        if each.series_id in found:
            raise refuse("This Series is named twice: add the quantities.", f"stocks[{index}]")
        row = series.get(session, organizer_id=organizer_id, series_id=each.series_id)
        _sellable(session, row, each, f"stocks[{index}]")
        found[row.id] = row
        known = terms.get(session, organizer_id=organizer_id, terms_hash=row.terms_hash)
        closes_in_time(row, known.sale_closes_at, plan.closes_at)
        _prices(each, row, known.transfer.fee_currency, f"stocks[{index}].prices")
    return found


def _sellable(session: Session, row: Series, plan: StockPlan, field: str) -> None:
    if row.closed_at is not None:
        raise SeriesClosed(f"“{row.title}” issues no more passes.", field=field)
    if not 1 <= plan.quantity <= MOST_PLACES:
        raise refuse("Sell at least one place.", f"{field}.quantity")
    left = row.cap - row.issued - row.set_aside
    if row.funding != "external":
        left = selling_on_chain.places_left(session, row, plan, field)
    if plan.quantity > left:
        said = f"“{row.title}” has {left} places left, not {plan.quantity}."
        raise DropTooMany(said, left=left, field=f"{field}.quantity")


def closes_in_time(row: Series, sale_closes_at: datetime, closes_at: datetime) -> None:
    """Refuse a Drop that closes after the sale of a Series, as its Terms promise it.

    Raises:
        DropInvalid: It does.
    """
    if closes_at > sale_closes_at:
        raise refuse(
            f"The Terms of “{row.title}” say that the sale closes at "
            f"{sale_closes_at:%Y-%m-%d %H:%M} UTC: close the Drop by then.",
            "closes_at",
        )


def _prices(plan: StockPlan, row: Series, fee_currency: str | None, field: str) -> None:
    for currency, minor in plan.prices.items():
        try:
            exponent(currency)
        except MoneyInvalid as error:
            raise MoneyInvalid(error.detail, field=field) from None
        if minor < 0:
            raise refuse("A price is nothing or more.", field)
        if currency == row.currency and minor > row.price_minor:
            raise refuse(
                f"“{row.title}” has a lower list price: ask for at most that in {currency}.", field
            )
        if fee_currency not in (None, currency):
            raise refuse(
                f"Handing a pass of “{row.title}” on costs a fee in {fee_currency}: price it in "
                f"{fee_currency} only.",
                field,
            )


def prices(plan: Plan, rows: Mapping[UUID, Series]) -> Prices:
    """Return what each Series costs by currency: as planned, else its list price."""
    return {
        each.series_id: each.prices
        or {rows[each.series_id].currency: rows[each.series_id].price_minor}
        for each in plan.stocks
    }


def offers(
    session: Session, *, organizer_id: UUID, plan: Plan, rows: Mapping[UUID, Series]
) -> tuple[OfferPlan, ...]:
    """Return the offers of a plan: as stated, or each Series alone under its title.

    Raises:
        DropInvalid: An offer names what the Drop does not sell, or cannot be priced.
        EditionUnfit: Its steps are not one Edition.
    """
    stated = plan.offers or tuple(
        OfferPlan(title=row.title, series_ids=(row.id,)) for row in rows.values()
    )
    if len(stated) > MOST_OFFERS:
        raise refuse(f"Make at most {MOST_OFFERS} offers.", "offers")
    costs = prices(plan, rows)
    for index, offer in enumerate(stated):
        field = f"offers[{index}]"
        fields.line(offer.title, field=f"{field}.title", longest=160)
        _shape(offer, rows, field)
        if not set.intersection(*(set(costs[one]) for one in offer.series_ids)):
            raise refuse("Its Series have no currency in common: price them in one.", field)
        if offer.kind == "edition":
            steps = [rows[one] for one in offer.series_ids]
            editions.check_steps(session, organizer_id=organizer_id, steps=steps, field=field)
    unsold = set(rows) - {one for offer in stated for one in offer.series_ids}
    if unsold:
        titles = ", ".join(f"“{rows[one].title}”" for one in rows if one in unsold)
        raise refuse(f"No offer sells {titles}: add one, or leave the Series out.", "offers")
    return stated


def _shape(offer: OfferPlan, rows: Mapping[UUID, Series], field: str) -> None:
    named = offer.series_ids
    if not set(named) <= set(rows):
        raise refuse("It names a Series that this Drop does not sell.", field)
    if len(set(named)) != len(named):
        raise refuse("It names a Series twice.", field)
    if offer.kind == "single" and len(named) != 1:
        raise refuse("A single offer has one Series; take an edition or a bundle for more.", field)
    if offer.kind != "single" and len(named) < 2:
        raise refuse("An edition or a bundle has at least two Series.", field)
    if offer.discount_bp and offer.kind != "bundle":
        raise refuse("Only a bundle has a discount of its own; lower the price instead.", field)
    if not 0 <= offer.discount_bp <= BASIS_POINTS:
        raise refuse("A discount is 0 to 100 %.", f"{field}.discount_bp")


def phases(
    session: Session,
    *,
    organizer_id: UUID,
    phases: Sequence[PhasePlan],
    opens_at: datetime,
    closes_at: datetime,
) -> Sequence[PhasePlan]:
    """Return the phases of a plan: as stated and in order, or one for everybody.

    Raises:
        DropInvalid: A phase lies outside of the Drop, before an earlier one, or has odd limits.
        NotFound: It reads a list or a Series that is not this organizer's.
    """
    if not phases:
        return (PhasePlan(name="Public", opens_at=opens_at, closes_at=closes_at),)
    if len(phases) > MOST_PHASES:
        raise refuse(f"Plan at most {MOST_PHASES} phases.", "phases")
    for index, phase in enumerate(phases):
        _limits(phase, f"phases[{index}]")
        kind = KINDS.get(phase.kind)
        if kind is None:
            known = ", ".join(KINDS)
            raise refuse(f"A phase is for one of: {known}.", f"phases[{index}].kind")
        kind.check(session, organizer_id, phase.params, f"phases[{index}].params")
    check_phase_times(phases, opens_at, closes_at)
    return phases


def raffle(plan: Plan, planned: Sequence[PhasePlan], *, now: datetime) -> None:
    """Refuse a raffle that nobody could win, or whose draw could not be committed to before.

    Raises:
        DropInvalid: It has no phase for those who were drawn after its opening, or opens now.
    """
    if plan.opens_at <= now:
        raise refuse(
            "A raffle opens later: the draw is committed to before anybody enters.", "opens_at"
        )
    if not any(phase.kind == "drawn" and phase.opens_at > plan.opens_at for phase in planned):
        raise refuse(
            "Plan a phase of kind `drawn` after the opening: entries close when it opens, and who "
            "was drawn buys in it.",
            "phases",
        )


def _limits(phase: PhasePlan, field: str) -> None:
    fields.line(phase.name, field=f"{field}.name", longest=80)
    if phase.quantity is not None and not 1 <= phase.quantity <= MOST_PLACES:
        raise refuse("A phase sells at least one place; leave it empty for all.", field)
    if phase.per_holder is not None and phase.per_holder < 1:
        raise refuse("A person may buy at least one; leave it empty for the Drop's limit.", field)
    if not 0 <= phase.discount_bp <= BASIS_POINTS:
        raise refuse("A discount is 0 to 100 %.", field)


def check_phase_times(
    planned: Sequence[PhasePlan], opens_at: datetime, closes_at: datetime
) -> None:
    """Refuse phases outside of the Drop, shorter than a minute, or out of order.

    Raises:
        DropInvalid: `members["field"]` names the phase.
    """
    before = opens_at
    for index, phase in enumerate(planned):
        field, name = f"phases[{index}]", phase.name
        if phase.closes_at - phase.opens_at < timedelta(minutes=1):
            raise refuse(f"“{name}” must close at least a minute after it opens.", field)
        if phase.opens_at < opens_at or phase.closes_at > closes_at:
            raise refuse(f"“{name}” must lie within the times of the Drop.", field)
        if phase.opens_at < before:
            raise refuse(f"“{name}” opens before the phase that comes first.", field)
        before = phase.opens_at
