"""Orders over nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from passes_service.core.money import Money
from passes_service.payments.errors import EventForged, PaymentRefused
from passes_service.payments.free import Free
from tests.payments.conftest import asked, back


def test_nothing_is_paid_at_once_and_stays_so() -> None:
    wanted = asked(0)
    made = Free().ask(wanted)
    assert made == Free().ask(wanted)
    assert (made.state, made.money) == ("succeeded", Money(0, "EUR"))
    for answer in (
        Free().look(made.reference, wanted.payment_id),
        Free().cancel(made.reference, wanted.payment_id),
    ):
        assert (answer.state, answer.reference) == ("succeeded", made.reference)
    assert list(Free().listing(datetime.now(UTC))) == []


def test_something_is_not_free() -> None:
    with pytest.raises(PaymentRefused):
        Free().ask(asked(1))


def test_what_was_not_asked_for_is_not_paid() -> None:
    made = Free().ask(asked(0))
    assert Free().look(made.reference, uuid4()).state == "unknown"
    assert Free().look("", uuid4()).state == "unknown"


def test_nothing_goes_back() -> None:
    wanted = back("free:x", 0)
    answer = Free().refund(wanted)
    assert answer.state == "settled"
    assert Free().look_refund(answer.reference, wanted.refund_id) == answer
    with pytest.raises(PaymentRefused):
        Free().refund(back("free:x", 1))


def test_nobody_speaks_for_it() -> None:
    with pytest.raises(EventForged):
        Free().read_event({}, b"{}", now=datetime.now(UTC))
