"""What a transaction did, in words that tell a buyer what to do next."""

from __future__ import annotations

from typing import Any

import pytest

from passes_service.bootstrap import Services
from passes_service.chain.errors import NodeRefused
from passes_service.chain.networks import Network
from passes_service.chain.node import Node
from passes_service.chain_orders import asking, tickets
from passes_service.chain_orders.asking import Said
from tests.chain.local import GAS, LocalChain
from tests.chain_orders import ground
from tests.chain_orders.ground import ETH, USDC, Sale

pytestmark = pytest.mark.node


def ask(sale: Sale, order: Any, name: str) -> Said:
    return asking.ask(sale.services.node(31337), sale.bill(order), name)


def send_anyway(sale: Sale, transaction: Any, *, value: int | None = None) -> str:
    """Send what will be refused, without asking the node what it thinks; return its hash."""
    sent = {
        "from": sale.buyer,
        "to": transaction.to,
        "data": transaction.data,
        "value": hex(transaction.value if value is None else value),
        "gas": GAS,
    }
    sale.chain.rpc("evm_setAutomine", False)
    try:
        name = str(sale.chain.rpc("eth_sendTransaction", sent))
        sale.chain.mine()
    finally:
        sale.chain.rpc("evm_setAutomine", True)
    return name


class TestATransaction:
    def test_that_bought_says_so(self, sale: Sale) -> None:
        order = sale.order()
        said = ask(sale, order, str(sale.pay(order)["transactionHash"]))

        assert said.status == "bought"

    def test_that_bought_for_another_wallet_says_whose_it_is(self, sale: Sale) -> None:
        order = sale.order()
        other = sale.chain.accounts[6]
        receipt = sale.chain.act(
            sale.buyer, sale.contract, "buy", sale.series.series_no, 1, other, value=ETH.minor
        )

        said = ask(sale, order, receipt["transactionHash"])

        assert said.status == "bought-elsewhere"
        assert other in said.sentence

    def test_that_bought_another_number_says_which(self, sale: Sale) -> None:
        order = sale.order(1)
        receipt = sale.chain.act(
            sale.buyer, sale.contract, "buy", sale.series.series_no, 2, sale.buyer,
            value=2 * ETH.minor,
        )  # fmt: skip

        assert "2 passes where 1" in ask(sale, order, receipt["transactionHash"]).sentence

    def test_of_a_wrong_amount_was_refused_by_name(self, sale: Sale) -> None:
        order = sale.order()
        name = send_anyway(sale, tickets.purchase(sale.bill(order)), value=ETH.minor - 1)

        said = ask(sale, order, name)

        assert said.status == "refused"
        assert str(ETH.minor - 1) in said.sentence
        assert "Nothing was paid" in said.next

    def test_in_a_pause_was_refused_until_then(self, sale: Sale) -> None:
        order = sale.order()
        sale.chain.act(sale.owner, sale.contract, "pause", 3600)
        name = send_anyway(sale, tickets.purchase(sale.bill(order)))

        assert "paused" in ask(sale, order, name).sentence

    def test_after_the_last_pass_was_refused_as_sold_out(self, sale: Sale) -> None:
        order = sale.order()
        sale.chain.act(
            sale.owner, sale.contract, "buy", sale.series.series_no, 5, sale.owner,
            value=5 * ETH.minor,
        )  # fmt: skip
        name = send_anyway(sale, tickets.purchase(sale.bill(order)))

        assert "0 are left" in ask(sale, order, name).sentence

    def test_after_its_time_was_refused_as_late(
        self, services: Services, chain: LocalChain
    ) -> None:
        sale = ground.sale(services, chain, ticketed=True)
        order = sale.order()
        chain.go_to(order.deadline)
        name = send_anyway(sale, tickets.purchase(sale.bill(order)))

        said = ask(sale, order, name)

        assert "time ended" in said.sentence
        assert "Place a new order" in said.next

    def test_that_waits_is_pending_and_one_that_nobody_knows_is_not(self, sale: Sale) -> None:
        order = sale.order()
        buy = tickets.purchase(sale.bill(order))
        sale.chain.rpc("evm_setAutomine", False)
        sent = {"from": sale.buyer, "to": buy.to, "data": buy.data, "value": hex(buy.value)}
        name = str(sale.chain.rpc("eth_sendTransaction", {**sent, "gas": GAS}))
        try:
            assert ask(sale, order, name).status == "pending"
        finally:
            sale.chain.rpc("evm_setAutomine", True)
        assert ask(sale, order, "0x" + "12" * 32).status == "unknown"

    def test_of_something_else_is_called_that(self, sale: Sale) -> None:
        order = sale.order()
        receipt = sale.chain.send(sale.buyer, sale.chain.accounts[9], value=5)

        assert ask(sale, order, receipt["transactionHash"]).status == "other"


class TestMoney:
    def test_sent_straight_to_the_contract_is_said_to_be_lost(
        self, services: Services, chain: LocalChain
    ) -> None:
        token = ground.coin(chain, chain.accounts[2])
        sale = ground.sale(ground.on(chain, services, USDC=token), chain, price=USDC, token=token)
        order = sale.order()
        data = ground.token_call(
            "transfer(address,uint256)", ("address", "uint256"), sale.contract, USDC.minor
        )
        receipt = chain.send(sale.buyer, token, data)

        said = ask(sale, order, receipt["transactionHash"])

        assert said.status == "sent-astray"
        assert "nobody can take it out" in said.sentence

    def test_in_ether_cannot_be_sent_there_at_all(self, sale: Sale) -> None:
        with pytest.raises(NodeRefused):
            sale.chain.send(sale.buyer, sale.contract, value=ETH.minor)

    def test_that_was_allowed_waits_for_the_purchase(
        self, services: Services, chain: LocalChain
    ) -> None:
        token = ground.coin(chain, chain.accounts[2])
        sale = ground.sale(ground.on(chain, services, USDC=token), chain, price=USDC, token=token)
        order = sale.order()
        allow = tickets.approval(sale.bill(order))
        assert allow is not None
        receipt = sale.send(allow)

        assert ask(sale, order, receipt["transactionHash"]).status == "allowed"


def test_a_node_that_is_down_is_an_answer_too(sale: Sale) -> None:
    order = sale.order()
    down = Node(
        Network(chain_id=31337, name="Down", rpc=("http://127.0.0.1:9",), factory=sale.contract)
    )

    said = asking.ask(down, sale.bill(order), "0x" + "12" * 32)

    assert said.status == "unreachable"
