"""vdirsyncer fetches the feed into a folder, khal shows the folder."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.subscribers.stage import Entry

PROGRAMS = Path(__file__).parents[2] / ".boot" / "subscribers" / "bin"
_COLUMNS = "{uid}\t{title}\t{start-long-full}\t{end-long-full}\t{all-day}\t{status}"


class Khal:
    """A person who reads a calendar in a terminal; a timer calls vdirsyncer."""

    name = "vdirsyncer and khal"
    conditional = False  # vdirsyncer knows no If-None-Match
    keeps_uids = False  # vdirsyncer's are a digest of the content
    patience = 0.0

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._events = folder / "events"
        self._events.mkdir(parents=True)
        self._configure("vdirsyncer", VDIRSYNCER.format(folder=folder, url=url))
        self._configure("khal", KHAL.format(folder=folder))
        self._must("vdirsyncer", "discover", "sessions")
        self._said = ""
        self._rows: list[list[str]] = []

    def poll(self) -> None:
        done = self._run("vdirsyncer", "sync")
        self._said = "" if done.returncode == 0 else done.stderr

    def shown(self) -> dict[str, Entry]:
        self._rows = rows = self._listed()
        found = {
            uid: Entry(title, _utc(start), _utc(end) + timedelta(days=days == "True"))
            for uid, title, start, end, days, _ in rows  # of whole days it shows the last
        }
        assert len(found) == len(rows), f"shown twice: {rows}"
        assert len(found) == len(list(self._events.glob("*.ics"))), "a file that khal does not show"
        return found

    def cancelled(self) -> list[str]:
        return [row[1] for row in self._rows if row[5].strip() == "CANCELLED"]

    def trouble(self) -> str:
        return self._said

    def _listed(self) -> list[list[str]]:
        said = self._must("khal", "list", "--once", "--format", _COLUMNS, "--day-format", "", *SPAN)
        return [line.split("\t") for line in said.split("\n") if "\t" in line]

    def _configure(self, program: str, text: str) -> None:
        (self._folder / program).write_text(text)

    def _must(self, program: str, *words: str) -> str:
        done = self._run(program, *words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _run(self, program: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PROGRAMS / program, "--config", self._folder / program, *words],
            env={**os.environ, "HOME": str(self._folder), "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def _utc(shown: str) -> datetime:
    return datetime.strptime(shown, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)


SPAN = ("2000-01-01 00:00", "20000d")
VDIRSYNCER = """\
[general]
status_path = "{folder}/status"

[pair sessions]
a = "device"
b = "feed"
collections = null
conflict_resolution = "b wins"

[storage device]
type = "filesystem"
path = "{folder}/events"
fileext = ".ics"

[storage feed]
type = "http"
url = "{url}"
"""
KHAL = """\
[calendars]
[[sessions]]
path = {folder}/events
readonly = True

[sqlite]
path = {folder}/khal.db

[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
"""
