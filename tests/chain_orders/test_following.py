"""Which order a purchase belongs to, and what the chain takes back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlmodel import select

from passes_service.catalog import onchain
from passes_service.chain_orders import following, service
from passes_service.chain_orders.following import Purchase
from passes_service.core.chain_events import ChainOrderCompleted
from passes_service.core.pass_id import compose
from passes_service.db.models import ChainOrder, OutboxEvent
from tests.chain_orders import ground
from tests.chain_orders.ground import ETH, Sale
from tests.fakes import Clock
from tests.season import season

pytestmark = pytest.mark.node


def buy(sale: Sale, quantity: int, to: str, sender: str = "") -> dict[str, object]:
    """Buy straight from the contract, as anybody may in an open sale."""
    return sale.chain.act(
        sender or sale.buyer, sale.contract, "buy", sale.series.series_no, quantity, to,
        value=ETH.minor * quantity,
    )  # fmt: skip


class TestAnOpenSale:
    def test_finds_the_order_of_wallet_and_number(self, sale: Sale) -> None:
        order = sale.order(2)

        buy(sale, 1, sale.buyer)
        sale.read()
        assert sale.state(order) == "open"

        buy(sale, 2, sale.buyer)
        sale.read()
        assert sale.state(order) == "seen"

    def test_does_not_care_who_paid(self, sale: Sale) -> None:
        order = sale.order(2)

        buy(sale, 2, sale.buyer, sender=sale.chain.accounts[7])
        sale.read()

        assert sale.state(order) == "seen"

    def test_counts_what_was_bought_before_the_order_for_no_order(
        self, sale: Sale, clock: Clock
    ) -> None:
        buy(sale, 1, sale.buyer)
        clock.forward(minutes=5)
        order = sale.order(1)

        sale.read()

        assert sale.state(order) == "open"

    def test_takes_a_late_payment(self, sale: Sale, clock: Clock) -> None:
        order = sale.order(1)
        clock.now = order.deadline + timedelta(minutes=1)
        sale.chain.go_to(clock.now)
        sale.finish()
        assert sale.state(order) == "expired"

        buy(sale, 1, sale.buyer)
        sale.finish()

        assert sale.state(order) == "completed"

    def test_serves_the_order_that_named_the_transaction_first(
        self, sale: Sale, clock: Clock
    ) -> None:
        first = sale.order(1)
        clock.now = first.deadline
        second = sale.order(1)
        sale.chain.go_to(clock.now)
        name = str(buy(sale, 1, sale.buyer)["transactionHash"])
        with sale.services.database.transaction() as session:
            service.tell_hash(session, sale.now(second), name)

        sale.read()

        assert (sale.state(first), sale.state(second)) == ("open", "seen")

    def test_pays_two_orders_by_two_purchases_that_are_noted_at_once(
        self, sale: Sale, clock: Clock
    ) -> None:
        first = sale.order(1)
        clock.now = first.deadline
        second = sale.order(1)
        sale.chain.go_to(clock.now)
        names = [str(buy(sale, 1, sale.buyer)["transactionHash"]) for _ in range(2)]
        while sale.reader.step() == "advanced":
            pass

        def note(number: int) -> None:
            what = Purchase(
                organizer_id=sale.organizer_id,
                series_id=sale.series.id,
                chain_id=31337,
                transaction_hash=names[number],
                buyer=sale.buyer,
                pass_ids=[compose(sale.series.series_no, number + 1)],
            )
            with sale.services.database.transaction() as session:
                following.purchased(session, what)

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(note, range(2)))

        noted = {sale.now(one).transaction_hash for one in (first, second)}
        assert noted == set(names)

    def test_pays_one_order_once_however_often_the_event_comes(self, sale: Sale) -> None:
        first = sale.order(1)
        buy(sale, 1, sale.buyer)
        sale.read()
        with sale.services.database.transaction() as session:
            for row in session.exec(select(OutboxEvent)):
                row.delivered_at = None
                session.add(row)
        second = sale.order(1)

        sale.read()

        assert (sale.state(first), sale.state(second)) == ("seen", "open")


class TestAReorganisation:
    def test_reopens_an_order_and_completes_it_where_it_is_mined_again(self, sale: Sale) -> None:
        order = sale.order(1)
        before = sale.chain.snapshot()
        buy(sale, 1, sale.buyer)
        sale.read()
        seen = sale.now(order)
        assert seen.state == "seen"

        sale.chain.revert(before)
        sale.chain.mine(6)
        sale.read()
        gone = sale.now(order)
        assert (gone.state, gone.transaction_hash, gone.block_number) == ("open", None, None)

        buy(sale, 1, sale.buyer)
        sale.read()
        again = sale.now(order)
        assert again.state == "seen"
        assert again.block_number != seen.block_number

    def test_completes_once(self, sale: Sale) -> None:
        order = sale.order(1)
        buy(sale, 1, sale.buyer)
        sale.finish()
        sale.finish()

        assert sale.state(order) == "completed"
        with sale.services.database.reading() as session:
            told = session.exec(
                select(OutboxEvent).where(OutboxEvent.type == ChainOrderCompleted.type)
            ).all()
        assert len(told) == 1


def test_an_order_of_another_organizer_is_never_paid(sale: Sale) -> None:
    order = sale.order(1)
    with sale.services.database.reading() as session:
        assert session.exec(select(ChainOrder)).one().id == order.id
    made = season(sale.services, "other")
    found = ground.prepared(sale.services, sale.chain, made, sale.chain.accounts[8])
    create = onchain.create_series(found)
    sale.chain.send(sale.chain.accounts[8], create.to, create.data)
    sale.chain.act(
        sale.buyer, found.contract.address, "buy", found.series.series_no, 1, sale.buyer,
        value=ETH.minor,
    )  # fmt: skip
    sale.read()

    assert sale.state(order) == "open"
