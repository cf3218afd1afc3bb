"""One plan becomes a Drop, or is refused with a word on what to do and nothing stored."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.core.errors import DomainError
from passes_service.db.models import Drop, Series
from passes_service.drops import editions, scheduling
from passes_service.drops.plan import OfferPlan, PhasePlan, Plan, SharePlan, StockPlan
from tests import season
from tests.drops import ground
from tests.drops.ground import DAY, HOUR
from tests.season import Season

Change = Callable[[Services, Season, Plan], Plan]


def _plan(services: Services, made: Season, **more: Any) -> Plan:
    now = services.clock()
    stocks = (StockPlan(series_id=made.series.id, quantity=3),)
    values = {"stocks": stocks, "opens_at": now + HOUR, "closes_at": now + DAY, **more}
    return Plan(title="The Drop", slug="the-drop", **values)


def _schedule(services: Services, made: Season, plan: Plan) -> Drop:
    with services.database.transaction() as session:
        return scheduling.schedule(
            session, organizer_id=made.organizer_id, plan=plan, now=services.clock()
        )


def _set_aside(services: Services, made: Season) -> int:
    with services.database.reading() as session:
        return session.get_one(Series, (made.organizer_id, made.series.id)).set_aside


def test_a_drop_sets_places_aside(services: Services) -> None:
    made = season.season(services)
    sold = ground.drop(services, made, quantity=3)
    with services.database.reading() as session:
        row = session.get_one(Series, (made.organizer_id, made.series.id))
        assert (row.set_aside, row.left) == (3, 2)
    assert sold.shop.state(services.clock()) == "open"
    assert (sold.shop.left, sold.shop.held, sold.shop.sold) == (3, 0, 0)
    assert [phase.kind for phase in sold.shop.phases] == ["public"]
    assert [offer.row.kind for offer in sold.shop.offers] == ["single"]


def _stock(**more: Any) -> Change:
    return lambda _s, _m, plan: replace(plan, stocks=(replace(plan.stocks[0], **more),))


def _said(**more: Any) -> Change:
    return lambda _s, _m, plan: replace(plan, **more)


def _phase(**more: Any) -> Change:
    def change(_services: Services, _made: Season, plan: Plan) -> Plan:
        stated = {"opens_at": plan.opens_at, "closes_at": plan.closes_at, **more}
        for name in ("opens_at", "closes_at"):
            if isinstance(stated[name], timedelta):
                stated[name] = plan.opens_at + stated[name]
        return replace(plan, phases=(PhasePlan(name="VIP", **stated),))

    return change


def _offer(**more: Any) -> Change:
    def change(_services: Services, made: Season, plan: Plan) -> Plan:
        stated = {"title": "It", "series_ids": (made.series.id,), **more}
        return replace(plan, offers=(OfferPlan(**stated),))

    return change


def _share(partner: str, share_bp: int) -> Change:
    def change(services: Services, made: Season, plan: Plan) -> Plan:
        if partner == "self":
            return replace(
                plan, shares=(SharePlan(partner_id=made.organizer_id, share_bp=share_bp),)
            )
        return replace(plan, shares=(SharePlan(partner_id=uuid4(), share_bp=share_bp),))

    return change


def _foreign(services: Services, _made: Season, plan: Plan) -> Plan:
    other = season.season(services, "elsewhere")
    return replace(plan, stocks=(StockPlan(series_id=other.series.id, quantity=1),))


def _closed(services: Services, made: Season, plan: Plan) -> Plan:
    with services.database.transaction() as session:
        session.get_one(Series, (made.organizer_id, made.series.id)).closed_at = services.clock()
    return plan


def _escrow(services: Services, made: Season, plan: Plan) -> Plan:
    with services.database.transaction() as session:
        session.get_one(Series, (made.organizer_id, made.series.id)).funding = "escrow"
    return plan


def _unsold_part(services: Services, made: Season, plan: Plan) -> Plan:
    more = ground.another_series(services, made)
    return replace(
        plan,
        stocks=(*plan.stocks, StockPlan(series_id=more.id, quantity=1)),
        offers=(OfferPlan(title="One", series_ids=(made.series.id,)),),
    )


def _no_common_currency(services: Services, made: Season, plan: Plan) -> Plan:
    more = ground.another_series(services, made)
    return replace(
        plan,
        stocks=(*plan.stocks, StockPlan(series_id=more.id, quantity=1, prices={"USD": 100})),
        offers=(OfferPlan(title="Both", kind="bundle", series_ids=(made.series.id, more.id)),),
    )


def _no_edition(services: Services, made: Season, plan: Plan) -> Plan:
    more = ground.another_series(services, made)
    return replace(
        plan,
        stocks=(*plan.stocks, StockPlan(series_id=more.id, quantity=1)),
        offers=(OfferPlan(title="Steps", kind="edition", series_ids=(made.series.id, more.id)),),
    )


REFUSED: list[tuple[str, Change, str, str | None]] = [
    ("too many", _stock(quantity=6), "drop-too-many", "stocks[0].quantity"),
    ("none", _stock(quantity=0), "drop-invalid", "stocks[0].quantity"),
    ("negative", _stock(quantity=-1), "drop-invalid", "stocks[0].quantity"),
    ("huge", _stock(quantity=2**40), "drop-invalid", "stocks[0].quantity"),
    ("no stock", _said(stocks=()), "drop-invalid", "stocks"),
    ("no such Series", _stock(series_id=uuid4()), "not-found", None),
    ("Series of another", _foreign, "not-found", None),
    ("closed Series", _closed, "series-closed", "stocks[0]"),
    ("escrow Series", _escrow, "drop-escrow-series", "stocks[0]"),
    ("odd currency", _stock(prices={"XXX": 1}), "money-invalid", "stocks[0].prices"),
    ("negative price", _stock(prices={"USD": -1}), "drop-invalid", "stocks[0].prices"),
    ("above the list", _stock(prices={"EUR": 6001}), "drop-invalid", "stocks[0].prices"),
    ("not at a slug", _said(slug="The Drop"), "field-refused", "slug"),
    ("no title", _said(title=" "), "field-refused", "title"),
    ("long summary", _said(summary="x" * 4001), "drop-invalid", "summary"),
    ("odd picture", _said(image_url="http://x.example/a.png"), "drop-invalid", "image_url"),
    ("nobody may buy", _said(per_holder=0), "drop-invalid", "per_holder"),
    ("no time to pay", _said(hold_seconds=5), "drop-invalid", "hold_seconds"),
    ("unknown phase", _phase(kind="friends"), "drop-invalid", "phases[0].kind"),
    ("no list", _phase(kind="cohort"), "drop-invalid", "phases[0].params"),
    ("odd list", _phase(kind="cohort", params={"audience_id": "7"}), "drop-invalid", None),
    (
        "list of nobody",
        _phase(kind="allow_list", params={"audience_id": str(uuid4())}),
        "not-found",
        "phases[0].params",
    ),
    (
        "no such pass",
        _phase(kind="holders", params={"series_id": str(uuid4())}),
        "not-found",
        "phases[0].params",
    ),
    ("needless", _phase(params={"series_id": str(uuid4())}), "drop-invalid", "phases[0].params"),
    ("phase too early", _phase(opens_at=-HOUR), "drop-invalid", "phases[0]"),
    ("phase too late", _phase(closes_at=2 * DAY), "drop-invalid", "phases[0]"),
    ("phase turned round", _phase(closes_at=-HOUR), "drop-invalid", "phases[0]"),
    ("phase of none", _phase(quantity=0), "drop-invalid", "phases[0]"),
    ("too cheap", _phase(discount_bp=10_001), "drop-invalid", "phases[0]"),
    ("lonely bundle", _offer(kind="bundle"), "drop-invalid", "offers[0]"),
    ("discounted single", _offer(discount_bp=1), "drop-invalid", "offers[0]"),
    ("foreign part", _offer(series_ids=(uuid4(),)), "drop-invalid", "offers[0]"),
    ("a part unsold", _unsold_part, "drop-invalid", "offers"),
    ("two currencies", _no_common_currency, "drop-invalid", "offers[0]"),
    ("no Edition", _no_edition, "edition-unfit", "offers[0]"),
    ("own share", _share("self", 100), "share-unfit", "shares"),
    ("unknown partner", _share("nobody", 100), "not-found", "shares"),
]


@pytest.mark.parametrize(
    ("change", "code", "field"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_cannot_be_sold_is_refused_and_nothing_is_stored(
    services: Services, change: Change, code: str, field: str | None
) -> None:
    made = season.season(services)
    plan = change(services, made, _plan(services, made))
    with pytest.raises(DomainError) as refusal:
        _schedule(services, made, plan)
    assert refusal.value.code == code
    if field is not None:
        assert refusal.value.members["field"] == field
    with services.database.reading() as session:
        assert session.exec(select(Drop)).first() is None
    assert _set_aside(services, made) == 0


def test_times_are_checked_against_the_terms_and_the_clock(services: Services) -> None:
    made = season.season(services)
    now = services.clock()
    for times in (
        {"opens_at": now + DAY, "closes_at": now + HOUR},
        {"opens_at": now - DAY, "closes_at": now - HOUR},
        {"closes_at": now + 300 * DAY},  # the Terms close their sale with the last evening
    ):
        with pytest.raises(DomainError, match="clos"):
            _schedule(services, made, _plan(services, made, **times))


def test_an_address_is_taken_once(services: Services) -> None:
    made = season.season(services)
    _schedule(services, made, _plan(services, made))
    with pytest.raises(DomainError) as refusal:
        _schedule(services, made, _plan(services, made, stocks=_two(made)))
    assert refusal.value.code == "drop-slug-taken"
    assert _set_aside(services, made) == 3


def _two(made: Season) -> tuple[StockPlan, ...]:
    return (StockPlan(series_id=made.series.id, quantity=2),)


def test_two_plans_at_once_never_set_more_aside_than_there_is(services: Services) -> None:
    made = season.season(services)

    def attempt(number: int) -> str:
        try:
            _schedule(services, made, replace(_plan(services, made), slug=f"drop-{number}"))
        except DomainError as error:
            return error.code
        return "scheduled"

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(attempt, range(6)))
    assert sorted(results) == ["drop-too-many"] * 5 + ["scheduled"]
    assert _set_aside(services, made) == 3


def test_an_edition_is_sold_by_its_steps(services: Services) -> None:
    made = season.season(services, cap=2)
    later = ground.another_series(services, made, title="Later", cap=3)
    with services.database.transaction() as session:
        edition = editions.create(
            session,
            organizer_id=made.organizer_id,
            calendar_id=made.calendar.id,
            title="Founders",
            cap=5,
            now=services.clock(),
        )
        scope = {"organizer_id": made.organizer_id, "edition_id": edition.id}
        for each in (made.series, later):
            editions.attach(session, **scope, series_id=each.id)
    steps = (made.series.id, later.id)
    sold = ground.drop(
        services,
        made,
        stocks=(
            StockPlan(series_id=steps[0], quantity=2, prices={"EUR": 3_000}),
            StockPlan(series_id=steps[1], quantity=3),
        ),
        offers=(OfferPlan(title="Founders", kind="edition", series_ids=steps),),
    )
    (offer,) = sold.shop.offers
    assert [(part.step, part.series.edition_offset) for part in offer.parts] == [(0, 0), (1, 2)]
    assert sold.shop.left_of(offer) == 5
    ground.take(services, sold.stock, held=1, sold=1)
    shop = ground.look(services, made.organizer_id, sold.drop.id)
    assert (shop.left_of(offer := shop.offers[0]), shop.held_of(offer)) == (3, 1)


def test_a_bundle_has_as_many_as_its_scarcest_part(services: Services) -> None:
    made = season.season(services)
    other = ground.another_series(services, made)
    both = (made.series.id, other.id)
    sold = ground.drop(
        services,
        made,
        stocks=(StockPlan(series_id=both[0], quantity=4), StockPlan(series_id=both[1], quantity=1)),
        offers=(OfferPlan(title="Both", kind="bundle", series_ids=both, discount_bp=1_000),),
    )
    assert sold.shop.left_of(sold.shop.offers[0]) == 1
    ground.take(services, sold.shop.offers[0].parts[1].stock, sold=1)
    shop = ground.look(services, made.organizer_id, sold.drop.id)
    assert shop.state(services.clock()) == "sold_out"  # four places are left, but none to buy
