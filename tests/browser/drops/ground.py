"""Drops for page tests in a browser: every state that somebody can meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from passes_service.accounts import holders
from passes_service.bootstrap import Services
from passes_service.checkout import ending, paying
from passes_service.core.money import Money
from passes_service.db.models import Drop, Order, Series
from passes_service.drops import editions
from passes_service.drops.plan import OfferPlan, SharePlan, StockPlan
from passes_service.payments.model import PaymentAnswer
from passes_service.web.pages import checkout_views
from tests import people
from tests.browser.conftest import Live
from tests.checkout import ground as tills
from tests.drops import ground
from tests.drops.ground import Made
from tests.season import Season
from tests.web.pages import stage as logins

MEMBER = "lea@example.org"


@dataclass(frozen=True)
class Sale:
    """A Drop in a running service, with what its pages are about."""

    live: Live
    season: Season
    made: Made

    @property
    def services(self) -> Services:
        return self.live.services

    @property
    def path(self) -> str:
        return f"/o/{self.season.organizer.slug}/drops/{self.made.drop.slug}"

    def order_path(self, order: Order) -> str:
        """Return where the page of an order is."""
        return checkout_views.order_path(self.season.organizer, order, self.services)

    def member_token(self, email: str = MEMBER) -> str:
        """Sign a member in and return the login's token."""
        with self.services.database.transaction() as session:
            row = holders.for_email(
                session,
                organizer_id=self.season.organizer_id,
                email=email,
                name="Lea",
                verified=True,
                now=self.services.clock(),
            )
            return logins.sign_in(session, self.services, row.organizer_id, "holder", row.id)

    def hold(self, **more: Any) -> Order:
        """Hold a place as somebody else."""
        return tills.hold(self.services, self.made.drop, **more)

    def order(self, state: str) -> Order:
        """Make an order that is in a state."""
        order = self.hold(quantity=2)
        if state == "held":
            return order
        tills.place(self.services, order, MEMBER)
        if state == "completed":
            tills.complete(self.services, order)
        if state in ("paying", "failed", "returned", "late"):
            self._paid(order, state)
        if state == "cancelled":
            self._end(order)
        return tills.read(self.services, order)

    def _paid(self, order: Order, state: str) -> None:
        payment_id = tills.start(self.services, order, provider="external")
        failed = PaymentAnswer(state="failed", reference="shop-1", error="The card was declined.")
        pending = PaymentAnswer(state="pending", reference="shop-1")
        self.note(order, payment_id, failed if state == "failed" else pending)
        if state == "returned":
            self._end(order)
            ground.take(self.services, self.made.stock, sold=self.made.stock.quantity)
            self.note(order, payment_id, self.paid(order))

    def paid(self, order: Order) -> PaymentAnswer:
        """Return a provider's word that an order is paid."""
        row = tills.read(self.services, order)
        money = Money(row.total_minor, row.currency)
        return PaymentAnswer(state="succeeded", reference="shop-1", money=money)

    def note(self, order: Order, payment_id: UUID, answer: PaymentAnswer) -> None:
        """Let the provider say something of a payment."""
        with self.services.database.transaction() as session:
            row = paying.get(session, organizer_id=order.organizer_id, payment_id=payment_id)
            paying.note(session, row, answer, now=self.services.clock())

    def _end(self, order: Order) -> None:
        with self.services.database.transaction() as session:
            row = tills.live(session, order, self.services.clock())
            ending.cancel(
                session, row, reason="You gave the places back.", now=self.services.clock()
            )


def drop(live: Live, made: Season, **more: Any) -> Sale:
    """Schedule a Drop of a season."""
    return Sale(live, made, ground.drop(live.services, made, **more))


Kind = Callable[[Live, Season], Sale]
LOOKS = {"summary": "Three evenings in the cellar, one small table, no phones.",
         "proof": "“The best night of my year.” Noor, guest of the first season"}  # fmt: skip


def _open(live: Live, made: Season) -> Sale:
    return drop(live, made, quantity=40, **LOOKS)


