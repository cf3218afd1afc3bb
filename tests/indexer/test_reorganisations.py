"""Blocks are replaced, 1, 6 or 64 of them: books follow, epochs never fall, money has not moved."""

from __future__ import annotations

import json
from uuid import UUID

import pytest

from passes_service.bootstrap import Services
from passes_service.db.models import (
    BadgeBalance,
    ChainBlock,
    PassClaim,
    PortionChange,
    Refund,
)
from passes_service.indexer.errors import ReplacedTooDeep
from passes_service.worker import handlers, loop
from tests.chain.local import LocalChain
from tests.fakes import Clock
from tests.indexer.ground import PRICE, Ground, ground

pytestmark = pytest.mark.node
DEPTHS = (1, 6, 64)


def deepen(here: Ground, blocks: int) -> None:
    """Let as many blocks pass as are missing, and read them."""
    if blocks > 1:
        here.chain.mine(blocks - 1)
    here.read()


def replace(here: Ground, snapshot: str, blocks: int) -> None:
    """Go back and mine at least as many other blocks."""
    here.chain.revert(snapshot)
    for _ in range(2):  # not by the hundred: these tell their parents
        here.chain.rpc("evm_mine")
    here.chain.mine(blocks)


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_transfer_is_taken_back_and_old_codes_stay_dead(patient: Ground, depth: int) -> None:
    here, (ann, bob) = patient, patient.chain.accounts[2:4]
    here.buy(ann)
    here.read()
    before = here.chain.snapshot()
    here.transfer(ann, bob, here.token(1))
    deepen(here, depth)
    assert here.row(here.token(1)).wallet == bob
    bobs = here.version(bob)

    replace(here, before, depth)
    here.read()

    row = here.row(here.token(1))
    assert (row.wallet, row.holder_id, row.state) == (ann, here.holder_of(ann), "on_chain")
    assert (row.epoch, row.transfers) == (3, 0)
    assert here.version(bob) == bobs + 1  # his calendar loses it again
    (restored,) = here.events("pass.restored")
    assert json.loads(restored.payload)["epoch"] == 3
    assert "reorganised" in here.history(here.token(1))[-1].sentence
    assert here.cursor().number == here.chain.height()


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_refund_is_taken_back_and_the_pass_lives_again(patient: Ground, depth: int) -> None:
    here, ann = patient, patient.chain.accounts[2]
    here.buy(ann)
    here.read()
    before = here.chain.snapshot()
    here.refund(ann, here.token(1))
    deepen(here, depth)
    assert here.row(here.token(1)).state == "refunded"

    replace(here, before, depth)
    here.read()

    row = here.row(here.token(1))
    assert (row.state, row.wallet, row.paid_back_minor, row.epoch) == ("on_chain", ann, 0, 2)
    place = here.place()
    assert (place.minted, place.burned, place.refunded_minor) == (1, 0, 0)
    assert place.escrow_minor == PRICE.minor
    assert here.counts()["pass.end_final"] == 0


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_claim_is_taken_back_and_may_be_mined_again(patient: Ground, depth: int) -> None:
    here = patient
    held, claim = here.lock()
    here.read()
    before = here.chain.snapshot()
    here.claim(claim, held.row.pass_id)
    deepen(here, depth)
    assert here.row(held.row.pass_id).holder_id != held.row.holder_id

    replace(here, before, depth)
    here.read()

    row = here.row(held.row.pass_id)
    assert (row.state, row.holder_id, row.wallet) == ("claiming", held.row.holder_id, None)
    assert row.epoch == held.row.epoch + 2
    assert [one.state for one in here.every(PassClaim)] == ["open"]

    here.claim(claim, held.row.pass_id)
    here.read()
    row = here.row(held.row.pass_id)
    assert (row.state, row.wallet, row.epoch) == ("on_chain", claim.recipient, held.row.epoch + 3)
    assert [one.state for one in here.every(PassClaim)] == ["minted"]


@pytest.mark.parametrize("depth", DEPTHS)
def test_a_purchase_is_taken_back_and_its_number_is_sold_again(patient: Ground, depth: int) -> None:
    here, (ann, bob) = patient, patient.chain.accounts[2:4]
    here.read()
    before = here.chain.snapshot()
    here.buy(ann)
    deepen(here, depth)

    replace(here, before, depth)
    here.read()
    assert (here.row(here.token(1)).state, here.series().issued) == ("void", 0)
    here.buy(bob)
    here.read()

    row = here.row(here.token(1))
    assert (row.state, row.wallet, row.payer_id) == ("on_chain", bob, here.holder_of(bob))
    assert row.bought_at == here.chain.now()
    assert (row.epoch, here.series().issued) == (3, 1)


def test_what_is_mined_again_changes_nothing(patient: Ground) -> None:
    here, (ann, bob) = patient, patient.chain.accounts[2:4]
    here.buy(ann)
    here.read()
    before = here.chain.snapshot()
    here.transfer(ann, bob, here.token(1))
    deepen(here, 6)
    told, row = here.counts(), here.row(here.token(1)).model_dump()

    here.chain.revert(before)
    here.chain.rpc("evm_mine")
    here.transfer(ann, bob, here.token(1))
    here.chain.mine(8)
    here.read()

    assert here.row(here.token(1)).model_dump() == row
    assert here.counts() == told
    (moved,) = [log for log in here.logs() if log.name == "TransferSingle"][1:]
    assert moved.block_number == here.chain.height() - 8


