"""A server process for the benches: ours as `passes serve` runs it, or the bare one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID

from passes_service.cli import logs, serving
from tests.bench.ground import Ground, settings
from tests.bench.load import Target

START_SECONDS = 60


@contextmanager
def serving_process(
    kind: str, ground: Ground, *, at: datetime, env: Mapping[str, str] | None = None
) -> Iterator[Target]:
    """Run `ours` or `bare` in a process of its own until the block ends.

    Ours logs at the usual level, into a file: the access line is part of the work. `env` holds
    settings (PASSES_...) beyond those that every bench has.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "tests.bench.server",
        kind,
        ground.database.url,
        str(ground.services.settings.keys_dir),
        str(ground.made.organizer_id),
        at.isoformat(),
        str(port),
    ]
    with tempfile.TemporaryFile() as said:
        child = subprocess.Popen(
            command, stdout=said, stderr=said, env={**os.environ, **(env or {})}
        )
        try:
            _wait(child, port, said)
            yield Target(port, child.pid)
        finally:
            child.terminate()
            child.wait(20)


def _wait(child: subprocess.Popen[bytes], port: int, said: object) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if child.poll() is not None:
            said.seek(0)  # type: ignore[attr-defined]  # a temporary file
            raise RuntimeError(said.read().decode())  # type: ignore[attr-defined]
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server did not start")


def main(kind: str, url: str, keys: str, organizer: str, at: str, port: str) -> None:
    """Serve until a signal says stop."""
    from passes_service import keyring
    from passes_service.bootstrap import Services
    from passes_service.db.engine import open_database

    now = datetime.fromisoformat(at)
    known = settings(
        database_url=url,
        keys_dir=Path(keys),
        port=int(port),
        public_origin=f"http://127.0.0.1:{port}",
    )
    database = open_database(url)
    app: object
    if kind == "ours":
        from passes_service.web.app import create_app

        logs.configure(known, at="info")
        ring = keyring.load(known.keys_dir)
        app = create_app(Services(known, database, ring, clock=lambda: now))
    else:
        from tests.bench import bare

        app = bare.create_app(database, UUID(organizer), now)
    config = serving.uvicorn_config(app, known, workers=1, level="info")
    serving.run(config, serving.listen(known.host, known.port))
    database.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
