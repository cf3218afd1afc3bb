"""Moving a pass to a wallet on its page."""

from __future__ import annotations

import pytest

from passes_service.bootstrap import Services
from tests.chain.local import LocalChain
from tests.claims.stage import late, mint_seen, on_chain
from tests.claims.test_api import Guest
from tests.fakes import Clock
from tests.relay.stage import ETH

pytestmark = pytest.mark.node
HTML = {"Accept": "text/html"}


class Page:
    def __init__(self, guest: Guest) -> None:
        self.guest = guest
        self.path = f"/me/passes/{guest.here.held.row.pass_id}"

    def text(self) -> str:
        answer = self.guest.client.get(self.path, headers=HTML)
        assert answer.status_code == 200, answer.text
        return answer.text

    def lock(self, **typed: str) -> tuple[int, str]:
        form = {"_key": "form-key-of-a-test", "wallet": self.guest.here.wallet} | typed
        answer = self.guest.client.post(f"{self.path}/claim", data=form, headers=HTML)
        return answer.status_code, answer.text or answer.headers["location"]


@pytest.fixture
def page(services: Services, chain: LocalChain) -> Page:
    return Page(Guest(on_chain(services, chain)))


def test_it_says_what_changes_what_it_costs_and_until_when_it_is_locked(page: Page) -> None:
    text = page.text()

    for said in ("What changes.", "What it costs.", "Until when it is locked.", "10 minutes"):
        assert said in text
    assert "Who pays the network" not in text  # nobody else pays here


def test_locking_shows_the_transaction_and_until_when(page: Page) -> None:
    status, where = page.lock()

    assert (status, where) == (303, f"{page.path}#wallet")
    text = page.text()
    assert "On its way to your wallet" in text
    assert page.guest.read().json()["transaction"]["data"] in text
    assert 'id="door-code"' not in text


def test_the_service_may_pay(services: Services, chain: LocalChain) -> None:
    page = Page(Guest(on_chain(services, chain), relay_daily_wei=ETH))
    assert "Who pays the network" in page.text()

    assert page.lock(payer="service")[0] == 303
    text = page.text()
    assert "We are sending it for you" in text
    assert "data-send" not in text


def test_a_refusal_comes_back_with_its_words(page: Page, chain: LocalChain) -> None:
    here = page.guest.here
    status, text = page.lock(wallet="nonsense")
    assert status == 422
    assert "Choose one of your wallets." in text
    chain.act(here.owner, here.contract.address, "setSigner", here.signer, 0, 0)

    status, text = page.lock()

    assert status == 409
    assert "Claims are not set up yet" in text
    assert here.again().row.state == "active"


def test_time_that_is_over_and_a_token_at_last(page: Page, clock: Clock) -> None:
    found = page.guest.here.open()
    assert "It is being signed" in page.text()
    clock.now = late(found)
    assert "Its time is over." in page.text()

    mint_seen(page.guest.here, found)
    assert 'id="wallet"' not in page.text()
