"""Running `passes` as a person would: in this process, or as a process of its own."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from typer.testing import CliRunner, Result

from passes_service import keyring
from passes_service.cli.main import app
from passes_service.db.engine import Database, open_database
from passes_service.keyring import Keyring

PROGRAM = (sys.executable, "-m", "passes_service.cli.main")
ROOT = Path(__file__).parents[2]
LINK = re.compile(r"http://127\.0\.0\.1:\d+/l/(\S+)")


class Installed:
    """One installation, and commands run against it."""

    ORGANIZER = (
        *("--slug", "nocturne", "--name", "Nocturne", "--zone", "Europe/Berlin"),
        *("--email", "ada@nocturne.example"),
    )

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keys_dir = folder / "keys"
        self.database_file = folder / "passes.sqlite"
        self.env = {
            "PASSES_KEYS_DIR": str(self.keys_dir),
            "PASSES_DATABASE_URL": f"sqlite:///{self.database_file}",
            "PASSES_PORT": str(free_port()),
        }

    @property
    def port(self) -> str:
        return self.env["PASSES_PORT"]

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def run(self, *words: str, typed: str | bytes | None = None, **env: str) -> Result:
        """Run a command in this process."""
        return CliRunner().invoke(app, list(words), input=typed, env={**self.env, **env})

    def must(self, *words: str, typed: str | bytes | None = None, **env: str) -> str:
        """Run a command that has to succeed; return what it printed."""
        result = self.run(*words, typed=typed, **env)
        assert result.exit_code == 0, result.output
        return result.stdout

    def refused(self, *words: str, code: str, **env: str) -> str:
        """Run a command that has to be refused with a code and no traceback; return its words."""
        result = self.run(*words, **env)
        assert result.exit_code not in (0, 70), result.output
        assert f"({code})" in result.stderr, result.output
        assert "Next: " in result.stderr
        assert "Traceback" not in result.output
        return " ".join(result.stderr.split())

    def keys(self) -> Keyring:
        return keyring.load(self.keys_dir)

    @contextmanager
    def database(self) -> Iterator[Database]:
        database = open_database(self.env["PASSES_DATABASE_URL"])
        yield database
        database.close()

    def start(self, *words: str, **env: str) -> subprocess.Popen[str]:
        """Start a command as a process of its own."""
        outer = {name: value for name, value in os.environ.items() if "PASSES" not in name}
        return subprocess.Popen(
            [*PROGRAM, *words],
            env={**outer, "PYTHONPATH": str(ROOT), **self.env, **env},
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @contextmanager
    def serving(self, *words: str, **env: str) -> Iterator[Running]:
        """Serve until the block ends."""
        process = self.start("serve", *words, **env)
        running = Running(process)
        try:
            wait_for(self.origin + "/robots.txt", process)
            yield running
            running.stop()
        finally:
            if process.poll() is None:
                process.kill()
                process.communicate()


class Running:
    """A process that serves."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out = self.err = ""

    def stop(self) -> float:
        """Ask it to end; return how many seconds that took."""
        if self.process.returncode is not None:
            return 0.0
        before = time.monotonic()
        self.process.terminate()
        self.out, self.err = self.process.communicate(timeout=20)
        return time.monotonic() - before


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def wait_for(url: str, process: subprocess.Popen[str], *, seconds: float = 120) -> None:
    """Wait until an address answers, whatever it says, or tell why the process died."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            raise AssertionError("".join(process.communicate()))
        try:
            with urlopen(url, timeout=30):
                return
        except HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer in {seconds} s")


def link_token(printed: str) -> str:
    """Return the token of the login link in what a command printed."""
    found = LINK.search(printed)
    assert found, printed
    return found[1]
