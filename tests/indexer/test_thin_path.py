"""From the chain to the book: bought, handed on, given up; claimed from the book."""

from __future__ import annotations

import json

import pytest

from tests.indexer.ground import PRICE, Ground

pytestmark = pytest.mark.node


def test_what_is_bought_is_a_pass_of_its_buyers_wallet(here: Ground) -> None:
    ann = here.chain.accounts[2]
    bought = here.buy(ann, 2)
    here.read()

    first, second = here.row(here.token(1)), here.row(here.token(2))
    assert (first.state, first.epoch, first.serial) == ("on_chain", 1, 1)
    assert (first.wallet, first.holder_id) == (ann, here.holder_of(ann))
    assert second.holder_id == first.holder_id == second.payer_id
    assert (first.paid_minor, first.provider, first.currency) == (PRICE.minor, "onchain", "ETH")
    assert first.bought_at == here.chain.now()
    place = here.place()
    assert (place.state, place.minted, place.escrow_minor) == ("open", 2, 2 * PRICE.minor)
    assert here.series().issued == 2
    (minted,) = here.events("tokens.minted")
    told = json.loads(minted.payload)
    assert told["pass_ids"] == [str(here.token(1)), str(here.token(2))]
    assert (told["buyer"], told["transaction_hash"]) == (ann, bought["transactionHash"])
    assert here.counts()["pass.issued"] == 2
    (said,) = here.history(here.token(1))
    assert said.sentence.startswith("Bought on chain as 1 of 50, ETH 0.01, in block ")


def test_a_transfer_gives_the_pass_a_new_holder_and_epoch(here: Ground) -> None:
    ann, bob = here.chain.accounts[2:4]
    here.buy(ann)
    here.read()
    before = here.version(ann)
    here.transfer(ann, bob, here.token(1))
    here.read()

    row = here.row(here.token(1))
    assert (row.state, row.epoch, row.transfers) == ("on_chain", 2, 1)
    assert (row.wallet, row.holder_id) == (bob, here.holder_of(bob))
    assert row.payer_id == here.holder_of(ann)
    assert here.version(ann) == before + 1
    (event,) = here.events("pass.transferred")
    assert json.loads(event.payload)["epoch"] == 2


def test_a_refund_from_escrow_ends_the_pass(here: Ground) -> None:
    ann = here.chain.accounts[2]
    here.buy(ann)
    here.refund(ann, here.token(1))
    here.read()

    row = here.row(here.token(1))
    assert (row.state, row.paid_back_minor) == ("refunded", PRICE.minor)
    place = here.place()
    assert (place.minted, place.burned, place.escrow_minor) == (1, 1, 0)
    assert place.refunded_minor == PRICE.minor
    assert here.counts()["pass.ended"] == 1
    assert here.counts()["pass.end_final"] == 0
    here.chain.mine(8)
    here.read()
    here.chain.mine(8)
    here.read()
    (final,) = here.events("pass.end_final")
    told = json.loads(final.payload)
    assert (told["how"], told["amount"]) == ("refunded", str(PRICE.minor))


def test_a_claimed_pass_becomes_a_token_of_the_wallet(here: Ground) -> None:
    held, claim = here.lock()
    here.claim(claim, held.row.pass_id)
    here.read()

    row = here.row(held.row.pass_id)
    assert (row.state, row.epoch) == ("on_chain", held.row.epoch + 1)
    assert (row.wallet, row.holder_id) == (claim.recipient, here.holder_of(claim.recipient))
    assert row.payer_id == held.row.payer_id
    assert here.place(here.claimable.series).minted == 1
    assert here.counts()["pass.claimed"] == 1
