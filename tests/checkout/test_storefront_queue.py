"""A storefront orders for whoever waits: by the place that its visitor shows."""

from __future__ import annotations

from passes_service.db.models import Drop
from passes_service.drops import queue
from tests import people
from tests.checkout.conftest import Shop
from tests.checkout.test_hostile import key_of
from tests.drops import ground as drops
from tests.drops import queue_ground


def test_a_storefront_orders_by_its_visitors_place(shop: Shop) -> None:
    drop = drops.drop(
        shop.services, shop.made, quantity=1, slug="queued", waiting_room=True, opens_in=drops.HOUR
    ).drop
    with shop.services.database.transaction() as session:
        row = session.get_one(Drop, (drop.organizer_id, drop.id))
        random = shop.services.random_bytes
        queue.open_room(session, row, random=random, now=shop.services.clock())
    entry = queue_ground.join(shop.services, drop, "v:somebody")
    shop.clock.now = drop.opens_at
    queue_ground.move(shop.services, drop)
    token = queue.token_of(entry, key=shop.services.keyring.session_key)
    path = f"/api/v1/drops/{drop.id}/holds"
    strong = {**key_of(shop, "passes:write"), **people.keyed()}
    held = shop.client.post(path, json={"queue_token": token}, headers=strong)
    assert held.status_code == 201, held.text
    without = {**key_of(shop, "passes:write"), **people.keyed()}
    assert shop.client.post(path, json={}, headers=without).json()["code"] == "queue-token-missing"
    forged = shop.client.post(
        path, json={"queue_token": token[:-4] + "AAAA"}, headers={**without, **people.keyed()}
    )
    assert forged.json()["code"] == "queue-token-forged"
