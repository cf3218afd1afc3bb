"""The relayer's steps: ask the chain, then change the row by one conditional update.

Each step may be the last one of a worker that dies; the next worker begins where the row is.
"""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

import structlog

from passes_service.bootstrap import Services
from passes_service.chain.node import WORKER_SECONDS, Node
from passes_service.core.errors import DomainError
from passes_service.db.models import ChainTransaction, OutboxEvent
from passes_service.keyring import KeyUse
from passes_service.keyring.signers import Signer
from passes_service.relay import budget, fees, look, queue, sending
from passes_service.relay.errors import FeesTooHigh, RelayBudgetSpent, RelayKeyGone, RelayOff
from passes_service.relay.fees import Fees
from passes_service.relay.look import Look, Step

log = structlog.get_logger("relay")
Row = ChainTransaction


def send_queued(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Begin with a transaction as soon as it is asked for."""
    name = UUID(json.loads(envelope.payload)["transaction_id"])
    with services.database.reading() as session:
        row = queue.get(session, organizer_id=envelope.organizer_id, transaction_id=name)
    if row is not None:
        advance(services, row, now)


def advance_all(services: Services, now: datetime) -> None:
    """Take every transaction that is not over one step further."""
    with services.database.reading() as session:
        rows = queue.under_way(session)
    for row in rows:
        advance(services, row, now)


def advance(services: Services, row: Row, now: datetime) -> None:
    """Take one transaction as far as it goes now; what stands in the way is kept with it."""
    try:
        node = services.node(row.chain_id, seconds=WORKER_SECONDS)
        if row.state == "queued" and row.nonce is None:
            started = start(services, node, row, now)
            if started is None:
                return
            row = started
        if row.state == "queued":
            first = first_bytes(services, row, now)
            if first is None:
                return
            row = first
        if row.state in queue.UNDER_WAY:
            pursue(services, node, row, now)
    except DomainError as error:
        log.warning("waiting", transaction_id=str(row.id), kind=error.code)
        with services.database.transaction() as session:
            queue.trouble(session, row, f"{error.code}: {error.detail}")


def start(services: Services, node: Node, row: Row, now: datetime) -> Row | None:
    """Give a transaction gas, fees and a nonce, if it is worth one; None if it has none."""
    if look.expired(row, now=now):
        _end(services, row, "abandoned", "It was too late before it could be sent.")
        return None
    sender = services.signers(KeyUse.RELAY)[0].address
    try:
        gas = sending.gas_for(node, row, sender)
    except sending.WillFail as reason:
        if reason.lasting:
            _end(services, row, "failed", str(reason))
        else:
            with services.database.transaction() as session:
                queue.trouble(session, row, str(reason))
        return None
    price = fees.ask(node)
    pending = sending.pending_nonce(node, sender)
    cost = gas * price.most + row.value_wei
    try:
        with services.database.transaction() as session:
            budget.require(
                session,
                organizer_id=row.organizer_id,
                network=node.network,
                cost=cost,
                without=row.id,
                now=now,
            )
            return queue.take_nonce(
                session, row, sender=sender, pending=pending, gas=gas, fees=price
            )
    except (RelayOff, RelayBudgetSpent) as error:
        _end(services, row, "failed", f"{error.code}: {error.detail}")
        return None


def first_bytes(services: Services, row: Row, now: datetime) -> Row | None:
    """Sign a transaction that has its nonce; if it is too late, what uses the nonce up."""
    price = Fees(row.max_fee_wei or 0, row.priority_fee_wei or 0)
    return _sign(services, row, price, cancelling=look.expired(row, now=now))


def pursue(services: Services, node: Node, row: Row, now: datetime) -> None:
    """Look at the chain and do what follows for a transaction that is signed."""
    seen = look.at(node, row)
    step = look.next_step(row, seen, node.network, now=now)
    if step is Step.SEND:
        deliver(services, node, row, seen, now)
    elif step in (Step.RAISE, Step.CANCEL):
        replaced = replace(services, node, row, cancelling=step is Step.CANCEL or row.cancelling)
        if replaced is not None:
            deliver(services, node, replaced, seen, now)
        elif step is Step.RAISE and not seen.known:
            deliver(services, node, row, seen, now)
    elif step is not Step.WAIT:
        back = _record(services, row, seen, step)
        if step is Step.OUT and back is not None:
            deliver(services, node, back, seen, now)


def replace(services: Services, node: Node, row: Row, *, cancelling: bool) -> Row | None:
    """Sign the same nonce anew for more, if the ceiling allows; None if nothing was replaced."""
    old = Fees(row.max_fee_wei or 0, row.priority_fee_wei or 0)
    try:
        price = fees.raised(old, fees.ask(node), fees.ceiling(node.network))
    except FeesTooHigh as error:
        with services.database.transaction() as session:
            queue.trouble(session, row, f"{error.code}: {error.detail}")
        return None
    return _sign(services, row, price, cancelling=cancelling)


def deliver(services: Services, node: Node, row: Row, seen: Look, now: datetime) -> None:
    """Send the stored bytes and record that they went."""
    sending.broadcast(node, row.raw)
    with services.database.transaction() as session:
        queue.mark_sent(session, row, head=seen.head, now=now)


def _record(services: Services, row: Row, seen: Look, step: Step) -> Row | None:
    with services.database.transaction() as session:
        if step is Step.LOST:
            log.error("nonce lost", transaction_id=str(row.id), nonce=row.nonce)
            return queue.start_over(session, row, least=seen.used_finally)
        if step is Step.OUT:
            log.warning("reorganised out", transaction_id=str(row.id))
            return queue.mark_out(session, row, head=seen.head)
        receipt = seen.receipt
        if receipt is None:
            return None
        state, error = look.ending(receipt)
        if step is Step.END:
            return queue.finish(
                session, row, state, error=error, block_number=receipt.block, cost_wei=receipt.cost
            )
        if row.state == "mined" and row.block_number == receipt.block:
            return row
        return queue.mark_mined(session, row, block=receipt.block, cost=receipt.cost, error=error)


def _sign(services: Services, row: Row, price: Fees, *, cancelling: bool) -> Row | None:
    made = sending.signed(row, _signer(services, row), price, cancelling=cancelling)
    with services.database.transaction() as session:
        return queue.store_signed(
            session,
            row,
            made,
            fees=price,
            gas=sending.CANCEL_GAS if cancelling else row.gas_limit or 0,
            cancelling=cancelling,
        )


def _signer(services: Services, row: Row) -> Signer:
    for signer in services.signers(KeyUse.RELAY):
        if signer.address == row.sender:
            return signer
    raise RelayKeyGone(f"No signer for {row.sender} is configured.")


def _end(services: Services, row: Row, state: str, error: str) -> None:
    with services.database.transaction() as session:
        queue.finish(session, row, state, error=error)
