"""Every way to pay an order ends alike: a token in the buyer's wallet, the order completed."""

from __future__ import annotations

import pytest
from coincurve import PrivateKey

from passes_service.bootstrap import Services
from passes_service.chain import erc20
from passes_service.chain.errors import NodeRefused
from passes_service.chain_orders import paying, tickets
from passes_service.chain_orders.errors import AuthorizationUnfit
from passes_service.core import ethereum
from passes_service.core.pass_id import compose
from tests.chain.local import LocalChain
from tests.chain_orders import ground
from tests.chain_orders.ground import ETH, USDC, Sale

pytestmark = pytest.mark.node
BUYER = PrivateKey(b"\x07" * 32)
"""A wallet whose key the test has: signing a payment takes one."""


def owner_of(sale: Sale, serial: int = 1) -> str:
    return str(
        sale.chain.view(sale.contract, "passOf", compose(sale.series.series_no, serial))["holder"]
    )


@pytest.fixture
def wallet(chain: LocalChain) -> str:
    """The account of BUYER, with some gas."""
    address = ethereum.address_of(BUYER)
    chain.rpc("hardhat_setBalance", address, hex(10**20))
    chain.rpc("hardhat_impersonateAccount", address)
    return address


@pytest.mark.parametrize("ticketed", [False, True], ids=["open", "ticketed"])
class TestPaying:
    def test_in_ether(self, services: Services, chain: LocalChain, ticketed: bool) -> None:
        sale = ground.sale(services, chain, price=ETH, ticketed=ticketed)
        order = sale.order(2)

        sale.pay(order)
        sale.read()

        assert sale.state(order) == "seen"
        assert [owner_of(sale, serial) for serial in (1, 2)] == [sale.buyer] * 2
        sale.finish()
        assert sale.state(order) == "completed"

    def test_out_of_an_exact_allowance(
        self, services: Services, chain: LocalChain, ticketed: bool
    ) -> None:
        token = ground.coin(chain, chain.accounts[2])
        connected = ground.on(chain, services, USDC=token)
        sale = ground.sale(connected, chain, price=USDC, ticketed=ticketed, token=token)
        order = sale.order(3)

        sale.pay(order)
        sale.finish()

        assert sale.state(order) == "completed"
        held = chain.rpc(
            "eth_call", {"to": token, "data": erc20.balance_of(sale.contract)}, "latest"
        )
        assert int(held, 16) == 3 * USDC.minor

    def test_by_a_signed_payment_that_anybody_may_submit(
        self, services: Services, chain: LocalChain, wallet: str, ticketed: bool
    ) -> None:
        token = ground.coin(chain, wallet)
        connected = ground.on(chain, services, USDC=token)
        sale = ground.sale(connected, chain, price=USDC, ticketed=ticketed, token=token)
        order = sale.order(holder_id=ground.another_holder(sale, wallet).id, wallet=wallet)
        bill = sale.bill(order)
        domain = erc20.domain_of(connected.node(31337), token)
        assert domain is not None

        signature = ethereum.sign_digest(bill.payment.digest(domain), BUYER)
        sent = tickets.signed_purchase(bill, domain, "0x" + signature.hex())
        sale.send(sent, sender=chain.accounts[5])
        sale.finish()

        assert sale.state(order) == "completed"
        assert owner_of(sale) == wallet

    def test_offers_the_shortest_way_first(
        self, services: Services, chain: LocalChain, wallet: str, ticketed: bool
    ) -> None:
        token = ground.coin(chain, wallet)
        connected = ground.on(chain, services, USDC=token)
        sale = ground.sale(connected, chain, price=USDC, ticketed=ticketed, token=token)
        bill = sale.bill(sale.order())
        domain = erc20.domain_of(connected.node(31337), token)

        ways = paying.ways(bill, domain, now=services.clock())

        assert [way.name for way in ways] == ["authorization", "allowance"]
        assert [step.name for way in ways for step in way.steps] == [
            "authorize", "submit", "approve", "buy",
        ]  # fmt: skip
        signed = ways[0].steps[0].typed_data
        assert signed is not None
        assert signed["message"]["nonce"] == "0x" + bill.ticket.digest(bill.domain).hex()


def test_a_payment_that_another_wallet_signed_is_not_sent(
    services: Services, chain: LocalChain, wallet: str
) -> None:
    token = ground.coin(chain, wallet)
    connected = ground.on(chain, services, USDC=token)
    sale = ground.sale(connected, chain, price=USDC, token=token)
    bill = sale.bill(sale.order())
    domain = erc20.domain_of(connected.node(31337), token)
    assert domain is not None
    signature = ethereum.sign_digest(bill.payment.digest(domain), BUYER)

    with pytest.raises(AuthorizationUnfit):
        tickets.signed_purchase(bill, domain, "0x" + signature.hex())


def test_a_currency_without_signed_payments_is_paid_by_allowance_only(
    services: Services, chain: LocalChain
) -> None:
    token = chain.deploy("PlainToken.sol/PlainToken")
    connected = ground.on(chain, services, USDC=token)
    sale = ground.sale(connected, chain, price=USDC, token=token)

    domain = erc20.domain_of(connected.node(31337), token)

    assert domain is None
    (way,) = paying.ways(sale.bill(sale.order()), domain, now=services.clock())
    assert way.name == "allowance"


def test_a_ticket_is_good_for_its_buyer_number_and_time_only(
    services: Services, chain: LocalChain
) -> None:
    sale = ground.sale(services, chain, ticketed=True)
    order = sale.order()
    bill = sale.bill(order)
    bill.order.quantity = 2

    with pytest.raises(NodeRefused, match="SignerUnknown"):
        sale.send(tickets.purchase(bill))
