"""Orders follow what the indexer has read: purchases by their event, finality by the clock."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

from passes_service.bootstrap import Services
from passes_service.chain_orders import following
from passes_service.chain_orders.following import Purchase
from passes_service.checkout import onchain
from passes_service.db.models import OutboxEvent


def note_purchase(services: Services, envelope: OutboxEvent, _now: datetime) -> None:
    """Note a purchase at the orders that it was made for; without one it stays a stray."""
    said = json.loads(envelope.payload)
    purchase = Purchase(
        organizer_id=envelope.organizer_id,
        series_id=UUID(said["series_id"]),
        chain_id=said["chain_id"],
        transaction_hash=said["transaction_hash"],
        buyer=said["buyer"],
        pass_ids=[int(number) for number in said["pass_ids"]],
    )
    with services.database.transaction() as session:
        following.purchased(session, purchase)


def follow_orders(services: Services, now: datetime) -> None:
    """Complete, reopen and expire orders as the log and its finality say."""
    for chain_id in services.networks:
        with services.database.transaction() as session:
            following.follow(session, chain_id=chain_id, now=now)


def complete_sale(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Complete the order of a checkout that a purchase on chain has paid."""
    order_id = UUID(json.loads(envelope.payload)["order_id"])
    with services.database.transaction() as session:
        payment = onchain.payment_of(
            session, organizer_id=envelope.organizer_id, chain_order_id=order_id
        )
        if payment is not None:
            minted = following.minted_by(
                session, organizer_id=envelope.organizer_id, order_id=order_id
            )
            onchain.complete(session, payment, minted, now=now)


def end_sale(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """End the order of a checkout whose ticket nobody can spend any more."""
    order_id = UUID(json.loads(envelope.payload)["order_id"])
    with services.database.transaction() as session:
        payment = onchain.payment_of(
            session, organizer_id=envelope.organizer_id, chain_order_id=order_id
        )
        if payment is not None:
            onchain.end(session, payment, now=now)
