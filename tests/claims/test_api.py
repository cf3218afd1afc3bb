"""The API of claims, on a real chain: what is answered, what is refused, what is repeated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.claims import signing
from passes_service.db.models import ChainSeries
from passes_service.web import claiming
from passes_service.web.app import create_app
from tests import people, season
from tests.chain.local import CHAIN_ID, LocalChain
from tests.claims.stage import NOWHERE, Stage, on_chain, stage
from tests.conftest import ORIGIN
from tests.fakes import Clock

pytestmark = pytest.mark.node
WALLET = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


class Guest:
    """The holder, signed in, with a browser of their own."""

    def __init__(self, here: Stage, **network: Any) -> None:
        known = here.services.networks
        changed = {name: one.model_copy(update=network) for name, one in known.items()}
        self.here = replace(here, services=replace(here.services, networks=changed))
        self.client = TestClient(
            create_app(self.here.services), base_url=ORIGIN, follow_redirects=False
        )
        self.client.headers["Origin"] = ORIGIN
        people.sign_in_holder(self.client, self.here.services, here.made.organizer_id)
        self.path = f"/api/v1/me/passes/{here.held.row.pass_id}"

    def post(self, key: dict[str, str] | None = None, **changes: Any) -> Any:
        body = {"chain_id": CHAIN_ID, "wallet": self.here.wallet} | changes
        return self.client.post(f"{self.path}/claims", json=body, headers=key or people.keyed())

    def read(self) -> Any:
        return self.client.get(f"{self.path}/claim")

    def refused(self, status: int, code: str, **changes: Any) -> Any:
        answer = self.post(**changes)
        assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
        assert self.here.again().row.state == "active"
        return answer.json()


@pytest.fixture
def guest(services: Services, chain: LocalChain) -> Guest:
    return Guest(on_chain(services, chain))


class TestAClaim:
    def test_is_answered_with_what_the_wallet_sends(self, guest: Guest, chain: LocalChain) -> None:
        answer = guest.post()

        assert answer.status_code == 201, answer.text
        claim = answer.json()
        assert claim["state"] == "open"
        signed = encode_typed_data(full_message=claim["typed_data"])
        assert Account.recover_message(signed, signature=claim["signature"]) == claim["signer"]
        sent = claim["transaction"]
        assert (sent["chain_id"], sent["value"]) == (CHAIN_ID, "0")
        receipt = chain.send(guest.here.wallet, sent["to"], sent["data"])
        assert receipt["status"] == "0x1"
        assert guest.read().json()["signature"] == claim["signature"]

    def test_is_the_same_one_under_the_same_key(self, guest: Guest) -> None:
        key = people.keyed()
        first, second = guest.post(key), guest.post(key)

        assert second.headers["Idempotency-Replayed"] == "true"
        assert second.json() == first.json()

    def test_is_repeated_although_the_chain_is_down_by_then(self, guest: Guest) -> None:
        key = people.keyed()
        first = guest.post(key).json()
        off = replace(guest.here.services, networks={CHAIN_ID: NOWHERE})
        guest.client.app.state.services = off  # type: ignore[attr-defined]

        assert guest.post(key).json() == first

    def test_that_was_not_signed_when_its_process_died_is_signed_by_the_repeated_call(
        self, guest: Guest
    ) -> None:
        unsigned = guest.here.open()
        assert guest.read().json()["transaction"] is None

        done = claiming.signed(guest.here.services, unsigned.claim, now=guest.here.services.clock())
        assert guest.read().json()["signature"] == done.claim.signature

    def test_of_nobody_is_not_there(self, guest: Guest) -> None:
        assert guest.read().json()["code"] == "claim-not-there"
        other = guest.client.get("/api/v1/me/passes/1/claim")
        assert other.status_code == 404

    def test_of_somebody_else_looks_like_none(self, guest: Guest) -> None:
        people.holder(guest.here.services, guest.here.made.organizer_id, "eve@example.org")
        guest.client.cookies.clear()
        people.sign_in_holder(
            guest.client, guest.here.services, guest.here.made.organizer_id, "eve@example.org"
        )

        assert guest.post().status_code == 404
        assert guest.read().status_code == 404


class TestRefusals:
    def test_chain_that_is_not_served(self, guest: Guest) -> None:
        guest.refused(404, "chain-unknown", chain_id=5)

    def test_wallet_that_nobody_proved(self, guest: Guest, chain: LocalChain) -> None:
        guest.refused(403, "claim-wallet-unproven", wallet=chain.accounts[7])

    @pytest.mark.parametrize("wallet", ["0x" + "g" * 40, "0x" + "aB" * 20])
    def test_wallet_that_is_none(self, guest: Guest, wallet: str) -> None:
        assert guest.post(wallet=wallet).status_code == 422

    def test_signer_that_the_contract_does_not_know(self, guest: Guest, chain: LocalChain) -> None:
        here = guest.here
        chain.act(here.owner, here.contract.address, "setSigner", here.signer, 0, 0)

        told = guest.refused(409, "claim-signer-unset")

        assert told["claim_address"] == here.signer

    def test_signer_that_has_admitted_all_that_it_may(
        self, guest: Guest, chain: LocalChain
    ) -> None:
        here = guest.here
        chain.act(here.owner, here.contract.address, "setSigner", here.signer, 1, 3600)
        signed = here.sign(here.open())
        sent = signing.transaction(signed)
        chain.send(here.wallet, sent["to"], sent["data"])
        held = guest_pass(here)
        path = f"/api/v1/me/passes/{held}/claims"
        body = {"chain_id": CHAIN_ID, "wallet": here.wallet}

        answer = guest.client.post(path, json=body, headers=people.keyed())

        assert (answer.status_code, answer.json()["code"]) == (503, "claim-signer-spent")

    def test_pause(self, guest: Guest, chain: LocalChain, clock: Clock) -> None:
        chain.act(guest.here.owner, guest.here.contract.address, "pause", 3600)
        guest.refused(503, "claims-paused")

        clock.forward(minutes=61)
        assert guest.post().status_code == 201

    def test_relaying_where_nobody_pays(self, guest: Guest) -> None:
        guest.refused(409, "relay-off", relayed=True)

    def test_relaying_beyond_the_budget(self, services: Services, chain: LocalChain) -> None:
        poor = Guest(on_chain(services, chain), relay_daily_wei=10**9)

        told = poor.refused(409, "relay-budget-spent", relayed=True)

        assert told["left_wei"] == str(10**9)
        assert poor.post().status_code == 201  # with their own wallet

    def test_chain_that_is_down(self, services: Services) -> None:
        off = Guest(stage(replace(services, networks={CHAIN_ID: NOWHERE}), WALLET))

        off.refused(503, "node-unavailable")

    def test_series_that_is_not_on_chain(self, guest: Guest) -> None:
        here = guest.here
        with here.services.database.transaction() as session:
            key = (here.made.organizer_id, here.made.series.id)
            session.get_one(ChainSeries, key).state = "prepared"

        guest.refused(409, "claim-series-absent")

    def test_pass_that_is_locked_already(self, guest: Guest) -> None:
        guest.post()

        answer = guest.post()

        assert answer.json()["code"] == "claim-refused"
        assert answer.json()["decision"]["code"] == "pass-claiming"

    def test_contract_that_is_none(self, services: Services, chain: LocalChain) -> None:
        known = replace(services, networks={CHAIN_ID: chain.network})
        nothing = Guest(stage(known, WALLET, address=chain.accounts[3]))

        nothing.refused(503, "node-unavailable")


def guest_pass(here: Stage) -> int:
    """Issue the same guest one more pass."""
    return season.issue(here.services, here.made).row.pass_id
