"""Whole checkouts, and from the provider's yes to pass, QR and feed.

`python -m tests.bench.bench_checkout`. A free checkout is one call of a guest with an address of
their own: order, price, payment of nothing, pass, its voucher's data, history, events, the feed
marked. Beside it stands what pretix did on two such cores. Then cards: the signed webhook of our
fake of Stripe until its answer, the door code of the new pass and the holder's feed with its
sessions, one after the other by the same client. One process serves.
"""

from __future__ import annotations

import json
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import func
from sqlmodel import select

from passes_service.accounts import logins
from passes_service.db.models import Pass
from passes_service.feeds import links
from passes_service.web.deps import HOLDER_COOKIE
from tests import people
from tests.bench import drop_ground
from tests.bench.drop_ground import key
from tests.bench.figures import Figure, show
from tests.bench.ground import BEFORE, Ground, ground
from tests.bench.load import Load, Target, Told, percentile, press, put, request
from tests.bench.server import serving_process
from tests.drops.ground import Made, look
from tests.payments import fake_stripe
from tests.payments.fake_stripe import Peer

AT_ONCE = 32
CALLS = 200
ROUNDS = 5
PAYERS, WARM = 120, 10
PAY_AT_ONCE = 4
PRETIX = 5.0
"""Orders per second of pretix against one quota on two such cores, measured once: 4 to 6."""
TIMES = {"order": 20, "hold": 100}
SOON_MS = 250.0
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
PARTS = ("webhook", "code", "feed")


@dataclass(frozen=True)
class _Payer:
    """Somebody with an address, a login and the secret of a calendar link."""

    email: str
    login: str
    feed: str


def measure(kinds: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Figure]:
    """Return the figures of both databases."""
    return [figure for kind in kinds for figure in (*_free(kind), *_entitled(kind))]


def _free(kind: str) -> list[Figure]:
    with ground(kind) as at, serving_process("ours", at, at=BEFORE) as ours:
        count = (ROUNDS + 1) * CALLS
        drop, other = drop_ground.on_sale(at, count), drop_ground.on_sale(at, 3 * count)
        orders, claims = [], []
        for _ in range(ROUNDS + 1):
            orders.append(put(ours, _orders(drop, _guests(CALLS)), at_once=AT_ONCE, expect=201))
            claims.append(
                put(ours, drop_ground.holds(other, 3 * CALLS), at_once=AT_ONCE, expect=201)
            )
        _require_passes(at, drop, sum(len(one.latencies) for one in orders))
    name = f"{{}}, {NAMES[kind]}, {AT_ONCE} at once"
    return [
        _beside_pretix(name.format("a whole free checkout"), orders[1:], TIMES["order"]),
        _beside_pretix(name.format("a hold of one place"), claims[1:], TIMES["hold"]),
    ]


def _beside_pretix(name: str, loads: list[Load], times: int) -> Figure:
    rate = median(one.rate for one in loads)
    low, high = min(one.rate for one in loads), max(one.rate for one in loads)
    cpu = median(one.cpu_ms for one in loads)
    slow = percentile(loads, 0.99)
    return Figure(
        name=name,
        ours=f"{rate:,.0f}/s ({low:,.0f} to {high:,.0f}), {cpu:.1f} ms CPU, p99 {slow:.0f} ms",
        ceiling=f"{PRETIX:.0f}/s, pretix, measured once elsewhere",
        ratio=f"{rate / PRETIX:.0f}",
        target=f"{times} times",
        reached=rate / PRETIX >= times,
    )


def _guests(count: int) -> list[str]:
    return [f"{secrets.token_hex(8)}@example.org" for _ in range(count)]


def _orders(drop: Made, emails: list[str]) -> list[bytes]:
    path = f"/api/v1/drops/{drop.drop.id}/orders"
    organizer_id = str(drop.drop.organizer_id)
    return [
        request(
            "POST",
            path,
            headers=key(),
            body={"organizer_id": organizer_id, "email": email},
        )
        for email in emails
    ]


def _require_passes(at: Ground, drop: Made, count: int) -> None:
    """A fast refusal is no figure: every order must have become a pass."""
    shop = look(at.services, at.made.organizer_id, drop.drop.id)
    with at.database.reading() as session:
        issued = session.exec(select(func.count()).select_from(Pass)).one()
    if (shop.sold, issued) != (count, count):
        raise RuntimeError(f"{count} orders, {shop.sold} sold, {issued} passes")


