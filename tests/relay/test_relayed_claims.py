"""Claims that are relayed, from the lock to the token: deaths, reorganisations, late chains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.claims import signing
from passes_service.core.chain_events import PassClaimOpened
from passes_service.core.errors import DomainError
from passes_service.db import outbox
from passes_service.db.models import ChainTransaction, PassClaim
from passes_service.keyring import KeyUse
from passes_service.worker import claims, loop
from passes_service.worker import relay as worker
from tests.chain.local import CHAIN_ID, LocalChain
from tests.claims.stage import Stage, on_chain, read_chain
from tests.fakes import Clock
from tests.relay.stage import ETH

pytestmark = pytest.mark.node


class TestARelayedClaim:
    @pytest.fixture
    def here(self, services: Services, chain: LocalChain) -> Iterator[Stage]:
        found = on_chain(services, chain)
        network = chain.network.model_copy(update={"relay_daily_wei": ETH})
        paid = replace(found.services, networks={CHAIN_ID: network})
        for signer in paid.signers(KeyUse.RELAY):
            chain.rpc("hardhat_setBalance", signer.address, hex(ETH))
        yield replace(found, services=paid)
        chain.rpc("evm_setAutomine", True)

    def drain(self, here: Stage) -> None:
        while loop.drain(here.services, here.services.clock()):
            pass

    def rows(self, here: Stage) -> list[ChainTransaction]:
        with here.services.database.reading() as session:
            return list(session.exec(select(ChainTransaction)))

    def holder(self, here: Stage, chain: LocalChain) -> Any:
        try:
            found = chain.view(here.contract.address, "passOf", here.held.row.pass_id)
        except DomainError:
            return None
        return found["holder"]

    def test_costs_the_holder_nothing_and_asks_them_nothing(
        self, here: Stage, chain: LocalChain
    ) -> None:
        here.open(relayed=True)

        self.drain(here)

        assert self.holder(here, chain) == here.wallet
        assert [row.state for row in self.rows(here)] == ["sent"]

    @pytest.mark.parametrize("died_after", ["lock", "sign", "queue", "send", "mined", "applied"])
    def test_survives_the_death_of_its_worker_at_every_step(
        self, here: Stage, chain: LocalChain, died_after: str
    ) -> None:
        found = here.open(relayed=True)
        if died_after != "lock":
            found = here.sign(found)
        if died_after in ("queue", "send", "mined", "applied"):
            self.drain(here) if died_after != "queue" else queue_only(here)
        if died_after in ("mined", "applied"):
            worker.advance_all(here.services, here.services.clock())
        if died_after == "applied":
            read_chain(here)

        for _ in range(3):
            self.drain(here)
            worker.advance_all(here.services, here.services.clock())
        chain.mine(chain.network.finality_depth or 0)
        worker.advance_all(here.services, here.services.clock())
        chain.go_to(found.claim.deadline + timedelta(minutes=1))
        chain.mine(chain.network.finality_depth or 0)
        read_chain(here)
        claims.release_lapsed(here.services, here.services.clock())

        assert self.holder(here, chain) == here.wallet
        assert [row.state for row in self.rows(here)] == ["final"]
        assert here.claim(found).state == "minted"
        assert here.again().row.state == "on_chain"
        with here.services.database.reading() as session:
            assert len(session.exec(select(PassClaim)).all()) == 1

    def test_that_nobody_sent_in_time_is_abandoned_and_the_pass_comes_back(
        self, here: Stage, chain: LocalChain, clock: Clock
    ) -> None:
        found = here.open(relayed=True)
        clock.now = found.claim.deadline
        self.drain(here)
        chain.go_to(clock.now + timedelta(minutes=1))
        chain.mine(chain.network.finality_depth or 0)
        read_chain(here)

        claims.release_lapsed(here.services, clock.now)

        assert self.rows(here) == []  # nothing was signed any more, so nothing was asked for
        assert here.again().row.state == "active"

    @pytest.mark.parametrize("in_time", [True, False])
    def test_that_is_reorganised_out_is_mined_again_in_time_or_given_back_for_good(
        self, here: Stage, chain: LocalChain, clock: Clock, in_time: bool
    ) -> None:
        snapshot = chain.snapshot()
        found = here.open(relayed=True)
        self.drain(here)
        worker.advance_all(here.services, clock.now)
        read_chain(here)
        assert here.again().row.state == "on_chain"
        chain.revert(snapshot)
        chain.mine(3)
        read_chain(here)
        assert here.again().row.state == "claiming"
        if not in_time:
            clock.now = found.claim.deadline
            chain.go_to(clock.now + timedelta(seconds=5))

        for _ in range(4):
            worker.advance_all(here.services, clock.now)
        chain.go_to(found.claim.deadline + timedelta(minutes=1))
        chain.mine(chain.network.finality_depth or 0)
        worker.advance_all(here.services, clock.now)
        read_chain(here)
        claims.release_lapsed(here.services, clock.now)

        (row,) = self.rows(here)
        if in_time:
            assert (row.state, self.holder(here, chain)) == ("final", here.wallet)
            assert here.again().row.state == "on_chain"
        else:
            assert self.holder(here, chain) is None
            assert (row.state, row.cancelling) in (("abandoned", True), ("failed", False))
            assert here.again().row.state == "active"

    def test_that_the_holder_sent_as_well_mints_once_and_ends_as_failed(
        self, here: Stage, chain: LocalChain
    ) -> None:
        chain.rpc("evm_setAutomine", False)
        found = here.open(relayed=True)
        self.drain(here)
        sent = signing.transaction(here.sign(found))
        rich = {"maxFeePerGas": hex(90 * 10**9), "maxPriorityFeePerGas": hex(80 * 10**9)}
        chain.rpc(
            "eth_sendTransaction",
            {"from": here.wallet, "to": sent["to"], "data": sent["data"], "gas": hex(10**6)} | rich,
        )
        chain.mine()
        chain.mine(chain.network.finality_depth or 0)
        worker.advance_all(here.services, here.services.clock())

        assert self.holder(here, chain) == here.wallet
        assert [(row.state, row.error) for row in self.rows(here)] == [
            ("failed", "The contract refused it.")
        ]

    def test_whose_chain_lags_behind_our_clock_waits_for_it(
        self, here: Stage, chain: LocalChain, clock: Clock
    ) -> None:
        clock.forward(minutes=5)  # the chain's newest block is older than notBefore
        here.open(relayed=True)
        self.drain(here)
        assert [(row.state, row.error) for row in self.rows(here)] == [("queued", "ClaimTooEarly")]

        chain.go_to(clock.now)
        worker.advance_all(here.services, clock.now)
        assert self.holder(here, chain) == here.wallet


def queue_only(here: Stage) -> None:
    """Ask for the transaction and die before it is begun."""
    now = here.services.clock()
    with here.services.database.transaction() as session:
        events = outbox.claim(session, owner="dead", now=now, limit=50)
    for event in events:
        if event.type == PassClaimOpened.type:
            claims.sign(here.services, event, now)
    with here.services.database.transaction() as session:
        for event in events:
            outbox.release(session, event, now=now)
