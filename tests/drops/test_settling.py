"""From the last sale to the settlement, through the real checkout."""

from __future__ import annotations

import json
from typing import Any

from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.checkout import ending
from passes_service.core.drop_events import DropSettled
from passes_service.db.models import OutboxEvent, Series
from passes_service.drops import changing, shares
from passes_service.drops.plan import SharePlan
from passes_service.worker import drops
from tests import people, season
from tests.checkout import ground as tills
from tests.drops import ground
from tests.drops.ground import DAY
from tests.fakes import Clock

PRICES = {"EUR": 3_333, "USD": 3_501}


def _settled(services: Services) -> list[dict[str, Any]]:
    with services.database.reading() as session:
        rows = session.exec(select(OutboxEvent.payload).where(OutboxEvent.type == DropSettled.type))
        return [json.loads(row) for row in rows]


def test_a_combined_drop_is_settled_once_the_last_order_has_ended(
    services: Services, clock: Clock
) -> None:
    here = season.season(services)
    partner, owner = people.organizer(services, "partner")
    share = SharePlan(partner_id=partner.id, share_bp=3_333)
    sold = ground.drop(services, here, quantity=5, prices=PRICES, shares=(share,))
    with services.database.transaction() as session:
        shares.accept(
            session,
            lead_id=here.organizer_id,
            drop_id=sold.drop.id,
            caller=people.as_caller(owner),
            share_bp=3_333,
            now=clock.now,
        )
    for email, currency in (("a@example.org", "EUR"), ("b@example.org", "USD")):
        order = tills.hold(services, sold.drop)
        tills.complete(services, tills.place(services, order, email, currency=currency))
    open_order = tills.hold(services, sold.drop)

    clock.forward(minutes=1)
    with services.database.transaction() as session:
        changing.close(session, organizer_id=here.organizer_id, drop_id=sold.drop.id, now=clock.now)
    drops.announce(services, clock.now)
    assert ground.look(services, here.organizer_id, sold.drop.id).drop.state == "closed"
    assert _settled(services) == []

    clock.forward(hours=1)
    with services.database.transaction() as session:
        ending.expire(session, now=clock.now)
    assert tills.read(services, open_order).state == "expired"
    drops.announce(services, clock.now)
    (event,) = _settled(services)
    assert (event["sold"], event["revenue"]) == (2, {"EUR": "3333", "USD": "3501"})
    with services.database.reading() as session:
        shop = ground.look(services, here.organizer_id, sold.drop.id)
        found = shares.settlement(session, shop.drop)
        series = session.get_one(Series, (here.organizer_id, here.series.id))
    assert found.parts[partner.id] == {"EUR": 1_110, "USD": 1_166}  # floor of 33.33 %
    assert found.lead == {"EUR": 2_223, "USD": 2_335}
    assert (shop.sold, shop.left, series.issued, series.set_aside) == (2, 0, 2, 0)
    tills.check_book(services, here.organizer_id)


def test_an_unsold_drop_leaves_its_series_as_it_was(services: Services, clock: Clock) -> None:
    here = season.season(services)
    sold = ground.drop(services, here, quantity=5)
    order = tills.hold(services, sold.drop)
    clock.forward(days=2)
    drops.announce(services, clock.now)
    with services.database.transaction() as session:
        ending.expire(session, now=clock.now)
    drops.announce(services, clock.now)
    assert tills.read(services, order).state == "expired"
    assert [event["sold"] for event in _settled(services)] == [0]
    with services.database.reading() as session:
        assert session.get_one(Series, (here.organizer_id, here.series.id)).left == 5
    again = ground.drop(services, here, quantity=5, slug="again", open_for=DAY)
    assert again.shop.state(clock.now) == "open"
