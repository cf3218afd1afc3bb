"""A relayer that dies after any step, two at once, and claims that are relayed from end to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlmodel import select

from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.claims import signing
from passes_service.core.errors import DomainError
from passes_service.core.events import PassClaimOpened
from passes_service.db import outbox
from passes_service.db.engine import open_database
from passes_service.db.models import ChainTransaction, PassClaim
from passes_service.keyring import KeyUse
from passes_service.worker import claims, loop
from passes_service.worker import relay as worker
from tests import processes
from tests.chain.local import CHAIN_ID, LocalChain
from tests.claims.stage import Stage, on_chain, read_chain
from tests.fakes import Clock
from tests.relay.stage import ETH, Relay, stage

pytestmark = pytest.mark.node


@pytest.fixture
def relay(services: Services, chain: LocalChain) -> Relay:
    return stage(services, chain)


def nonce_taken(relay: Relay, row: ChainTransaction) -> None:
    worker.start(relay.services, relay.services.node(CHAIN_ID), row, relay.services.clock())


def bytes_stored(relay: Relay, row: ChainTransaction) -> None:
    relay.until_signed(row)


def bytes_sent(relay: Relay, row: ChainTransaction) -> None:
    signed = relay.until_signed(row)
    relay.chain.rpc("eth_sendRawTransaction", signed.raw)


def sending_noted(relay: Relay, row: ChainTransaction) -> None:
    relay.step(row.id)


def mining_noted(relay: Relay, row: ChainTransaction) -> None:
    relay.step(row.id)
    relay.step(row.id)


STEPS: tuple[Callable[[Relay, ChainTransaction], None], ...] = (
    nonce_taken, bytes_stored, bytes_sent, sending_noted, mining_noted,
)  # fmt: skip


class TestAWorkerThatDies:
    @pytest.mark.parametrize("died_after", STEPS, ids=lambda step: step.__name__)
    def test_leaves_what_the_next_one_finishes_once(self, relay: Relay, died_after: Any) -> None:
        row = relay.ask()
        after = relay.ask()
        died_after(relay, row)

        relay.work(3)
        relay.chain.mine(relay.chain.network.finality_depth or 0)
        relay.work(2)

        ended = [relay.row(row.id), relay.row(after.id)]
        assert [one.state for one in ended] == ["final", "final"]
        assert sorted(one.nonce or 0 for one in ended) == [0, 1]
        assert relay.mined_nonces() == 2

    def test_between_replacing_and_sending_loses_nothing(
        self, chain: LocalChain, relay: Relay
    ) -> None:
        chain.rpc("evm_setAutomine", False)
        try:
            row = relay.step(relay.ask().id)
            relay.replaced(row)  # and dies before the new bytes go out
            relay.work(2)
            chain.mine()
        finally:
            chain.rpc("evm_setAutomine", True)
        chain.mine(chain.network.finality_depth or 0)
        relay.work(2)

        assert relay.row(row.id).state == "final"
        assert relay.mined_nonces() == 1


class TestTwoAtOnce:
    def test_threads_on_every_step_give_each_wish_one_nonce(self, relay: Relay) -> None:
        rows = [relay.ask() for _ in range(6)]
        gate = Barrier(4)

        def work(_: int) -> None:
            gate.wait()
            for _ in range(4):
                relay.work()

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, range(4)))
        relay.chain.mine(relay.chain.network.finality_depth or 0)
        relay.work(2)

        ended = [relay.row(row.id) for row in rows]
        assert [row.state for row in ended] == ["final"] * 6
        assert sorted(row.nonce or 0 for row in ended) == list(range(6))
        assert relay.mined_nonces() == 6

    def test_processes_give_each_wish_one_nonce(self, relay: Relay) -> None:
        rows = [relay.ask() for _ in range(6)]
        shared = replace_database(relay.services)
        done = processes.at_once(_work_elsewhere, [(*shared, 4)] * 2)
        assert done == ["done", "done"]
        relay.chain.mine(relay.chain.network.finality_depth or 0)
        relay.work(2)

        assert [relay.row(row.id).state for row in rows] == ["final"] * 6
        assert relay.mined_nonces() == 6


def replace_database(services: Services) -> tuple[Any, ...]:
    network = next(iter(services.networks.values()))
    return services.settings, network, services.clock()


def _work_elsewhere(settings: Any, network: Any, now: Any, times: int) -> str:
    """Be a relayer in a process of its own."""
    database = open_database(settings.database_url)
    try:
        own = Services(
            settings=settings,
            database=database,
            keyring=keyring.load(settings.keys_dir),
            clock=Clock(now),
            networks={network.chain_id: network},
        )
        for _ in range(times):
            worker.advance_all(own, now)
    finally:
        database.close()
    return "done"


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
