"""The SaleTicket of an order: what our key signs, and what the wallet sends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from passes_service.catalog.escrow import Placed
from passes_service.chain import calls, erc20
from passes_service.chain.erc20 import SignedPayment, TokenDomain
from passes_service.chain.networks import ETHER
from passes_service.chain_orders.errors import AuthorizationUnfit
from passes_service.core import ethereum
from passes_service.core.contract_data import ContractDomain, SaleTicket
from passes_service.db.models import ChainOrder

Words = tuple[int, str, int, int, int]


class Signer(Protocol):
    """A key that signs 32 bytes; the contract has to know its address."""

    @property
    def address(self) -> str:
        """The address that the contract knows."""

    def sign_digest(self, digest: bytes) -> bytes:
        """Return 65 bytes, as `core.ethereum.sign_digest`."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """What a wallet is asked to send; `value` in wei."""

    chain_id: int
    to: str
    data: str
    value: int = 0


@dataclass(frozen=True, slots=True)
class Bill:
    """An order with what is needed to pay it."""

    order: ChainOrder
    found: Placed

    @property
    def cost(self) -> int:
        """What all its passes cost, in minor units."""
        return self.order.quantity * self.order.price_minor

    @property
    def token(self) -> str:
        """The address of the currency."""
        return self.found.place.currency_address

    @property
    def domain(self) -> ContractDomain:
        """Where its ticket is good."""
        return ContractDomain(self.order.chain_id, self.found.contract.address)

    @property
    def ticket(self) -> SaleTicket:
        """The place that it holds, or the order of a signed payment in an open sale."""
        return SaleTicket(
            series=self.found.series.series_no,
            buyer=self.order.buyer,
            quantity=self.order.quantity,
            nonce=self.order.nonce,
            deadline=int(self.order.deadline.timestamp()),
        )

    @property
    def words(self) -> Words:
        """The ticket as the contract's functions take it."""
        return (
            self.found.series.series_no,
            self.order.buyer,
            self.order.quantity,
            self.order.nonce,
            int(self.order.deadline.timestamp()),
        )

    @property
    def payment(self) -> SignedPayment:
        """The signed payment (ERC-3009) that is good for this order alone."""
        return SignedPayment(
            payer=self.order.buyer,
            to=self.found.contract.address,
            value=self.cost,
            valid_before=int(self.order.deadline.timestamp()),
            nonce=self.ticket.digest(self.domain),
        )

    def send(self, data: str, value: int = 0) -> Transaction:
        """Return a call of the contract."""
        return Transaction(self.order.chain_id, self.found.contract.address, data, value)


def sign(bill: Bill, signer: Signer) -> str:
    """Return our signature over the ticket. Never in a transaction: a key may be elsewhere."""
    return "0x" + signer.sign_digest(bill.ticket.digest(bill.domain)).hex()


def approval(bill: Bill) -> Transaction | None:
    """Return what allows the contract exactly the price; None where it is paid in ETH."""
    if bill.token == ETHER:
        return None
    data = erc20.approve(bill.found.contract.address, bill.cost)
    return Transaction(bill.order.chain_id, bill.token, data)


def purchase(bill: Bill) -> Transaction:
    """Return what buys the passes, paid in ETH or out of the allowance."""
    value = bill.cost if bill.token == ETHER else 0
    if bill.found.place.ticketed:
        data = calls.encode("buyWithTicket", bill.words, bytes.fromhex(bill.order.signature[2:]))
    else:
        data = calls.encode(
            "buy", bill.found.series.series_no, bill.order.quantity, bill.order.buyer
        )
    return bill.send(data, value)


def signed_purchase(bill: Bill, domain: TokenDomain, signature: str) -> Transaction:
    """Return what buys the passes with a payment that the buyer's wallet has signed.

    Raises:
        SignatureMalformed: It is no signature.
        AuthorizationUnfit: Another wallet signed, or something else was signed.
    """
    raw = ethereum.parse_signature(signature)
    payment = bill.payment
    if ethereum.recover_signer(payment.digest(domain), raw) != bill.order.buyer:
        raise AuthorizationUnfit(f"{bill.order.buyer} has not signed this payment.")
    ours = bytes.fromhex(bill.order.signature[2:])
    paid = (bill.order.buyer, 0, payment.valid_before, raw[64], raw[:32], raw[32:64])
    return bill.send(calls.encode("buyWithAuthorization", bill.words, ours, paid))
