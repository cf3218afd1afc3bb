"""Held places: never more than the cap, and back only when no ticket can buy them any more."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from passes_service.accounts.errors import FieldRefused
from passes_service.bootstrap import Services
from passes_service.catalog import escrow, escrow_left
from passes_service.chain_orders import service
from passes_service.chain_orders.errors import NotOnSale, OrderOpen, PlacesTaken, WalletNotYours
from passes_service.core.errors import DomainError
from tests.chain.local import LocalChain
from tests.chain_orders import ground
from tests.chain_orders.ground import Sale
from tests.fakes import Clock

pytestmark = pytest.mark.node


@pytest.fixture
def sale(services: Services, chain: LocalChain) -> Sale:
    """A ticketed sale of three passes."""
    return ground.sale(services, chain, ticketed=True, cap=3)


def left(sale: Sale) -> int:
    with sale.services.database.reading() as session:
        found = escrow.placed(session, organizer_id=sale.organizer_id, series_id=sale.series.id)
        return escrow_left.places_left(session, found)


class TestATicketedSale:
    def test_counts_what_is_held_and_what_is_bought_once_each(self, sale: Sale) -> None:
        order = sale.order(2)
        assert left(sale) == 1

        sale.pay(order)
        sale.read()

        assert left(sale) == 1
        sale.finish()
        assert left(sale) == 1

    def test_gives_the_last_place_to_one_of_two(self, sale: Sale) -> None:
        sale.order(2)
        friends = [ground.another_holder(sale, wallet) for wallet in sale.chain.accounts[3:5]]

        def ask(number: int) -> str:
            try:
                return sale.order(
                    holder_id=friends[number].id, wallet=sale.chain.accounts[3 + number]
                ).state
            except DomainError as error:
                return error.code

        with ThreadPoolExecutor(2) as threads:
            answers = sorted(threads.map(ask, range(2)))

        assert answers == ["open", "places-taken"]
        assert left(sale) == 0

    def test_keeps_a_place_until_a_final_block_is_past_the_deadline(
        self, sale: Sale, clock: Clock
    ) -> None:
        order = sale.order(3)
        after = order.deadline + timedelta(seconds=1)
        clock.now = after
        sale.read()
        assert (sale.state(order), left(sale)) == ("open", 0)  # our own clock decides nothing

        sale.chain.go_to(after)
        sale.read()
        assert (sale.state(order), left(sale)) == ("open", 0)  # that block may be replaced

        sale.finish()
        assert (sale.state(order), left(sale)) == ("expired", 3)

    def test_keeps_the_place_of_a_ticket_that_was_spent_in_time(
        self, sale: Sale, clock: Clock
    ) -> None:
        order = sale.order(3)
        sale.pay(order)
        clock.now = order.deadline + timedelta(minutes=1)
        sale.chain.go_to(clock.now)

        sale.finish()

        assert (sale.state(order), left(sale)) == ("completed", 0)

    def test_holds_the_place_again_when_the_chain_takes_the_purchase_back(self, sale: Sale) -> None:
        order = sale.order(2)
        before = sale.chain.snapshot()
        sale.pay(order)
        sale.read()
        assert sale.state(order) == "seen"

        sale.chain.revert(before)
        sale.chain.mine(3)
        sale.read()

        assert (sale.state(order), left(sale)) == ("open", 1)
        sale.pay(order)
        sale.finish()
        assert sale.state(order) == "completed"


class TestAnOrderIsRefused:
    def test_above_what_is_left(self, sale: Sale) -> None:
        with pytest.raises(PlacesTaken) as refused:
            sale.order(4)

        assert refused.value.members["left"] == 3

    def test_for_a_wallet_of_somebody_else(self, sale: Sale) -> None:
        with pytest.raises(WalletNotYours):
            sale.order(wallet=sale.chain.accounts[4])

    @pytest.mark.parametrize("quantity", [0, -1, service.MOST_AT_ONCE + 1])
    def test_for_no_number_of_passes(self, sale: Sale, quantity: int) -> None:
        with pytest.raises(FieldRefused):
            sale.order(quantity)

    def test_beside_an_open_one(self, sale: Sale, clock: Clock) -> None:
        first = sale.order()

        with pytest.raises(OrderOpen) as refused:
            sale.order()

        assert refused.value.members["order_id"] == str(first.id)
        clock.now = first.deadline
        assert sale.order().state == "open"

    def test_when_the_sale_is_closed(self, sale: Sale, clock: Clock) -> None:
        clock.now = sale.found.document.sale_closes_at

        with pytest.raises(NotOnSale):
            sale.order()
