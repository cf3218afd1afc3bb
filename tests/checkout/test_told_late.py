"""A provider that says yes to what has ended, changes its mind, or is asked while it tells."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import select

from passes_service.db.models import Pass, Payment
from passes_service.drops.plan import StockPlan
from passes_service.web.idempotency import LEASE
from passes_service.worker import payments
from tests import people
from tests.checkout import ground
from tests.checkout.conftest import Shop, bearer
from tests.checkout.test_paying import reference
from tests.drops import ground as drops


def cancel(shop: Shop, order: dict[str, object]) -> None:
    answer = shop.client.post(
        f"/api/v1/orders/{order['id']}/cancel", headers={**bearer(order), **people.keyed()}
    )
    assert answer.status_code == 200, answer.text


def passes(shop: Shop) -> int:
    with shop.services.database.reading() as session:
        return len(session.exec(select(Pass)).all())


def check(shop: Shop, *, bought: int, back: list[int]) -> None:
    """Assert how many passes there are, and what went back."""
    assert passes(shop) == bought
    assert [one["amount"] for one in shop.peer.book.refunds.values()] == back
    ground.check_book(shop.services, shop.organizer_id)


@pytest.mark.parametrize("places", ["there", "gone"])
def test_a_yes_for_an_order_that_the_buyer_gave_up(shop: Shop, places: str) -> None:
    """They gave up in one tab and paid in the other, before we could stop it."""
    order = shop.order(quantity=2)
    shop.pay(order)
    shop.peer.pay(reference(shop))
    cancel(shop, order)
    if places == "gone":
        for number in range(3):
            shop.order(f"other{number}@example.org")
    shop.work()  # it is to be stopped, and the answer is that it was paid
    assert [shop.tell("payment_intent.succeeded") for _ in range(2)] == [200, 200]
    shop.work()
    if places == "there":
        assert shop.read(order)["state"] == "completed"
        check(shop, bought=2, back=[])
    else:
        assert shop.read(order)["state"] == "returned"
        check(shop, bought=0, back=[12_000])


@pytest.mark.parametrize("told", ["pps", "psp", "spp", "sps", "ssp"])
def test_no_and_yes_in_any_order_is_yes_once(shop: Shop, told: str) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.decline(reference(shop))
    shop.peer.pay(reference(shop))
    kinds = {"p": "payment_intent.payment_failed", "s": "payment_intent.succeeded"}
    for one in told:
        assert shop.tell(kinds[one]) == 200
    shop.work()
    assert shop.read(order)["state"] == "completed"
    check(shop, bought=1, back=[])


def test_two_payments_of_one_order_that_both_succeed(shop: Shop) -> None:
    """The first was declined and a second begun; the payer completes both forms."""
    order = shop.order()
    shop.pay(order)
    first = reference(shop)
    shop.peer.decline(first)
    shop.tell("payment_intent.payment_failed")
    shop.pay(order)
    shop.peer.pay(reference(shop))
    shop.tell("payment_intent.succeeded")
    shop.peer.pay(first)
    shop.tell("payment_intent.succeeded")
    shop.work()
    assert shop.read(order)["state"] == "completed"
    check(shop, bought=1, back=[6_000])


@pytest.mark.parametrize("turn", range(3))
def test_told_by_many_while_the_worker_asks(shop: Shop, turn: int) -> None:
    order = shop.order()
    shop.pay(order)
    shop.peer.pay(reference(shop))
    now = shop.clock.forward(seconds=61)
    gate = threading.Barrier(5)

    def tell() -> None:
        gate.wait(timeout=30)
        assert shop.tell("payment_intent.succeeded") == 200

    def ask() -> None:
        gate.wait(timeout=30)
        payments.ask_again(shop.services, now)

    with ThreadPoolExecutor(5) as pool:
        for each in [pool.submit(act) for act in (tell, ask, tell, ask, tell)]:
            each.result(timeout=60)
    assert shop.read(order)["state"] == "completed"
    check(shop, bought=1, back=[])


def test_paid_and_cancelled_at_once_is_one_or_the_other(shop: Shop) -> None:
    for number in range(6):
        order = shop.order(f"fan{number}@example.org")
        shop.pay(order)
        shop.peer.pay(reference(shop))
        gate = threading.Barrier(2)

        def tell(gate: threading.Barrier = gate) -> int:
            gate.wait(timeout=30)
            return shop.tell("payment_intent.succeeded")

        def give_up(
            order: dict[str, object] = order, gate: threading.Barrier = gate
        ) -> tuple[int, str]:
            gate.wait(timeout=30)
            path = f"/api/v1/orders/{order['id']}/cancel"
            answer = shop.client.post(path, headers={**bearer(order), **people.keyed()})
            return answer.status_code, answer.json().get("code", "")

        with ThreadPoolExecutor(2) as pool:
            told, gave_up = pool.submit(tell), pool.submit(give_up)
            assert told.result(timeout=60) == 200
            assert gave_up.result(timeout=60) in ((200, ""), (409, "order-done"))
        assert shop.read(order)["state"] == "completed"  # its places were there either way
        if number % 3 == 2:
            shop.drop = drops.drop(
                shop.services,
                shop.made,
                stocks=(
                    StockPlan(
                        series_id=drops.another_series(
                            shop.services, shop.made, title=f"More {number}"
                        ).id,
                        quantity=3,
                    ),
                ),
                slug=f"more-{number}",
            )
    check(shop, bought=6, back=[])


def test_a_call_to_pay_that_runs_or_died_is_answered_as_such(shop: Shop) -> None:
    """While the provider thinks, the same call hears 409; one that died goes on by its lease."""
    order = shop.order()
    keyed = {**bearer(order), **people.keyed()}
    path, body = f"/api/v1/orders/{order['id']}/payments", {"provider": "stripe", "way": "intent"}
    thinking, go_on = threading.Event(), threading.Event()

    def think(_: object) -> None:
        thinking.set()
        go_on.wait(timeout=30)

    shop.peer.front.while_working = think
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(shop.client.post, path, json=body, headers=keyed)
        assert thinking.wait(timeout=30)
        running = shop.client.post(path, json=body, headers=keyed)
        assert (running.status_code, running.json()["code"]) == (409, "call-running")
        assert 1 <= int(running.headers["retry-after"]) <= LEASE.total_seconds() + 1
        shop.clock.forward(seconds=LEASE.total_seconds() + 1)  # as if the first had died
        shop.peer.front.while_working = None
        go_on.set()
        answered = first.result(timeout=60)
    again = shop.client.post(path, json=body, headers=keyed)
    assert answered.status_code == again.status_code == 201
    assert again.content == answered.content
    with shop.services.database.reading() as session:
        assert len(session.exec(select(Payment)).all()) == 1
    assert len(shop.peer.book.intents) == 1


def test_whoever_took_over_a_slow_call_has_the_last_word(shop: Shop) -> None:
    order = shop.order()
    keyed = {**bearer(order), **people.keyed()}
    path, body = f"/api/v1/orders/{order['id']}/payments", {"provider": "stripe", "way": "intent"}
    shop.peer.fail("POST", "/v1/payment_intents", seconds=1.5)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(shop.client.post, path, json=body, headers=keyed)
        while not shop.peer.calls:
            threading.Event().wait(0.01)
        shop.clock.forward(seconds=LEASE.total_seconds() + 1)
        quick = shop.client.post(path, json=body, headers=keyed)
        late = slow.result(timeout=60)
    assert quick.status_code == 201, quick.text
    assert (late.status_code, late.json()["code"]) == (409, "call-running")
    again = shop.client.post(path, json=body, headers=keyed)
    assert again.content == quick.content
    assert len(shop.peer.book.intents) == 1
