"""`make chain`: a local node on loopback with the contracts on it, until Ctrl-C."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from tests.judges.node import find_node

HARDHAT: Final = Path(__file__).parents[2] / "hardhat-local"
CLI: Final = "node_modules/hardhat/dist/src/cli.js"
SECONDS: Final = 120


@contextmanager
def serving(node: str, port: int, *, quiet: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """Give the running node process, contracts deployed; nothing of it is left at the end.

    The venv's `node` is a Python wrapper: ending it alone would leave the real Node running.
    """
    settings = {"HARDHAT_DISABLE_TELEMETRY": "true", "CHAIN_PORT": str(port)}
    environment = os.environ | settings
    _refuse_taken(port)
    folder = os.open(HARDHAT, os.O_RDONLY)
    running: list[subprocess.Popen[bytes]] = []

    def start(*command: str, silent: bool = False) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [node, CLI, *command],
            cwd=HARDHAT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL if silent else None,
            start_new_session=True,
        )
        running.append(process)
        return process

    try:
        fcntl.flock(folder, fcntl.LOCK_EX)  # Hardhat compiles into one folder
        where = ("--hostname", "127.0.0.1", "--port", str(port))
        chain = start("node", *where, silent=True)
        _await_rpc(chain, port)
        deploy = ("run", "--network", "local", "scripts/deploy.ts")
        deployed = start(*deploy, silent=quiet).wait(timeout=SECONDS)
        if deployed:
            raise SystemExit("the contracts were not deployed")
        fcntl.flock(folder, fcntl.LOCK_UN)
        yield chain
    finally:
        os.close(folder)
        for process in running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _refuse_taken(port: int) -> None:
    """End here if somebody serves there: we would deploy to a chain that is not ours."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind(("127.0.0.1", port))
        except OSError as error:
            raise SystemExit(f"port {port} cannot be had: {error.strerror}") from error


def _await_rpc(chain: subprocess.Popen[bytes], port: int) -> None:
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}", body, {"Content-Type": "application/json"}
    )
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        if chain.poll() is not None:
            raise SystemExit("the node ended at once")
        try:
            with direct.open(request, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit(f"the node did not answer within {SECONDS} seconds")


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def main(port: int) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    node = find_node()
    if node is None:
        raise SystemExit("no Node was found")
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    try:
        with serving(node, port) as chain:
            print(
                f"JSON-RPC on http://127.0.0.1:{port}, chain id 31337; Ctrl-C ends it", flush=True
            )
            return chain.wait()
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8545))
