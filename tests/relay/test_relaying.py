"""The relayer on a real chain: replacement, drops, reorganisations, budgets, fees, gaps."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.db.models import RelayNonce
from passes_service.keyring import KeyUse
from passes_service.keyring.model import Keyring, StoredKey, key_id
from passes_service.relay import queue
from tests.chain.local import CHAIN_ID, LocalChain
from tests.fakes import Clock
from tests.relay.stage import ETH, Relay, refused, stage

pytestmark = pytest.mark.node
GWEI = 10**9


@pytest.fixture
def manual(chain: LocalChain) -> Iterator[LocalChain]:
    """A chain that mines only when told, so that transactions wait."""
    chain.rpc("evm_setAutomine", False)
    yield chain
    chain.rpc("evm_setAutomine", True)


@pytest.fixture
def relay(services: Services, chain: LocalChain) -> Relay:
    return stage(services, chain)


def finish(relay: Relay) -> None:
    """Let everything that waits become final, and the worker see it."""
    relay.chain.mine()
    relay.chain.mine(relay.chain.network.finality_depth or 0)
    relay.work(2)


def receipts(relay: Relay, row: Any) -> list[Any]:
    found = [relay.chain.rpc("eth_getTransactionReceipt", one) for one in row.hashes.split()]
    return [one for one in found if one is not None]


class TestOnItsWay:
    def test_each_nonce_is_used_once_in_order(self, manual: LocalChain, relay: Relay) -> None:
        rows = [relay.ask() for _ in range(5)]
        relay.work()
        finish(relay)

        ended = [relay.row(row.id) for row in rows]
        assert [row.state for row in ended] == ["final"] * 5
        assert [row.nonce for row in ended] == [0, 1, 2, 3, 4]
        assert relay.mined_nonces() == 5

    def test_the_same_wish_is_one_transaction(self, relay: Relay) -> None:
        row = relay.ask()
        with relay.services.database.transaction() as session:
            again = queue.enqueue(
                session,
                organizer_id=relay.organizer_id,
                chain_id=CHAIN_ID,
                purpose="test",
                subject_id=row.subject_id,
                to=relay.to,
                data="0x",
                expires_at=None,
                now=relay.services.clock(),
            )
        assert again is None

    def test_a_stuck_one_is_replaced_for_an_eighth_more_up_to_the_ceiling(
        self, services: Services, manual: LocalChain
    ) -> None:
        relay = stage(services, manual, max_fee_gwei=8)
        manual.rpc("hardhat_setNextBlockBaseFeePerGas", hex(3 * GWEI))
        manual.mine()
        row = relay.ask()
        first = relay.step(row.id)
        assert (first.state, first.max_fee_wei) == ("sent", 7 * GWEI)
        # Nothing of ours goes into these: the base fee is above what was offered.
        manual.rpc("hardhat_setNextBlockBaseFeePerGas", hex(int(7.9 * GWEI)))
        manual.mine()
        hold(manual, 3, int(7.9 * GWEI))

        second = relay.step(row.id)
        hold(manual, 4, 9 * GWEI)
        third = relay.step(row.id)

        assert second.max_fee_wei == 8 * GWEI
        assert (second.priority_fee_wei or 0) >= (first.priority_fee_wei or 0) * 9 / 8
        assert len(second.hashes.split()) == 2
        assert third.hashes == second.hashes  # the ceiling: nothing more is offered
        assert "fees-too-high" in third.error
        manual.rpc("hardhat_setNextBlockBaseFeePerGas", hex(GWEI))
        finish(relay)
        assert relay.row(row.id).state == "final"
        assert len(receipts(relay, relay.row(row.id))) == 1

    def test_a_dropped_one_is_sent_again(self, manual: LocalChain, relay: Relay) -> None:
        row = relay.step(relay.ask().id)
        assert manual.rpc("hardhat_dropTransaction", row.hashes) is True
        assert manual.rpc("eth_getTransactionByHash", row.hashes) is None

        relay.work()

        assert manual.rpc("eth_getTransactionByHash", row.hashes) is not None
        finish(relay)
        assert relay.row(row.id).state == "final"

    def test_the_older_of_two_versions_may_win(self, manual: LocalChain, relay: Relay) -> None:
        row = relay.step(relay.ask().id)
        manual.rpc("hardhat_dropTransaction", row.hashes)
        older = row.raw
        signed = relay.replaced(relay.row(row.id))
        assert signed.raw != older
        manual.rpc("eth_sendRawTransaction", older)  # a miner had kept it
        manual.mine()

        finish(relay)

        done = relay.row(row.id)
        assert done.state == "final"
        assert [one["transactionHash"] for one in receipts(relay, done)] == [row.hashes]
        assert relay.mined_nonces() == 1

    def test_one_that_was_reorganised_out_goes_out_again_and_is_final_only_at_finality(
        self, chain: LocalChain, relay: Relay
    ) -> None:
        row = relay.ask()
        snapshot = chain.snapshot()
        relay.step(row.id)
        relay.step(row.id)
        assert relay.row(row.id).state == "mined"
        chain.revert(snapshot)
        chain.mine(2)
        assert relay.mined_nonces() == 0

        relay.step(row.id)
        assert relay.row(row.id).state == "sent"
        assert relay.mined_nonces() == 1
        finish(relay)

        assert relay.row(row.id).state == "final"
        assert relay.mined_nonces() == 1


class TestWhatIsNotSent:
    def test_what_the_contract_refuses_for_good(self, chain: LocalChain, relay: Relay) -> None:
        to, data = refused(chain, chain.accounts[1], relay.organizer_id)

        row = relay.step(relay.ask(to=to, data=data).id)

        assert (row.state, row.nonce) == ("failed", None)
        assert row.error == "NotOwner"

    def test_what_is_too_late(self, relay: Relay, clock: Clock) -> None:
        row = relay.ask(expires_at=clock.now)

        done = relay.step(row.id)

        assert (done.state, done.nonce, done.hashes) == ("abandoned", None, "")
        assert relay.mined_nonces() == 0

    @pytest.mark.parametrize("budget", [0, 21_000 * GWEI])
    def test_what_is_beyond_the_budget(
        self, services: Services, chain: LocalChain, budget: int
    ) -> None:
        relay = stage(services, chain, relay_daily_wei=budget)

        done = relay.step(relay.ask().id)

        assert (done.state, done.nonce) == ("failed", None)
        assert done.error.startswith("relay-budget-spent" if budget else "relay-off")

    def test_the_budget_counts_what_was_really_paid_and_begins_anew_each_day(
        self, services: Services, chain: LocalChain, clock: Clock
    ) -> None:
        chain.rpc("hardhat_setNextBlockBaseFeePerGas", hex(GWEI))
        chain.mine()
        # 26_250 gas at about 3 gwei are set aside, 21_000 at about 2 gwei are paid.
        relay = stage(services, chain, relay_daily_wei=130_000 * GWEI)
        rows = [relay.ask() for _ in range(3)]
        for row in rows:
            relay.step(row.id)
            relay.step(row.id)
        states = [relay.row(row.id).state for row in rows]
        assert states == ["mined", "mined", "failed"]

        clock.forward(days=1)
        assert relay.step(relay.ask().id).state == "sent"

    def test_what_costs_more_than_the_ceiling_waits(
        self, services: Services, chain: LocalChain
    ) -> None:
        relay = stage(services, chain, max_fee_gwei=2)
        chain.rpc("hardhat_setNextBlockBaseFeePerGas", hex(5 * GWEI))
        chain.mine()
        row = relay.step(relay.ask().id)
        assert (row.state, row.nonce) == ("queued", None)
        assert "fees-too-high" in row.error

        chain.rpc("hardhat_setNextBlockBaseFeePerGas", hex(GWEI))
        chain.mine()
        assert relay.step(row.id).state == "sent"


class TestNonces:
    def test_one_that_came_too_late_with_its_nonce_uses_it_up_for_nothing(
        self, chain: LocalChain, relay: Relay, clock: Clock
    ) -> None:
        late = relay.until_signed(relay.ask(expires_at=clock.now + timedelta(minutes=1)))
        after = relay.ask()
        clock.forward(minutes=2)

        relay.work(3)
        finish(relay)

        ended = relay.row(late.id)
        assert (ended.state, ended.cancelling) == ("abandoned", True)
        (receipt,) = receipts(relay, ended)
        assert receipt["to"].lower() == relay.sender.lower()
        assert (relay.row(after.id).state, relay.row(after.id).nonce) == ("final", 1)

    def test_a_nonce_taken_by_somebody_else_with_our_key_is_made_good(
        self, chain: LocalChain, relay: Relay
    ) -> None:
        row = relay.until_signed(relay.ask())
        chain.rpc("eth_sendRawTransaction", relay.by_hand(0).raw)
        chain.rpc("eth_sendRawTransaction", relay.by_hand(1).raw)
        relay.step(row.id)
        assert relay.row(row.id).state == "signed"  # perhaps the receipt is only late

        chain.mine(chain.network.finality_depth or 0)
        relay.step(row.id)
        assert (relay.row(row.id).state, relay.row(row.id).nonce) == ("queued", None)
        relay.step(row.id)
        finish(relay)

        assert (relay.row(row.id).state, relay.row(row.id).nonce) == ("final", 2)

    def test_an_account_that_was_used_before_goes_on_where_it_was(
        self, chain: LocalChain, relay: Relay
    ) -> None:
        chain.rpc("eth_sendRawTransaction", relay.by_hand(0).raw)

        assert relay.step(relay.ask().id).nonce == 1
        with relay.services.database.reading() as session:
            assert session.get_one(RelayNonce, (CHAIN_ID, relay.sender)).next_nonce == 2

    def test_a_new_key_takes_over_and_the_old_one_finishes_its_own(
        self, manual: LocalChain, relay: Relay, tmp_path: Any
    ) -> None:
        first = relay.step(relay.ask().id)
        keyring.init(tmp_path / "k", random=secrets.token_bytes, now=relay.services.clock())
        new = keyring.load(tmp_path / "k").signing_keys(KeyUse.RELAY, relay.services.clock())
        ring = with_key(relay.services, new[0].secret)
        rotated = replace(relay, services=replace(relay.services, keyring=ring))
        manual.rpc("hardhat_setBalance", rotated.sender, hex(ETH))
        assert rotated.sender != relay.sender
        second = rotated.step(rotated.ask().id)
        manual.rpc("hardhat_dropTransaction", first.hashes)
        hold(manual, 3, GWEI)
        rotated.work()
        finish(rotated)

        assert (rotated.row(first.id).state, rotated.row(first.id).sender) == (
            "final",
            relay.sender,
        )
        assert (rotated.row(second.id).state, second.sender) == ("final", rotated.sender)


def hold(chain: LocalChain, blocks: int, base: int) -> None:
    """Mine blocks that are too expensive for what waits."""
    for _ in range(blocks):
        chain.rpc("hardhat_setNextBlockBaseFeePerGas", hex(base))
        chain.mine()


def with_key(services: Services, secret: bytes) -> Any:
    """Return the keyring with another relay key before the present one."""
    now = services.clock()
    known = {use: services.keyring.stored(use) for use in KeyUse}
    (old, *rest) = known[KeyUse.RELAY]
    fresh = StoredKey(key_id=key_id(KeyUse.RELAY, secret), secret=secret, created_at=now)
    ended = replace(old, not_after=now + timedelta(days=1))
    return Keyring(known | {KeyUse.RELAY: (fresh, ended, *rest)})
