"""localstripe, a server by others that speaks Stripe's API, as a process of its own.

    python -m tests.payments.localstripe_peer <port>

It listens on this machine only and ends by itself after ten minutes. What it lacks: Checkout,
Idempotency-Keys, over-refund refusal, charge.refunded, disputes, payment_intent.canceled.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx2

from passes_service.payments.stripe_calls import open_account
from passes_service.payments.stripe_provider import Stripe

LIFETIME = 600
SECRET_KEY = "sk_test_localstripe"
WEBHOOK_SECRET = "whsec_localstripe"


@dataclass(frozen=True)
class LocalStripe:
    """A running localstripe."""

    url: str
    secret_key: str = SECRET_KEY

    def provider(self) -> Stripe:
        """Return our provider for it."""
        return Stripe(
            open_account(
                secret_key=SECRET_KEY,
                publishable_key="pk_test_localstripe",
                webhook_secrets=(WEBHOOK_SECRET,),
                api_base=self.url,
            )
        )

    def tell(self, url: str) -> None:
        """Send webhooks there from now on."""
        answer = httpx2.post(
            f"{self.url}/_config/webhooks/tests",
            json={"url": url, "secret": WEBHOOK_SECRET},
            trust_env=False,
        )
        assert answer.status_code == 200, answer.text


@contextmanager
def running() -> Iterator[LocalStripe]:
    """Start it on a free loopback port and end it, by its own id, afterwards."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "tests.payments.localstripe_peer", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        peer = LocalStripe(f"http://127.0.0.1:{port}")
        _wait(peer, process)
        yield peer
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait(peer: LocalStripe, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert process.poll() is None, "localstripe ended at once"
        try:
            httpx2.get(f"{peer.url}/v1/payment_intents", trust_env=False)
        except httpx2.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("localstripe did not start in half a minute")


def serve(port: int) -> None:
    """Serve until ended. Its own command listens on every interface, so it is not used."""
    from aiohttp import web
    from localstripe import resources, server

    create, listed = resources.PaymentIntent._api_create, resources.PaymentIntent._api_list_all

    # It refuses four published fields that it does not know; taken away, the rest is its own.
    def known_fields(**data: Any) -> Any:
        for name in ("automatic_payment_methods", "description", "receipt_email"):
            data.pop(name, None)
        return create(**data)

    def known_filters(url: str, **data: Any) -> Any:
        data.pop("created", None)
        return listed(url, **data)

    resources.PaymentIntent._api_create = known_fields
    resources.PaymentIntent._api_list_all = known_filters
    signal.alarm(LIFETIME)
    web.run_app(server.app, host="127.0.0.1", port=port, print=None)


if __name__ == "__main__":
    serve(int(sys.argv[1]))
