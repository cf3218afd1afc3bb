"""The storefront took the money and says so: signed messages in the manner of Standard Webhooks.

    webhook-id: <unique, at most 120 characters>    webhook-timestamp: <seconds since 1970>
    webhook-signature: v1,<base64 of HMAC-SHA256 over "id.timestamp.body">  (several, by spaces)

    {"type": "payment.succeeded", "data": {"payment_id": "<ours>", "reference": "<theirs>",
                                           "amount_minor": 1250, "currency": "EUR"}}

We cannot ask a storefront anything: what it has not told us is pending.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

from passes_service.payments import signed
from passes_service.payments.errors import EventForged, PaymentRefused
from passes_service.payments.external_read import read
from passes_service.payments.model import (
    Known,
    PaymentAnswer,
    PaymentAsked,
    RefundAnswer,
    RefundAsked,
    Told,
)

_LABEL: Final = b"passes-service external payments 1\x00"
_ID = re.compile(r"[!-~]{1,120}")
_SECONDS = re.compile(r"[0-9]{1,12}")
MOST_SIGNATURES: Final = 8


def secret_for(session_key: bytes, organizer_id: UUID) -> bytes:
    """Derive the secret that one organizer's storefront signs with; it changes with the key."""
    return hmac.digest(session_key, _LABEL + organizer_id.bytes, hashlib.sha256)


def written(secret: bytes) -> str:
    """Return a secret as Standard Webhooks writes it: "whsec_" and base64."""
    return "whsec_" + base64.b64encode(secret).decode()


def sign(secret: bytes, event_id: str, timestamp: int, body: bytes) -> str:
    """Return one signature of a message, as the header carries it."""
    content = f"{event_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, content, hashlib.sha256)).decode()


@dataclass(frozen=True, slots=True)
class External:
    """A storefront that sells for one organizer. `secrets`: the current one first."""

    secrets: tuple[bytes, ...] = field(repr=False)
    name: str = field(default="external", init=False)

    @property
    def secret(self) -> str:
        """What the organizer types into the storefront; shown to staff who ask for it."""
        return written(self.secrets[0])

    def ask(self, asked: PaymentAsked) -> PaymentAnswer:
        """Wait for the storefront to say that it has the money."""
        if not asked.money.minor:
            raise PaymentRefused("An order over nothing is not paid at a storefront.")
        return _pending(str(asked.payment_id), asked.payment_id)

    def look(self, reference: str, payment_id: UUID) -> PaymentAnswer:
        """Return that we know no more than before: the storefront cannot be asked."""
        if not reference:
            return PaymentAnswer(state="unknown", reference="", payment_id=payment_id)
        return _pending(reference, payment_id)

    def cancel(self, reference: str, payment_id: UUID) -> PaymentAnswer:
        """Stop waiting. Should the storefront say later that it was paid, that is late money."""
        return PaymentAnswer(state="cancelled", reference=reference, payment_id=payment_id)

    def refund(self, asked: RefundAsked) -> RefundAnswer:
        """Wait for the storefront to send the money back and say so (refund.settled)."""
        if not asked.money.minor:
            raise PaymentRefused("Nothing to send back.")
        return RefundAnswer(state="pending", reference=str(asked.refund_id))

    def look_refund(self, reference: str, refund_id: UUID) -> RefundAnswer:
        """Return that we know no more than before."""
        return RefundAnswer(state="pending", reference=reference or str(refund_id))

    def listing(self, since: datetime) -> Iterator[Known]:
        """List nothing: the storefront's book is not open to us."""
        return iter(())

    def read_event(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> Told:
        """Verify what a storefront says.

        Raises:
            EventForged: Not signed with this organizer's secret, or not readable.
            EventStale: Signed more than five minutes away from `now`.
        """
        event_id = signed.header(headers, "webhook-id")
        stamp = signed.header(headers, "webhook-timestamp")
        if not _ID.fullmatch(event_id) or not _SECONDS.fullmatch(stamp):
            raise EventForged("The message has no usable webhook-id or webhook-timestamp.")
        given = signed.header(headers, "webhook-signature").split(" ")[:MOST_SIGNATURES]
        if not any(self._signed(one, event_id, stamp, body) for one in given):
            raise EventForged("The message is not signed with this organizer's secret.")
        signed_at = signed.check_time(int(stamp), now)
        return read(body, event_id=event_id, signed_at=signed_at)

    def _signed(self, given: str, event_id: str, stamp: str, body: bytes) -> bool:
        version, _, coded = given.partition(",")
        if version != "v1":
            return False
        try:
            found = base64.b64decode(coded, validate=True)
        except (binascii.Error, ValueError):
            return False
        content = f"{event_id}.{stamp}.".encode() + body
        return any(
            hmac.compare_digest(found, hmac.digest(secret, content, hashlib.sha256))
            for secret in self.secrets
        )


def _pending(reference: str, payment_id: UUID) -> PaymentAnswer:
    return PaymentAnswer(
        state="pending",
        reference=reference,
        client={"payment_id": str(payment_id)},
        payment_id=payment_id,
    )
