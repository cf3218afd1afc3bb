"""Buying in a Drop by its forms, as a browser without a script does; codes and taxes for it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlmodel import select
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.checkout import paying
from passes_service.core.money import Money
from passes_service.db.models import Coupon, Order, Payment, TaxRule
from passes_service.payments.model import PaymentAnswer
from tests import people
from tests.season import Season
from tests.web.pages.conftest import HTML, Answer, Browser

MEMBER = "lea@example.org"
PAGE = "/o/nocturne/drops/the-drop"


def key_of(text: str, action: str) -> str:
    """Return the Idempotency-Key of the form that goes to an address ending so."""
    found = re.search(rf'action="[^"]*{action}"[^§]*?name="_key" value="([^"]+)"', text)
    assert found is not None, action
    return found[1]


def send(browser: Browser, path: str, **values: str) -> Answer:
    """Send a form exactly so."""
    answer = browser.client.post(path, data=values, headers={"Accept": HTML})
    return Answer(
        answer.status_code, answer.text, answer.headers.get("location", ""), dict(answer.headers)
    )


def press(browser: Browser, page: str = PAGE, **values: str) -> str:
    """Press the button of the Drop and return where it leads: the page of an order."""
    values.setdefault("_key", key_of(browser.get(page).text, "the-drop"))
    answer = send(browser, page, **values)
    assert answer.status == 303, answer.text
    return answer.location.partition("?")[0]


def fill(browser: Browser, path: str, tail: str, **values: str) -> Answer:
    """Send a form of an order's page with the key that it carries."""
    return send(browser, path + tail, _key=key_of(browser.get(path).text, tail), **values)


def name(browser: Browser, path: str, email: str = "lea@example.org", **values: str) -> None:
    """Say who gets the passes."""
    answer = fill(browser, path, "/name", email=email, **values)
    assert answer.status == 303, answer.text


def coupon(services: Services, made: Season, code: str = "EARLY", **more: Any) -> None:
    """Make a code that takes half off, once."""
    fields: dict[str, Any] = {"percent_bp": 5000, "max_uses": 1, **more}
    with services.database.transaction() as session:
        session.add(
            Coupon(organizer_id=made.organizer_id, code=code, created_at=services.clock(), **fields)
        )


def tax(services: Services, made: Season) -> None:
    """Let the organizer have a tax inside its prices."""
    with services.database.transaction() as session:
        session.add(
            TaxRule(
                organizer_id=made.organizer_id,
                name="VAT",
                rate_bp=1900,
                included=True,
                created_at=services.clock(),
            )
        )


@dataclass
class Doors:
    """Ways to open a browser: as a guest, or signed in."""

    open: Callable[[], TestClient]
    services: Services
    made: Season

    def guest(self) -> Browser:
        return Browser(self.open())

    def member(self, email: str = MEMBER) -> Browser:
        client = self.open()
        people.sign_in_holder(client, self.services, self.made.organizer_id, email)
        return Browser(client)


def orders(services: Services) -> list[Order]:
    with services.database.reading() as session:
        return list(session.exec(select(Order)))


def told(services: Services, state: Any, **more: Any) -> None:
    """Let a provider say something of the only payment."""
    with services.database.transaction() as session:
        row = session.exec(select(Payment)).one()
        money = Money(row.amount_minor, row.currency)
        answer = PaymentAnswer(state=state, reference="shop-1", money=money, **more)
        paying.note(session, row, answer, now=services.clock())
