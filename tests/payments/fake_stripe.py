"""A fake of Stripe, written from its published API: not Stripe, and not its code.

    with fake_stripe.running() as peer:
        peer.credentials(folder, organizer_id)   # what PASSES_STRIPE_DIR holds; base: peer.url
        peer.pay(reference)                      # a person pays; also decline, start_3ds, ...
        headers, body = peer.signed(peer.told("payment_intent.succeeded"))
        peer.send(event, to=url)                 # twice, late, out of order, never: as you like
        peer.fail("POST", "/v1/refunds", status=500)

It knows checkout sessions, payment intents, refunds, disputes, Idempotency-Keys, and no more.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2

from passes_service.bootstrap import utc_now
from passes_service.payments.stripe_calls import open_account
from passes_service.payments.stripe_provider import Stripe
from tests.payments.fake_stripe_api import shown
from tests.payments.fake_stripe_book import Book, Thing
from tests.payments.fake_stripe_http import Call, Fault, Front, Server


@dataclass
class Peer:
    """One account at the fake, and what a test makes happen there."""

    url: str
    front: Front
    secret_key: str
    publishable_key: str
    webhook_secret: str
    endpoint: str | None = None
    """Where `send` goes if it is not told; set it and `automatic` to be told of everything."""
    automatic: bool = False
    _sent: int = field(default=0, repr=False)

    @property
    def book(self) -> Book:
        return self.front.book

    @property
    def events(self) -> list[Thing]:
        """All events so far, the oldest first."""
        return list(self.book.events)

    @property
    def calls(self) -> list[Call]:
        """All requests that came with the right key, the oldest first."""
        return list(self.front.calls)

    def provider(self, *, seconds: float = 10, retries: int = 2) -> Stripe:
        """Return our provider for this account."""
        return Stripe(
            open_account(
                secret_key=self.secret_key,
                publishable_key=self.publishable_key,
                webhook_secrets=(self.webhook_secret,),
                api_base=self.url,
                seconds=seconds,
                retries=retries,
            )
        )

    def credentials(self, folder: Path, organizer_id: UUID) -> Path:
        """Write what an operator writes for an organizer; return the directory of the setting."""
        place = folder / str(organizer_id)
        place.mkdir(mode=0o700, parents=True)
        for name, value in (
            ("secret-key", self.secret_key),
            ("publishable-key", self.publishable_key),
            ("webhook-secret", self.webhook_secret),
        ):
            (place / name).touch(mode=0o600)
            (place / name).write_text(value + "\n")
        return folder

    # What people, banks and the organizer do -----------------------------------------------

    def pay(self, reference: str) -> None:
        """Somebody pays an intent in their browser, or a session on its page."""
        with self.front.lock:
            session = self.book.sessions.get(reference)
            self.book.succeed(self._intent(reference))
            if session is not None:
                session.update(status="complete", payment_status="paid", url=None)
                self.book.happened("checkout.session.completed", shown(session))
        self._tell()

    def pay_later(self, reference: str) -> None:
        """Somebody pays by a way that takes days; see `bank_decides`."""
        with self.front.lock:
            intent, session = self._intent(reference), self.book.sessions.get(reference)
            intent["status"] = "processing"
            self.book.happened("payment_intent.processing", intent)
            if session is not None:
                session.update(status="complete", url=None)
                self.book.happened("checkout.session.completed", shown(session))
        self._tell()

    def bank_decides(self, reference: str, *, paid: bool) -> None:
        """The bank says yes or no to what was to be paid later."""
        with self.front.lock:
            intent, session = self._intent(reference), self.book.sessions.get(reference)
            kind = "async_payment_succeeded" if paid else "async_payment_failed"
            if paid:
                self.book.succeed(intent)
            else:
                self.book.decline(intent, "insufficient_funds", "Your account has too little.")
            if session is not None:
                session["payment_status"] = "paid" if paid else "unpaid"
                self.book.happened(f"checkout.session.{kind}", shown(session))
        self._tell()

    def decline(self, reference: str, code: str = "insufficient_funds") -> None:
        """The bank declines a card; the payer may try another."""
        with self.front.lock:
            self.book.decline(self._intent(reference), code, "Your card was declined.")
        self._tell()

    def ask_for_second_step(self, reference: str) -> None:
        """The bank wants the payer to prove who they are; see `authenticate`."""
        with self.front.lock:
            intent = self._intent(reference)
            intent.update(status="requires_action", next_action={"type": "use_stripe_sdk"})
            self.book.happened("payment_intent.requires_action", intent)
        self._tell()

    def authenticate(self, reference: str, *, passes: bool) -> None:
        """The payer passes the second step (3-D Secure) that a card asked for, or does not."""
        with self.front.lock:
            intent = self._intent(reference)
            assert intent["status"] == "requires_action"
            if passes:
                self.book.succeed(intent)
            else:
                words = "The bank did not recognise the payer."
                self.book.decline(intent, "authentication_required", words)
        self._tell()

    def expire(self, session: str) -> None:
        """Nobody paid on a page in its time."""
        with self.front.lock:
            found = self.book.sessions[session]
            found.update(status="expired", url=None)
            self.book.happened("checkout.session.expired", shown(found))
        self._tell()

    def refund_by_hand(self, reference: str, amount: int) -> str:
        """The organizer refunds in Stripe's own dashboard; return the refund's id."""
        with self.front.lock:
            refund = self.book.refund(self._intent(reference), amount, {})
        self._tell()
        return str(refund["id"])

    def end_refund(self, refund: str, *, fails: bool) -> None:
        """A refund arrives, or comes back. `book.refunds_settle = False` keeps new ones waiting."""
        with self.front.lock:
            self.book.end_refund(self.book.refunds[refund], fails=fails)
        self._tell()

    def dispute(self, reference: str) -> str:
        """The payer disputes the charge at their bank; return the dispute's id."""
        with self.front.lock:
            dispute = self.book.dispute(self._intent(reference))
        self._tell()
        return str(dispute["id"])

    def close_dispute(self, dispute: str, status: str) -> None:
        """The bank decides: "won" or "lost" for the organizer (or a status of an inquiry)."""
        with self.front.lock:
            self.book.close_dispute(self.book.disputes[dispute], status)
        self._tell()

    # Messages ------------------------------------------------------------------------------

    def told(self, kind: str, index: int = -1) -> Thing:
        """Return an event of a type, the latest unless told otherwise."""
        return [event for event in self.book.events if event["type"] == kind][index]

    def signed(
        self, event: Thing | bytes, *, at: datetime | None = None, secret: str | None = None
    ) -> tuple[dict[str, str], bytes]:
        """Return (headers, body) of a webhook, signed `at` an instant, now unless told."""
        body = event if isinstance(event, bytes) else json.dumps(event, indent=2).encode()
        stamp = int((at or self.book.clock()).timestamp())
        key = (secret or self.webhook_secret).encode()
        mac = hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
        return {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": f"t={stamp},v1={mac},v0={'0' * 64}",
        }, body

    def send(
        self, event: Thing, *, to: str | None = None, at: datetime | None = None, times: int = 1
    ) -> list[int]:
        """Post a webhook and return the statuses that came back."""
        headers, body = self.signed(event, at=at)
        target = to or self.endpoint
        assert target is not None
        return [
            httpx2.post(target, content=body, headers=headers, trust_env=False).status_code
            for _ in range(times)
        ]

    def deliver(self) -> list[int]:
        """Send every event that was not sent by this yet, in order; return the statuses."""
        waiting, self._sent = self.book.events[self._sent :], len(self.book.events)
        return [status for event in waiting for status in self.send(event)]

    # Faults --------------------------------------------------------------------------------

    def fail(self, method: str, path: str, **fault: Any) -> Fault:
        """Let the next calls go wrong: status=, retry_after=, drop="before"|"after", seconds=."""
        found = Fault(method, path, **fault)
        with self.front.lock:
            self.front.faults.append(found)
        return found

    def _intent(self, reference: str) -> Thing:
        """Return an intent; for a session the one under it, made when somebody starts to pay."""
        session = self.book.sessions.get(reference)
        if session is None:
            return self.book.intents[reference]
        assert session["status"] in ("open", "complete"), "nobody can pay on a closed page"
        if session["payment_intent"] is None:
            data = session["payment_intent_data"]
            amount, currency = session["amount_total"], session["currency"]
            made = self.book.intent(
                amount, currency, data.get("metadata", {}), data.get("description")
            )
            session["payment_intent"] = made["id"]
        return self.book.intents[session["payment_intent"]]

    def _tell(self) -> None:
        if self.automatic:
            self.deliver()


@contextmanager
def running(clock: Callable[[], datetime] = utc_now) -> Iterator[Peer]:
    """Serve a new, empty account on a free loopback port."""
    secret_key = f"sk_test_{secrets.token_hex(12)}"
    server = Server(Front(Book(clock), secret_key))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield Peer(
            url=f"http://127.0.0.1:{server.server_port}",
            front=server.front,
            secret_key=secret_key,
            publishable_key=f"pk_test_{secrets.token_hex(12)}",
            webhook_secret=f"whsec_{secrets.token_hex(16)}",
        )
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
