"""A real local chain for tests: Hardhat's node on loopback, our contracts on it.

One node per test process; each test starts from the same snapshot. A reorganisation is made by
going back to a snapshot and mining something else: what RPC clients see is the real thing.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from eth_abi.abi import encode

from passes_service.chain import calls
from passes_service.chain.errors import NodeUnavailable
from passes_service.chain.networks import Network
from passes_service.chain.node import Node
from passes_service.core import ethereum
from tests.contracts.chain import CLI, HARDHAT

CHAIN_ID: Final = 31337
BASE_URI: Final = "http://127.0.0.1:8000/o/"
START: Final = datetime(2027, 3, 1, 11, 0, tzinfo=UTC)
"""An hour before the clock of the tests."""
GAS: Final = hex(15_000_000)
SECONDS: Final = 60


@dataclass(frozen=True)
class LocalChain:
    """A running node, unlocked accounts, and the addresses of what is deployed."""

    url: str
    node: Node
    accounts: list[str]
    factory: str

    @property
    def network(self) -> Network:
        return self.node.network

    def rpc(self, method: str, *params: Any) -> Any:
        return self.node.call(method, *params)

    def send(self, sender: str, to: str | None, data: str = "0x", value: int = 0) -> dict[str, Any]:
        """Send from an unlocked account and return the receipt; a refusal raises NodeRefused."""
        sent = {"from": sender, "data": data, "value": hex(value), "gas": GAS}
        name = self.rpc("eth_sendTransaction", sent if to is None else {**sent, "to": to})
        receipt: dict[str, Any] = self.rpc("eth_getTransactionReceipt", name)
        return receipt

    def act(
        self, sender: str, contract: str, function: str, *args: Any, value: int = 0
    ) -> dict[str, Any]:
        """Call a function of an EventPass clone."""
        return self.send(sender, contract, calls.encode(function, *args), value)

    def view(self, contract: str, function: str, *args: Any) -> Any:
        return calls.view(self.node, contract, function, *args)

    def deploy(self, name: str, types: tuple[str, ...] = (), *args: Any) -> str:
        """Deploy a compiled contract, `File.sol/Name` or `Name` alone; return its address."""
        data = "0x" + (bytes.fromhex(_bytecode(name)) + encode(types, args)).hex()
        return ethereum.normalize_address(
            self.send(self.accounts[0], None, data)["contractAddress"]
        )

    def contract_for(self, owner: str, organizer_id: UUID) -> str:
        """Make an organizer's clone, by its owner, and return its address."""
        made = calls.encode(
            "create", organizer_id.bytes, owner, "Nocturne", "NOC", contract="EventPassFactory"
        )
        self.send(owner, self.factory, made)
        found = calls.view(
            self.node,
            self.factory,
            "eventPassOf",
            owner,
            organizer_id.bytes,
            contract="EventPassFactory",
        )
        return str(found)

    def height(self) -> int:
        return int(self.rpc("eth_blockNumber"), 16)

    def now(self) -> datetime:
        block = self.rpc("eth_getBlockByNumber", "latest", False)
        return datetime.fromtimestamp(int(block["timestamp"], 16), UTC)

    def go_to(self, moment: datetime) -> None:
        """Mine a block at `moment`, which must be ahead."""
        self.rpc("evm_setNextBlockTimestamp", hex(int(moment.timestamp())))
        self.rpc("evm_mine")

    def mine(self, count: int = 1) -> None:
        self.rpc("hardhat_mine", hex(count))

    def snapshot(self) -> str:
        return str(self.rpc("evm_snapshot"))

    def revert(self, snapshot: str) -> None:
        """Go back; the blocks since then are gone, and a snapshot is good for one return."""
        assert self.rpc("evm_revert", snapshot) is True


@contextmanager
def running(node_binary: str) -> Iterator[LocalChain]:
    """Give a chain that ends with the block."""
    port = _free_port()
    quiet = {"HARDHAT_DISABLE_TELEMETRY": "true", "NO_COLOR": "1"}
    lock = os.open(HARDHAT, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Hardhat compiles into one folder
        where = ("--hostname", "127.0.0.1", "--port", str(port))
        subprocess.run(
            [node_binary, CLI, "build"], cwd=HARDHAT, env=os.environ | quiet, check=True,
            stdin=subprocess.DEVNULL, capture_output=True, timeout=300,
        )  # fmt: skip
        process = subprocess.Popen(
            [node_binary, CLI, "node", *where],
            cwd=HARDHAT,
            env=os.environ | quiet,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            chain = _deployed(f"http://127.0.0.1:{port}", process)
            fcntl.flock(lock, fcntl.LOCK_UN)
            yield chain
        finally:
            # The venv's node is a wrapper in Python: ending it alone would leave Node running.
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    finally:
        os.close(lock)


def _deployed(url: str, process: subprocess.Popen[bytes]) -> LocalChain:
    blank = Network(chain_id=CHAIN_ID, name="Local", rpc=(url,), factory="0x" + "0" * 40)
    node = Node(blank, seconds=20)
    _await(node, process)
    accounts = [ethereum.normalize_address(each) for each in node.call("eth_accounts")]
    chain = LocalChain(url, node, accounts, "")
    chain.go_to(START)
    store = chain.deploy("CodeStorage.sol/CodeStore", ("string",), BASE_URI)
    answer = node.call("eth_call", {"to": store, "data": "0x" + _selector("stored()")}, "latest")
    desk = chain.deploy("EventPassDesk", ("address",), "0x" + answer[-40:])
    code = chain.deploy("EventPass", ("address",), desk)
    factory = chain.deploy("EventPassFactory", ("address",), code)
    network = blank.model_copy(
        update={"factory": factory, "first_block": chain.height(), "finality_depth": 8}
    )
    return LocalChain(url, Node(network, seconds=20), accounts, factory)


def _await(node: Node, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        assert process.poll() is None, "the node ended at once"
        try:
            node.call("eth_chainId")
            return
        except NodeUnavailable:
            time.sleep(0.1)
    raise AssertionError(f"the node did not answer within {SECONDS} seconds")


def _bytecode(name: str) -> str:
    file, _, contract = name.rpartition("/")
    folder = HARDHAT / "artifacts" / "contracts"
    path = folder / (file or f"{contract}.sol") / f"{contract}.json"
    if not path.exists():
        path = next(Path(folder).rglob(f"{contract}.json"))
    found: str = json.loads(path.read_text("utf-8"))["bytecode"]
    return found.removeprefix("0x")


def _selector(signature: str) -> str:
    return ethereum.keccak256(signature.encode())[:4].hex()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
