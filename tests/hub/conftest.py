"""A hub, the service behind it, and the way between them, which can be pulled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.hub.app import create_hub
from passes_service.hub.ledger import Ledger
from passes_service.hub.upstream import Upstream
from passes_service.web.app import create_app
from tests.checkin.evening import Evening, nonce
from tests.checkin.offline.lone_gate import LoneGate, lone_gate
from tests.gate_phones import as_gate

ORIGIN = "https://hub.local:8443"


class Cable(httpx.AsyncBaseTransport):
    """The way to the service, which can be pulled."""

    def __init__(self, app: Any) -> None:
        self._inside = httpx.ASGITransport(app)
        self.pulled = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.pulled:
            raise httpx.ConnectError("no way to the service", request=request)
        return await self._inside.handle_async_request(request)


@dataclass
class Venue:
    """A hub with the service behind it."""

    hub: TestClient
    cable: Cable
    ledger: Ledger
    upstream: Upstream

    def ask(self, method: str, path: str, token: str, **given: Any) -> Any:
        return self.hub.request(method, path, headers=as_gate(token), **given)

    def know(self, gate: LoneGate) -> None:
        """The gate opens the door page once."""
        assert self.ask("GET", "/api/v1/door", gate.token).status_code == 200

    def claim(self, gate: LoneGate, **changed: Any) -> Any:
        asked = {
            "session": str(gate.night.first.id),
            "pass": "79228162532711081667253501953",
            "scope": f"session:{gate.night.first.id}",
            "number": 1,
            "nonce": nonce(),
            "at": 1_800_000_000_000,
        }
        return self.ask("POST", "/hub/v1/claims", gate.token, json=asked | changed)


@pytest.fixture
def venue(services: Services, client: TestClient, tmp_path: Path) -> Iterator[Venue]:
    cable = Cable(create_app(services))
    ledger = Ledger(tmp_path / "hub.db")
    upstream = Upstream(services.settings.origin, ledger, transport=cable)
    app = create_hub(name="Cellar", origin=ORIGIN, ledger=ledger, upstream=upstream)
    with TestClient(app, base_url=ORIGIN) as hub:
        yield Venue(hub, cable, ledger, upstream)
    ledger.close()


@pytest.fixture
def east(client: TestClient, night: Evening) -> LoneGate:
    return lone_gate(client, night, "East")


@pytest.fixture
def west(client: TestClient, night: Evening) -> LoneGate:
    return lone_gate(client, night, "West")


@pytest.fixture
def night(services: Services, clock: Any) -> Evening:
    from tests.checkin.evening import evening

    return evening(services, clock)
