"""The end of a token is final: the refund that follows from it, written exactly once.

The contract has paid for a pass that it sold. For one that was claimed from the book and then
surrendered, the payer gets what its Terms paid at the moment of the surrender.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from passes_service.core.events import RefundRequested, RefundSettled
from passes_service.core.money import Money, format_amount
from passes_service.core.rules.actions import Refund as GiveUp
from passes_service.core.rules.decide import decide, give_up_value
from passes_service.db import outbox
from passes_service.db.models import Pass, Refund, new_id
from passes_service.db.upsert import insert_if_absent
from passes_service.passes import facts
from passes_service.passes.queries import Held
from passes_service.passes.service import note


def record_paid(
    session: Session,
    held: Held,
    *,
    amount: int,
    ended_at: datetime,
    transaction_hash: str,
    now: datetime,
) -> bool:
    """Write down that the contract refunded a pass; False if that was written before."""
    row = held.row
    known = replace(
        facts.of(session, held, at=ended_at),
        state="active",
        paid_back=max(0, row.paid_back_minor - amount),
    )
    answer = decide(GiveUp(), known, now=ended_at)
    fresh = _fresh(row, amount, answer.code, answer.reason, "onchain", now) | {
        "provider_ref": transaction_hash,
        "state": "settled",
        "settled_at": now,
    }
    if not insert_if_absent(session, Refund, fresh):
        return False
    event = RefundSettled(
        organizer_id=row.organizer_id, refund_id=fresh["id"], pass_id=str(row.pass_id)
    )
    outbox.add(session, event, now=now)
    return True


def owe_for_surrender(session: Session, held: Held, *, ended_at: datetime, now: datetime) -> bool:
    """Ask the payer's provider for what a surrendered pass was worth; False if nothing is owed.

    Published changes count as far as they were published by then. Asked twice, it owes once.
    """
    row = held.row
    known = facts.of(session, held, at=ended_at)
    amount = give_up_value(known, ended_at)
    if row.state != "surrendered" or amount == 0:
        return False
    answer = decide(GiveUp(), replace(known, state="active"), now=ended_at)
    fresh = _fresh(row, amount, answer.code, answer.reason, row.provider, now)
    if not insert_if_absent(session, Refund, fresh):
        return False
    session.execute(
        update(Pass)
        .where(col(Pass.organizer_id) == row.organizer_id, col(Pass.id) == row.id)
        .values(paid_back_minor=row.paid_back_minor + amount)
        .execution_options(synchronize_session=False)
    )
    text = format_amount(Money(amount, row.currency))
    note(session, row, "refund", f"Its end is final: {text} owed to the payer.", actor="", now=now)
    event = RefundRequested(organizer_id=row.organizer_id, refund_id=fresh["id"])
    outbox.add(session, event, now=now)
    return True


def _fresh(
    row: Pass, amount: int, code: str, reason: str, provider: str, now: datetime
) -> dict[str, Any]:
    return {
        "organizer_id": row.organizer_id,
        "id": new_id(),
        "pass_row_id": row.id,
        "kind": "refund",
        "amount_minor": amount,
        "currency": row.currency,
        "code": code,
        "reason": reason,
        "provider": provider,
        "provider_ref": "",
        "state": "requested",
        "settled_at": None,
        "created_at": now,
    }
