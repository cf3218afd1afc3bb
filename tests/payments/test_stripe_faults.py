"""What goes wrong on the way to Stripe, before the fake."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from passes_service.core.money import Money
from passes_service.payments.errors import (
    CurrencyNotTaken,
    PaymentProviderBroken,
    PaymentProviderUnavailable,
    PaymentRefused,
)
from passes_service.payments.model import PaymentAnswer, RefundAnswer
from passes_service.payments.stripe_provider import Stripe
from tests.payments import fake_stripe
from tests.payments.conftest import asked, back
from tests.payments.fake_stripe import Peer
from tests.payments.fake_stripe_http import Call

INTENTS, REFUNDS = "/v1/payment_intents", "/v1/refunds"


def test_the_same_payment_asked_twice_is_one_payment(peer: Peer, stripe: Stripe) -> None:
    wanted = asked()
    assert stripe.ask(wanted) == stripe.ask(wanted)
    assert len(peer.book.intents) == 1
    assert peer.calls[0].key == f"payment-{wanted.payment_id}"
    assert peer.calls[0].version == "2026-10-28.endive"


def test_the_same_payment_with_other_words_is_refused(peer: Peer, stripe: Stripe) -> None:
    wanted = asked(2500)
    stripe.ask(wanted)
    with pytest.raises(PaymentRefused, match="with other words"):
        stripe.ask(replace(wanted, money=Money(100, "EUR")))
    assert len(peer.book.intents) == 1


@pytest.mark.parametrize("fault", [{"status": 500}, {"drop": "before"}, {"drop": "after"}])
@pytest.mark.parametrize("path", [INTENTS, "/v1/checkout/sessions"])
def test_one_fault_is_overcome_and_nothing_is_made_twice(
    peer: Peer, stripe: Stripe, fault: dict[str, object], path: str
) -> None:
    peer.fail("POST", path, **fault)
    made = stripe.ask(asked(way="intent" if path == INTENTS else "session"))
    assert made.state == "pending"
    assert len(peer.book.intents) + len(peer.book.sessions) == 1
    assert len({call.key for call in peer.calls}) == 1
    assert len(peer.calls) == 2


def test_a_fault_that_stripe_remembers_is_left_behind_with_a_new_payment(
    peer: Peer, stripe: Stripe
) -> None:
    wanted = asked()
    peer.fail("POST", INTENTS, status=500, kept=True)
    for _ in range(2):
        with pytest.raises(PaymentProviderUnavailable):
            stripe.ask(wanted)
    assert stripe.ask(asked()).state == "pending"


@pytest.mark.parametrize("drop", ["before", "after"])
def test_an_answer_that_never_comes_may_be_asked_for_again(
    peer: Peer, stripe: Stripe, drop: str
) -> None:
    wanted = asked()
    peer.fail("POST", INTENTS, drop=drop, times=2)
    with pytest.raises(PaymentProviderUnavailable) as refused:
        stripe.ask(wanted)
    assert refused.value.members["retry_after"] > 0
    assert stripe.ask(wanted).state == "pending"
    assert len(peer.book.intents) == 1


def test_a_slow_answer_is_not_waited_for_and_is_found_later(peer: Peer) -> None:
    wanted, stripe = asked(), peer.provider(seconds=0.3, retries=0)
    peer.fail("POST", INTENTS, seconds=1)
    with pytest.raises(PaymentProviderUnavailable):
        stripe.ask(wanted)
    answer = peer.provider().ask(wanted)
    assert [answer.reference] == list(peer.book.intents)


def test_too_many_calls_are_told_to_wait_as_long_as_stripe_says(peer: Peer, stripe: Stripe) -> None:
    peer.fail("POST", INTENTS, status=429, retry_after=17)
    with pytest.raises(PaymentProviderUnavailable) as refused:
        stripe.ask(asked())
    assert refused.value.members == {"retry_after": 17}
    assert len(peer.calls) == 1


def test_two_at_once_with_one_key_make_one_payment(peer: Peer) -> None:
    wanted, stripe = asked(), peer.provider()
    inside, go_on = threading.Event(), threading.Event()

    def hold(call: Call) -> None:
        inside.set()
        go_on.wait(10)

    peer.front.while_working = hold
    answers: list[PaymentAnswer] = []
    first = threading.Thread(target=lambda: answers.append(stripe.ask(wanted)))
    first.start()
    assert inside.wait(10)
    with pytest.raises(PaymentProviderUnavailable):  # 409: the first one is still running
        peer.provider(retries=0).ask(wanted)
    go_on.set()
    first.join(10)
    assert answers == [stripe.ask(wanted)]
    assert len(peer.book.intents) == 1


def test_two_at_once_refund_once(peer: Peer) -> None:
    stripe = peer.provider()
    made = stripe.ask(asked(2500))
    peer.pay(made.reference)
    wanted, both = back(made.reference, 1000), threading.Barrier(2, timeout=10)

    def meet(call: Call) -> None:
        if call.method == "GET":  # both have looked for the refund before either makes it
            both.wait()

    peer.front.while_working = meet
    answers: list[RefundAnswer] = []
    threads = [
        threading.Thread(target=lambda: answers.append(peer.provider().refund(wanted)))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers[0] == answers[1]
    assert len(peer.book.refunds) == 1


def test_a_peer_on_this_machine_is_not_asked_through_a_proxy(
    peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY"):  # the machine's settings, as an operator has them
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert peer.provider(seconds=2, retries=0).ask(asked()).state == "pending"


def test_a_refund_is_made_once_whatever_happens_to_the_answer(peer: Peer, stripe: Stripe) -> None:
    made = stripe.ask(asked(2500))
    peer.pay(made.reference)
    wanted = back(made.reference, 2500)
    peer.fail("POST", REFUNDS, drop="after", times=2)
    with pytest.raises(PaymentProviderUnavailable):
        stripe.refund(wanted)
    peer.front.kept.clear()  # a day later Stripe has forgotten the key
    assert stripe.refund(wanted).state == "settled"
    assert len(peer.book.refunds) == 1


def test_no_more_goes_back_than_was_paid(peer: Peer, stripe: Stripe) -> None:
    made = stripe.ask(asked(2500))
    with pytest.raises(PaymentRefused):
        stripe.refund(back(made.reference, 2500))
    peer.pay(made.reference)
    with pytest.raises(PaymentRefused, match="Only 2500 is left"):
        stripe.refund(back(made.reference, 2501))
    stripe.refund(back(made.reference, 2000))
    with pytest.raises(PaymentRefused):
        stripe.refund(back(made.reference, 501))
    stripe.refund(back(made.reference, 500))
    with pytest.raises(PaymentRefused) as refused:
        stripe.refund(back(made.reference, 1))
    assert refused.value.members["provider_code"] == "charge_already_refunded"
    with pytest.raises(PaymentRefused):
        stripe.refund(back(made.reference, 0))


def test_a_refund_that_waits_settles_or_comes_back(peer: Peer, stripe: Stripe) -> None:
    made = stripe.ask(asked(2500))
    peer.pay(made.reference)
    peer.book.refunds_settle = False
    wanted = back(made.reference, 1000)
    answer = stripe.refund(wanted)
    assert answer.state == "pending"
    peer.end_refund(answer.reference, fails=True)
    now = stripe.look_refund(answer.reference, wanted.refund_id)
    assert (now.state, now.error) == ("failed", "expired_or_canceled_card")
    with pytest.raises(PaymentRefused):
        stripe.look_refund("re_nothing", wanted.refund_id)


def test_a_key_stripe_does_not_know_is_the_operators_to_mend(peer: Peer) -> None:
    with fake_stripe.running() as other:
        stranger = replace(peer, secret_key=other.secret_key).provider()
        with pytest.raises(PaymentProviderBroken) as refused:
            stranger.ask(asked())
    assert other.secret_key not in f"{refused.value.detail}{refused.value.members}"
    assert other.secret_key not in repr(stranger)
    assert peer.webhook_secret not in repr(stranger)


@pytest.mark.parametrize(
    ("minor", "currency", "error"),
    [
        (49, "EUR", PaymentRefused),
        (100_000_000, "EUR", PaymentRefused),
        (10**70, "EUR", PaymentRefused),
        (0, "EUR", PaymentRefused),
        (2500, "XCD", CurrencyNotTaken),  # the fake's account does not take it, and says so
        (10**18, "ETH", CurrencyNotTaken),
        (5_000_000, "USDC", CurrencyNotTaken),
        (5124, "KWD", CurrencyNotTaken),
    ],
)
@pytest.mark.parametrize("way", ["intent", "session"])
def test_amounts_stripe_does_not_take_are_refused_in_words(
    peer: Peer, stripe: Stripe, minor: int, currency: str, error: type[Exception], way: str
) -> None:
    with pytest.raises(error):
        stripe.ask(asked(minor, currency, way="intent" if way == "intent" else "session"))
    assert not peer.book.intents
    assert not peer.book.sessions


def test_the_second_step_is_stripes_and_may_fail(peer: Peer, stripe: Stripe) -> None:
    wanted = asked()
    made = stripe.ask(wanted)
    for passes, state in ((False, "failed"), (True, "succeeded")):
        peer.ask_for_second_step(made.reference)
        assert stripe.look(made.reference, wanted.payment_id).state == "pending"
        peer.authenticate(made.reference, passes=passes)
        assert stripe.look(made.reference, wanted.payment_id).state == state


def test_what_the_bank_is_deciding_cannot_be_cancelled_yet(peer: Peer, stripe: Stripe) -> None:
    wanted = replace(asked(), email=None)
    made = stripe.ask(wanted)
    peer.pay_later(made.reference)
    with pytest.raises(PaymentProviderUnavailable):
        stripe.cancel(made.reference, wanted.payment_id)
    peer.bank_decides(made.reference, paid=False)
    assert stripe.cancel(made.reference, wanted.payment_id).state == "cancelled"
    assert not stripe.look(made.reference, wanted.payment_id).client


def test_the_list_is_read_to_its_last_page(peer: Peer, stripe: Stripe) -> None:
    for number in range(250):
        peer.book.intent(1000 + number, "eur", {"payment_id": str(uuid4())}, None)
    peer.book.intent(5, "xxx", {}, None)  # nothing this service could have asked for
    known = list(stripe.listing(datetime.now(UTC) - timedelta(hours=1)))
    assert sorted(each.money.minor for each in known) == list(range(1000, 1250))
    assert len(peer.calls) == 3
    assert list(stripe.listing(datetime.now(UTC) + timedelta(hours=1))) == []


def test_a_list_that_breaks_off_says_so(peer: Peer, stripe: Stripe) -> None:
    for _ in range(150):
        peer.book.intent(1000, "eur", {}, None)
    found = stripe.listing(datetime.now(UTC) - timedelta(hours=1))
    next(found)
    peer.fail("GET", INTENTS, status=500, times=2)
    with pytest.raises(PaymentProviderUnavailable):
        list(found)
