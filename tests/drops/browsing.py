"""Pages of Drops as a browser without scripts asks for them."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.drops import reading
from passes_service.drops.reading import Shop
from tests import people
from tests.season import Season

PAGE = {"Accept": "text/html"}


def get(client: TestClient, path: str) -> str:
    """Return a page that is there."""
    answer = client.get(path, headers=PAGE)
    assert answer.status_code == 200, answer.text
    return answer.text


def post(client: TestClient, path: str, form: dict[str, Any] | None = None) -> Any:
    """Send a form once."""
    key = people.keyed()["Idempotency-Key"]
    return client.post(path, data={"_key": key, **(form or {})}, headers=PAGE)


def only(services: Services, made: Season) -> Shop:
    """Return the only Drop there is."""
    with services.database.reading() as session:
        (row,) = reading.every(session, organizer_id=made.organizer_id)
        return reading.of(session, row)
