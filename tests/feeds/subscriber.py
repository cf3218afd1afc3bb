"""A calendar app in tests: a secret address, what it fetches, what it reads there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import icalendar
from httpx2 import Response
from starlette.testclient import TestClient

import ics_feeds
from passes_service.bootstrap import Services
from passes_service.db.models import FeedLink
from passes_service.feeds import links


@dataclass(frozen=True)
class Device:
    """One device of a holder, with its own address."""

    client: TestClient
    row: FeedLink
    token: str

    @property
    def path(self) -> str:
        return links.path(self.token)

    def fetch(self, **headers: str) -> Response:
        """Ask as an app does: without cookies; what it gets is always sound."""
        self.client.cookies.clear()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.client.get(self.path, headers={"Accept-Encoding": "identity", **named})
        if answer.status_code == 200:
            assert ics_feeds.problems(answer.content) == []
        return answer

    def events(self) -> dict[str, Any]:
        """Return the VEVENTs by UID."""
        answer = self.fetch()
        assert answer.status_code == 200, answer.text
        return events(answer.content)

    def titles(self) -> list[str]:
        """Return the titles in order of time."""
        found = sorted(self.events().values(), key=lambda one: str(one.decoded("DTSTART")))
        return [str(one["SUMMARY"]) for one in found]


def events(body: bytes) -> dict[str, Any]:
    found = list(icalendar.Calendar.from_ical(body).walk("VEVENT"))
    assert len({str(one["UID"]) for one in found}) == len(found)
    return {str(one["UID"]): one for one in found}


def subscribe(
    client: TestClient,
    services: Services,
    organizer_id: UUID,
    holder_id: UUID,
    label: str = "Phone",
) -> Device:
    """Make a calendar link for a device of the holder."""
    with services.database.transaction() as session:
        made = links.create(
            session,
            organizer_id=organizer_id,
            holder_id=holder_id,
            label=label,
            random=services.random_bytes(32),
            now=services.clock(),
        )
    return Device(client, made.row, made.token)
