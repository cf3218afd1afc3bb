"""The second `make demo`: from the start of the process to the first page answered.

`python -m tests.bench.bench_demo`. What `make` runs then is `passes demo`; the first start, which
also installs, is not measured here. Byte code is warm (kept in a folder of the bench, whatever the
environment says about writing it), the database and the keys are made anew as every time.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, sleep

from tests.bench.figures import Figure, show

TARGET_SECONDS = 5.0
STARTS = 3
PATIENCE = 60


def measure() -> list[Figure]:
    """Return the figure: the median of some starts, and the time Python takes to start."""
    with tempfile.TemporaryDirectory(prefix="passes-bench-") as folder:
        _start(Path(folder)), _empty(Path(folder))  # the first demo
        pairs = [(_start(Path(folder)), _empty(Path(folder))) for _ in range(STARTS)]
    took = sorted(ours for ours, _ in pairs)
    bare = sorted(empty for _, empty in pairs)
    middle = took[len(took) // 2]
    return [
        Figure(
            name="second demo to its first page",
            ours=f"{middle:.1f} s ({took[0]:.1f} to {took[-1]:.1f})",
            ceiling=f"{bare[len(bare) // 2]:.1f} s: Python importing FastAPI and SQLModel",
            target=f"under {TARGET_SECONDS:.0f} s",
            reached=middle < TARGET_SECONDS,
        )
    ]


def _start(folder: Path) -> float:
    """Start a demo as `make demo` does, wait for GET / to answer 200, stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [str(Path(sys.executable).with_name("passes")), "demo"]
    command += ["--port", str(port), "--folder", str(folder / "demo")]
    started = monotonic()
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(command, stdout=said, stderr=said, env=_warm(folder))
        try:
            while not _answers(port):
                if child.poll() is not None or monotonic() - started > PATIENCE:
                    said.seek(0)
                    raise RuntimeError(said.read().decode())
                sleep(0.01)
            return monotonic() - started
        finally:
            child.terminate()
            child.wait(20)


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _empty(folder: Path) -> float:
    started = monotonic()
    command = [sys.executable, "-c", "import fastapi, sqlmodel, uvicorn"]
    subprocess.run(command, check=True, env=_warm(folder))
    return monotonic() - started


def _warm(folder: Path) -> dict[str, str]:
    """Return an environment in which Python keeps byte code, as it does unless told not to."""
    known = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return known | {"PYTHONPYCACHEPREFIX": str(folder / "bytecode")}


def main() -> None:
    """Print the figure."""
    print(show(measure()))


if __name__ == "__main__":
    main()
