"""Places held, placed, completed, ended: every step adds up, every refusal says why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from passes_service.accounts.errors import FieldRefused, NotFound
from passes_service.bootstrap import Services
from passes_service.checkout import ending
from passes_service.checkout.errors import (
    DropNotOpen,
    DropOver,
    DropPaused,
    HoldKeyReused,
    LimitReached,
    OrderEnded,
    PhaseNotYours,
    PlacesHeld,
    PlacesSold,
)
from passes_service.db.models import Drop, Pass, new_id
from tests import people
from tests.checkout import ground
from tests.drops import ground as drops
from tests.fakes import Clock
from tests.season import season


def test_from_the_button_to_the_passes(services: Services) -> None:
    made = season(services)
    drop = drops.drop(services, made, quantity=3)
    order = ground.hold(services, drop.drop, quantity=2)
    assert (order.state, order.quantity) == ("held", 2)
    ground.check_book(services, made.organizer_id)
    order = ground.place(services, order)
    assert (order.total_minor, order.currency) == (12_000, "EUR")
    issued = ground.complete(services, order)
    assert [row.serial for row in issued] == [1, 2]
    assert [row.paid_minor for row in issued] == [6_000, 6_000]
    look = drops.look(services, made.organizer_id, drop.drop.id)
    assert (look.left, look.held, look.sold) == (1, 0, 2)
    ground.check_book(services, made.organizer_id)


def test_what_is_held_and_not_paid_comes_back_by_itself(services: Services, clock: Clock) -> None:
    made = season(services)
    drop = drops.drop(services, made, quantity=2)
    order = ground.place(services, ground.hold(services, drop.drop, quantity=2))
    with pytest.raises(PlacesHeld) as refused:
        ground.hold(services, drop.drop)
    assert 0 < refused.value.members["retry_after"] <= drop.drop.hold_seconds + 1
    clock.forward(seconds=drop.drop.hold_seconds)
    with pytest.raises(OrderEnded):
        ground.place(services, order)
    assert _expire(services) == 1
    assert _expire(services) == 0
    ground.check_book(services, made.organizer_id)
    assert ground.hold(services, drop.drop, quantity=2).state == "held"
    assert ground.read(services, order).state == "expired"


def test_sold_out_is_said_only_when_nothing_can_come_back(services: Services) -> None:
    made = season(services)
    drop = drops.drop(services, made, quantity=2)
    ground.complete(services, ground.place(services, ground.hold(services, drop.drop)))
    held = ground.hold(services, drop.drop)
    with pytest.raises(PlacesHeld):
        ground.hold(services, drop.drop)
    ground.complete(services, ground.place(services, held, "other@example.org"))
    with pytest.raises(PlacesSold):
        ground.hold(services, drop.drop)


def test_few_left_says_how_many(services: Services) -> None:
    made = season(services)
    drop = drops.drop(services, made, quantity=3)
    ground.hold(services, drop.drop, quantity=2)
    with pytest.raises(PlacesHeld) as refused:
        ground.hold(services, drop.drop, quantity=2)
    assert refused.value.members["left"] == 1
    assert refused.value.detail.startswith("Only 1 is left")


def test_the_same_call_twice_is_one_hold(services: Services) -> None:
    made = season(services)
    drop = drops.drop(services, made)
    first = ground.hold(services, drop.drop, key=b"one")
    assert ground.hold(services, drop.drop, key=b"one").id == first.id
    with pytest.raises(HoldKeyReused):
        ground.hold(services, drop.drop, key=b"one", fingerprint=b"other")
    assert drops.look(services, made.organizer_id, drop.drop.id).held == 1


@pytest.mark.parametrize("quantity", [0, -1, 3, 10**12])
def test_odd_quantities_are_refused(services: Services, quantity: int) -> None:
    drop = drops.drop(services, season(services))
    with pytest.raises(FieldRefused):
        ground.hold(services, drop.drop, quantity=quantity)


def test_a_closed_or_future_or_paused_drop_says_which(services: Services, clock: Clock) -> None:
    made = season(services)
    drop = drops.drop(services, made, opens_in=timedelta(hours=1), open_for=timedelta(hours=1))
    with pytest.raises(DropNotOpen) as refused:
        ground.hold(services, drop.drop)
    assert refused.value.members["opens_at"] == drop.drop.opens_at
    clock.forward(hours=1)
    assert ground.hold(services, drop.drop).state == "held"
    _pause(services, drop.drop)
    with pytest.raises(DropPaused):
        ground.hold(services, drop.drop)
    clock.forward(hours=1)
    with pytest.raises(DropOver):
        ground.hold(services, drop.drop)


def test_an_unknown_drop_or_offer_is_not_found(services: Services) -> None:
    made = season(services)
    drop = drops.drop(services, made)
    with pytest.raises(NotFound):
        ground.hold(services, drop.drop, offer_id=new_id())
    with pytest.raises(NotFound):
        ground.hold(services, drop.drop, drop_id=new_id())


def test_the_limit_per_person_counts_all_orders(services: Services) -> None:
    made = season(services)
    drop = drops.drop(services, made, per_holder=2)
    holder = people.holder(services, made.organizer_id)
    first = ground.hold(services, drop.drop, holder_id=holder.id)
    ground.complete(services, ground.place(services, first))
    ground.hold(services, drop.drop, holder_id=holder.id)
    with pytest.raises(LimitReached) as refused:
        ground.hold(services, drop.drop, holder_id=holder.id)
    assert refused.value.members["left_for_you"] == 0


def test_a_guest_who_is_named_meets_the_same_limit(services: Services) -> None:
    made = season(services)
    drop = drops.drop(services, made, per_holder=1)
    ground.place(services, ground.hold(services, drop.drop))
    again = ground.hold(services, drop.drop)
    with pytest.raises(LimitReached):
        ground.place(services, again)
    ground.check_book(services, made.organizer_id)
    assert ground.place(services, again, "somebody@example.org").state == "placed"
    ground.check_book(services, made.organizer_id)


def test_a_phase_with_a_list_is_for_those_on_it(services: Services, clock: Clock) -> None:
    made = season(services)
    first = drops.phase(services, "holders", params={"series_id": str(made.series.id)})
    drop = drops.drop(services, made, phases=(first,))
    with pytest.raises(PhaseNotYours):
        ground.hold(services, drop.drop)
    holder = people.holder(services, made.organizer_id)
    with pytest.raises(PhaseNotYours) as refused:
        ground.hold(services, drop.drop, holder_id=holder.id)
    assert "you hold none" in refused.value.detail


def test_a_cancelled_order_gives_everything_back(services: Services) -> None:
    made = season(services)
    drop = drops.drop(services, made, quantity=2)
    order = ground.place(services, ground.hold(services, drop.drop, quantity=2))
    with services.database.transaction() as session:
        row = ground.live(session, order, services.clock())
        ending.cancel(session, row, reason="Changed my mind.", now=services.clock())
    ground.check_book(services, made.organizer_id)
    assert drops.look(services, made.organizer_id, drop.drop.id).left == 2
    with services.database.transaction() as session, pytest.raises(OrderEnded):
        ending.cancel(session, order, reason="Again.", now=services.clock())


def test_a_completed_order_is_completed_once(services: Services) -> None:
    made = season(services)
    drop = drops.drop(services, made, quantity=2)
    order = ground.place(services, ground.hold(services, drop.drop))
    issued: list[Pass] = ground.complete(services, order)
    with pytest.raises(Exception, match="issued"):
        ground.complete(services, order)
    assert len(issued) == 1
    ground.check_book(services, made.organizer_id)


def _expire(services: Services) -> int:
    with services.database.transaction() as session:
        return ending.expire(session, now=services.clock())


def _pause(services: Services, drop: Drop) -> None:
    with services.database.transaction() as session:
        row = session.get_one(Drop, (drop.organizer_id, drop.id))
        row.state = "paused"
        session.add(row)
