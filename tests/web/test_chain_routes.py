"""Contracts, Series on chain and orders over the API and the pages: who may, what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.web.deps import HOLDER_COOKIE, STAFF_COOKIE
from tests import people
from tests.chain.local import LocalChain
from tests.chain_orders import ground
from tests.chain_orders.ground import ETH, Sale
from tests.season import Season, season
from tests.web.pages import stage

pytestmark = pytest.mark.node
HTML = {"Accept": "text/html"}
CONTRACTS = "/api/v1/organizer/contracts/31337"


@pytest.fixture
def services(services: Services, chain: LocalChain) -> Services:
    """The wiring, with the chain connected."""
    return ground.on(chain, services)


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def staff(client: TestClient, services: Services, made: Season) -> TestClient:
    """The owner's browser."""
    return enter(client, services, made)


def enter(client: TestClient, services: Services, made: Season) -> TestClient:
    with services.database.transaction() as session:
        token = stage.sign_in(session, services, made.organizer_id, "staff", made.owner.id)
    people.use_cookie(client, STAFF_COOKIE, token)
    return client


def as_holder(client: TestClient, sale: Sale, holder_id: Any = None) -> TestClient:
    with sale.services.database.transaction() as session:
        token = stage.sign_in(
            session, sale.services, sale.organizer_id, "holder", holder_id or sale.holder.id
        )
    people.use_cookie(client, HOLDER_COOKIE, token)
    return client


class TestAnOwner:
    def test_gets_from_nothing_to_a_sale(
        self, staff: TestClient, services: Services, chain: LocalChain, made: Season
    ) -> None:
        owner = chain.accounts[1]

        def send(**wanted: Any) -> None:
            answer = staff.post(f"{CONTRACTS}/transactions", json=wanted)
            assert answer.status_code == 200, answer.text
            assert answer.json()["refused"] is None
            chain.send(owner, answer.json()["to"], answer.json()["data"])

        send(act="create", owner=owner)
        bound = staff.put(CONTRACTS, json={"address": owner}, headers=people.keyed())
        assert bound.status_code == 200, bound.text
        assert bound.json()["owner"] == owner
        with services.database.transaction() as session:
            name = ground.published(session, made, now=services.clock())
        asked = {
            "terms_hash": name, "price_minor": ETH.minor, "currency": "ETH", "chain_id": 31337,
            "ticketed": True,
        }  # fmt: skip
        opened = staff.post("/api/v1/series", json=asked, headers=people.keyed())
        assert opened.status_code == 201, opened.text
        number = opened.json()["id"]
        assert staff.get(f"/api/v1/series/{number}/chain").json()["state"] == "prepared"
        send(act="create-series", series_id=number)
        send(act="set-signer", cap=50, window_hours=1)
        again = staff.post(
            f"{CONTRACTS}/transactions", json={"act": "create-series", "series_id": number}
        )
        assert "on chain already" in again.json()["refused"]

    def test_is_told_which_member_is_missing(self, staff: TestClient) -> None:
        answer = staff.post(f"{CONTRACTS}/transactions", json={"act": "create"})

        assert (answer.status_code, answer.json()["field"]) == (422, "owner")

    def test_is_told_that_there_is_no_contract(self, staff: TestClient) -> None:
        answer = staff.post(f"{CONTRACTS}/transactions", json={"act": "pause"})

        assert answer.json()["code"] == "contract-missing"

    def test_cannot_bind_what_is_none(self, staff: TestClient, chain: LocalChain) -> None:
        answer = staff.put(CONTRACTS, json={"address": chain.accounts[7]}, headers=people.keyed())

        assert answer.json()["code"] == "contract-foreign"

    def test_cannot_name_another_chain(self, staff: TestClient, chain: LocalChain) -> None:
        path = "/api/v1/organizer/contracts/1"
        answer = staff.put(path, json={"address": chain.accounts[1]}, headers=people.keyed())

        assert answer.json()["code"] == "chain-unknown"

    def test_lists_the_chains(self, staff: TestClient, chain: LocalChain) -> None:
        (one,) = staff.get("/api/v1/organizer/contracts").json()

        assert (one["chain_id"], one["address"], one["currencies"]) == (31337, None, ["ETH"])


def test_a_viewer_reads_and_sends_nothing(
    client: TestClient, services: Services, made: Season
) -> None:
    viewer = people.member(services, made.organizer_id, "viewer")
    people.sign_in_staff(client, services, viewer)

    assert client.get("/org/chain", headers=HTML).status_code == 200
    assert client.post(f"{CONTRACTS}/transactions", json={"act": "pause"}).status_code == 403
    bind = client.put(CONTRACTS, json={"address": "0x" + "1" * 40}, headers=people.keyed())
    assert bind.status_code == 403


