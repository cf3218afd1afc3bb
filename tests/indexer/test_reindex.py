"""Reading everything anew finds what is wrong, names it and puts it right; what is right stays."""

from __future__ import annotations

import pytest
from sqlmodel import col, delete, update

from passes_service.db.models import BadgeBalance, ChainLog, ChainSeries, OutboxEvent, Pass
from passes_service.indexer.repair import Repaired
from passes_service.worker import chain_repair
from tests.indexer.ground import CHAIN_ID, PRICE, Ground

pytestmark = pytest.mark.node


def evening(here: Ground) -> None:
    ann, bob, eve = here.chain.accounts[2:5]
    held, claim = here.lock()
    here.buy(ann, 3)
    here.claim(claim, held.row.pass_id)
    here.transfer(ann, bob, here.token(1))
    here.transfer(bob, eve, here.token(1))
    here.refund(ann, here.token(2))
    here.chain.act(here.owner, here.contract, "awardBadge", 7, ann, 3)
    here.chain.mine(9)
    here.read()


def reindex(here: Ground) -> Repaired:
    return chain_repair.reindex(here.services, CHAIN_ID)


def state(here: Ground) -> list[object]:
    passes = sorted(
        (row.pass_id, row.state, row.wallet, row.holder_id, row.epoch, row.transfers)
        for row in here.every(Pass)
    )
    return [*passes, here.place().model_dump(), here.series().issued, len(here.logs())]


def test_what_is_right_stays_as_it_is(here: Ground) -> None:
    evening(here)
    before, told = state(here), len(here.every(OutboxEvent))
    done = reindex(here)

    assert done.differences == []
    assert (done.missing, done.extra, done.tokens) == (0, 0, 4)
    assert state(here) == before
    assert len(here.every(OutboxEvent)) == told
    here.read(here.another())
    assert state(here) == before


def test_what_is_wrong_is_named_and_put_right(here: Ground) -> None:
    evening(here)
    before = {row.pass_id: (row.state, row.wallet, row.epoch) for row in here.every(Pass)}
    bob, eve = here.chain.accounts[3:5]
    with here.services.database.transaction() as session:
        session.execute(delete(ChainLog).where(col(ChainLog.name) == "PassRefunded"))
        wrong = {"wallet": bob, "holder_id": here.holder_of(bob), "transfers": 1}
        session.execute(update(Pass).where(col(Pass.pass_id) == here.token(1)).values(**wrong))
        back = {"state": "on_chain", "paid_back_minor": 0}
        session.execute(update(Pass).where(col(Pass.pass_id) == here.token(2)).values(**back))
        session.execute(update(ChainSeries).values(minted=9, escrow_minor=5))
        session.execute(update(BadgeBalance).values(amount=1))
    done = reindex(here)

    assert done.missing == 1
    said = "\n".join(done.differences)
    assert f"PassRefunded of {here.token(2)} in block" in said
    assert f"Pass {here.token(1)}: a token of {bob[:6]}" in said
    assert f"{eve[:6]}" in said
    assert "minted was 9, is 3" in said
    assert "Badge 7" in said
    first, second, third = (here.row(here.token(serial)) for serial in (1, 2, 3))
    assert (first.wallet, first.transfers, first.epoch) == (eve, 2, 4)
    assert (second.state, second.paid_back_minor) == ("refunded", PRICE.minor)
    assert (third.state, third.wallet, third.epoch) == before[third.pass_id]
    assert here.place().minted == 3
    assert reindex(here).differences == []


def test_a_purchase_that_was_never_heard_of_is_taken_in(here: Ground) -> None:
    evening(here)
    with here.services.database.transaction() as session:
        session.execute(delete(ChainLog))
        session.execute(update(Pass).where(col(Pass.pass_id) == here.token(3)).values(state="void"))
    done = reindex(here)
    assert done.missing > 5
    # Somebody withdrew it here, and reading the chain does not give it back.
    assert here.row(here.token(3)).state == "void"


def test_it_takes_the_chain_from_a_running_worker_which_goes_on_afterwards(here: Ground) -> None:
    evening(here)
    assert reindex(here).differences == []
    here.buy(here.chain.accounts[6])
    here.read()
    assert here.row(here.token(4)).wallet == here.chain.accounts[6]


def test_after_final_blocks_were_replaced_it_follows_the_new_chain(here: Ground) -> None:
    ann, bob = here.chain.accounts[2:4]
    here.read()
    before = here.chain.snapshot()
    here.buy(ann)
    here.refund(ann, here.token(1))
    here.chain.mine(20)
    here.read()
    assert here.counts()["pass.end_final"] == 1

    here.chain.revert(before)
    here.buy(bob)
    here.chain.mine(30)
    done = reindex(here)
    here.read(here.another())

    assert "It was final: look whether its refund has moved." in "\n".join(done.differences)
    row = here.row(here.token(1))
    assert (row.state, row.wallet) == ("on_chain", bob)
    assert here.cursor().number == here.chain.height()
