"""Drops on sale for the benches of the checkout, and what is asked of them."""

from __future__ import annotations

import secrets

from tests.bench.ground import Ground
from tests.bench.load import request
from tests.drops import ground as drops
from tests.drops.ground import Made

FREE = {"EUR": 0}


def on_sale(at: Ground, places: int, *, free: bool = True) -> Made:
    """Schedule one more Drop of the season's Series, open now."""
    slug = f"drop-{secrets.token_hex(4)}"
    prices = FREE if free else None
    return drops.drop(at.services, at.made, quantity=places, prices=prices, slug=slug)


def holds(drop: Made, count: int) -> list[bytes]:
    """Return the calls of so many visitors, each with a key of their own."""
    body = {"organizer_id": str(drop.drop.organizer_id)}
    path = f"/api/v1/drops/{drop.drop.id}/holds"
    return [request("POST", path, headers=key(), body=body) for _ in range(count)]


def key() -> dict[str, str]:
    """Return an Idempotency-Key that nobody has used."""
    return {"Idempotency-Key": secrets.token_urlsafe(16)}
