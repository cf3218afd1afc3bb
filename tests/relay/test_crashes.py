"""A relayer that dies after any step, two at once, and claims that are relayed from end to end."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.db.engine import open_database
from passes_service.db.models import ChainTransaction
from passes_service.worker import relay as worker
from tests import processes
from tests.chain.local import CHAIN_ID, LocalChain
from tests.fakes import Clock
from tests.relay.stage import Relay, stage

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
