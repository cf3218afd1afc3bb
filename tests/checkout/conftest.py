"""A shop that takes cards: our fake of Stripe's API over HTTP, and the organizer's credentials."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.web.app import create_app
from passes_service.worker import loop, payments
from tests import people
from tests.conftest import ORIGIN
from tests.drops import ground as drops
from tests.drops.ground import Made
from tests.fakes import Clock
from tests.payments import fake_stripe
from tests.payments.fake_stripe import Peer
from tests.season import Season, season


@dataclass
class Shop:
    """A Drop on sale, a browser, and the other side of the payments."""

    services: Services
    client: TestClient
    peer: Peer
    made: Season
    drop: Made
    clock: Clock

    @property
    def organizer_id(self) -> UUID:
        return self.made.organizer_id

    def order(self, email: str = people.GUEST, **more: Any) -> dict[str, Any]:
        """Hold and place by one call; return the order with its token."""
        body = {"organizer_id": str(self.organizer_id), "email": email, **more}
        answer = self.client.post(
            f"/api/v1/drops/{self.drop.drop.id}/orders", json=body, headers=people.keyed()
        )
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def pay(self, order: dict[str, Any], way: str = "intent", **headers: str) -> dict[str, Any]:
        """Begin to pay with Stripe."""
        answer = self.client.post(
            f"/api/v1/orders/{order['id']}/payments",
            json={"provider": "stripe", "way": way},
            headers={**bearer(order), **people.keyed(), **headers},
        )
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def read(self, order: dict[str, Any]) -> dict[str, Any]:
        """Read an order with its token."""
        answer = self.client.get(f"/api/v1/orders/{order['id']}", headers=bearer(order))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def tell(self, kind: str, **more: Any) -> int:
        """Let Stripe tell us of its last event of a kind; return our status."""
        headers, body = self.peer.signed(self.peer.told(kind), **more)
        path = f"/api/v1/payments/{self.organizer_id}/stripe/events"
        return self.client.post(path, content=body, headers=dict(headers)).status_code

    def work(self) -> None:
        """Let the worker do what is due."""
        payments.expire_orders(self.services, self.clock())
        while loop.drain(self.services, self.clock()):
            pass


def bearer(order: dict[str, Any]) -> dict[str, str]:
    """Return the header that opens an order."""
    return {"Authorization": f"Bearer {order['token']}"}


@pytest.fixture
def peer(clock: Clock) -> Iterator[Peer]:
    """A fake of Stripe's API that lives by the test's clock."""
    with fake_stripe.running(clock) as found:
        yield found


@pytest.fixture
def shop(services: Services, clock: Clock, peer: Peer, tmp_path: Path) -> Iterator[Shop]:
    """A Drop of three places at EUR 60."""
    made = season(services)
    folder = tmp_path / "stripe"
    folder.mkdir(mode=0o700)
    peer.credentials(folder, made.organizer_id)
    settings = services.settings.model_copy(
        update={"stripe_dir": folder, "stripe_api_base": peer.url}
    )
    wired = replace(services, settings=settings)
    drop = drops.drop(wired, made, quantity=3)
    with TestClient(create_app(wired), base_url=ORIGIN, follow_redirects=False) as client:
        client.headers["Origin"] = ORIGIN
        yield Shop(wired, client, peer, made, drop, clock)
