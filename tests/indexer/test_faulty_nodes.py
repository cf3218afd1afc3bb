"""Nodes that lie, repeat, mix up, leave out, refuse and fall silent: nothing wrong is written."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from passes_service.chain.errors import NodeRefused, NodeUnavailable
from passes_service.core.errors import DomainError
from passes_service.indexer.errors import NodeInconsistent
from passes_service.worker.chain_reader import Reader
from tests.chain.faulty import Down, FaultyNode, Refusal
from tests.indexer.ground import Ground

pytestmark = pytest.mark.node


def evening(here: Ground) -> None:
    """Buy, hand on, buy more in one transaction, give one up."""
    ann, bob, eve = here.chain.accounts[2:5]
    here.buy(ann, 3)
    here.transfer(ann, bob, here.token(1))
    here.buy(eve)
    here.transfer(bob, eve, here.token(1))
    here.refund(ann, here.token(2))


def owners(here: Ground) -> dict[int, tuple[str, str | None, int]]:
    rows = [here.row(here.token(serial)) for serial in (1, 2, 3, 4)]
    return {row.serial: (row.state, row.wallet, row.epoch) for row in rows}


def expected(here: Ground) -> dict[int, tuple[str, str | None, int]]:
    ann, _, eve = here.chain.accounts[2:5]
    return {
        1: ("on_chain", eve, 3),
        2: ("refunded", ann, 1),
        3: ("on_chain", ann, 1),
        4: ("on_chain", eve, 1),
    }


def test_logs_that_come_twice_and_out_of_order_count_once_and_in_order(
    here: Ground, peer: FaultyNode, reader: Reader
) -> None:
    dice = random.Random(4)

    def twice(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getLogs":
            return result
        mixed = result + result
        dice.shuffle(mixed)
        return mixed

    peer.distort = twice
    evening(here)
    here.read(reader)

    assert owners(here) == expected(here)
    assert len({(log.block_hash, log.log_index, log.position) for log in here.logs()}) == len(
        here.logs()
    )
    assert here.counts()["pass.transferred"] == 2
    assert here.place().minted == 4


def test_logs_of_others_and_removed_ones_are_left_out(
    here: Ground, peer: FaultyNode, reader: Reader
) -> None:
    def more(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getLogs" or "fromBlock" not in params[0] or not result:
            return result
        foreign = {**result[0], "address": "0x" + "12" * 20, "logIndex": "0x70"}
        removed = {**result[0], "removed": True, "logIndex": "0x71"}
        later = {**result[0], "blockNumber": "0xffffff", "logIndex": "0x72"}
        return [*result, foreign, removed, later]

    peer.distort = more
    evening(here)
    here.read(reader)

    assert owners(here) == expected(here)


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_a_node_that_drops_logs_is_found_out_by_the_block_itself(
    here: Ground, peer: FaultyNode, reader: Reader, share: float
) -> None:
    dice = random.Random(7)

    def drop(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getLogs":
            return result
        if "fromBlock" not in params[0]:
            return result  # whole blocks are answered in full
        return [log for log in result if dice.random() >= share]

    here.read(reader)
    peer.distort = drop
    evening(here)
    here.read(reader)

    assert owners(here) == expected(here)


def test_a_node_that_hides_logs_everywhere_is_not_followed_past_them(
    here: Ground, peer: FaultyNode, reader: Reader
) -> None:
    here.read(reader)
    stood = here.cursor().number
    peer.distort = lambda method, _, result: [] if method == "eth_getLogs" else result
    evening(here)

    with pytest.raises(NodeInconsistent):
        here.read(reader)

    assert here.cursor().number == stood
    assert "does not give all logs" in here.cursor().trouble
    peer.distort = lambda _method, _params, result: result
    here.read(reader)
    assert owners(here) == expected(here)
    assert here.cursor().trouble == ""


def test_a_head_that_is_not_there_is_not_believed(
    here: Ground, peer: FaultyNode, reader: Reader
) -> None:
    def boast(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber" and params[0] == "latest":
            return {**result, "number": hex(int(result["number"], 16) + 1_000)}
        return result

    peer.distort = boast
    evening(here)
    with suppress(NodeInconsistent):
        here.read(reader)

    assert here.cursor().number == here.chain.height()
    assert owners(here)[4] == expected(here)[4]


def test_a_head_that_falls_back_takes_nothing_back(
    here: Ground, peer: FaultyNode, reader: Reader
) -> None:
    evening(here)
    here.read(reader)
    stood, told, height = here.cursor().number, here.counts(), here.chain.height()

    def behind(method: str, params: list[Any], result: Any) -> Any:
        if method != "eth_getBlockByNumber":
            return result
        if params[0] == "latest":
            return here.chain.rpc(method, hex(height - 3), False)
        return None if int(params[0], 16) > height - 3 else result

    peer.distort = behind
    assert reader.step() == "idle"
    assert (here.cursor().number, here.counts()) == (stood, told)
    assert owners(here) == expected(here)


def test_a_head_with_a_wrong_hash_is_no_fork(
    here: Ground, peer: FaultyNode, reader: Reader
) -> None:
    evening(here)
    here.read(reader)
    told = here.counts()

    def lie(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getBlockByNumber" and params[0] == "latest":
            return {**result, "hash": "0x" + "ab" * 32}
        return result

    peer.distort = lie
    here.read(reader)
    assert here.counts() == told
    assert owners(here) == expected(here)


def test_a_node_of_small_windows_is_asked_for_less(
    here: Ground, peer: FaultyNode, reader: Reader
) -> None:
    def small(method: str, params: list[Any], result: Any) -> Any:
        asked = params[0] if method == "eth_getLogs" else {}
        if "fromBlock" in asked and int(asked["toBlock"], 16) - int(asked["fromBlock"], 16) >= 3:
            raise Refusal("query returned more than 10000 results")
        return result

    peer.distort = small
    evening(here)
    here.chain.mine(20)
    here.read(reader)

    assert owners(here) == expected(here)
    assert reader.pace.blocks < 20


@pytest.mark.differs
def test_a_node_that_refuses_everything_is_trouble_for_people(
    here: Ground, peer: FaultyNode, reader: Reader
) -> None:
    def refuse(method: str, params: list[Any], result: Any) -> Any:
        if method == "eth_getLogs":
            raise Refusal("logs are not for you")
        return result

    peer.distort = refuse
    evening(here)
    with pytest.raises(NodeRefused):
        here.read(reader)
    assert "logs are not for you" in here.cursor().trouble


@pytest.mark.parametrize(
    "nonsense",
    [None, [], {}, "0x", {"number": "0x1"}, [{"blockNumber": "0x6"}], "x" * 10_000],
    ids=lambda value: type(value).__name__,
)
def test_nonsense_is_refused_and_changes_nothing(
    here: Ground, peer: FaultyNode, reader: Reader, nonsense: Any
) -> None:
    here.read(reader)
    stood = here.cursor().number
    peer.distort = lambda method, _, result: result if method == "eth_chainId" else nonsense
    evening(here)
    for _ in range(3):
        with suppress(DomainError):
            reader.step()
    assert here.cursor().number == stood
    peer.distort = lambda _method, _params, result: result
    here.read(reader)
    assert owners(here) == expected(here)


def test_a_node_that_is_down_for_ten_minutes_costs_nothing_but_time(
    here: Ground, peer: FaultyNode, reader: Reader
) -> None:
    here.read(reader)

    def down(method: str, params: list[Any], result: Any) -> Any:
        raise Down

    peer.distort = down
    evening(here)
    for _ in range(20):
        with pytest.raises(NodeUnavailable):
            reader.step()
        here.clock.forward(seconds=30)
    assert "No node of Local answered" in here.cursor().trouble

    peer.distort = lambda _method, _params, result: result
    here.read(reader)
    assert owners(here) == expected(here)
    assert here.counts()["pass.transferred"] == 2
    cursor = here.cursor()
    assert cursor.trouble == ""
    assert cursor.lease_until is not None
    assert cursor.lease_until > here.clock.now + timedelta(seconds=10)


def test_a_reorganisation_while_reading_is_seen(
    here: Ground, peer: FaultyNode, reader: Reader
) -> None:
    ann, bob = here.chain.accounts[2:4]
    here.buy(ann)
    here.read(reader)
    before = here.chain.snapshot()
    here.transfer(ann, bob, here.token(1))
    done = False

    def replace(method: str, params: list[Any], result: Any) -> Any:
        nonlocal done
        if method == "eth_getLogs" and not done:
            done = True  # the logs come from the old chain, everything after from the new one
            here.chain.revert(before)
            here.chain.rpc("evm_mine")
            here.chain.rpc("evm_mine")
        return result

    peer.distort = replace
    assert reader.step() == "again"
    here.read(reader)

    assert done
    assert here.row(here.token(1)).wallet == ann
    assert here.cursor().number == here.chain.height()
