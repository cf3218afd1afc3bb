"""A crowd that buys over HTTP from a real server, a peer that takes its money, and what kills both.

Each person acts at random: holds, is named, pays, is declined, gives up, asks again after an error.
The peer tells us once, twice, late or never.
"""

from __future__ import annotations

import os
import random
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2

from passes_service.config import Settings
from tests.payments.fake_stripe import Peer

ROOT = Path(__file__).parents[2]
PEOPLE = 60


class Process:
    """A command of ours that is killed without warning and started again."""

    def __init__(self, settings: Settings, folder: Path, *command: str) -> None:
        self._command = [sys.executable, "-m", "passes_service.cli.main", *command]
        self._said = folder / f"{command[0]}.txt"
        self._env = {
            **os.environ,
            "PASSES_DATABASE_URL": settings.database_url,
            "PASSES_KEYS_DIR": str(settings.keys_dir),
            "PASSES_PUBLIC_ORIGIN": settings.public_origin,
            "PASSES_STRIPE_DIR": str(settings.stripe_dir),
            "PASSES_STRIPE_API_BASE": str(settings.stripe_api_base),
            "PASSES_LOG_LEVEL": "warning",
        }
        self.kills = 0
        self.start()

    def start(self) -> None:
        with self._said.open("ab") as out:
            self._child = subprocess.Popen(
                self._command, cwd=ROOT, env=self._env, stdout=out, stderr=out
            )

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._child.poll() is not None:
            raise RuntimeError(self._said.read_text()[-3000:])  # it died by itself
        self._child.send_signal(signal.SIGKILL)
        self._child.wait(20)
        self.kills += 1


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def wait_for(port: int, seconds: float = 60) -> None:
    """Wait until somebody listens."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.05)
    raise RuntimeError("the server did not start")


@dataclass
class Crowd:
    """Who buys at one server until they are told to stop."""

    origin: str
    organizer_id: UUID
    drop_id: UUID
    peer: Peer
    stop: threading.Event = field(default_factory=threading.Event)
    said: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)

    def person(self, seed: int) -> None:
        """Buy again and again."""
        chance = random.Random(seed)
        with httpx2.Client(base_url=self.origin, timeout=10, trust_env=False) as client:
            while not self.stop.is_set():
                try:
                    self._visit(client, chance)
                except Exception as error:
                    self.broken.append(repr(error))
                    raise

    def _visit(self, client: httpx2.Client, chance: random.Random) -> None:
        body: dict[str, Any] = {"organizer_id": str(self.organizer_id)}
        body["quantity"] = chance.choice((1, 1, 2))
        held = self._ask(client, chance, f"/api/v1/drops/{self.drop_id}/holds", body, {})
        if held is None or chance.random() < 0.1:
            return
        opened = {"Authorization": f"Bearer {held['token']}"}
        path = f"/api/v1/orders/{held['order_id']}"
        named = {"email": f"fan{chance.randrange(PEOPLE)}@example.org"}
        if chance.random() < 0.3:
            named["coupon"] = "TENTH"
        if self._ask(client, chance, f"{path}/place", named, opened) is None:
            return
        if chance.random() < 0.1:
            self._ask(client, chance, f"{path}/cancel", {}, opened)
        way = {"provider": "stripe", "way": "intent"}
        paid = self._ask(client, chance, f"{path}/payments", way, opened)
        if paid is None:
            return
        reference = paid["client"].get("client_secret", "").partition("_secret_")[0]
        if reference:
            self._pay(client, chance, reference)
        if chance.random() < 0.1:
            self._ask(client, chance, f"{path}/cancel", {}, opened)

    def _pay(self, client: httpx2.Client, chance: random.Random, reference: str) -> None:
        """Do what the payer and their bank do, and tell of some of it."""
        with self.peer.front.lock:
            status = self.peer.book.intents[reference]["status"]
            if status != "requires_payment_method" or chance.random() < 0.15:
                return
            declined = chance.random() < 0.25
            if declined:
                self.peer.decline(reference)
            if not declined or chance.random() < 0.5:
                self.peer.pay(reference)
            told = [
                event
                for event in self.peer.book.events[-40:]
                if event["data"]["object"].get("id") == reference
            ]
        if chance.random() < 0.5:
            chance.shuffle(told)
        if chance.random() < 0.2:
            time.sleep(chance.random())
        for event in told:
            for _ in range(chance.choice((0, 1, 1, 2))):
                self._tell(client, event)

    def _tell(self, client: httpx2.Client, event: Any) -> None:
        headers, body = self.peer.signed(event)
        path = f"/api/v1/payments/{self.organizer_id}/stripe/events"
        with suppress(httpx2.TransportError):
            self.said[f"told {client.post(path, content=body, headers=headers).status_code}"] += 1

    def _ask(
        self,
        client: httpx2.Client,
        chance: random.Random,
        path: str,
        body: dict[str, Any],
        headers: dict[str, str],
    ) -> dict[str, Any] | None:
        """Repeat one call under its key until it is answered or patience ends; None if refused."""
        keyed = {**headers, "Idempotency-Key": secrets.token_urlsafe(16)}
        until = time.monotonic() + chance.choice((0.5, 3, 6))
        while True:
            try:
                answer = client.post(path, json=body, headers=keyed)
            except httpx2.TransportError:
                self.said["no answer"] += 1
            else:
                found: dict[str, Any] = answer.json()
                if answer.status_code in (200, 201):
                    self.said[path.rpartition("/")[2]] += 1
                    return found
                self.said[found["code"]] += 1
                if answer.status_code < 500 and found["code"] != "call-running":
                    time.sleep(0.02)
                    return None
            if time.monotonic() > until:
                return None
            time.sleep(0.1)


def disturb(stop: threading.Event, seed: int, acts: list[Callable[[], None]]) -> None:
    """Do these in turn, again and again, at random moments."""
    chance, turns = random.Random(seed), cycle(acts)
    while acts and not stop.wait(chance.uniform(0.5, 2.0)):
        next(turns)()
