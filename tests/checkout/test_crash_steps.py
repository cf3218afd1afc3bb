"""A process that dies at any statement or commit of a checkout: the same calls finish it, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest
from sqlalchemy import event
from sqlmodel import col, select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.db.models import Order, Pass, Payment
from passes_service.drops.plan import StockPlan
from passes_service.web.app import create_app
from passes_service.web.idempotency import LEASE
from passes_service.worker import payments
from tests import people
from tests.checkout import ground
from tests.checkout.conftest import Shop
from tests.checkout.test_races import coupons, used
from tests.conftest import ORIGIN
from tests.drops import ground as drops

TOKEN = "Authorization"


class Killed(BaseException):
    """The process is gone: nothing after this happens, nothing is tidied up."""


class Death:
    """Comes when that many statements and commits have been sent to the database for writing."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.seen = 0

    def __call__(self, *_: Any) -> None:
        self.seen += 1
        if self.seen == self.at:
            raise Killed


@contextmanager
def killed_at(services: Services, at: int) -> Iterator[Death]:
    """Let a process die once."""
    death, engine = Death(at), services.database.writer
    event.listen(engine, "before_cursor_execute", death)
    event.listen(engine, "commit", death)
    try:
        yield death
    finally:
        event.remove(engine, "before_cursor_execute", death)
        event.remove(engine, "commit", death)


class Buyer:
    """Somebody whose calls are repeated under their key until they are answered."""

    def __init__(self, shop: Shop, client: TestClient, number: int) -> None:
        self.shop = shop
        self.client = client
        self.email = f"buyer{number}@example.org"
        self.keys = people.keyed(), people.keyed()
        self.deaths = 0

    def until_answered(self, call: Callable[[], httpx2.Response]) -> httpx2.Response:
        """Repeat a call whose process died, once its lease is over."""
        for _ in range(3):
            try:
                answer = call()
            except (Killed, RuntimeError) as error:
                # The client's own loop may end before it hands the death on.
                if isinstance(error, RuntimeError) and "portal is not running" not in str(error):
                    raise
                self.deaths += 1
                self.shop.clock.forward(seconds=LEASE.total_seconds() + 1)
                continue
            assert answer.status_code in (200, 201), answer.text
            return answer
        raise AssertionError("it dies every time")

    def post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> httpx2.Response:
        return self.client.post(path, json=body, headers={**headers, "Origin": ORIGIN})

    def buy(self) -> tuple[Any, Any, Any]:
        """Order, pay and be told; return what was answered, without what differs every time."""
        shop = self.shop
        path = f"/api/v1/drops/{shop.drop.drop.id}/orders"
        body = {"organizer_id": str(shop.organizer_id), "email": self.email, "coupon": "TENTH"}
        made = self.until_answered(lambda: self.post(path, body, self.keys[0])).json()
        opened = {TOKEN: f"Bearer {made['token']}"}
        path, body = f"/api/v1/orders/{made['id']}/payments", {"provider": "stripe"}
        body["way"] = "intent"
        paid = self.until_answered(lambda: self.post(path, body, {**self.keys[1], **opened}))
        with shop.services.database.reading() as session:
            row = session.exec(select(Payment).order_by(col(Payment.id).desc())).first()
        assert row is not None
        assert row.reference
        shop.peer.pay(row.reference)
        self.until_answered(self.tell)
        again = self.until_answered(lambda: self.post(path, body, {**self.keys[1], **opened}))
        assert again.content == paid.content
        done = self.client.get(f"/api/v1/orders/{made['id']}", headers=opened).json()
        return _plain(made), _plain(paid.json()), _plain(done)

    def tell(self) -> httpx2.Response:
        """Let the peer tell that it was paid."""
        headers, sent = self.shop.peer.signed(self.shop.peer.told("payment_intent.succeeded"))
        path = f"/api/v1/payments/{self.shop.organizer_id}/stripe/events"
        return self.client.post(path, content=sent, headers=dict(headers))


def _plain(answer: Any) -> Any:
    """Leave out names and times, which differ each time."""
    if isinstance(answer, list):
        return [_plain(each) for each in answer]
    if not isinstance(answer, dict):
        return answer
    odd = ("id", "token", "client", "pass_id", "hold_until", "created_at", "completed_at")
    return {
        key: value is not None if key in odd else _plain(value) for key, value in answer.items()
    }


