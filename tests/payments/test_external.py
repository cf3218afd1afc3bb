"""A storefront that took the money and says so."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from passes_service.core.money import Money
from passes_service.payments.errors import EventForged, EventStale, PaymentRefused
from passes_service.payments.external import External, secret_for, sign
from tests.payments.conftest import ORGANIZER, asked, back

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
KEY = b"k" * 32
PAYMENT = UUID("0190bbbb-0000-7000-8000-000000000002")


@pytest.fixture
def storefront() -> External:
    return External((secret_for(KEY, ORGANIZER),))


def message(kind: str = "payment.succeeded", **data: Any) -> bytes:
    said = {"payment_id": str(PAYMENT), "reference": "shop-17", "amount_minor": 2500}
    return json.dumps({"type": kind, "data": said | {"currency": "EUR"} | data}).encode()


def headers(
    body: bytes, *, at: datetime = NOW, event_id: str = "msg_1", secret: bytes | None = None
) -> dict[str, str]:
    stamp = int(at.timestamp())
    return {
        "Webhook-Id": event_id,
        "Webhook-Timestamp": str(stamp),
        "Webhook-Signature": sign(secret or secret_for(KEY, ORGANIZER), event_id, stamp, body),
    }


def test_a_signed_message_says_that_money_came(storefront: External) -> None:
    body = message()
    told = storefront.read_event(headers(body), body, now=NOW)
    assert (told.kind, told.state, told.money) == ("payment", "succeeded", Money(2500, "EUR"))
    assert (told.payment_id, told.reference, told.event_id) == (PAYMENT, "shop-17", "msg_1")
    assert told == storefront.read_event(headers(body), body, now=NOW)


def test_it_is_signed_as_standard_webhooks_says(storefront: External) -> None:
    body = message()
    key = base64.b64decode(storefront.secret.removeprefix("whsec_"))
    content = b"msg_9." + str(int(NOW.timestamp())).encode() + b"." + body
    mac = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    by_hand = headers(body, event_id="msg_9") | {"Webhook-Signature": f"v1a,xx v1,{mac}"}
    assert storefront.read_event(by_hand, body, now=NOW).event_id == "msg_9"


@pytest.mark.parametrize(
    ("kind", "member", "value"),
    [
        ("payment.failed", "state", "failed"),
        ("payment.cancelled", "state", "cancelled"),
        ("refund.settled", "refund_state", "settled"),
        ("refund.failed", "refund_state", "failed"),
        ("dispute.opened", "dispute", "open"),
        ("dispute.won", "dispute", "won"),
        ("dispute.lost", "dispute", "lost"),
    ],
)
def test_it_may_say_other_things_too(
    storefront: External, kind: str, member: str, value: str
) -> None:
    refund_id = uuid4()
    body = message(kind, refund_id=str(refund_id))
    told = storefront.read_event(headers(body), body, now=NOW)
    assert told.kind == kind.partition(".")[0]
    assert getattr(told, member) == value
    assert told.refund_id == refund_id


def test_each_organizer_has_a_secret_of_its_own(storefront: External) -> None:
    other = External((secret_for(KEY, uuid4()),))
    body = message()
    with pytest.raises(EventForged):
        other.read_event(headers(body), body, now=NOW)
    assert other.secret != storefront.secret
    assert storefront.secret not in repr(storefront)


def test_an_older_secret_is_good_while_its_key_is(storefront: External) -> None:
    older = secret_for(b"o" * 32, ORGANIZER)
    body = message()
    with pytest.raises(EventForged):
        storefront.read_event(headers(body, secret=older), body, now=NOW)
    both = replace(storefront, secrets=(*storefront.secrets, older))
    assert both.read_event(headers(body, secret=older), body, now=NOW).state == "succeeded"


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_a_message_from_another_time_is_stale(storefront: External, seconds: int) -> None:
    body = message()
    with pytest.raises(EventStale):
        storefront.read_event(headers(body, at=NOW + timedelta(seconds=seconds)), body, now=NOW)


@pytest.mark.parametrize(
    "change",
    [
        {"Webhook-Id": "msg_2"},
        {"Webhook-Id": ""},
        {"Webhook-Id": "x" * 121},
        {"Webhook-Id": "a b"},
        {"Webhook-Timestamp": "1"},
        {"Webhook-Timestamp": "-1"},
        {"Webhook-Timestamp": "٣"},
        {"Webhook-Timestamp": "9" * 5000},
        {"Webhook-Signature": ""},
        {"Webhook-Signature": "v1,"},
        {"Webhook-Signature": "v1,é"},
        {"Webhook-Signature": "v2," + "A" * 44},
    ],
)
def test_what_is_not_signed_is_forged(storefront: External, change: dict[str, str]) -> None:
    body = message()
    with pytest.raises(EventForged):
        storefront.read_event(headers(body) | change, body, now=NOW)
    with pytest.raises(EventForged):
        storefront.read_event(headers(body), body + b" ", now=NOW)


def test_a_time_that_is_no_instant_is_forged(storefront: External) -> None:
    body, stamp = message(), 999_999_999_999
    signature = sign(secret_for(KEY, ORGANIZER), "msg_1", stamp, body)
    given = headers(body) | {"Webhook-Timestamp": str(stamp), "Webhook-Signature": signature}
    with pytest.raises(EventForged):
        storefront.read_event(given, body, now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        message("payment.invented"),
        message(payment_id="not-ours"),
        message(amount_minor=0),
        message(amount_minor=-2500),
        message(amount_minor=25.5),
        message(amount_minor="2500"),
        message(amount_minor=True),
        message(amount_minor=2**256),
        message(currency="ZZZ"),
        message(currency="eur"),
        message(reference="x" * 121),
        message("refund.settled"),
    ],
)
def test_a_signed_message_that_says_nothing_is_refused(storefront: External, body: bytes) -> None:
    with pytest.raises(EventForged):
        storefront.read_event(headers(body), body, now=NOW)


def test_it_is_waited_for_and_never_asked(storefront: External) -> None:
    wanted = asked(2500)
    made = storefront.ask(wanted)
    assert made == storefront.ask(wanted)
    assert (made.state, made.reference) == ("pending", str(wanted.payment_id))
    assert storefront.look(made.reference, wanted.payment_id) == made
    assert storefront.look("", wanted.payment_id).state == "unknown"
    assert storefront.cancel(made.reference, wanted.payment_id).state == "cancelled"
    assert list(storefront.listing(NOW)) == []
    goes = back(made.reference, 2500)
    assert storefront.refund(goes) == storefront.refund(goes)
    assert storefront.refund(goes).state == "pending"
    assert storefront.look_refund(str(goes.refund_id), goes.refund_id).state == "pending"
    with pytest.raises(PaymentRefused):
        storefront.ask(asked(0))
    with pytest.raises(PaymentRefused):
        storefront.refund(back(made.reference, 0))
