"""Two accounts of one person become one while they buy: nothing is lost, limits count for both."""

from __future__ import annotations

import pytest

from passes_service.accounts import merging
from passes_service.bootstrap import Services
from passes_service.checkout import ending, queries
from passes_service.checkout.errors import LimitReached
from tests import people
from tests.checkout import ground
from tests.drops import ground as drops
from tests.season import season


def test_orders_and_what_they_took_follow_the_person(services: Services) -> None:
    made = season(services)
    drop = drops.drop(services, made, per_holder=2)
    one = people.holder(services, made.organizer_id, "one@example.org")
    two = people.holder(services, made.organizer_id, "two@example.org")
    bought = ground.place(services, ground.hold(services, drop.drop, holder_id=one.id), one_mail())
    ground.complete(services, bought)
    held = ground.hold(services, drop.drop, holder_id=two.id)
    with services.database.transaction() as session:
        merging.merge(
            session,
            organizer_id=made.organizer_id,
            survivor_id=one.id,
            merged_id=two.id,
            now=services.clock(),
        )
    with services.database.reading() as session:
        mine = queries.every(session, organizer_id=made.organizer_id, holder_id=one.id)
    assert {row.id for row in mine} == {bought.id, held.id}
    ground.check_book(services, made.organizer_id)
    with pytest.raises(LimitReached):
        ground.hold(services, drop.drop, holder_id=one.id)
    with services.database.transaction() as session:
        row = ground.live(session, held, services.clock())
        ending.cancel(session, row, reason="No.", now=services.clock())
    ground.check_book(services, made.organizer_id)
    assert ground.hold(services, drop.drop, holder_id=one.id).state == "held"


def one_mail() -> str:
    return "one@example.org"
