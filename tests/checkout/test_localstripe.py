"""The whole way against localstripe, a server by others: card, webhook, passes, refund."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services, utc_now
from passes_service.db.models import Pass, Payment, Refund
from passes_service.web.app import create_app
from passes_service.worker import loop
from tests import people
from tests.checkout.conftest import bearer
from tests.conftest import ORIGIN
from tests.drops import ground as drops
from tests.payments import localstripe_peer, mailbox
from tests.payments.localstripe_peer import SECRET_KEY, WEBHOOK_SECRET, LocalStripe
from tests.season import season


@pytest.fixture(scope="module")
def localstripe() -> Iterator[LocalStripe]:
    with localstripe_peer.running() as peer:
        yield peer


def credentials(folder: Path, organizer: str) -> None:
    """Write what the organizer would have put there."""
    folder.mkdir(mode=0o700)
    home = folder / organizer
    home.mkdir(mode=0o700)
    for name, text in {
        "secret-key": SECRET_KEY,
        "publishable-key": "pk_test_localstripe",
        "webhook-secret": WEBHOOK_SECRET,
    }.items():
        path = home / name
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(text)


def pay_by_card(peer: LocalStripe, reference: str) -> None:
    """Do what Stripe's script does in a browser: name a card, confirm."""
    intent = f"{peer.url}/v1/payment_intents/{reference}"
    headers = {"Authorization": f"Bearer {SECRET_KEY}"}
    with httpx2.Client(headers=headers, trust_env=False) as browser:
        assert browser.post(intent, data={"payment_method": "pm_card_visa"}).status_code == 200
        assert browser.post(f"{intent}/confirm", data={}).status_code == 200


def test_card_webhook_pass_refund(
    services: Services, localstripe: LocalStripe, tmp_path: Path
) -> None:
    live = replace(services, clock=utc_now)
    made = season(live)
    credentials(tmp_path / "stripe", str(made.organizer_id))
    settings = live.settings.model_copy(
        update={"stripe_dir": tmp_path / "stripe", "stripe_api_base": localstripe.url}
    )
    wired = replace(live, settings=settings)
    drop = drops.drop(wired, made, quantity=2).drop
    with (
        mailbox.running() as post,
        TestClient(create_app(wired), base_url=ORIGIN, follow_redirects=False) as client,
    ):
        client.headers["Origin"] = ORIGIN
        localstripe.tell(post.url)
        order = client.post(
            f"/api/v1/drops/{drop.id}/orders",
            json={"organizer_id": str(made.organizer_id), "email": people.GUEST},
            headers=people.keyed(),
        ).json()
        paid = client.post(
            f"/api/v1/orders/{order['id']}/payments",
            json={"provider": "stripe", "way": "intent"},
            headers={**bearer(order), **people.keyed()},
        )
        assert paid.status_code == 201, paid.text
        with wired.database.reading() as session:
            reference = session.exec(select(Payment.reference)).one()
        pay_by_card(localstripe, reference)
        state = ""
        while state != "completed":  # `next` gives up when no message comes
            headers, body = post.next()
            path = f"/api/v1/payments/{made.organizer_id}/stripe/events"
            assert client.post(path, content=body, headers=headers).status_code == 200
            state = client.get(f"/api/v1/orders/{order['id']}", headers=bearer(order)).json()[
                "state"
            ]
        with wired.database.reading() as session:
            row = session.exec(select(Pass)).one()
        people.sign_in_holder(client, wired, made.organizer_id)
        asked = client.post(
            f"/api/v1/me/passes/{row.pass_id}/refunds", json={}, headers=people.keyed()
        )
        assert asked.status_code == 201, asked.text
        while loop.drain(wired, wired.clock()):
            pass
        with wired.database.reading() as session:
            refund = session.exec(select(Refund)).one()
        assert (refund.state, refund.provider, refund.amount_minor) == ("settled", "stripe", 6_000)