def _scheduled(live: Live, made: Season) -> Sale:
    return drop(live, made, quantity=40, opens_in=timedelta(hours=30), **LOOKS)


def _held_by_others(live: Live, made: Season) -> Sale:
    sale = drop(live, made, quantity=2, **LOOKS)
    sale.hold(quantity=2)
    return sale


def _sold_out(live: Live, made: Season) -> Sale:
    sale = drop(live, made, quantity=2, **LOOKS)
    ground.take(live.services, sale.made.stock, sold=2)
    return sale


def _paused(live: Live, made: Season) -> Sale:
    return _change(drop(live, made, quantity=40, **LOOKS), state="paused")


def _closed(live: Live, made: Season) -> Sale:
    now = live.services.clock()
    return _change(drop(live, made, quantity=40, **LOOKS), state="closed", ended_at=now)


def _change(sale: Sale, **changes: object) -> Sale:
    """Set what of a Drop a test does not come by in a minute."""
    with sale.services.database.transaction() as session:
        row = session.get_one(Drop, (sale.made.drop.organizer_id, sale.made.drop.id))
        for name, value in changes.items():
            setattr(row, name, value)
        session.add(row)
    return sale


def _rich(live: Live, made: Season) -> Sale:
    """Phases, an Edition by steps, a bundle, two currencies, a partner."""
    services = live.services
    first = ground.another_series(services, made, title="First ten", price=Money(4_500, "EUR"))
    later = ground.another_series(services, made, title="Evening pass", cap=30)
    talk = ground.another_series(services, made, title="Meet the cook", price=Money(3_000, "EUR"))
    _edition(services, made, (first, later))
    partner, _ = people.organizer(services, "vinyl")
    friends = {"series_id": str(made.series.id)}
    hours = {"opens_in": timedelta(hours=1, minutes=1), "open_for": timedelta(minutes=30)}
    sale = drop(
        live,
        made,
        opens_in=timedelta(hours=1),
        stocks=(
            StockPlan(series_id=first.id, quantity=5, prices={"EUR": 4_500, "USD": 5_000}),
            StockPlan(series_id=later.id, quantity=30, prices={"EUR": 6_000, "USD": 6_500}),
            StockPlan(series_id=talk.id, quantity=5, prices={"EUR": 3_000, "USD": 3_300}),
        ),
        offers=(
            OfferPlan(title="Evening", series_ids=(first.id, later.id), kind="edition"),
            OfferPlan(
                title="Evening and talk",
                series_ids=(later.id, talk.id),
                kind="bundle",
                discount_bp=1_000,
            ),
        ),
        phases=(
            ground.phase(services, "holders", name="Regulars", params=friends, **hours),
            ground.phase(
                services,
                name="Early",
                discount_bp=2_000,
                quantity=10,
                opens_in=timedelta(hours=1, minutes=2),
                open_for=timedelta(hours=2),
            ),
            ground.phase(
                services,
                name="Everybody",
                opens_in=timedelta(hours=3, minutes=2),
                open_for=timedelta(hours=12),
            ),
        ),
        shares=(SharePlan(partner_id=partner.id, share_bp=2_500),),
        **LOOKS,
    )
    _change(sale, agreed=True)
    live.clock.now += timedelta(hours=1, minutes=5)
    return sale


def _edition(services: Services, made: Season, steps: tuple[Series, ...]) -> None:
    scope = {"organizer_id": made.organizer_id}
    with services.database.transaction() as session:
        edition = editions.create(
            session,
            **scope,
            calendar_id=made.calendar.id,
            title="Evening",
            cap=35,
            now=services.clock(),
        )
        for step in steps:
            editions.attach(session, **scope, edition_id=edition.id, series_id=step.id)


DROPS: dict[str, Kind] = {
    "open": _open,
    "scheduled": _scheduled,
    "held": _held_by_others,
    "sold-out": _sold_out,
    "paused": _paused,
    "closed": _closed,
    "rich": _rich,
}
ORDERS = (
    *("held", "placed", "paying", "failed", "late"),
    *("completed", "expired", "cancelled", "returned"),
)
