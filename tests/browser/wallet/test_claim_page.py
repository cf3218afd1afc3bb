"""The page of a pass locks it, has the wallet send it, and follows until it is a token."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.scripted import DECLINED, ScriptedWallet
from tests.browser.wallet.conftest import LOGIN, Open, press
from tests.browser.wallet.test_claim import here as here  # the same Series
from tests.browser.wallet.test_claim import issue
from tests.chain.local import LocalChain
from tests.indexer.ground import Ground

pytestmark = pytest.mark.node


def test_it_is_locked_declined_sent_and_followed(
    enter: Open, here: Ground, wallet: ScriptedWallet, chain: LocalChain
) -> None:
    mine = chain.accounts[4]
    page = enter(LOGIN, wallet)
    press(page)
    page.wait_for_url("**/me")
    number = issue(here, here.holder_of(mine))
    page.goto(f"{page.url}/passes/{number}")
    expect(page.get_by_role("heading", name="Move it to your wallet")).to_be_visible()

    page.get_by_role("button", name="Lock it and move it").click()
    expect(page.get_by_role("heading", name="On its way to your wallet")).to_be_visible()
    expect(page.locator("#door-code")).to_have_count(0)

    send = page.get_by_role("button", name="Send from the wallet")
    wallet.refusals["eth_sendTransaction"] = DECLINED
    send.click()
    expect(page.locator("#claim .wallet-said")).to_contain_text("You declined in the wallet")
    wallet.refusals.clear()
    send.click()
    expect(page.locator("#claim .wallet-said")).to_contain_text("Sent: 0x")
    here.read()

    expect(page.locator("#door-code")).to_have_count(1)  # the page came anew by itself
    expect(page.locator("#wallet")).to_have_count(0)
    assert (here.row(number).state, here.row(number).wallet) == ("on_chain", mine)
