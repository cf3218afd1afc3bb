"""A Drop whose money a contract takes: places in the book, tickets for them, the log's word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.chain_orders.errors import PlacesTaken
from passes_service.db.models import ChainOrder, Order, Pass, Series
from passes_service.drops.errors import DropInvalid, DropSoldElsewhere
from passes_service.drops.plan import StockPlan
from passes_service.web.app import create_app
from passes_service.worker import payments
from tests import people
from tests.chain.local import LocalChain
from tests.chain_orders.ground import Sale, another_holder, on, sale
from tests.conftest import ORIGIN
from tests.drops import ground as drops
from tests.drops.ground import Made
from tests.web.pages import stage


@dataclass
class Shop:
    """A Drop of three tokens, and a browser that is signed in with a wallet."""

    sale: Sale
    drop: Made
    client: TestClient

    def order(self) -> dict[str, Any]:
        path = f"/api/v1/drops/{self.drop.drop.id}/orders"
        answer = self.client.post(path, json={}, headers=people.keyed())
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def pay(self, order: dict[str, Any], **more: Any) -> Any:
        body = {"provider": "onchain", "wallet": self.sale.buyer, **more}
        path = f"/api/v1/orders/{order['id']}/payments"
        return self.client.post(path, json=body, headers=people.keyed())

    def state(self, order: dict[str, Any]) -> str:
        return str(self.client.get(f"/api/v1/orders/{order['id']}").json()["state"])

    def chain_order(self) -> ChainOrder:
        with self.sale.services.database.reading() as session:
            return session.exec(select(ChainOrder)).one()

    def series(self) -> Series:
        with self.sale.services.database.reading() as session:
            return session.get_one(Series, (self.sale.organizer_id, self.sale.series.id))


@pytest.fixture
def shop(services: Services, chain: LocalChain) -> Iterator[Shop]:
    running = sale(on(chain, services), chain, ticketed=True)
    wired = running.services
    drop = drops.drop(
        wired,
        running.season,
        stocks=(StockPlan(series_id=running.series.id, quantity=3),),
    )
    with TestClient(create_app(wired), base_url=ORIGIN, follow_redirects=False) as client:
        client.headers["Origin"] = ORIGIN
        sign_in(client, wired, running)
        yield Shop(running, drop, client)


def sign_in(client: TestClient, services: Services, running: Sale) -> None:
    """Let the browser be the holder who proved the wallet."""
    with services.database.transaction() as session:
        token = stage.sign_in(session, services, running.organizer_id, "holder", running.holder.id)
    people.use_cookie(client, "passes_holder", token)


def test_from_the_button_to_the_token(shop: Shop) -> None:
    order = shop.order()
    assert order["state"] == "placed"
    paid = shop.pay(order)
    assert paid.status_code == 201, paid.text
    steps = shop.client.get(paid.json()["client"]["steps"])
    assert steps.status_code == 200, steps.text
    shop.sale.pay(shop.chain_order())
    shop.sale.finish()
    shop.sale.read()
    assert shop.state(order) == "completed"
    with shop.sale.services.database.reading() as session:
        row = session.exec(select(Pass)).one()
    done = shop.client.get(f"/api/v1/orders/{order['id']}").json()
    assert [line["pass_id"] for line in done["lines"]] == [str(row.pass_id)]
    look = drops.look(shop.sale.services, shop.sale.organizer_id, shop.drop.drop.id)
    assert (look.left, look.held, look.sold) == (2, 0, 1)
    assert shop.series().set_aside == 2


def test_our_clock_ends_nothing_while_a_ticket_may_be_spent_and_the_chain_does(
    shop: Shop,
) -> None:
    order = shop.order()
    shop.pay(order)
    clock: Any = shop.sale.services.clock
    clock.forward(minutes=30)
    payments.expire_orders(shop.sale.services, clock())
    assert shop.state(order) == "placed"
    shop.sale.chain.go_to(clock())
    shop.sale.finish()
    shop.sale.read()
    assert shop.state(order) == "cancelled"
    look = drops.look(shop.sale.services, shop.sale.organizer_id, shop.drop.drop.id)
    assert (look.left, look.held, look.sold) == (3, 0, 0)
    assert shop.series().set_aside == 3


def test_an_order_is_not_cancelled_while_its_ticket_may_be_spent(shop: Shop) -> None:
    order = shop.order()
    shop.pay(order)
    path = f"/api/v1/orders/{order['id']}/cancel"
    refused = shop.client.post(path, headers=people.keyed())
    assert (refused.status_code, refused.json()["code"]) == (409, "payment-open")
    assert shop.state(order) == "placed"


def test_what_a_drop_sells_nobody_buys_beside_it(shop: Shop) -> None:
    assert shop.sale.order(2).state == "open"
    wallet = shop.sale.chain.accounts[3]
    somebody = another_holder(shop.sale, wallet)
    with pytest.raises(PlacesTaken):
        shop.sale.order(1, holder_id=somebody.id, wallet=wallet)


def test_the_same_payment_twice_is_one_order_on_chain(shop: Shop) -> None:
    order = shop.order()
    first, second = shop.pay(order), shop.pay(order)
    assert first.json()["client"] == second.json()["client"]
    assert shop.chain_order().quantity == 1


def test_a_wallet_that_is_not_proved_cannot_pay(shop: Shop) -> None:
    refused = shop.pay(shop.order(), wallet=shop.sale.chain.accounts[5])
    assert (refused.status_code, refused.json()["code"]) == (422, "wallet-not-yours")
    with shop.sale.services.database.reading() as session:
        assert session.exec(select(ChainOrder)).all() == []
        assert session.exec(select(Order)).one().state == "placed"
    assert shop.series().set_aside == 3


def test_an_open_sale_and_prices_of_our_own_are_no_drop(
    services: Services, chain: LocalChain
) -> None:
    running = sale(on(chain, services), chain, ticketed=False)
    plan = StockPlan(series_id=running.series.id, quantity=1)
    with pytest.raises(DropSoldElsewhere):
        drops.drop(running.services, running.season, stocks=(plan,))


def test_a_contract_takes_nothing_off(services: Services, chain: LocalChain) -> None:
    running = sale(on(chain, services), chain, ticketed=True)
    wired = running.services
    plan = StockPlan(series_id=running.series.id, quantity=1)
    early = drops.phase(wired, discount_bp=100)
    with pytest.raises(DropInvalid):
        drops.drop(wired, running.season, stocks=(plan,), phases=(early,))
