"""Whatever is signed is read or refused: no message of any shape breaks the reader."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from passes_service.payments.errors import EventForged
from passes_service.payments.stripe_events import HEARD
from passes_service.payments.stripe_provider import Stripe
from tests.payments.fake_stripe import Peer

NOW = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
NAMES = (
    "id object amount amount_received amount_total amount_refunded currency metadata payment_id "
    "refund_id status payment_status payment_intent last_payment_error code message created "
    "decline_code failure_reason data url type keys items get _data"
)
keys = st.sampled_from(NAMES.split())
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.sampled_from(["eur", "kwd", "succeeded", "expired", "complete", "lost", "pi_1"])
    | st.text(max_size=6)
)
things = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=5),
    max_leaves=12,
)
objects = st.dictionaries(keys, things, max_size=8)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kind=st.sampled_from(HEARD), thing=objects, around=objects)
def test_every_signed_shape_is_read_or_refused(
    peer: Peer, stripe: Stripe, kind: str, thing: dict[str, Any], around: dict[str, Any]
) -> None:
    event = around | {"id": "evt_1", "object": "event", "type": kind, "data": {"object": thing}}
    headers, body = peer.signed(json.dumps(event).encode(), at=NOW)
    told = stripe.read_event(headers, body, now=NOW)
    assert told.kind == "other" or told.reference or told.payment_id
    assert len(told.reference) <= 120


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(event=things)
def test_every_signed_value_is_read_or_refused(peer: Peer, stripe: Stripe, event: Any) -> None:
    headers, body = peer.signed(json.dumps(event).encode(), at=NOW)
    try:
        told = stripe.read_event(headers, body, now=NOW)
    except EventForged:
        return
    assert 0 < len(told.event_id) <= 120
