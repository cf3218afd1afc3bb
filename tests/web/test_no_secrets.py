"""Nothing that opens a door is written to a log or kept in a row."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout

import pytest
import structlog
from coincurve import PrivateKey
from sqlalchemy import text
from sqlmodel import SQLModel
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.core import ethereum
from passes_service.mail import local
from passes_service.worker import loop
from tests import people


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that structlog, logging, stdout and stderr say, at their most talkative."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(stream))
    with redirect_stdout(stream), redirect_stderr(stream):
        yield stream
    structlog.reset_defaults()
    root.removeHandler(handler)
    root.setLevel(before)


def _link_in(services: Services) -> str:
    while loop.drain(services, services.clock(), 100):
        pass
    with services.database.reading() as session:
        letters = local.read(session, services.keyring, "", services.clock())
    (line,) = [row for row in letters[-1].body.splitlines() if row.startswith("/l/")]
    return line


def _rows(services: Services) -> str:
    with services.database.reader.connect() as connection:
        return "\n".join(
            str([bytes(cell) if isinstance(cell, memoryview) else cell for cell in row])
            for name in SQLModel.metadata.tables
            for row in connection.execute(text(f'SELECT * FROM "{name}"'))
        )


def test_a_whole_login_flow_leaves_no_secret_behind(
    client: TestClient, services: Services, written: io.StringIO
) -> None:
    people.organizer(services)
    secrets: list[str] = []

    body = {"organizer": "nocturne", "email": people.OWNER, "kind": "staff"}
    client.post("/api/v1/logins/magic-link", json=body)
    path = _link_in(services)
    secrets.append(path.removeprefix("/l/"))
    client.get(path)
    assert client.post(path).status_code == 303
    client.post(path)  # refused: used
    client.post("/api/v1/logins/redeem", json={"token": path.removeprefix("/l/")})
    secrets.append(client.cookies["passes_staff"])

    made = client.post(
        "/api/v1/api-keys",
        json={"name": "Shop", "scopes": ["catalog:read"]},
        headers=people.keyed(),
    )
    secrets.append(made.json()["token"])
    client.get("/api/v1/organizer", headers={"Authorization": f"Bearer {secrets[-1]}"})
    client.get("/api/v1/organizer", headers={"Authorization": f"Bearer {secrets[-1]}x"})

    client.post("/login", data={"organizer": "nocturne", "email": people.GUEST, "next": ""})
    path = _link_in(services)
    secrets.append(path.removeprefix("/l/"))
    client.post(path)
    secrets.append(client.cookies["passes_holder"])
    client.post("/api/v1/me/emails", json={"email": "b@example.org"}, headers=people.keyed())
    path = _link_in(services)
    secrets.append(path.removeprefix("/l/"))
    client.get(path)
    confirm = {"token": secrets[-1]}
    answer = client.post("/api/v1/me/emails/confirm", json=confirm, headers=people.keyed())
    assert answer.status_code == 200

    key = PrivateKey(b"\x11" * 32)
    asked = {"organizer": "nocturne", "address": ethereum.address_of(key)}
    message = client.post("/api/v1/logins/siwe/nonce", json=asked).json()["message"]
    signature = "0x" + ethereum.sign_digest(ethereum.text_digest(message), key).hex()
    proof = {"organizer": "nocturne", "message": message, "signature": signature}
    assert client.post("/api/v1/logins/siwe", json=proof).status_code == 200
    secrets += [signature, client.cookies["passes_holder"]]
    client.post("/logout")

    # The test's own HTTP client names the addresses it asks for; that is not the service.
    said = "\n".join(
        line for line in written.getvalue().splitlines() if "HTTP Request:" not in line
    )
    assert "path=/l/[secret]" in said
    assert len(secrets) == len(set(secrets)) == 8
    rows = _rows(services)
    for number, secret in enumerate(secrets):
        assert secret not in said, f"secret {number} was logged"
        assert secret not in rows, f"secret {number} is in the database"
