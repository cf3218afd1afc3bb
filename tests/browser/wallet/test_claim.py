"""A wallet connects, claims a pass of the book, and hands the token on; the book follows."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from playwright.sync_api import expect

from passes_service.chain import calls
from passes_service.keyring import KeyUse
from passes_service.passes import service as passes
from tests.browser.conftest import Live
from tests.browser.scripted import DECLINED, ScriptedWallet
from tests.browser.wallet.conftest import LOGIN, Open, in_page, press
from tests.chain.local import CHAIN_ID, LocalChain
from tests.indexer.ground import Ground, ground

pytestmark = pytest.mark.node
CLAIM = """
  const answer = await fetch(`/api/v1/me/passes/${given.number}/claims`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Idempotency-Key": given.key },
    body: JSON.stringify({ chain_id: given.chain, wallet: given.account }),
  });
  const claim = await answer.json();
  if (!answer.ok) throw new chain.WalletTrouble(claim.detail, claim.code);
  const { account } = await chain.connect(wallet.provider, claim.wallet);
  const { chain_id: chainId, to, data, value } = claim.transaction;
  return chain.sendTransaction(wallet.provider, { chainId, from: account, to, data, value });
"""
SEND = "return chain.sendTransaction(wallet.provider, given);"


@pytest.fixture
def here(connected: Live, chain: LocalChain) -> Ground:
    """A Series of the book that is open on chain too, and admits what the service signs."""
    connected.clock.now = chain.now() + timedelta(hours=1)
    made = ground(connected.services, chain, cast("Any", connected.clock))
    signer = connected.services.signers(KeyUse.CLAIM)[0].address
    chain.act(made.owner, made.contract, "setSigner", signer, 100, 3_600)
    made.read()
    return made


def issue(here: Ground, holder_id: UUID) -> int:
    with here.services.database.transaction() as session:
        row = passes.issue(
            session,
            organizer_id=here.organizer_id,
            series_id=here.season.series.id,
            holder_id=holder_id,
            actor="test",
            now=here.services.clock(),
        )
    return row.pass_id


def test_it_connects_claims_and_transfers(
    enter: Open, here: Ground, wallet: ScriptedWallet, chain: LocalChain
) -> None:
    mine, friend = chain.accounts[4], chain.accounts[5]
    page = enter(LOGIN, wallet)
    press(page)
    page.wait_for_url("**/me")
    number = issue(here, here.holder_of(mine))
    given = {"number": str(number), "chain": CHAIN_ID, "account": mine}

    name = in_page(page, CLAIM, key=secrets.token_hex(16), **given)
    assert chain.rpc("eth_getTransactionReceipt", name)["status"] == "0x1"
    here.read()
    row = here.row(number)
    assert (row.state, row.wallet, row.holder_id) == ("on_chain", mine, here.holder_of(mine))
    page.goto(f"{page.url}/passes/{number}")
    expect(page.locator("#door-code")).to_have_count(1)

    move = calls.encode("safeTransferFrom", mine, friend, number, 1, b"")
    sent = {"from": wallet.account, "to": here.contract, "data": move}
    name = in_page(page, SEND, chainId=CHAIN_ID, **sent)
    assert chain.rpc("eth_getTransactionReceipt", name)["status"] == "0x1"
    here.read()
    assert here.row(number).wallet == friend
    assert here.row(number).epoch == row.epoch + 1
    assert page.request.get(page.url).status == 404  # it is no pass of mine any more


def test_a_claim_declined_in_the_wallet_stays_locked_and_can_be_sent_again(
    enter: Open, here: Ground, wallet: ScriptedWallet, chain: LocalChain
) -> None:
    mine = chain.accounts[4]
    page = enter(LOGIN, wallet)
    press(page)
    page.wait_for_url("**/me")
    number = issue(here, here.holder_of(mine))
    given = {"number": str(number), "chain": CHAIN_ID, "account": mine, "key": "a" * 32}

    wallet.refusals["eth_sendTransaction"] = DECLINED
    assert "You declined in the wallet" in in_page(page, CLAIM, **given)
    assert here.row(number).state == "claiming"
    wallet.refusals.clear()
    name = in_page(page, CLAIM, **given)  # the same call gives the same claim
    assert chain.rpc("eth_getTransactionReceipt", name)["status"] == "0x1"
    here.read()
    assert here.row(number).state == "on_chain"
