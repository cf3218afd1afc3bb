"""Randomness from a real chain: the first final block later than the instant, whoever asks when."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from passes_service.bootstrap import Services
from passes_service.chain.node import Node
from passes_service.cli.main import app as commands
from passes_service.core import draw, draw_file
from passes_service.drops import raffle_block, raffle_file
from passes_service.worker import raffles
from tests.chain.local import CHAIN_ID, LocalChain
from tests.drops import raffle_ground
from tests.drops.raffle_ground import Raffle
from tests.fakes import Clock


@pytest.fixture
def wired(services: Services, chain: LocalChain) -> Services:
    """The service, with the local chain among its networks."""
    return replace(services, networks={CHAIN_ID: chain.network})


def depth(chain: LocalChain) -> int:
    found = chain.network.finality_depth
    assert found is not None
    return found


def test_it_is_the_first_final_block_after_the_instant(chain: LocalChain) -> None:
    node = chain.node
    start = chain.now()
    for minute in (1, 2, 5, 6):
        chain.go_to(start + timedelta(minutes=minute))
    expected = chain.height() - 1  # the block at minute 5
    after = start + timedelta(minutes=2)  # a block at that very second is not later
    assert raffle_block.first_final_after(node, after) is None  # nothing later is final
    chain.mine(depth(chain) - 2)
    assert raffle_block.first_final_after(node, after) is None
    chain.mine(1)
    found = raffle_block.first_final_after(node, after)
    assert found is not None
    assert (found.number, found.time) == (expected, start + timedelta(minutes=5))
    chain.mine(40)
    assert raffle_block.first_final_after(node, after) == found
    between = after + timedelta(seconds=90)
    assert raffle_block.first_final_after(node, between) == found


def test_the_tag_of_the_node_counts_where_no_depth_is_set(chain: LocalChain) -> None:
    node = Node(chain.network.model_copy(update={"finality_depth": None}), seconds=20)
    start = chain.now()
    chain.go_to(start + timedelta(minutes=1))
    chain.mine(100)
    found = raffle_block.first_final_after(node, start)
    assert found is not None
    assert found.time == start + timedelta(minutes=1)


def drawn(wired: Services, chain: LocalChain, clock: Clock) -> Raffle:
    made = raffle_ground.raffle(wired, source="block", chain_id=CHAIN_ID)
    made.enter_many(9)
    clock.now = made.closes_at
    raffles.advance(wired, clock.now)
    assert made.row().closed_at == made.closes_at
    assert made.row().drawn_at is None
    chain.go_to(made.closes_at)
    chain.go_to(made.closes_at + timedelta(seconds=12))
    clock.forward(minutes=1)
    raffles.advance(wired, clock.now)
    assert made.row().drawn_at is None  # the block is there, but not final
    chain.mine(depth(chain))
    raffles.advance(wired, clock.now)
    raffles.advance(wired, clock.now)
    return made


def test_the_worker_closes_waits_for_the_block_and_draws(
    wired: Services, chain: LocalChain, clock: Clock, tmp_path: Path
) -> None:
    made = drawn(wired, chain, clock)
    row = made.row()
    assert row.block_number is not None
    block = raffle_block.at(chain.node, row.block_number)
    assert block.time == made.closes_at + timedelta(seconds=12)
    assert row.randomness == "0x" + block.hash.hex()
    file = tmp_path / "draw.json"
    with wired.database.reading() as session:
        said = raffle_file.of(session, made.drop)
    file.write_text(draw_file.render(said), encoding="utf-8")
    node = ("--node", chain.url, "--finality", str(depth(chain)))
    assert verify(file, *node)[0] == 0
    assert "could have influenced" not in verify(file, *node)[1]
    _tampered(file, said, node, chain)


def _tampered(
    file: Path, said: draw_file.DrawFile, node: tuple[str, ...], chain: LocalChain
) -> None:
    """What a file alone cannot show, the chain does: another block, another instant."""
    assert said.block is not None
    assert said.source.after is not None
    other = raffle_block.at(chain.node, said.block.number + 1)
    seed = draw.seed(said.secret, said.root, other.hash)
    ranks = {
        leaf: rank
        for rank, leaf in enumerate(draw.ranking([one.leaf for one in said.leaves], seed), 1)
    }
    leaves = tuple(
        replace(one, rank=ranks[one.leaf], state="won" if ranks[one.leaf] <= 3 else "waiting")
        for one in said.leaves
    )
    chosen = replace(
        said,
        block=draw_file.Block(other.number, other.hash),
        randomness=other.hash,
        seed=seed,
        leaves=leaves,
    )
    file.write_text(draw_file.render(chosen), encoding="utf-8")
    assert verify(file)[0] == 0  # everything fits together
    code, words = verify(file, *node)
    assert code == 1
    assert "`block.number`" in words
    wrong_number = replace(said, block=draw_file.Block(said.block.number, other.hash))
    made_up = replace(wrong_number, randomness=other.hash, seed=seed, leaves=leaves)
    file.write_text(draw_file.render(made_up), encoding="utf-8")
    code, words = verify(file, *node)
    assert code == 1
    assert "`block.hash`" in words


def verify(file: Path, *args: str) -> tuple[int, str]:
    result = CliRunner().invoke(commands, ["draw", "verify", str(file), *args])
    return result.exit_code, result.output


def test_a_node_that_is_away_is_asked_again(
    wired: Services, chain: LocalChain, clock: Clock
) -> None:
    away = chain.network.model_copy(update={"rpc": ("http://127.0.0.1:9",)})
    gone = replace(wired, networks={CHAIN_ID: away})
    made = raffle_ground.raffle(gone, source="block", chain_id=CHAIN_ID)
    made.enter_many(2)
    clock.now = made.closes_at
    raffles.advance(gone, clock.now)
    clock.forward(minutes=1)
    raffles.advance(gone, clock.now)
    assert made.row().drawn_at is None
    assert made.row().closed_at == made.closes_at
    chain.go_to(made.closes_at + timedelta(seconds=12))
    chain.mine(depth(chain))
    raffles.advance(replace(gone, networks={CHAIN_ID: chain.network}), clock.now)
    assert made.row().drawn_at == clock.now
