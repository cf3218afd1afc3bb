"""Wallet sign-in: this site, this chain, now, once, by the wallet that is named."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from coincurve import PrivateKey
from httpx2 import Response
from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.accounts import wallets
from passes_service.bootstrap import Services
from passes_service.core import ethereum, siwe
from passes_service.db.models import HolderWallet, Organizer, SiweNonce
from tests import people
from tests.fakes import Clock

KEY = PrivateKey(b"\x11" * 32)
ADDRESS = ethereum.address_of(KEY)
SIGN_IN = "/api/v1/logins/siwe"


def sign(text: str, key: PrivateKey = KEY) -> str:
    return "0x" + ethereum.sign_digest(ethereum.text_digest(text), key).hex()


def ask(client: TestClient, **body: Any) -> str:
    asked = {"organizer": "nocturne", "address": ADDRESS} | body
    answer = client.post(f"{SIGN_IN}/nonce", json=asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["message"])


def send(client: TestClient, text: str, signature: str | None = None) -> Response:
    body = {"organizer": "nocturne", "message": text, "signature": signature or sign(text)}
    return client.post(SIGN_IN, json=body)


def changed(text: str, **fields: Any) -> str:
    return siwe.build(replace(siwe.parse(text), **fields))


@pytest.fixture
def organizer(services: Services) -> Organizer:
    return people.organizer(services)[0]


@pytest.mark.usefixtures("organizer")
class TestSignIn:
    def test_a_new_wallet_gets_an_account_and_finds_it_again(self, client: TestClient) -> None:
        first = send(client, ask(client))
        assert first.status_code == 200, first.text
        assert first.json()["kind"] == "holder"
        me = client.get("/api/v1/me").json()
        assert [row["value"] for row in me["wallets"]] == [ADDRESS]
        client.cookies.clear()
        assert send(client, ask(client)).status_code == 200
        assert client.get("/api/v1/me").json()["id"] == me["id"]

    def test_the_wallet_shows_what_is_signed(self, client: TestClient) -> None:
        text = ask(client)
        assert text.startswith("passes.test wants you to sign in with your Ethereum account:")
        assert "Sign in to nocturne. This costs nothing and moves nothing." in text

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"domain": "evil.example"}, "siwe-domain"),
            ({"domain": "passes.test:8443"}, "siwe-domain"),
            ({"uri": "https://evil.example/o/nocturne"}, "siwe-uri"),
            ({"uri": "https://passes.test.evil.example/"}, "siwe-uri"),
            ({"chain_id": 666}, "siwe-chain"),
            ({"nonce": "0123456789abcdef"}, "siwe-nonce"),
        ],
    )
    def test_a_message_for_elsewhere_is_refused(
        self, client: TestClient, fields: dict[str, Any], code: str
    ) -> None:
        answer = send(client, changed(ask(client), **fields))
        assert answer.json()["code"] == code
        assert client.get("/api/v1/me").status_code == 401

    def test_a_message_works_once(self, client: TestClient) -> None:
        text = ask(client)
        assert send(client, text).status_code == 200
        again = send(client, text)
        assert (again.status_code, again.json()["code"]) == (409, "siwe-nonce")

    def test_of_eight_uses_at_once_one_gets_in(
        self, client: TestClient, services: Services, organizer: Organizer
    ) -> None:
        text = ask(client)
        start = Barrier(8)

        def attempt(_: int) -> bool:
            proof = wallets.read(text, sign(text))
            start.wait()
            try:
                with services.database.transaction() as session:
                    wallets.use_nonce(
                        session,
                        proof,
                        organizer_id=organizer.id,
                        holder_id=None,
                        now=services.clock(),
                    )
            except siwe.SiweNonceRefused:
                return False
            return True

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(attempt, range(8))).count(True) == 1

    def test_an_old_message_is_refused(self, client: TestClient, clock: Clock) -> None:
        text = ask(client)
        clock.forward(minutes=10)
        assert send(client, text).json()["code"] == "siwe-expired"
        longer = changed(text, expiration_time=clock.now + timedelta(days=1))
        assert send(client, longer).json()["code"] == "siwe-expired"
        fresher = changed(longer, issued_at=clock.now)
        assert send(client, fresher).json()["code"] == "siwe-nonce"

    def test_another_wallets_signature_is_refused(self, client: TestClient) -> None:
        text = ask(client)
        answer = send(client, text, sign(text, PrivateKey(b"\x22" * 32)))
        assert (answer.status_code, answer.json()["code"]) == (401, "siwe-signature")
        assert send(client, text).status_code == 200  # and burned nothing

    @pytest.mark.parametrize("signature", ["0x" + "00" * 65, "0x" + "zz" * 65])
    def test_what_is_no_signature_is_refused(self, client: TestClient, signature: str) -> None:
        assert send(client, ask(client), signature).status_code in (401, 422)

    def test_another_organizers_nonce_is_none_here(
        self, client: TestClient, services: Services
    ) -> None:
        people.organizer(services, "other")
        assert send(client, ask(client, organizer="other")).json()["code"] == "siwe-nonce"

    def test_an_address_that_is_none_is_refused(self, client: TestClient) -> None:
        body = {"organizer": "nocturne", "address": "0x" + "g" * 40}
        answer = client.post(f"{SIGN_IN}/nonce", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "address-malformed")

    def test_no_more_than_sixty_nonces_per_quarter_of_an_hour(
        self, client: TestClient, services: Services
    ) -> None:
        body = {"organizer": "nocturne"}
        got = [client.post(f"{SIGN_IN}/nonce", json=body).status_code for _ in range(61)]
        assert got == [201] * 60 + [429]
        with Session(services.database.reader) as session:
            assert len(session.exec(select(SiweNonce)).all()) == 60


class TestLinking:
    def test_a_holder_adds_a_wallet(
        self, client: TestClient, services: Services, organizer: Organizer
    ) -> None:
        people.sign_in_holder(client, services, organizer.id)
        asked = client.post("/api/v1/me/wallets/nonce", json={"address": ADDRESS})
        text = asked.json()["message"]
        assert "Add this wallet to your account at nocturne." in text
        body = {"message": text, "signature": sign(text)}
        added = client.post("/api/v1/me/wallets", json=body, headers=people.keyed())
        assert added.status_code == 200, added.text
        assert [row["value"] for row in added.json()["wallets"]] == [ADDRESS]

    def test_a_signature_to_sign_in_links_nothing_and_the_other_way_round(
        self, client: TestClient, services: Services, organizer: Organizer
    ) -> None:
        people.sign_in_holder(client, services, organizer.id)
        text = ask(client)
        body = {"message": text, "signature": sign(text)}
        wrong = client.post("/api/v1/me/wallets", json=body, headers=people.keyed())
        assert wrong.json()["code"] == "siwe-nonce"
        linking = client.post("/api/v1/me/wallets/nonce", json={"address": ADDRESS})
        assert send(client, linking.json()["message"]).json()["code"] == "siwe-nonce"
        with Session(services.database.reader) as session:
            assert session.exec(select(HolderWallet)).all() == []

    def test_somebody_elses_nonce_links_nothing(
        self, client: TestClient, services: Services, organizer: Organizer
    ) -> None:
        people.sign_in_holder(client, services, organizer.id)
        asked = client.post("/api/v1/me/wallets/nonce", json={"address": ADDRESS})
        text = asked.json()["message"]
        people.sign_in_holder(client, services, organizer.id, "other@example.org")
        body = {"message": text, "signature": sign(text)}
        wrong = client.post("/api/v1/me/wallets", json=body, headers=people.keyed())
        assert wrong.json()["code"] == "siwe-nonce"

    def test_a_wallet_with_an_account_joins_it_only_when_asked_to(
        self, client: TestClient, services: Services, organizer: Organizer
    ) -> None:
        assert send(client, ask(client)).status_code == 200
        old = client.get("/api/v1/me").json()["id"]
        client.cookies.clear()
        people.sign_in_holder(client, services, organizer.id)
        asked = client.post("/api/v1/me/wallets/nonce", json={"address": ADDRESS})
        text = asked.json()["message"]
        body: dict[str, Any] = {"message": text, "signature": sign(text)}
        refused = client.post("/api/v1/me/wallets", json=body, headers=people.keyed())
        assert (refused.status_code, refused.json()["code"]) == (409, "other-account")
        joined = client.post(
            "/api/v1/me/wallets", json=body | {"merge": True}, headers=people.keyed()
        )
        assert joined.status_code == 200, joined.text
        assert joined.json()["id"] != old
        assert [row["value"] for row in joined.json()["wallets"]] == [ADDRESS]