def _entitled(kind: str) -> list[Figure]:
    with ground(kind) as at, _stripe(at) as (peer, env):
        drop = drop_ground.on_sale(at, PAYERS + WARM, free=False)
        with serving_process("ours", at, at=BEFORE, env=env) as ours:
            payers = [_payer(at, number) for number in range(PAYERS + WARM)]
            orders = _pay(ours, drop, payers)
            stages = [
                _told(ours, _yes(at, peer)),
                _told(ours, _codes(ours, payers, orders)),
                _told(ours, [request("GET", f"/feeds/{one.feed}.ics") for one in payers]),
            ]
    if not all(b"BEGIN:VEVENT" in one.body for one in stages[2]):
        raise RuntimeError("a feed shows nothing of what was paid")
    return [_soon(kind, [[one.ms for one in stage[WARM:]] for stage in stages])]


@contextmanager
def _stripe(at: Ground) -> Iterator[tuple[Peer, dict[str, str]]]:
    """Run a fake of Stripe; yield it and the settings that lead our server to it."""
    with (
        tempfile.TemporaryDirectory(prefix="passes-bench-") as folder,
        fake_stripe.running(lambda: BEFORE) as peer,
    ):
        peer.credentials(Path(folder), at.made.organizer_id)
        yield peer, {"PASSES_STRIPE_DIR": folder, "PASSES_STRIPE_API_BASE": peer.url}


def _payer(at: Ground, number: int) -> _Payer:
    """Make somebody with an account, a login and a calendar link."""
    email = f"payer{number}@example.org"
    organizer_id = at.made.organizer_id
    holder = people.holder(at.services, organizer_id, email)
    with at.database.transaction() as session:
        login = logins.open_login(
            session,
            organizer_id=organizer_id,
            kind="holder",
            subject_id=holder.id,
            random=secrets.token_bytes,
            label="Bench",
            ttl=timedelta(days=1),
            now=BEFORE,
        )
        link = links.create(
            session,
            organizer_id=organizer_id,
            holder_id=holder.id,
            label="Phone",
            random=secrets.token_bytes(32),
            now=BEFORE,
        )
    return _Payer(email, login.token, link.token)


def _pay(ours: Target, drop: Made, payers: list[_Payer]) -> list[dict[str, str]]:
    """Let everybody order and come as far as the provider; return the orders."""
    emails = [one.email for one in payers]
    orders = [json.loads(one.body) for one in _told(ours, _orders(drop, emails), 201)]
    asked = {"provider": "stripe", "way": "intent"}
    _told(
        ours,
        [
            request("POST", f"/api/v1/orders/{one['id']}/payments", headers=_by(one), body=asked)
            for one in orders
        ],
        201,
    )
    return orders


def _yes(at: Ground, peer: Peer) -> list[bytes]:
    """Let everybody pay; return the signed webhooks that say so."""
    for reference in list(peer.book.intents):
        peer.pay(reference)
    path = f"/api/v1/payments/{at.made.organizer_id}/stripe/events"
    found = []
    for event in peer.events:
        if event["type"] == "payment_intent.succeeded":
            headers, body = peer.signed(event)
            found.append(_raw("POST", path, headers, body))
    return found


def _codes(ours: Target, payers: list[_Payer], orders: list[dict[str, str]]) -> list[bytes]:
    """Look up which pass each order has become; return the calls for its door code."""
    asked = [request("GET", f"/api/v1/orders/{one['id']}", headers=_by(one)) for one in orders]
    passes = [json.loads(told.body)["lines"][0]["pass_id"] for told in _told(ours, asked)]
    return [
        request(
            "GET",
            f"/api/v1/me/passes/{pass_id}/code",
            headers={"Cookie": f"{HOLDER_COOKIE}={payer.login}"},
        )
        for payer, pass_id in zip(payers, passes, strict=True)
    ]


def _by(order: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {order['token']}", **key()}


def _raw(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def _told(ours: Target, requests: list[bytes], expect: int = 200) -> list[Told]:
    found = press(ours, requests, at_once=PAY_AT_ONCE)
    for one in found:
        if one.status != expect:
            raise RuntimeError(f"{one.status} instead of {expect}: {one.body[:300]!r}")
    return found


def _soon(kind: str, stages: list[list[float]]) -> Figure:
    """Add up the three answers of each payer."""
    sums = sorted(sum(each) for each in zip(*stages, strict=True))
    slow = sums[int(0.95 * len(sums))]
    parts = ", ".join(
        f"{name} {median(stage):.0f}" for name, stage in zip(PARTS, stages, strict=True)
    )
    return Figure(
        name=f"paid to pass, QR and feed, {NAMES[kind]}, {PAY_AT_ONCE} at once: p95",
        ours=f"{slow:.0f} ms (medians: {parts})",
        target=f"under {SOON_MS:.0f} ms",
        reached=slow < SOON_MS,
    )


def main() -> None:
    """Print the figures."""
    print(show(measure()))


if __name__ == "__main__":
    main()
