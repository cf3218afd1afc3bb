"""Contract wallets at the door of an account: by HTTP, with a node that is there or is not."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from coincurve import PrivateKey
from httpx2 import Response
from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.chain.networks import Network
from passes_service.core import ethereum
from passes_service.db.models import HolderWallet, LoginSession, SiweNonce
from passes_service.web.app import create_app
from tests import people
from tests.chain.contract_wallets import OWNER, OWNER_ADDRESS, Coming, wallet, wrapped
from tests.chain.local import CHAIN_ID, LocalChain
from tests.conftest import ORIGIN

pytestmark = pytest.mark.node
SIGN_IN = "/api/v1/logins/siwe"
MINE = "/api/v1/me/wallets"


@pytest.fixture
def networks(chain: LocalChain) -> dict[int, Network]:
    """The real local chain, and one whose node does not answer."""
    gone = Network(chain_id=1, name="Gone", rpc=("http://127.0.0.1:9",), factory=chain.factory)
    return {CHAIN_ID: chain.network, 1: gone}


@pytest.fixture
def services(services: Services, networks: dict[int, Network]) -> Services:
    return replace(services, networks=networks)


@pytest.fixture(autouse=True)
def organizer(services: Services) -> Any:
    return people.organizer(services)[0]


def ask(client: TestClient, address: str, chain_id: int = CHAIN_ID, path: str = SIGN_IN) -> str:
    body = {"address": address, "chain_id": chain_id}
    asked = body if path == MINE else body | {"organizer": "nocturne"}
    answer = client.post(f"{path}/nonce", json=asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["message"])


def signed(text: str, key: PrivateKey = OWNER) -> bytes:
    return ethereum.sign_digest(ethereum.text_digest(text), key)


def send(client: TestClient, text: str, signature: bytes) -> Response:
    body = {"organizer": "nocturne", "message": text, "signature": "0x" + signature.hex()}
    return client.post(SIGN_IN, json=body)


def used(services: Services) -> list[bool]:
    with Session(services.database.reader) as session:
        return [row.used_at is not None for row in session.exec(select(SiweNonce))]


class TestSignIn:
    def test_a_contract_wallet_is_its_own_account_not_its_owners(
        self, client: TestClient, chain: LocalChain
    ) -> None:
        address = wallet(chain)
        text = ask(client, address)

        assert send(client, text, signed(text)).status_code == 200
        me = client.get("/api/v1/me").json()
        assert [row["value"] for row in me["wallets"]] == [address]
        again = send(client, text, signed(text))
        assert (again.status_code, again.json()["code"]) == (409, "siwe-nonce")
        text = ask(client, OWNER_ADDRESS)
        assert send(client, text, signed(text)).status_code == 200
        assert client.get("/api/v1/me").json()["id"] != me["id"]

    def test_a_wallet_that_is_not_deployed_yet_signs_in(
        self, client: TestClient, chain: LocalChain
    ) -> None:
        coming = Coming(chain)
        text = ask(client, coming.address)

        brought = wrapped(coming.factory, coming.creation, signed(text))
        assert send(client, text, brought).status_code == 200
        assert not coming.made()

    def test_a_stranger_is_refused_and_uses_nothing_up(
        self, client: TestClient, chain: LocalChain, services: Services
    ) -> None:
        text = ask(client, wallet(chain))

        answer = send(client, text, signed(text, PrivateKey(b"\x44" * 32)))
        assert (answer.status_code, answer.json()["code"]) == (401, "siwe-signature")
        assert used(services) == [False]
        assert send(client, text, signed(text)).status_code == 200

    def test_on_a_chain_that_nobody_reads_the_refusal_names_those_that_are(
        self, client: TestClient, chain: LocalChain
    ) -> None:
        text = ask(client, wallet(chain), chain_id=10)

        answer = send(client, text, signed(text))
        assert (answer.status_code, answer.json()["code"]) == (401, "siwe-signature")
        assert "can be checked on Local (31337), Gone (1) here" in answer.json()["detail"]
        assert answer.json()["served"] == [1, CHAIN_ID]

    def test_a_key_needs_no_node_on_any_chain(self, client: TestClient) -> None:
        for chain_id in (1, 10):
            text = ask(client, OWNER_ADDRESS, chain_id=chain_id)
            assert send(client, text, signed(text)).status_code == 200

    def test_a_node_that_is_down_is_said_and_refuses_nobody(
        self, client: TestClient, chain: LocalChain, services: Services
    ) -> None:
        text = ask(client, wallet(chain), chain_id=1)

        answer = send(client, text, signed(text))
        assert (answer.status_code, answer.json()["code"]) == (503, "node-unavailable")
        assert used(services) == [False]

    def test_no_node_is_asked_about_a_nonce_that_is_not_ours(
        self, client: TestClient, chain: LocalChain
    ) -> None:
        text = ask(client, wallet(chain), chain_id=1)  # asking would say node-unavailable
        other = text.replace("Nonce: ", "Nonce: f")

        assert send(client, other, signed(other)).json()["code"] == "siwe-nonce"

    def test_no_more_than_twenty_checks_per_quarter_of_an_hour(
        self, client: TestClient, chain: LocalChain
    ) -> None:
        text = ask(client, wallet(chain))
        wrong = signed(text, PrivateKey(b"\x44" * 32))

        got = [send(client, text, wrong).status_code for _ in range(21)]
        assert got == [401] * 20 + [429]
        assert send(client, text, signed(text)).status_code == 429
        mine = ask(client, OWNER_ADDRESS)
        assert send(client, mine, signed(mine)).status_code == 200  # a key asks no node

    def test_a_signature_that_is_too_long_is_refused(self, client: TestClient) -> None:
        text = ask(client, OWNER_ADDRESS)
        assert send(client, text, bytes(8193)).status_code == 422
        assert send(client, text, bytes(63)).json()["code"] == "signature-malformed"


class TestWaiting:
    def test_others_can_write_while_a_node_is_asked(
        self, services: Services, chain: LocalChain
    ) -> None:
        written: list[str] = []

        def on_call() -> None:  # SQLite has one writer: a transaction held open would keep it
            people.organizer(services, "meanwhile")
            written.append("meanwhile")

        with answering(on_call) as url:
            watched = chain.network.model_copy(update={"rpc": (url,)})
            app = create_app(replace(services, networks={CHAIN_ID: watched}))
            with TestClient(app, base_url=ORIGIN, headers={"Origin": ORIGIN}) as client:
                text = ask(client, wallet(chain))
                answer = send(client, text, signed(text))

        assert written == ["meanwhile"]
        assert (answer.status_code, answer.json()["code"]) == (503, "node-unavailable")


@contextmanager
def answering(on_call: Callable[[], None]) -> Iterator[str]:
    """Serve a node that knows its chain and has something else to do when it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            result: Any = hex(CHAIN_ID)
            if asked["method"] == "eth_call":
                on_call()
                result = "0x" + "00" * 31 + "01"  # not the one byte that is asked for
            body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": result}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class TestLinking:
    def test_a_holder_adds_a_contract_wallet_and_may_repeat_the_call(
        self, client: TestClient, chain: LocalChain, services: Services, organizer: Any
    ) -> None:
        people.sign_in_holder(client, services, organizer.id)
        address = wallet(chain)
        text = ask(client, address, path=MINE)
        body = {"message": text, "signature": "0x" + signed(text).hex()}
        key = people.keyed()

        added = client.post(MINE, json=body, headers=key)
        assert added.status_code == 200, added.text
        assert [row["value"] for row in added.json()["wallets"]] == [address]
        again = client.post(MINE, json=body, headers=key)
        assert (again.status_code, again.content) == (200, added.content)
        assert again.headers["Idempotency-Replayed"] == "true"

    def test_a_strangers_contract_wallet_is_not_added(
        self, client: TestClient, chain: LocalChain, services: Services, organizer: Any
    ) -> None:
        people.sign_in_holder(client, services, organizer.id)
        text = ask(client, wallet(chain, chain.accounts[2]), path=MINE)
        body = {"message": text, "signature": "0x" + signed(text).hex()}

        wrong = client.post(MINE, json=body, headers=people.keyed())
        assert (wrong.status_code, wrong.json()["code"]) == (401, "siwe-signature")
        with Session(services.database.reader) as session:
            assert session.exec(select(HolderWallet)).all() == []
            assert len(session.exec(select(LoginSession)).all()) == 1
