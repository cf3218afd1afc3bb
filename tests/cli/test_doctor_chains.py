"""`passes doctor` names what is wrong with a chain; the service starts all the same."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.chain.local import LocalChain
from tests.cli.installed import Installed, free_port
from tests.cli.test_doctor import diagnosis


def chains(chain_id: int = 31337, **changed: Any) -> dict[str, str]:
    """Return settings with one chain, its node where nobody listens unless told otherwise."""
    network = {
        "chain_id": chain_id,
        "name": "Local",
        "rpc": [f"http://127.0.0.1:{free_port()}"],
        "factory": "0x" + "11" * 20,
        "finality_depth": 8,
        **changed,
    }
    return {"PASSES_CHAINS": json.dumps([network])}


@contextmanager
def silent_peer() -> Iterator[str]:
    """A peer that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_accept, args=(server,), daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def _accept(server: socket.socket) -> None:
    kept = []
    try:
        while True:
            kept.append(server.accept())
    except OSError:
        return


def test_no_chain_is_no_fault(nocturne: Installed) -> None:
    assert "stay in the book" in diagnosis(nocturne, "chains", "ok")


def test_a_node_that_is_down(nocturne: Installed) -> None:
    assert "does not answer" in diagnosis(nocturne, "chain 31337", "FAIL", **chains())


def test_a_node_that_never_answers(nocturne: Installed) -> None:
    with silent_peer() as url:
        said = diagnosis(nocturne, "chain 31337", "FAIL", **chains(rpc=[url + "/v2/secret-key"]))
    assert "does not answer" in said
    assert "secret-key" not in said


@pytest.mark.node
def test_a_node_of_another_chain(nocturne: Installed, chain: LocalChain) -> None:
    said = diagnosis(nocturne, "chain 1", "FAIL", **chains(1, rpc=[chain.url]))
    assert "is on chain 31337, not 1" in said


@pytest.mark.node
def test_a_chain_that_is_well_and_one_without_a_factory(
    nocturne: Installed, chain: LocalChain
) -> None:
    well = chains(rpc=[chain.url], factory=chain.factory)
    assert "answers, block" in diagnosis(nocturne, "chain 31337", "ok", **well)
    diagnosis(nocturne, "factory 31337", "ok", **well)
    wrong = chains(rpc=[chain.url])
    assert "nothing at 0x1111" in diagnosis(nocturne, "factory 31337", "FAIL", **wrong)


@pytest.mark.parametrize(
    "written",
    ["not json", '[{"chain_id": 1}]', '[{"chain_id": 1, "rpc": ["ftp://x"]}]'],
)
def test_chains_that_cannot_be_read_are_refused_without_their_addresses(
    nocturne: Installed, tmp_path: Path, written: str
) -> None:
    file = tmp_path / "networks.json"
    file.write_text(written)
    result = nocturne.run("serve", PASSES_CHAINS_FILE=str(file))

    assert result.exit_code != 0
    assert "Traceback" not in result.output
    assert "ftp://x" not in result.output


def test_the_server_starts_though_the_node_is_down(nocturne: Installed) -> None:
    with nocturne.serving(**chains()) as running:
        with urlopen(f"{nocturne.origin}/", timeout=30) as answer:
            assert answer.status == 200
        running.stop()
    assert "Traceback" not in running.err
