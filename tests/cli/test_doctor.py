"""`passes doctor`: finds each fault that was planted, and names what to do."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from passes_service.db.engine import Database
from passes_service.db.models import Organizer, OutboxEvent
from tests.cli.installed import Installed, free_port


def lines_of(printed: str, name: str) -> str:
    """Return the line of a check and what is under it, with single blanks."""
    found: list[str] = []
    for line in printed.splitlines():
        if line[6:].startswith(name + "  "):
            found = [line]
        elif found and line.startswith("      "):
            found.append(line)
        elif found:
            break
    return " ".join(" ".join(found).split())


def diagnosis(at: Installed, name: str, status: str, **env: str) -> str:
    """Run the doctor; check its exit code and return what it says of one matter."""
    result = at.run("doctor", **env)
    assert "Traceback" not in result.output
    said = lines_of(result.stdout, name)
    assert said.split()[0] == status, result.stdout
    assert result.exit_code == (1 if "FAIL" in result.stdout.split() else 0)
    if status != "ok":
        assert "->" in said
    return said


def test_a_healthy_installation(nocturne: Installed) -> None:
    said = nocturne.must("doctor")
    assert "All well." in said
    assert "warn" not in said.split()


def test_a_healthy_installation_on_either_database(nocturne: Installed, database: Database) -> None:
    nocturne.env["PASSES_DATABASE_URL"] = database.url
    assert "up to date" in diagnosis(nocturne, "database", "ok")
    diagnosis(nocturne, "clock and data", "ok")
    diagnosis(nocturne, "organizers", "warn")


def test_nothing_at_all(empty: Installed) -> None:
    assert "passes init" in diagnosis(empty, "keys", "FAIL")
    assert "passes init" in diagnosis(empty, "database", "FAIL")
    assert not empty.database_file.exists()


def test_keys_that_others_can_read(nocturne: Installed) -> None:
    (nocturne.keys_dir / "issuer.json").chmod(0o644)
    assert "644" in diagnosis(nocturne, "keys", "FAIL")


@pytest.mark.parametrize(
    ("env", "name", "said"),
    [
        ({"PASSES_PUBLIC_ORIGIN": "http://p.example"}, "public origin", "https"),
        ({"PASSES_PUBLIC_ORIGIN": "p.example"}, "public origin", "PASSES_PUBLIC_ORIGIN"),
        ({"PASSES_HOST": "0.0.0.0"}, "listens on", "127.0.0.1"),
        ({"PASSES_PUBLIC_ORIGIN": "https://p.example"}, "mail server", "PASSES_SMTP_URL"),
        ({"PASSES_DEMO": "1", "PASSES_PUBLIC_ORIGIN": "https://p.example"}, "listens on", "DEMO"),
        ({"PASSES_PORT": "x"}, "settings", "PASSES_PORT"),
        ({"PASSES_SMTP_URL": "http://mail:1"}, "mail server", "smtps://"),
        ({"PASSES_MAIL_FROM": "nobody at"}, "sender", "PASSES_MAIL_FROM"),
        ({"PASSES_DATABASE_URL": "nonsense"}, "database", "PASSES_DATABASE_URL"),
    ],
)
def test_settings_that_cannot_serve(
    nocturne: Installed, env: dict[str, str], name: str, said: str
) -> None:
    assert said in diagnosis(nocturne, name, "FAIL", **env)


def test_a_wide_bind_behind_a_proxy_is_a_warning(nocturne: Installed) -> None:
    env = {"PASSES_HOST": "0.0.0.0", "PASSES_PUBLIC_ORIGIN": "https://p.example"}
    assert "proxy" in diagnosis(nocturne, "listens on", "warn", **env)


def test_a_mail_server_that_is_not_there_or_silent(nocturne: Installed) -> None:
    url = f"smtp://bob:s3cret-word@127.0.0.1:{free_port()}"
    said = diagnosis(nocturne, "mail server", "FAIL", PASSES_SMTP_URL=url)
    assert "bob:***@127.0.0.1" in said
    assert "s3cret" not in said
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        before = time.monotonic()
        diagnosis(nocturne, "mail server", "FAIL", PASSES_SMTP_URL=url)
        assert time.monotonic() - before < 6


def test_a_database_that_is_behind_or_away(installed: Installed) -> None:
    bare = installed.folder / "bare.sqlite"
    bare.touch()
    url = f"sqlite:///{bare}"
    assert "passes migrate" in diagnosis(installed, "database", "FAIL", PASSES_DATABASE_URL=url)
    url = "postgresql+psycopg://u:s3cret-word@127.0.0.1:1/x"
    said = diagnosis(installed, "database", "FAIL", PASSES_DATABASE_URL=url)
    assert "s3cret" not in said


def test_files_that_others_can_read(nocturne: Installed) -> None:
    nocturne.folder.chmod(0o755)
    nocturne.database_file.chmod(0o644)
    assert "chmod 600" in diagnosis(nocturne, "database file", "warn")
    env_file = nocturne.folder / ".env"
    env_file.write_text("PASSES_SESSION_TTL_DAYS=20\n")
    env_file.chmod(0o644)
    assert "chmod 600" in diagnosis(nocturne, "settings file", "FAIL")


@pytest.mark.parametrize(
    ("age", "status"), [(timedelta(minutes=5), "warn"), (timedelta(hours=3), "FAIL")]
)
def test_work_that_nobody_does(nocturne: Installed, age: timedelta, status: str) -> None:
    put(nocturne, lambda now: {"created_at": now - age})
    said = diagnosis(nocturne, "outbox", status)
    assert "1 waiting" in said
    assert "passes worker" in said


def test_work_that_was_given_up(nocturne: Installed) -> None:
    put(nocturne, lambda now: {"created_at": now, "failed_at": now})
    assert "1 given up" in diagnosis(nocturne, "failed events", "FAIL")
    diagnosis(nocturne, "outbox", "ok")


def test_a_clock_that_was_ahead(nocturne: Installed) -> None:
    put(nocturne, lambda now: {"created_at": now + timedelta(days=1), "delivered_at": now})
    assert "NTP" in diagnosis(nocturne, "clock and data", "FAIL")


def test_a_key_from_the_future(nocturne: Installed) -> None:
    path = nocturne.keys_dir / "gate.json"
    text = path.read_text()
    at = text.index('"created_at": "') + len('"created_at": "')
    path.write_text(text[:at] + "2099" + text[at + 4 :])
    assert "clock" in diagnosis(nocturne, "gate key", "FAIL")


def put(at: Installed, fields: Callable[[datetime], dict[str, Any]]) -> None:
    """Put an event into the outbox."""
    now = datetime.now(UTC)
    with at.database() as database, database.transaction() as session:
        tenant = session.exec(select(Organizer)).one()
        event = {"type": "test", "payload": "{}", "available_at": now, **fields(now)}
        session.add(OutboxEvent(organizer_id=tenant.id, **event))
