"""`make demo CHAIN=1`: a local chain of its own, and the demo's evening with tokens on it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.contracts.chain import serving
from tests.judges.node import find_node

PROGRAM: Final = (sys.executable, "-m", "passes_service.cli.main")


def main(words: list[str]) -> int:
    """Play on a fresh chain; it ends with the demo."""
    node = find_node()
    if node is None:
        raise SystemExit("no Node was found")
    with tempfile.TemporaryDirectory(prefix="passes-chain-") as folder:
        addresses = Path(folder) / "addresses.json"
        os.environ["CHAIN_ADDRESSES"] = str(addresses)  # read by scripts/deploy.ts
        with serving(node, _free_port(), quiet=True):
            command = [*PROGRAM, "demo", "--chain", str(addresses.with_name("networks.json"))]
            play = subprocess.Popen([*command, *words])
            # Ctrl-C reaches the play too: it says good night, then the chain ends.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, lambda *_: play.terminate())
            return play.wait()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
