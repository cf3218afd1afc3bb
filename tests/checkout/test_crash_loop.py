"""Server and worker are killed under load, again and again; afterwards both books agree."""

from __future__ import annotations

import json
import secrets
import threading
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlmodel import select

from passes_service import keyring
from passes_service.bootstrap import Services, utc_now
from passes_service.db.models import Coupon, Order, OrderLine, Pass, Payment
from passes_service.worker import loop, payments, reconcile
from tests import databases
from tests.checkout import ground
from tests.checkout.crowd import Crowd, Process, disturb, free_port, wait_for
from tests.checkout.test_races import coupons
from tests.conftest import isolated
from tests.drops import ground as drops
from tests.payments import fake_stripe
from tests.season import season

BUYERS = 8
PLACES = 4_000


@dataclass
class Town:
    """A server, a worker, a database, a peer, and people who buy."""

    services: Services
    crowd: Crowd
    web: Process
    worker: Process
    port: int

    def live(self, seconds: float, *acts: Any) -> None:
        """Let people buy for a while, and things go wrong meanwhile."""
        quiet = threading.Event()
        with ThreadPoolExecutor(BUYERS + 1) as pool:
            people = [pool.submit(self.crowd.person, seed) for seed in range(BUYERS)]
            trouble = pool.submit(disturb, quiet, 7, list(acts))
            self.crowd.stop.wait(seconds)
            quiet.set()
            self.crowd.stop.set()
            trouble.result(timeout=60)
            for each in people:
                each.result(timeout=60)

    def kill_web(self) -> None:
        self.web.kill()
        self.web.start()
        wait_for(self.port)

    def kill_worker(self) -> None:
        self.worker.kill()
        self.worker.start()

    def settle(self) -> None:
        """Let a worker do all that is due an hour later."""
        later = replace(self.services, clock=lambda: utc_now() + timedelta(hours=1))
        for _ in range(3):
            payments.expire_orders(later, later.clock())
            payments.ask_again(later, later.clock())
            list(reconcile.compare(later, later.clock()))
            while loop.drain(later, later.clock()):
                pass
            later = replace(later, clock=lambda: utc_now() + timedelta(hours=3))
        assert list(reconcile.compare(later, later.clock())) == []


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Everything for real but the bank."""
    keyring.init(tmp_path / "keys", random=secrets.token_bytes, now=utc_now())
    with ExitStack() as stack:
        server = stack.enter_context(databases.postgres_server())
        name = f"crash_{secrets.token_hex(4)}"
        database = stack.enter_context(databases.postgres_database(server, name))
        peer = stack.enter_context(fake_stripe.running(utc_now))
        port, folder = free_port(), tmp_path / "stripe"
        folder.mkdir(mode=0o700)
        settings = isolated(
            database_url=database.url,
            keys_dir=tmp_path / "keys",
            public_origin=f"http://127.0.0.1:{port}",
            stripe_dir=folder,
            stripe_api_base=peer.url,
        )
        services = Services(settings, database, keyring.load(settings.keys_dir))
        made = season(services, cap=PLACES)
        peer.credentials(folder, made.organizer_id)
        drop = drops.drop(services, made, quantity=PLACES, per_holder=100, hold_seconds=60).drop
        coupons(services, made.organizer_id, "TENTH", uses=100_000)
        web = Process(settings, tmp_path, "serve", "--no-worker", "--port", str(port))
        stack.callback(web.kill)
        worker = Process(settings, tmp_path, "worker")
        stack.callback(worker.kill)
        wait_for(port)
        crowd = Crowd(settings.public_origin, made.organizer_id, drop.id, peer)
        yield Town(services, crowd, web, worker, port)


def check(town: Town) -> None:
    """Assert that our book and the peer's say the same of each order, pass and cent."""
    services, peer, owner = town.services, town.crowd.peer, town.crowd.organizer_id
    ground.check_book(services, owner)
    with services.database.reading() as session:
        orders = {row.id: row for row in session.exec(select(Order))}
        rows = {row.reference: row for row in session.exec(select(Payment)) if row.reference}
        lines = session.exec(select(OrderLine)).all()
        issued = {row.id: row for row in session.exec(select(Pass))}
        coupon = session.exec(select(Coupon)).one()
    completed = {key for key, row in orders.items() if row.state == "completed"}
    assert {row.state for row in orders.values()} <= {
        "completed", "expired", "cancelled", "returned"
    }  # fmt: skip
    back: Counter[str] = Counter()
    for refund in peer.book.refunds.values():
        back[refund["payment_intent"]] += refund["amount"]
    kept: defaultdict[Any, int] = defaultdict(int)
    for intent in peer.book.intents.values():
        named = rows[intent["id"]]
        assert str(named.id) == intent["metadata"]["payment_id"]
        kept[named.order_id] += intent["amount_received"] - back[intent["id"]]
        assert back[intent["id"]] in (0, intent["amount"])
    for key, row in orders.items():
        assert kept[key] == (row.total_minor if key in completed else 0), (row.state, kept[key])
    bought = [line.pass_row_id for line in lines if line.order_id in completed]
    assert None not in bought
    assert sorted(map(str, bought)) == sorted(map(str, issued))
    assert len(bought) == sum(orders[key].quantity for key in completed)
    assert coupon.used == sum(orders[key].coupon_id is not None for key in completed)
    assert len({json.dumps([str(line.order_id), line.position]) for line in lines}) == len(lines)


@pytest.mark.parametrize(
    "seconds", [20, pytest.param(120, marks=pytest.mark.slow)], ids=["short", "long"]
)
def test_killed_under_load(town: Town, seconds: float) -> None:
    town.live(seconds, town.kill_worker, town.kill_web, town.kill_worker)
    town.settle()
    check(town)
    assert min(town.web.kills, town.worker.kills) >= 2
    assert town.crowd.said["payments"] > 10
    assert not town.crowd.broken


def test_the_database_restarts_under_load(town: Town) -> None:
    """Every connection of everybody ends at once, again and again; all go on by themselves."""
    url = town.services.database.url.replace("postgresql+psycopg://", "postgresql://")

    def cut() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    town.live(10, cut)
    town.services.database.close()
    before = town.crowd.said["payments"]
    town.crowd.stop.clear()
    town.live(3)
    assert town.crowd.said["payments"] > before  # it sells again, and nobody has started it anew
    town.settle()
    check(town)
    assert not town.crowd.broken
