"""From Terms to a token in a wallet: over the API, the order following the log alone."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from passes_service.web.deps import HOLDER_COOKIE
from tests import people
from tests.chain_orders.ground import Sale
from tests.web.pages import stage

pytestmark = pytest.mark.node


@pytest.fixture
def fan(client: TestClient, sale: Sale) -> TestClient:
    """The buyer's browser."""
    with sale.services.database.transaction() as session:
        token = stage.sign_in(session, sale.services, sale.organizer_id, "holder", sale.holder.id)
    people.use_cookie(client, HOLDER_COOKIE, token)
    return client


def test_an_order_is_paid_in_ether_and_completes_from_the_log(fan: TestClient, sale: Sale) -> None:
    asked = {"series_id": str(sale.series.id), "wallet": sale.buyer, "quantity": 2}
    placed = fan.post("/api/v1/chain-orders", json=asked, headers=people.keyed())
    assert placed.status_code == 201, placed.text
    path = f"/api/v1/chain-orders/{placed.json()['id']}"
    assert placed.json()["total"]["text"] == "ETH 0.1"

    (way,) = fan.get(f"{path}/steps").json()
    (step,) = way["steps"]
    sent = step["transaction"]
    assert step["kind"] == "send"
    receipt = sale.chain.send(sale.buyer, sent["to"], sent["data"], int(sent["value"]))
    assert fan.get(path).json()["state"] == "open"

    sale.read()
    seen = fan.get(path).json()
    assert (seen["state"], seen["transaction_hash"]) == ("seen", receipt["transactionHash"])

    sale.chain.mine(sale.chain.network.finality_depth or 0)
    sale.read()
    assert fan.get(path).json()["state"] == "completed"
    assert fan.get(f"{path}/steps").json()["code"] == "order-over"


def test_what_a_browser_says_moves_nothing(fan: TestClient, sale: Sale) -> None:
    order = sale.order()
    path = f"/api/v1/chain-orders/{order.id}"

    told = fan.post(f"{path}/hash", json={"hash": "0x" + "ab" * 32}, headers=people.keyed())

    assert told.json()["told_hash"] == "0x" + "ab" * 32
    sale.read()
    assert fan.get(path).json()["state"] == "open"