def test_a_shorter_chain_replaces_a_longer_one(patient: Ground) -> None:
    here, (ann, bob) = patient, patient.chain.accounts[2:4]
    here.buy(ann)
    here.read()
    before = here.chain.snapshot()
    here.transfer(ann, bob, here.token(1))
    deepen(here, 20)

    here.chain.revert(before)
    here.chain.rpc("evm_mine")
    here.read()

    assert here.row(here.token(1)).wallet == ann
    assert here.cursor().number == here.chain.height()


def test_what_was_published_is_taken_back(patient: Ground) -> None:
    here = patient
    here.read()
    before = here.chain.snapshot()
    here.chain.act(here.owner, here.contract, "cancelPortion", here.series_no, 1)
    later = here.sold.document.portions[2]
    moved = [int(moment.timestamp()) + 3600 for moment in
             (later.doors_at, later.ends_at, later.settles_at)]  # fmt: skip
    here.chain.act(here.owner, here.contract, "movePortion", here.series_no, 2, *moved)
    here.chain.act(here.owner, here.contract, "awardBadge", 7, here.chain.accounts[4], 3)
    here.read()

    changes = here.every(PortionChange)
    assert sorted((one.kind, one.portion) for one in changes) == [("cancelled", 1), ("moved", 2)]
    assert here.series().closed_at is not None
    (badge,) = here.every(BadgeBalance)
    assert (badge.badge_no, badge.account, badge.amount) == (7, here.chain.accounts[4], 3)

    replace(here, before, 6)
    here.read()

    assert here.every(PortionChange) == []
    assert here.series().closed_at is None
    assert here.place().sale_closes_at == here.sold.document.sale_closes_at
    assert here.every(BadgeBalance) == []


def test_a_series_goes_with_its_block(services: Services, chain: LocalChain, clock: Clock) -> None:
    empty = chain.snapshot()
    here = ground(services, chain, clock, finality=200)
    here.read()
    assert here.place().state == "open"

    replace(here, empty, 6)
    here.read()

    assert here.place().state == "prepared"
    assert here.logs() == []


@pytest.mark.differs
def test_what_was_final_is_not_taken_back_without_a_person(here: Ground) -> None:
    ann = here.chain.accounts[2]
    before = here.chain.snapshot()
    here.buy(ann)
    here.chain.mine(20)
    here.read()

    replace(here, before, 20)
    with pytest.raises(ReplacedTooDeep):
        here.read()

    assert here.row(here.token(1)).state == "on_chain"
    assert "was final" in here.cursor().trouble


def test_a_surrender_pays_only_when_it_is_final_and_only_once(here: Ground) -> None:
    held, claim = here.lock()
    here.claim(claim, held.row.pass_id)
    here.read()
    before = here.chain.snapshot()
    surrender(here, claim.recipient, held.row.pass_id)
    here.read()
    assert here.row(held.row.pass_id).state == "surrendered"
    drain(here)

    here.chain.revert(before)
    here.chain.rpc("evm_mine")
    here.chain.rpc("evm_mine")
    here.read()
    drain(here)
    assert here.row(held.row.pass_id).state == "on_chain"
    assert refunds_of(here, held.row.id) == []

    surrender(here, claim.recipient, held.row.pass_id)
    for _ in range(3):
        here.chain.mine(8)
        here.read()
    drain(here)
    (final,) = here.events("pass.end_final")
    for handle in handlers.HANDLERS[final.type]:  # delivered a second time
        handle(here.services, final, here.clock())

    (refund,) = refunds_of(here, held.row.id)
    assert (refund.amount_minor, refund.provider) == (held.row.paid_minor, "external")
    assert here.row(held.row.pass_id).paid_back_minor == held.row.paid_minor
    assert here.counts()["refund.requested"] == 1


def test_a_refund_by_the_contract_is_written_down_when_it_is_final(here: Ground) -> None:
    ann = here.chain.accounts[2]
    here.buy(ann)
    done = here.refund(ann, here.token(1))
    here.read()
    drain(here)
    assert here.every(Refund) == []
    here.chain.mine(9)
    here.read()
    drain(here)

    (refund,) = here.every(Refund)
    assert (refund.state, refund.provider, refund.amount_minor) == (
        "settled", "onchain", PRICE.minor,
    )  # fmt: skip
    assert refund.provider_ref == done["transactionHash"]
    assert refund.code == "refund-step"


def test_headers_are_kept_as_long_as_their_blocks_may_be_replaced(here: Ground) -> None:
    here.chain.mine(40)
    here.read()
    kept = sorted(one.number for one in here.every(ChainBlock))
    cursor = here.cursor()
    assert cursor.finalized == here.chain.height() - 8
    assert kept == list(range(cursor.finalized, cursor.number + 1))


def surrender(here: Ground, holder: str, token: int) -> None:
    here.chain.act(holder, here.contract, "surrender", token)


def drain(here: Ground) -> None:
    while loop.drain(here.services, here.clock()):
        pass


def refunds_of(here: Ground, pass_row_id: UUID) -> list[Refund]:
    return [one for one in here.every(Refund) if one.pass_row_id == pass_row_id]
