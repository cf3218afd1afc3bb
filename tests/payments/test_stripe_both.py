"""One suite before two peers: localstripe, written by others, and our own fake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx2
import pytest

from passes_service.core.money import Money
from passes_service.payments.model import PaymentAnswer, PaymentAsked, Told
from passes_service.payments.stripe_provider import Stripe
from tests.payments.conftest import asked, back
from tests.payments.fake_stripe import Peer
from tests.payments.localstripe_peer import LocalStripe
from tests.payments.mailbox import Mailbox

DECLINED = "pm_card_chargeCustomerFail"


@dataclass
class Table:
    """A peer, our provider before it, and where its webhooks arrive."""

    url: str
    secret_key: str
    provider: Stripe
    post: Mailbox
    fake: Peer | None

    def confirm(self, reference: str, card: str = "pm_card_visa") -> int:
        """Do what a browser does: name a card, then confirm; return the status."""
        headers = {"Authorization": f"Bearer {self.secret_key}"}
        intent = f"{self.url}/v1/payment_intents/{reference}"
        with httpx2.Client(headers=headers, trust_env=False) as browser:
            named = browser.post(intent, data={"payment_method": card})
            assert named.status_code == 200, named.text
            return browser.post(f"{intent}/confirm", data={}).status_code

    def told(self, kind: str) -> Told:
        """Wait for a webhook of a type, as our provider reads it."""
        if self.fake is not None:
            self.fake.deliver()
        while True:
            headers, body = self.post.next()
            told = self.provider.read_event(headers, body, now=datetime.now(UTC))
            if told.type == kind:
                return told


@pytest.fixture(params=["localstripe", "fake"])
def table(request: pytest.FixtureRequest, post: Mailbox) -> Iterator[Table]:
    if request.param == "localstripe":
        real: LocalStripe = request.getfixturevalue("localstripe")
        real.tell(post.url)
        yield Table(real.url, real.secret_key, real.provider(), post, None)
    else:
        fake: Peer = request.getfixturevalue("peer")
        fake.endpoint = post.url
        yield Table(fake.url, fake.secret_key, fake.provider(), post, fake)


def paid(table: Table, wanted: PaymentAsked) -> PaymentAnswer:
    made = table.provider.ask(wanted)
    assert table.confirm(made.reference) == 200
    return made


def test_a_payment_is_asked_for_paid_told_and_looked_at(table: Table) -> None:
    wanted = asked(2500)
    made = table.provider.ask(wanted)
    assert (made.state, made.money, made.payment_id) == (
        "pending",
        Money(2500, "EUR"),
        wanted.payment_id,
    )
    assert made.reference.startswith("pi_")
    assert made.client["client_secret"].startswith(f"{made.reference}_secret_")
    assert made.client["publishable_key"].startswith("pk_test_")
    assert table.provider.look(made.reference, wanted.payment_id).state == "pending"

    assert table.confirm(made.reference) == 200
    told = table.told("payment_intent.succeeded")
    assert (told.kind, told.state, told.reference) == ("payment", "succeeded", made.reference)
    assert (told.payment_id, told.money) == (wanted.payment_id, Money(2500, "EUR"))
    now = table.provider.look(made.reference, wanted.payment_id)
    assert (now.state, now.money) == ("succeeded", Money(2500, "EUR"))
    assert now.payment_id == wanted.payment_id


def test_a_declined_card_is_told_with_its_reason_and_another_pays(table: Table) -> None:
    wanted = asked()
    made = table.provider.ask(wanted)
    assert table.confirm(made.reference, DECLINED) == 402

    told = table.told("payment_intent.payment_failed")
    assert (told.state, told.payment_id) == ("failed", wanted.payment_id)
    assert told.error == "Your card was declined."
    now = table.provider.look(made.reference, wanted.payment_id)
    assert (now.state, now.error) == ("failed", "Your card was declined.")
    assert now.error_code


def test_money_goes_back_once_per_refund_however_often_asked(table: Table) -> None:
    made = paid(table, asked(2500))
    wanted = back(made.reference, 1000)
    first, again = table.provider.refund(wanted), table.provider.refund(wanted)

    assert first == again
    assert (first.state, first.error) == ("settled", "")
    assert table.provider.look_refund(first.reference, wanted.refund_id) == first
    other = table.provider.refund(back(made.reference, 500))
    assert other.reference != first.reference
    [known] = [k for k in table.provider.listing(yesterday()) if k.reference == made.reference]
    assert known.refunded == Money(1500, "EUR")


def test_what_is_cancelled_cannot_be_paid_and_what_is_paid_not_cancelled(table: Table) -> None:
    open_one, payment_id = table.provider.ask(asked()), uuid4()
    assert table.provider.cancel(open_one.reference, payment_id).state == "cancelled"
    assert table.provider.cancel(open_one.reference, payment_id).state == "cancelled"
    assert table.provider.look(open_one.reference, payment_id).state == "cancelled"

    made = paid(table, asked())
    assert table.provider.cancel(made.reference, payment_id).state == "succeeded"


def test_the_list_has_every_payment_with_how_it_stands(table: Table) -> None:
    waiting, done = asked(700), asked(900)
    table.provider.ask(waiting)
    made = paid(table, done)

    known = {each.payment_id: each for each in table.provider.listing(yesterday())}
    assert known[waiting.payment_id].state == "pending"
    entry = known[done.payment_id]
    assert (entry.state, entry.reference, entry.money) == (
        "succeeded",
        made.reference,
        Money(900, "EUR"),
    )
    assert (entry.refunded, entry.disputed) == (Money(0, "EUR"), False)
    assert entry.created_at > yesterday()


def test_what_nobody_knows_is_unknown(table: Table) -> None:
    assert table.provider.look("pi_0123456789abcdef", uuid4()).state == "unknown"
    assert table.provider.cancel("pi_0123456789abcdef", uuid4()).state == "unknown"
    assert table.provider.look("", uuid4()).state == "unknown"
    assert table.provider.cancel("", uuid4()).state == "unknown"


def yesterday() -> datetime:
    return datetime.now(UTC) - timedelta(days=1)