def test_a_checkout_killed_at_every_step_is_the_same_checkout(shop: Shop) -> None:
    many = drops.another_series(shop.services, shop.made, cap=500)
    plan = (StockPlan(series_id=many.id, quantity=400),)
    shop.drop = drops.drop(shop.services, shop.made, stocks=plan, slug="many")
    coupons(shop.services, shop.organizer_id, "TENTH")
    client = TestClient(create_app(shop.services), base_url=ORIGIN)
    undisturbed = Buyer(shop, client, 0).buy()
    at, over = 0, False
    while not over:
        at += 1
        buyer = Buyer(shop, client, at)
        with killed_at(shop.services, at) as death:
            assert buyer.buy() == undisturbed, f"killed at {at}"
        over = death.seen < at
        assert buyer.deaths == (0 if over else 1)
    assert at > 40
    with shop.services.database.reading() as session:
        orders = session.exec(select(Order)).all()
        issued = session.exec(select(Pass)).all()
        paid = session.exec(select(Payment)).all()
    assert {row.state for row in orders} == {"completed"}
    assert {row.state for row in paid} == {"succeeded"}
    assert len(orders) == len(issued) == len(paid) == len(shop.peer.book.intents) == at + 1
    assert used(shop.services, shop.organizer_id) == at + 1
    assert not shop.peer.book.refunds
    ground.check_book(shop.services, shop.organizer_id)


@pytest.mark.parametrize(
    "stride", [5, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "every"]
)
def test_a_worker_killed_at_its_steps_ends_orders_and_sends_money_back_once(
    shop: Shop, stride: int
) -> None:
    """An order runs out, its places go to others, its money comes late and goes back."""

    def work() -> None:
        shop.work()
        payments.ask_again(shop.services, shop.clock())

    at, over = 1 - stride, False
    while not over:
        at += stride
        mine = shop.order(f"late{at}@example.org", quantity=2)
        unpaid = shop.order(f"never{at}@example.org")
        shop.pay(mine)
        reference = _newest(shop)
        shop.pay(unpaid)
        shop.clock.forward(minutes=16)
        shop.peer.pay(reference)
        with killed_at(shop.services, at) as death:
            try:
                work()
            except Killed:
                shop.clock.forward(minutes=2)  # its leases are over
                work()
        over = death.seen < at
        shop.clock.forward(minutes=2)
        work()
        states = shop.read(mine)["state"], shop.read(unpaid)["state"]
        assert states in (("completed", "expired"), ("returned", "expired")), at
        ground.check_book(shop.services, shop.organizer_id)
        _empty_places(shop, at)
    assert at > 20
    _check_money(shop)


def _newest(shop: Shop) -> str:
    with shop.services.database.reading() as session:
        row = session.exec(select(Payment).order_by(col(Payment.id).desc())).first()
    assert row is not None
    return row.reference


def _empty_places(shop: Shop, number: int) -> None:
    """Begin anew with a Drop of three places."""
    series = drops.another_series(shop.services, shop.made, title=f"Series {number}", cap=3)
    plan = (StockPlan(series_id=series.id, quantity=3),)
    shop.drop = drops.drop(shop.services, shop.made, stocks=plan, slug=f"drop-{number}")


def _check_money(shop: Shop) -> None:
    """Each payment that succeeded at the peer bought passes or went back whole."""
    with shop.services.database.reading() as session:
        rows = {row.reference: row for row in session.exec(select(Payment))}
        orders = {row.id: row for row in session.exec(select(Order))}
    back: dict[str, int] = {}
    for refund in shop.peer.book.refunds.values():
        back[refund["payment_intent"]] = back.get(refund["payment_intent"], 0) + refund["amount"]
    for intent in shop.peer.book.intents.values():
        bought = orders[rows[intent["id"]].order_id].state == "completed"
        kept = intent["amount_received"] - back.get(intent["id"], 0)
        assert kept == (intent["amount"] if bought and intent["status"] == "succeeded" else 0)
