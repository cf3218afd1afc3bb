"""Purchases without an order: seen by the organizer with a reason and a way on."""

from __future__ import annotations

import pytest

from passes_service.chain_orders import service, strays
from passes_service.chain_orders.strays import Stray
from tests.chain_orders import ground
from tests.chain_orders.ground import ETH, Sale

pytestmark = pytest.mark.node


def found(sale: Sale) -> list[Stray]:
    with sale.services.database.reading() as session:
        return strays.strays(session, organizer_id=sale.organizer_id)


def buy(sale: Sale, quantity: int, to: str) -> str:
    receipt = sale.chain.act(
        sale.buyer, sale.contract, "buy", sale.series.series_no, quantity, to,
        value=ETH.minor * quantity,
    )  # fmt: skip
    sale.read()
    return str(receipt["transactionHash"])


def test_a_paid_order_is_none(sale: Sale) -> None:
    sale.pay(sale.order())
    sale.read()

    assert found(sale) == []


def test_a_purchase_without_an_order_says_how_its_owner_gets_in(sale: Sale) -> None:
    name = buy(sale, 2, sale.chain.accounts[6])

    (stray,) = found(sale)

    assert (stray.transaction_hash, stray.wallet) == (name, sale.chain.accounts[6])
    assert len(stray.pass_ids) == 2
    assert "without an order" in stray.reason
    assert "signs in with the wallet" in stray.next


def test_its_owner_is_known_once_the_wallet_has_signed_in(sale: Sale) -> None:
    friend = ground.another_holder(sale, sale.chain.accounts[6])
    buy(sale, 1, sale.chain.accounts[6])

    (stray,) = found(sale)

    assert stray.holder is not None
    assert stray.holder.id == friend.id
    assert "in their account" in stray.next


def test_an_order_that_was_paid_for_another_wallet_is_named(sale: Sale) -> None:
    order = sale.order()
    name = buy(sale, 1, sale.chain.accounts[6])
    with sale.services.database.transaction() as session:
        service.tell_hash(session, order, name)

    (stray,) = found(sale)

    assert sale.buyer in stray.reason


def test_another_number_than_ordered_is_said(sale: Sale) -> None:
    sale.order(1)
    buy(sale, 2, sale.buyer)

    (stray,) = found(sale)

    assert "Bought 2 at once" in stray.reason
