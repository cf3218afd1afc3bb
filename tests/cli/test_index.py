"""`passes index` and `passes reindex`, as a person runs them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import col, delete

from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.config import Settings
from passes_service.db.models import ChainLog, Pass
from passes_service.indexer import cursor
from tests.chain.local import LocalChain
from tests.cli.installed import Installed
from tests.fakes import Clock
from tests.indexer.ground import CHAIN_ID, Ground, ground

pytestmark = pytest.mark.node


@pytest.fixture
def selling(installed: Installed, chain: LocalChain) -> Iterator[Ground]:
    """An installation with a season on chain that nobody has read yet."""
    network = chain.network.model_dump(mode="json")
    path: Path = installed.folder / "networks.json"
    path.write_text(json.dumps([network]))
    installed.env["PASSES_CHAINS_FILE"] = str(path)
    with installed.database() as database:
        services = Services(
            settings=Settings(),
            database=database,
            keyring=keyring.load(installed.keys_dir),
            clock=Clock(),
            random_bytes=secrets.token_bytes,
        )
        yield ground(services, chain, Clock())


class TestIndex:
    def test_reads_until_it_is_caught_up_and_says_what_it_did(
        self, installed: Installed, selling: Ground
    ) -> None:
        selling.buy(selling.chain.accounts[2], 2)
        selling.chain.mine(9)
        said = installed.must("index", "--once")

        height = selling.chain.height()
        assert f"Local: read up to block {height} of {height}, final up to {height - 8}." in said
        assert "logs." in said
        assert selling.row(selling.token(2)).state == "on_chain"
        assert "logs" not in installed.must("index", "--once", "--chain", str(CHAIN_ID))

    def test_another_reader_is_left_alone(self, installed: Installed, selling: Ground) -> None:
        from passes_service.bootstrap import utc_now

        with selling.services.database.transaction() as session:
            cursor.take(session, chain_id=CHAIN_ID, owner="a worker", now=utc_now())
        installed.refused("index", "--once", code="chain-busy")

    def test_a_chain_that_is_not_served(self, installed: Installed, selling: Ground) -> None:
        said = installed.refused("index", "--once", "--chain", "1", code="chain-unknown")
        assert str(CHAIN_ID) in said

    def test_a_node_that_is_down(self, installed: Installed, selling: Ground) -> None:
        network = selling.chain.network.model_copy(update={"rpc": ("http://127.0.0.1:9",)})
        path = Path(installed.env["PASSES_CHAINS_FILE"])
        path.write_text(json.dumps([network.model_dump(mode="json")]))
        installed.refused("index", "--once", code="node-unavailable")

    def test_no_chain_at_all(self, installed: Installed) -> None:
        installed.refused("index", "--once", code="no-chains")

    def test_a_broken_list_of_chains(self, installed: Installed) -> None:
        path: Path = installed.folder / "networks.json"
        installed.refused("index", code="settings-broken", PASSES_CHAINS_FILE=str(path))
        path.write_text('[{"chain_id": 0}]')
        installed.refused("index", code="settings-broken", PASSES_CHAINS_FILE=str(path))


class TestReindex:
    def test_says_that_everything_was_right(self, installed: Installed, selling: Ground) -> None:
        selling.buy(selling.chain.accounts[2])
        installed.must("index", "--once")
        said = installed.must("reindex", "--chain", str(CHAIN_ID))
        assert "1 tokens: everything was right." in said

    def test_names_and_repairs_each_difference(self, installed: Installed, selling: Ground) -> None:
        selling.buy(selling.chain.accounts[2])
        installed.must("index", "--once")
        with selling.services.database.transaction() as session:
            session.execute(delete(ChainLog).where(col(ChainLog.name) == "TransferSingle"))
            session.execute(Pass.__table__.update().values(state="refunded"))  # type: ignore[attr-defined]
        said = installed.must("reindex", "--chain", str(CHAIN_ID))

        assert f"! TransferSingle of {selling.token(1)}" in said
        assert "all of these were put right" in said
        assert selling.row(selling.token(1)).state == "on_chain"
