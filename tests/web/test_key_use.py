"""An API key shows when it was last used, at most one write per ten minutes."""

from __future__ import annotations

import secrets

from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.accounts import api_keys
from passes_service.bootstrap import Services
from passes_service.db.models import ApiKey
from tests import people
from tests.fakes import Clock


def _last_used(services: Services) -> object:
    with Session(services.database.reader) as session:
        return session.exec(select(ApiKey.last_used_at)).one()


def test_a_key_remembers_its_last_use(client: TestClient, services: Services, clock: Clock) -> None:
    _, owner = people.organizer(services)
    with services.database.transaction() as session:
        _, token = api_keys.create(
            session,
            caller=people.as_caller(owner),
            name="Shop",
            scopes=["catalog:read"],
            random=secrets.token_bytes,
            now=clock(),
        )
    assert _last_used(services) is None
    headers = {"Authorization": f"Bearer {token}"}
    first = clock()
    assert client.get("/api/v1/calendars", headers=headers).status_code == 200
    assert _last_used(services) == first
    clock.forward(minutes=9)
    client.get("/api/v1/calendars", headers=headers)
    assert _last_used(services) == first
    later = clock.forward(minutes=2)
    client.get("/api/v1/calendars", headers=headers)
    assert _last_used(services) == later
