"""A clock that jumps by hours while people hold and pay: nothing is lost for good or sold twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from passes_service.db.models import Pass
from passes_service.worker import payments
from tests.checkout import ground
from tests.checkout.conftest import Shop
from tests.checkout.test_paying import reference
from tests.drops import ground as drops

JUMPS = ([6, -6, 0], [-6, 6, 0], [6, -12, 6], [-3, -3, 6], [3, 3, -6])


def left(shop: Shop) -> int:
    return drops.look(shop.services, shop.organizer_id, shop.drop.drop.id).left


def jump(shop: Shop, hours: float) -> None:
    shop.clock.forward(hours=hours)
    shop.work()
    payments.ask_again(shop.services, shop.clock())
    ground.check_book(shop.services, shop.organizer_id)


@pytest.mark.parametrize("jumps", JUMPS)
def test_what_is_held_across_jumps_comes_back(shop: Shop, jumps: list[int]) -> None:
    shop.clock.forward(hours=7)  # the Drop stays open whichever way it jumps
    for number, hours in enumerate(jumps):
        if left(shop):
            shop.order(f"fan{number}@example.org")
        jump(shop, hours)
    jump(shop, 13)
    assert left(shop) == 3


@pytest.mark.parametrize("jumps", JUMPS)
def test_what_is_paid_across_jumps_is_one_pass_or_goes_back(shop: Shop, jumps: list[int]) -> None:
    shop.clock.forward(hours=7)
    order = shop.order(quantity=2)
    shop.pay(order)
    for hours in jumps:
        jump(shop, hours)
    status = shop.peer.book.intents[reference(shop)]["status"]
    if status != "canceled":
        shop.peer.pay(reference(shop))
        shop.tell("payment_intent.succeeded")
        shop.tell("payment_intent.succeeded")
    jump(shop, 13)
    done = shop.read(order)
    bought = done["state"] == "completed"
    assert bought == (status != "canceled")
    with shop.services.database.reading() as session:
        assert len(session.exec(select(Pass)).all()) == (2 if bought else 0)
    assert left(shop) == (1 if bought else 3)
    assert not shop.peer.book.refunds


def test_an_idle_call_is_resumed_after_a_jump_back(shop: Shop) -> None:
    """The provider was away and the clock goes back: the same payment is found and paid once."""
    shop.clock.forward(hours=7)
    order = shop.order()
    shop.peer.fail("POST", "/v1/payment_intents", drop="after", times=3)
    with pytest.raises(AssertionError, match="payment-provider"):
        shop.pay(order)
    shop.clock.forward(hours=-6)
    paid = shop.pay(order)
    assert paid["state"] == "pending"
    assert len(shop.peer.book.intents) == 1
    jump(shop, 6 + timedelta(minutes=1) / timedelta(hours=1))
    shop.peer.pay(reference(shop))
    shop.tell("payment_intent.succeeded")
    assert shop.read(order)["state"] == "completed"
