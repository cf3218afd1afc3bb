"""The steps of a payment: what the wallet sends or signs, in order, ready to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from passes_service.chain.erc20 import TokenDomain
from passes_service.chain.networks import ETHER
from passes_service.chain_orders import service, tickets
from passes_service.chain_orders.tickets import Bill, Transaction
from passes_service.core.money import Money, format_amount

Kind = Literal["send", "sign"]


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that the wallet is asked for: a transaction, or a signature over typed data."""

    name: str
    kind: Kind
    says: str
    transaction: Transaction | None = None
    typed_data: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Way:
    """One way to pay, as steps in order; the first way is the one to offer."""

    name: str
    says: str
    steps: tuple[Step, ...]


def ways(bill: Bill, domain: TokenDomain | None, *, now: datetime) -> tuple[Way, ...]:
    """Return how an open order can be paid.

    Args:
        domain: Of the currency's signed payments, None if it takes none.

    Raises:
        OrderOver: Its time is over, or it is bought already.
    """
    service.check_payable(bill.order, now=now)
    price = format_amount(Money(bill.cost, bill.order.currency))
    buy = Step("buy", "send", f"Pay {price} and get the passes.", tickets.purchase(bill))
    if bill.token == ETHER:
        return (Way("ether", "One transaction.", (buy,)),)
    allow = Step(
        "approve",
        "send",
        f"Allow the contract to take exactly {price}, nothing more.",
        tickets.approval(bill),
    )
    allowance = Way("allowance", "Two transactions: allow, then buy.", (allow, buy))
    if domain is None:
        return (allowance,)
    sign = Step(
        "authorize",
        "sign",
        f"Sign a payment of {price} that is good for this order alone.",
        typed_data=bill.payment.typed_data(domain),
    )
    submit = Step("submit", "send", "Send the signed payment with the order.")
    signed = Way("authorization", "One signature, then one transaction.", (sign, submit))
    return (signed, allowance)