class TestTheOwnersPages:
    def test_bind_and_prepare(self, staff: TestClient, chain: LocalChain, made: Season) -> None:
        owner = chain.accounts[1]
        assert "Create your contract" in staff.get("/org/chain", headers=HTML).text
        page = staff.get(f"/org/chain/31337/send?act=create&owner={owner}", headers=HTML)
        assert "A dry run went through" in page.text
        assert chain.factory in page.text
        chain.contract_for(owner, made.organizer_id)

        form = {"_key": "form-bind-one", "address": owner}
        bound = staff.post("/org/chain/31337/bind", data=form, headers=HTML)

        assert (bound.status_code, bound.headers["location"]) == (303, "/org/chain")
        assert "Our key is not named yet" in staff.get("/org/chain", headers=HTML).text

    def test_open_an_escrow_series(
        self, staff: TestClient, services: Services, chain: LocalChain, made: Season
    ) -> None:
        ground.prepared(services, chain, made, chain.accounts[1])
        with services.database.transaction() as session:
            name = ground.published(session, made, now=services.clock(), title="Second")
        form = {"_key": "form-open-two", "terms_hash": name, "price": "0.02", "currency": "ETH"}

        wrong = staff.post("/org/series", data=form, headers=HTML)
        assert "Name the chain to sell on" in wrong.text
        form |= {"_key": "form-open-three", "chain_id": "31337", "ticketed": "yes"}
        right = staff.post("/org/series", data=form, headers=HTML)

        assert right.headers["location"].startswith("/org/chain#s-")
        assert "Create it on chain" in staff.get("/org/chain", headers=HTML).text

    def test_show_what_was_read_when_the_node_is_down(
        self, client: TestClient, services: Services, chain: LocalChain
    ) -> None:
        sale = ground.sale(services, chain)
        sale.pay(sale.order())
        sale.read()
        down = chain.network.model_copy(update={"rpc": ("http://127.0.0.1:9",)})
        client.app.state.services = replace(services, networks={31337: down})  # type: ignore[attr-defined]
        enter(client, services, sale.season)

        page = client.get("/org/chain", headers=HTML)

        assert page.status_code == 200
        assert "The chain cannot be asked right now" in page.text
        assert "ETH 0.05" in page.text


class TestABuyer:
    def test_sees_only_their_own_orders(
        self, client: TestClient, services: Services, chain: LocalChain
    ) -> None:
        sale = ground.sale(services, chain)
        order = sale.order()
        friend = ground.another_holder(sale, chain.accounts[5])
        as_holder(client, sale, friend.id)

        assert client.get("/api/v1/chain-orders").json() == []
        for path in ("", "/steps", "/transaction"):
            assert client.get(f"/api/v1/chain-orders/{order.id}{path}").status_code == 404
        assert client.get(f"/me/chain-orders/{order.id}", headers=HTML).status_code == 404
        told = client.post(
            f"/api/v1/chain-orders/{order.id}/hash",
            json={"hash": "0x" + "1" * 64},
            headers=people.keyed(),
        )
        assert told.status_code == 404

    def test_orders_by_the_page_and_is_shown_what_is_wrong(
        self, client: TestClient, services: Services, chain: LocalChain
    ) -> None:
        sale = ground.sale(services, chain, cap=2)
        path = f"/o/nocturne/buy/{sale.series.id}"
        assert "Sign in first" in client.get(path, headers=HTML).text
        as_holder(client, sale)
        form = {"_key": "form-order-one", "quantity": "3", "wallet": sale.buyer}

        much = client.post(path, data=form, headers=HTML)
        assert (much.status_code, "2 of 2 are left" in much.text) == (409, True)
        form |= {"_key": "form-order-two", "quantity": "1"}
        placed = client.post(path, data=form, headers=HTML)

        page = client.get(placed.headers["location"], headers=HTML)
        assert "Pay ETH 0.05 and get the passes." in page.text
        assert "Token pass" in client.get("/me/chain-orders", headers=HTML).text

    def test_still_gets_a_page_when_the_node_is_down(
        self, client: TestClient, services: Services, chain: LocalChain
    ) -> None:
        sale = ground.sale(services, chain)
        order = sale.order()
        down = chain.network.model_copy(update={"rpc": ("http://127.0.0.1:9",)})
        client.app.state.services = replace(services, networks={31337: down})  # type: ignore[attr-defined]
        as_holder(client, sale)
        form = {"_key": "form-told-one", "transaction": "0x" + "1" * 64}

        client.post(f"/me/chain-orders/{order.id}/told", data=form, headers=HTML)

        page = client.get(f"/me/chain-orders/{order.id}", headers=HTML)
        assert page.status_code == 200
        assert "The chain cannot be asked right now." in page.text

    @pytest.mark.parametrize("typed", ["", "0x12", "hello", "0x" + "g" * 64])
    def test_is_shown_what_a_hash_looks_like(
        self, client: TestClient, services: Services, chain: LocalChain, typed: str
    ) -> None:
        sale = ground.sale(services, chain)
        order = sale.order()
        as_holder(client, sale)

        answer = client.post(
            f"/me/chain-orders/{order.id}/told",
            data={"_key": "form-told-two", "transaction": typed},
            headers=HTML,
        )

        assert answer.status_code == 422
        assert "0x and 64 hexadecimal digits" in answer.text


def test_nothing_is_told_to_wallets_when_nothing_changed(
    client: TestClient, services: Services, chain: LocalChain
) -> None:
    sale = ground.sale(services, chain)
    enter(client, services, sale.season)

    answer = client.post(f"{CONTRACTS}/transactions", json={"act": "refresh-metadata"})

    assert (answer.status_code, answer.json()["field"]) == (422, "act")
