"""From a file to sessions, from a Series to a pass, by names that people type."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.config import Settings
from passes_service.db.models import CalendarSession, MailMessage, OutboxEvent, Pass
from tests import season
from tests.cli.installed import Installed


def ics(*events: tuple[str, int, str], zone: str = "Z") -> str:
    """Return a calendar of (uid, days from now, title)."""
    day = datetime.now(UTC)
    parts = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Test//EN"]
    for uid, days, title in events:
        start = f"{day + timedelta(days=days):%Y%m%d}T190000{zone}"
        parts += ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTART:{start}", f"SUMMARY:{title}"]
        parts += ["DURATION:PT2H", "END:VEVENT"]
    return "\r\n".join([*parts, "END:VCALENDAR", ""])


def save(at: Installed, text: str) -> str:
    path: Path = at.folder / "season.ics"
    path.write_text(text)
    return str(path)


def sessions(at: Installed) -> list[str]:
    with at.database() as database, database.reading() as session:
        return sorted(row.title for row in session.exec(select(CalendarSession)))


CREATE = ("--calendar", "Season", "--create")


class TestImport:
    def test_a_dry_run_shows_the_table_and_changes_nothing(self, nocturne: Installed) -> None:
        path = save(nocturne, ics(("a", 3, "Opening"), ("b", 4, "Studio")))
        said = nocturne.must("import", path, *CREATE, "--dry-run")
        assert "Would import into “Season”: 2 created" in said
        assert "Opening" in said
        assert sessions(nocturne) == []
        nocturne.refused("import", path, code="nothing-yet")

    def test_import_and_import_again(self, nocturne: Installed) -> None:
        path = save(nocturne, ics(("a", 3, "Opening"), ("b", 4, "Studio")))
        assert "2 created" in nocturne.must("import", path, *CREATE)
        assert "0 created, 0 changed, 0 cancelled, 2 unchanged" in nocturne.must("import", path)
        path = save(nocturne, ics(("a", 5, "Opening night")))
        said = nocturne.must("import", path, "--calendar", "sea", "--organizer", "nocturne")
        assert "title, starts_at" in said
        assert "no longer in the file" in said
        assert sessions(nocturne) == ["Opening night", "Studio"]

    def test_what_is_skipped_has_a_line_and_a_reason(self, nocturne: Installed) -> None:
        text = ics(("a", 3, "Opening")).replace(
            "END:VCALENDAR", "BEGIN:VEVENT\r\nUID:b\r\nDTSTART:2027\r\nEND:VEVENT\r\nEND:VCALENDAR"
        )
        said = nocturne.must("import", "-", *CREATE, typed=text)
        assert "1 skipped" in said
        assert "line 12" in said

    def test_a_broken_file_is_refused_whole(self, nocturne: Installed) -> None:
        path = save(nocturne, ics(("a", 3, "Opening")).replace("END:VCALENDAR\r\n", ""))
        nocturne.refused("import", path, *CREATE, code="ics-broken")
        assert sessions(nocturne) == []

    def test_times_without_a_zone_ask_for_one(self, nocturne: Installed) -> None:
        path = save(nocturne, ics(("a", 3, "Opening"), zone=""))
        said = nocturne.refused("import", path, *CREATE, code="ics-zone-needed")
        assert "--zone Europe/Berlin" in said
        nocturne.must("import", path, *CREATE, "--zone", "Europe/Berlin")

    def test_names_that_fit_nothing_or_too_much(self, nocturne: Installed) -> None:
        path = save(nocturne, ics(("a", 3, "Opening")))
        nocturne.refused("import", path, "--organizer", "nobody", code="name-unclear")
        nocturne.must("import", path, *CREATE)
        nocturne.must("import", path, "--calendar", "Summer", "--create")
        assert "“Season”" in nocturne.refused("import", path, code="name-unclear")
        said = nocturne.refused("import", path, "--calendar", "s", code="name-unclear")
        assert "fits several" in said
        nocturne.refused("import", "gone.ics", code="file-unreadable")


@pytest.fixture
def selling(installed: Installed) -> Installed:
    """An organizer with an open Series of five at EUR 60."""
    with installed.database() as database:
        services = Services(
            settings=Settings(),
            database=database,
            keyring=keyring.load(installed.keys_dir),
        )
        season.season(services)
    return installed


class TestIssue:
    def test_a_pass_for_somebody_new(self, selling: Installed) -> None:
        said = selling.must("issue", "--email", "fan@example.org", "--series", "season")
        assert "Issued 1 of 5" in said
        assert "EUR 60.00" in said
        with selling.database() as database, database.reading() as session:
            assert session.exec(select(Pass)).one().serial == 1
            assert {row.type for row in session.exec(select(OutboxEvent))} >= {"pass.issued"}
            assert not session.exec(select(MailMessage)).all()

    def test_what_was_paid(self, selling: Installed) -> None:
        assert "EUR 12.50" in selling.must("issue", "--email", "a@b.example", "--paid", "12,50")
        assert "free of charge" in selling.must("issue", "--email", "a@b.example", "--paid", "0")
        selling.refused("issue", "--email", "a@b.example", "--paid", "61", code="paid-too-much")
        selling.refused("issue", "--email", "a@b.example", "--paid", "1.234", code="money-invalid")
        selling.refused("issue", "--email", "a", code="field-refused")

    def test_never_more_than_the_cap(self, selling: Installed) -> None:
        for number in range(5):
            selling.must("issue", "--email", f"fan{number}@example.org")
        selling.refused("issue", "--email", "late@example.org", code="sold-out")
