"""What the API and the pages of orders share: signing tickets, asking the chain, after commit."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from passes_service.accounts.callers import Caller
from passes_service.bootstrap import Services
from passes_service.catalog import escrow
from passes_service.chain import erc20
from passes_service.chain.erc20 import TokenDomain
from passes_service.chain.errors import ChainMismatch, ChainUnknown, NodeUnavailable
from passes_service.chain.networks import ETHER
from passes_service.chain_orders import asking, paying, service, tickets
from passes_service.chain_orders.asking import Said
from passes_service.chain_orders.errors import AuthorizationUnfit
from passes_service.chain_orders.paying import Way
from passes_service.chain_orders.tickets import Bill, Transaction
from passes_service.web.chain_calls import claim_signer


def bill_of(services: Services, caller: Caller, order_id: UUID) -> Bill:
    """Return one of the caller's orders with what is needed to pay it.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    with services.database.reading() as session:
        order = service.mine(
            session,
            organizer_id=caller.organizer_id,
            holder_id=caller.id,
            order_id=order_id,
        )
        found = escrow.placed(session, organizer_id=order.organizer_id, series_id=order.series_id)
    return Bill(order, found)


def ways(services: Services, bill: Bill, *, now: datetime) -> tuple[Way, ...]:
    """Return how an open order can be paid, its ticket signed.

    Raises:
        OrderOver: Its time is over, or it is bought already.
        KeyNotMade, SignerBroken, SignerUnavailable: The ticket could not be signed.
    """
    service.check_payable(bill.order, now=now)
    _sign(services, bill)
    return paying.ways(bill, _domain(services, bill), now=now)


def submission(services: Services, bill: Bill, signature: str, *, now: datetime) -> Transaction:
    """Return the transaction that pays an order with what the wallet signed.

    Raises:
        OrderOver, AuthorizationUnfit, SignatureMalformed: It cannot.
        KeyNotMade, SignerBroken, SignerUnavailable: The ticket could not be signed.
    """
    service.check_payable(bill.order, now=now)
    domain = _domain(services, bill)
    if domain is None:
        raise AuthorizationUnfit("This currency takes no signed payments, or cannot be asked.")
    _sign(services, bill)
    return tickets.signed_purchase(bill, domain, signature)


def ask(services: Services, bill: Bill, transaction_hash: str) -> Said:
    """Return what the chain says of a transaction within two seconds, or that it does not."""
    try:
        node = services.node(bill.order.chain_id)
    except ChainUnknown:
        return asking.UNREACHABLE
    return asking.ask(node, bill, transaction_hash)


def _sign(services: Services, bill: Bill) -> None:
    """Sign the ticket of a held place, once; a second signature would be as good."""
    if not bill.found.place.ticketed or bill.order.signature:
        return
    bill.order.signature = tickets.sign(bill, claim_signer(services))
    with services.database.transaction() as session:
        service.keep_signature(session, bill.order, bill.order.signature)


def _domain(services: Services, bill: Bill) -> TokenDomain | None:
    """Return how the currency takes signed payments; without a node only the allowance is left."""
    if bill.token == ETHER:
        return None
    try:
        return erc20.domain_of(services.node(bill.order.chain_id), bill.token)
    except (NodeUnavailable, ChainMismatch, ChainUnknown):
        return None
