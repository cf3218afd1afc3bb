"""A lapsed claim gives the pass back by what is final on the chain, never by our clock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.chain import calls
from passes_service.chain.errors import NodeRefused
from passes_service.claims import release, signing
from passes_service.claims.release import Lapsed
from passes_service.db.models import ChainContract, OutboxEvent, PassClaim
from passes_service.worker import claims as worker
from tests.chain.local import CHAIN_ID, LocalChain
from tests.claims.stage import (
    NOWHERE,
    Stage,
    finalize,
    late,
    mint_seen,
    on_chain,
    read_chain,
    stage,
)
from tests.fakes import Clock

WALLET = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"


def due(here: Stage) -> list[Lapsed]:
    with here.services.database.reading() as session:
        return release.lapsed(session)


def give_back(here: Stage, one: Lapsed) -> bool:
    with here.services.database.transaction() as session:
        return release.release(session, one, now=here.services.clock())


class TestTheRuleInTheBook:
    @pytest.fixture
    def here(self, services: Services) -> Stage:
        return stage(services, WALLET)

    def lapsed(self, here: Stage, claim: Any) -> Lapsed:
        return Lapsed(claim, here.contract.address, here.held.row.pass_id, 100)

    def test_our_own_clock_gives_nothing_back(self, here: Stage, clock: Clock) -> None:
        found = here.open()
        clock.forward(days=400)

        assert due(here) == []
        assert not give_back(here, self.lapsed(here, found.claim))
        assert here.again().row.state == "claiming"

    @pytest.mark.parametrize(
        ("seconds", "read", "back"),
        [(1, 100, True), (0, 100, False), (-1, 100, False), (1, 99, False), (1, 101, True)],
    )
    def test_a_final_block_past_the_deadline_does_once_its_logs_are_read(
        self, here: Stage, seconds: int, read: int, back: bool
    ) -> None:
        found = here.open()
        until = found.claim.deadline + timedelta(seconds=seconds)
        finalize(here.services, until, number=read)

        assert (len(due(here)) == 1) is back
        assert give_back(here, self.lapsed(here, found.claim)) is back
        assert here.again().row.state == ("active" if back else "claiming")

    def test_a_contract_whose_own_logs_are_not_read_that_far_waits(self, here: Stage) -> None:
        found = here.open()
        finalize(here.services, late(found))
        with here.services.database.transaction() as session:
            key = (here.made.organizer_id, here.contract.id)
            session.get_one(ChainContract, key).read_to = 99

        assert due(here) == []
        assert not give_back(here, self.lapsed(here, found.claim))

    def test_a_minted_pass_is_never_given_back(self, here: Stage) -> None:
        found = here.open()
        finalize(here.services, late(found))
        (one,) = due(here)
        mint_seen(here, found)

        assert not give_back(here, one)
        assert here.again().row.state == "on_chain"

    def test_a_mint_log_alone_is_enough_to_keep_it(self, here: Stage) -> None:
        found = here.open()
        finalize(here.services, late(found))
        (one,) = due(here)
        mint_seen(here, found)
        with here.services.database.transaction() as session:  # the fold comes a moment later
            row = session.merge(here.again().row)
            row.state = "claiming"
            claim = session.get_one(PassClaim, (row.organizer_id, found.claim.id))
            claim.state, claim.ended_at = "open", None

        assert not give_back(here, one)
        assert here.again().row.state == "claiming"

    def test_it_comes_back_once_with_a_new_epoch_and_can_be_claimed_again(
        self, here: Stage
    ) -> None:
        found = here.open()
        before = here.again().row.epoch
        finalize(here.services, late(found))
        (one,) = due(here)

        with ThreadPoolExecutor(4) as pool:
            done = list(pool.map(lambda _: give_back(here, one), range(4)))

        assert sorted(done) == [False, False, False, True]
        row = here.again().row
        assert (row.state, row.epoch) == ("active", before + 1)
        assert here.claim(found).state == "released"
        with here.services.database.reading() as session:
            kinds = session.exec(select(OutboxEvent.type)).all()
        assert kinds.count("claim.released") == 1
        assert due(here) == []
        again = here.open(now=late(found))
        assert again.document.epoch == before + 1
        assert again.document.digest(again.domain) != found.document.digest(found.domain)


@pytest.mark.node
class TestTheNodeHasToAgree:
    def pass_by(self, here: Stage, chain: LocalChain, until: Any) -> None:
        chain.go_to(until)
        chain.mine(chain.network.finality_depth or 0)
        read_chain(here)

    def test_what_was_never_sent_comes_back_at_finality(
        self, services: Services, chain: LocalChain
    ) -> None:
        here = on_chain(services, chain)
        signed = here.sign(here.open())

        chain.go_to(late(signed))
        read_chain(here)
        worker.release_lapsed(here.services, services.clock())
        assert here.again().row.state == "claiming"  # past the deadline, but not finally

        self.pass_by(here, chain, late(signed) + timedelta(minutes=1))
        worker.release_lapsed(here.services, services.clock())
        assert here.again().row.state == "active"
        sent = signing.transaction(signed)
        with pytest.raises(NodeRefused) as refused:
            chain.send(here.wallet, sent["to"], sent["data"])
        assert calls.refusal(refused.value)[0] == "ClaimExpired"  # type: ignore[index]

    def test_a_book_that_missed_the_mint_is_not_believed(
        self, services: Services, chain: LocalChain
    ) -> None:
        here = on_chain(services, chain)
        signed = here.sign(here.open())
        sent = signing.transaction(signed)
        chain.send(here.wallet, sent["to"], sent["data"])

        chain.go_to(late(signed))
        head = chain.height()
        finalize(here.services, late(signed), number=head, finalized=head)  # with no log of it
        with here.services.database.transaction() as session:
            key = (here.made.organizer_id, here.contract.id)
            session.get_one(ChainContract, key).read_to = head
        assert len(due(here)) == 1
        worker.release_lapsed(here.services, services.clock())

        assert here.again().row.state == "claiming"

    def test_a_cursor_that_is_ahead_of_the_chain_is_not_believed(
        self, services: Services, chain: LocalChain
    ) -> None:
        here = on_chain(services, chain)
        signed = here.sign(here.open())
        head = chain.height()
        finalize(here.services, late(signed), number=head, finalized=head)  # nobody mined that
        with here.services.database.transaction() as session:
            key = (here.made.organizer_id, here.contract.id)
            session.get_one(ChainContract, key).read_to = head + 50
        assert len(due(here)) == 1

        worker.release_lapsed(here.services, services.clock())
        assert here.again().row.state == "claiming"

        finalize(here.services, late(signed), number=head + 50, finalized=head + 50)
        worker.release_lapsed(here.services, services.clock())
        assert here.again().row.state == "claiming"

    def test_a_node_that_is_down_gives_nothing_back(self, services: Services) -> None:
        off = replace(services, networks={CHAIN_ID: NOWHERE})
        here = stage(off, WALLET)
        finalize(off, late(here.open()))

        worker.release_lapsed(off, off.clock())

        assert here.again().row.state == "claiming"
