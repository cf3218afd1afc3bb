"""GNOME's Evolution data server on a message bus of its own, asked as a calendar window asks it."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.subscribers.processes import ended
from tests.subscribers.stage import Entry
from tests.subscribers.wire import Wire

PYTHON = "/usr/bin/python3"  # Debian's: the data server's library is not on PyPI
_DESK = Path(__file__).parent / "evolution_desk.py"
_DAEMON = Path("/usr/libexec/evolution-calendar-factory")
_LIBRARY = 'import gi; gi.require_version("ECal", "2.0"); from gi.repository import ECal'
_ANSWER_SECONDS = 60
_POLL_SECONDS = 20


def missing() -> str:
    """Return which Debian package is not here, or nothing."""
    if not _DAEMON.exists():
        return "evolution-data-server"
    if shutil.which("dbus-run-session") is None:
        return "dbus-daemon"
    found = subprocess.run([PYTHON, "-c", _LIBRARY], capture_output=True, timeout=60, check=False)
    return "" if found.returncode == 0 else "python3-gi gir1.2-ecal-2.0"


class Evolution:
    """A person with GNOME's calendar open on the desktop."""

    name = "Evolution data server"
    conditional = True
    keeps_uids = True
    patience = 20.0

    def __init__(self, desk: subprocess.Popen[bytes], wire: Wire) -> None:
        self._desk = desk
        self._wire = wire
        assert self._line() == "open"
        self._started = False

    def poll(self) -> None:
        """Refresh as its timer does; when it opens a calendar it fetches by itself."""
        known = len(self._wire.polls) if self._started else 0
        if self._started:
            assert self._ask("refresh") is True
        self._started = True
        self._wire.wait_for_poll(after=known, seconds=_POLL_SECONDS)

    def hurry(self) -> None:
        assert self._ask("every minute") is True

    def shown(self) -> dict[str, Entry]:
        rows = self._ask("list")
        found = {
            row["uid"]: Entry(row["title"], _utc(row["starts"]), _utc(row["ends"])) for row in rows
        }
        assert len(found) == len(rows), f"stored twice: {rows}"
        return found

    def cancelled(self) -> list[str]:
        return [row["title"] for row in self._ask("list") if row["cancelled"]]

    def trouble(self) -> str:
        return ""  # it has no such state; its own timer shows that it still asks

    def _ask(self, word: str) -> Any:
        assert self._desk.stdin is not None
        self._desk.stdin.write(f"{word}\n".encode())
        self._desk.stdin.flush()
        return self._line()

    def _line(self) -> Any:
        assert self._desk.stdout is not None
        ready, _, _ = select.select([self._desk.stdout], [], [], _ANSWER_SECONDS)
        assert ready, f"no answer within {_ANSWER_SECONDS} s"
        line = self._desk.stdout.readline()
        assert line, "the data server's client ended"
        return json.loads(line)


@contextmanager
def evolution(folder: Path, url: str, wire: Wire) -> Iterator[Evolution]:
    """Run it until the block ends."""
    sources = folder / "config" / "evolution" / "sources"
    sources.mkdir(parents=True)
    path = url.removeprefix(wire.origin)
    (sources / "feed.source").write_text(SOURCE.format(port=wire.port, path=path))
    homes = {f"XDG_{one.upper()}_HOME": str(folder / one) for one in ("config", "cache", "data")}
    (folder / "run").mkdir(mode=0o700)
    own = {"XDG_RUNTIME_DIR": str(folder / "run"), "HOME": str(folder)}
    quiet = {"GSETTINGS_BACKEND": "memory", "GIO_USE_VFS": "local"}
    with (folder / "said").open("wb") as said:
        desk = subprocess.Popen(
            ["dbus-run-session", "--", PYTHON, str(_DESK), "feed"],
            env={**os.environ, **homes, **own, **quiet, "TZ": "America/New_York"},
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            start_new_session=True,
        )
        assert desk.stdin is not None
        assert desk.stdout is not None
        with ended(desk), desk.stdin, desk.stdout:
            yield Evolution(desk, wire)


def version() -> str:
    """Return what Debian calls it."""
    words = ["dpkg-query", "--show", "evolution-data-server"]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout


def _utc(stored: int) -> datetime:
    return datetime.fromtimestamp(stored, UTC)


SOURCE = """\
[Data Source]
DisplayName=My sessions
Enabled=true
Parent=webcal-stub

[Calendar]
BackendName=webcal
Selected=true

[Authentication]
Host=127.0.0.1
Method=none
Port={port}

[Security]
Method=none

[WebDAV Backend]
ResourcePath={path}

[Refresh]
Enabled=true
IntervalMinutes=600

[Offline]
StaySynchronized=true
"""
