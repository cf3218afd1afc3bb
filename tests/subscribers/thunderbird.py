"""Thunderbird without a screen: a profile that subscribed, its database read from a copy."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.subscribers.marionette import PORT_FILE, Marionette, port_of
from tests.subscribers.processes import ended
from tests.subscribers.stage import Entry
from tests.subscribers.wire import Wire

PROGRAM = shutil.which("thunderbird")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_START_SECONDS = 120
_POLL_SECONDS = 20
_FEED = """
const { cal } = ChromeUtils.importESModule("resource:///modules/calendar/calUtils.sys.mjs");
const feed = cal.manager.getCalendarById("feed");
"""


class Thunderbird:
    """A person with a mail program; the feed is its only calendar."""

    name = "Thunderbird"
    conditional = True
    keeps_uids = True
    patience = 20.0

    def __init__(self, profile: Path, wire: Wire, remote: Marionette) -> None:
        self._data = profile / "calendar-data"
        self._wire = wire
        self._remote = remote
        self._started = False

    def poll(self) -> None:
        """Refresh as its own timer does; when it starts it fetches by itself."""
        known = len(self._wire.polls) if self._started else 0
        if self._started:
            self._remote.run(_FEED + "feed.refresh();")
        self._started = True
        self._wire.wait_for_poll(after=known, seconds=_POLL_SECONDS)

    def hurry(self) -> None:
        self._remote.run(_FEED + 'feed.setProperty("refreshInterval", "1");')

    def shown(self) -> dict[str, Entry]:
        rows = self._rows("id, title, event_start, event_end")
        found = {uid: Entry(title, _utc(start), _utc(end)) for uid, title, start, end in rows}
        assert len(found) == len(rows), f"stored twice: {rows}"
        return found

    def cancelled(self) -> list[str]:
        return [row[0] for row in self._rows("title, ical_status") if row[1] == "CANCELLED"]

    def trouble(self) -> str:
        found = self._remote.run(
            _FEED + 'return [feed.getProperty("disabled"), feed.getProperty("currentStatus")];'
        )
        return "" if found in ([None, 0], [False, 0]) else f"disabled, status: {found}"

    def _rows(self, columns: str) -> list[tuple[str, ...]]:
        with tempfile.TemporaryDirectory() as folder:
            for path in self._data.glob("cache.sqlite*"):
                shutil.copy(path, folder)
            with closing(sqlite3.connect(Path(folder) / "cache.sqlite")) as connection:
                return connection.execute(f"SELECT {columns} FROM cal_events").fetchall()


@contextmanager
def thunderbird(folder: Path, url: str, wire: Wire) -> Iterator[Thunderbird]:
    """Run it until the block ends; in the same folder it goes on with what it had."""
    profile = folder / "profile"
    profile.mkdir(parents=True, exist_ok=True)
    (profile / PORT_FILE).unlink(missing_ok=True)
    (profile / "user.js").write_text(PREFERENCES % url)
    words = ["--headless", "--no-remote", "--profile", str(profile)]
    words += ["--marionette", "--remote-allow-system-access"]
    with (folder / "said").open("wb") as said:
        child = subprocess.Popen(
            [str(PROGRAM), *words],
            env={**os.environ, "HOME": str(folder)},
            stdout=said,
            stderr=said,
            start_new_session=True,
        )
        with ended(child):
            remote = Marionette(port_of(profile, seconds=_START_SECONDS))
            yield Thunderbird(profile, wire, remote)
            remote.close()


def version() -> str:
    """Return what it calls itself."""
    words = [str(PROGRAM), "--version"]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=True).stdout


def _utc(stored: str) -> datetime:
    return _EPOCH + timedelta(microseconds=int(stored))


PREFERENCES = """\
user_pref("calendar.registry.feed.type", "ics");
user_pref("calendar.registry.feed.uri", "%s");
user_pref("calendar.registry.feed.name", "My sessions");
user_pref("calendar.registry.feed.refreshInterval", "600");
user_pref("calendar.registry.feed.cache.enabled", true);
user_pref("calendar.list.sortOrder", "feed");
user_pref("calendar.timezone.useSystemTimezone", false);
user_pref("calendar.timezone.local", "America/New_York");
user_pref("marionette.port", 0);
user_pref("app.update.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("mailnews.start_page.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
"""
