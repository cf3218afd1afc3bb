"""Secrets and magic links never reach the log, whatever happens and at whatever level."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx2
import pytest

from tests.cli.installed import ROOT, Installed, Running, link_token
from tests.people import keyed

FAN = "fan@example.org"


@pytest.fixture
def running(nocturne: Installed) -> Iterator[Running]:
    with nocturne.serving("--log-level", "debug") as running:
        yield running


def test_a_whole_login_leaves_no_secret_in_the_log(nocturne: Installed, running: Running) -> None:
    printed = nocturne.must(
        *("organizer", "create", "--slug", "second", "--name", "Second", "--zone", "UTC"),
        *("--email", "bob@second.example"),
    )
    staff_token = link_token(printed)
    headers = {"Origin": nocturne.origin}
    found = {staff_token}
    with httpx2.Client(base_url=nocturne.origin, headers=headers, timeout=10) as browser:
        browser.get(f"/l/{staff_token}")
        signed_in = browser.post("/api/v1/logins/redeem", json={"token": staff_token})
        assert signed_in.status_code == 200, signed_in.text
        found |= set(browser.cookies.values())
        body = {"name": "Shop", "scopes": ["catalog:read"]}
        made = browser.post("/api/v1/api-keys", json=body, headers=keyed())
        found.add(made.json()["token"])
        asked = {"organizer": "second", "email": FAN, "kind": "holder"}
        assert browser.post("/api/v1/logins/magic-link", json=asked).status_code == 202
        fan_token = mailed_token(nocturne)
        found.add(fan_token)
        browser.post("/api/v1/logins/redeem", json={"token": fan_token})
        found |= set(browser.cookies.values())
        link = browser.post("/api/v1/me/calendar-links", json={}, headers=keyed())
        address = link.json()["https"]
        found.add(address.rsplit("/", 1)[-1].removesuffix(".ics"))
        assert browser.get(address).status_code == 200
        refused(browser, staff_token)
    running.stop()

    logged = running.out + running.err
    assert len(found) >= 6
    for secret in found:
        assert len(secret) > 20
        assert secret not in logged
    for file in nocturne.keys_dir.iterdir():
        for entry in json.loads(file.read_text())["keys"]:
            assert entry["secret"] not in logged
    assert "/l/[secret]" in logged
    assert FAN not in logged
    assert "Traceback" not in logged


def mailed_token(at: Installed) -> str:
    """Wait for the embedded worker to write the letter; return the token of its link."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        printed = at.must("mail")
        if FAN in printed:
            return link_token(printed)
        time.sleep(0.2)
    raise AssertionError("the embedded worker wrote no letter")


def refused(browser: httpx2.Client, token: str) -> None:
    """Put a token where it does not belong; answers are refusals, and log lines too."""
    for path in (f"/nowhere/{token}", f"/nowhere?token={token}", f"/l/{token}/x"):
        browser.get(path)
    browser.get("/api/v1/organizer", headers={"Authorization": f"Bearer {token}"})
    browser.post("/api/v1/logins/redeem", content=f'{{"token": "{token}", "x": ')
    browser.post("/api/v1/logins/redeem", json={"token": token})


SCRIPT = """
import logging, structlog
from passes_service.cli import logs
from passes_service.config import Settings
logs.configure(Settings(_env_file=None), at="debug")
token = "A1b2" * 16
structlog.get_logger("x").info("event", link=f"https://p.example/l/{token}", deep={"a": [token]})
logging.getLogger("uvicorn.error").error("GET /l/%s", token)
logging.getLogger("any.library").debug("login hunter2+hunter2\\"x or hunter2%2Bhunter2%22x")
try:
    raise ValueError(f"mail to hunter2%2Bhunter2%22x and pg-pass-word {token}")
except ValueError:
    structlog.get_logger("x").exception("failed")
    logging.getLogger("uvicorn.error").exception("failed")
"""


def test_secrets_are_cut_from_messages_fields_and_tracebacks() -> None:
    env = {
        **os.environ,
        "PASSES_SMTP_URL": "smtps://bob:hunter2%2Bhunter2%22x@mail.example",
        "PASSES_DATABASE_URL": "postgresql+psycopg://u:pg-pass-word@db/x",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert len(lines) == 5
    assert lines[0]["link"] == "https://p.example/l/[secret]"
    assert lines[1] == {**lines[1], "event": "GET /l/[secret]", "logger": "uvicorn.error"}
    assert "Traceback" in lines[3]["exception"]
    for secret in ("A1b2A1b2", "hunter2", "pg-pass-word"):
        assert secret not in done.stderr


@pytest.mark.parametrize("terminal", [True, False])
def test_an_address_cannot_steer_the_terminal(terminal: bool) -> None:
    """A path is anybody's text: escape codes, C1 controls and turned-round writing are spelled."""
    say = (
        "import structlog\n"
        "from passes_service.cli import logs, output\n"
        "from passes_service.config import Settings\n"
        f"output.is_terminal = lambda *_: {terminal}\n"
        "logs.configure(Settings(_env_file=None))\n"
        "path = '/a\\x1b]0;own\\x07\\x9b2J\\u202e\\u2028\\ud800b'\n"
        "structlog.get_logger('access').info('request', path=path)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", say], capture_output=True, timeout=60, check=True, cwd=ROOT
    )
    line = told.stderr.decode()
    for bad in ("\x1b]", "\x07", "\x9b", "\u202e", "\u2028", "Traceback", "Logging error"):
        assert bad not in line, line
    assert "x1b" in line


def test_mail_is_not_shown_on_a_public_origin(nocturne: Installed) -> None:
    nocturne.refused("mail", code="only-on-loopback", PASSES_PUBLIC_ORIGIN="https://p.example")
    assert "No letters" in nocturne.must("mail")
