"""The rows of the relayer. Every step is one conditional update, so any number may try it.

    queued -> queued with a nonce -> signed -> sent -> mined -> final | failed | abandoned
                                       ^_________|_______|   replaced, reorganised out

Bytes are stored before they are sent, and only stored bytes are sent: whoever comes after a crash
sends the same ones again, and a second relayer that signed other bytes throws them away.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import case, update
from sqlmodel import Session, col, select

from passes_service.chain.transactions import Signed
from passes_service.core.chain_events import TransactionQueued
from passes_service.db import outbox
from passes_service.db.models import ChainTransaction, RelayNonce, new_id
from passes_service.db.upsert import insert_if_absent
from passes_service.relay.fees import Fees

UNDER_WAY: Final = ("queued", "signed", "sent", "mined")
AT_ONCE: Final = 200


def enqueue(
    session: Session,
    *,
    organizer_id: UUID,
    chain_id: int,
    purpose: str,
    subject_id: UUID,
    to: str,
    data: str,
    expires_at: datetime | None,
    now: datetime,
) -> UUID | None:
    """Ask for a transaction, once per purpose and subject; None if it was asked for before."""
    fresh = ChainTransaction(
        organizer_id=organizer_id,
        id=new_id(),
        chain_id=chain_id,
        purpose=purpose,
        subject_id=subject_id,
        recipient=to,
        data=data,
        expires_at=expires_at,
        created_at=now,
    )
    if not insert_if_absent(session, ChainTransaction, fresh.model_dump()):
        return None
    event = TransactionQueued(organizer_id=organizer_id, transaction_id=fresh.id)
    outbox.add(session, event, now=now)
    return fresh.id


def get(session: Session, *, organizer_id: UUID, transaction_id: UUID) -> ChainTransaction | None:
    """Return a transaction of this organizer."""
    return session.get(ChainTransaction, (organizer_id, transaction_id))


def about(
    session: Session, *, organizer_id: UUID, purpose: str, subject_id: UUID
) -> ChainTransaction | None:
    """Return the transaction that was asked for, if one was."""
    return session.exec(
        select(ChainTransaction).where(
            ChainTransaction.organizer_id == organizer_id,
            ChainTransaction.purpose == purpose,
            ChainTransaction.subject_id == subject_id,
        )
    ).first()


def under_way(session: Session, *, limit: int = AT_ONCE) -> Sequence[ChainTransaction]:
    """Return what is not over, lowest nonces first: later ones wait for them."""
    return session.exec(
        select(ChainTransaction)
        .where(col(ChainTransaction.state).in_(UNDER_WAY))
        .order_by(
            col(ChainTransaction.chain_id), col(ChainTransaction.nonce), col(ChainTransaction.id)
        )
        .limit(limit)
    ).all()


def take_nonce(
    session: Session,
    row: ChainTransaction,
    *,
    sender: str,
    pending: int,
    gas: int,
    fees: Fees,
) -> ChainTransaction | None:
    """Give a queued row the next nonce of an account; None if another relayer was first.

    Row and counter change in one transaction, so no nonce is ever lost between them.

    Args:
        pending: How many transactions the chain knows of that account, waiting ones included;
            counts only where we have relayed nothing yet.
    """
    claimed = _change(
        session, row, {"sender": sender}, col(ChainTransaction.nonce).is_(None), state="queued"
    )
    if claimed is None:
        return None
    first = {"chain_id": row.chain_id, "sender": sender, "next_nonce": pending}
    insert_if_absent(session, RelayNonce, first)
    taken = session.execute(
        update(RelayNonce)
        .where(col(RelayNonce.chain_id) == row.chain_id, col(RelayNonce.sender) == sender)
        .values(next_nonce=col(RelayNonce.next_nonce) + 1)
        .returning(col(RelayNonce.next_nonce))
    ).scalar_one()
    values = {
        "nonce": taken - 1,
        "gas_limit": gas,
        "max_fee_wei": fees.most,
        "priority_fee_wei": fees.tip,
        "error": "",
    }
    return _change(session, claimed, values, state="queued")


def store_signed(
    session: Session,
    row: ChainTransaction,
    signed: Signed,
    *,
    fees: Fees,
    gas: int,
    cancelling: bool,
) -> ChainTransaction | None:
    """Keep signed bytes before they are sent; None if another relayer has kept others.

    Used for the first bytes of a nonce and for each replacement.
    """
    values = {
        "state": "signed",
        "raw": signed.raw,
        "hashes": f"{row.hashes} {signed.hash}".strip(),
        "max_fee_wei": fees.most,
        "priority_fee_wei": fees.tip,
        "gas_limit": gas,
        "cancelling": cancelling,
        "sent_at": None,
        "sent_block": None,
        "error": "",
    }
    same = col(ChainTransaction.raw) == row.raw
    return _change(session, row, values, same, state=row.state)


def mark_sent(
    session: Session, row: ChainTransaction, *, head: int, now: datetime
) -> ChainTransaction | None:
    """Record that the stored bytes went out; the first time counts for being stuck."""
    same = col(ChainTransaction.raw) == row.raw
    values = {
        "state": "sent",
        "sent_at": row.sent_at or now,
        "sent_block": head if row.sent_block is None else row.sent_block,
        "attempts": row.attempts + 1,
        "error": "",
    }
    return _change(session, row, values, same, state=row.state)


def mark_mined(
    session: Session, row: ChainTransaction, *, block: int, cost: int, error: str
) -> ChainTransaction | None:
    """Record a receipt that may still be reorganised out."""
    values = {"state": "mined", "block_number": block, "cost_wei": cost, "error": error}
    return _change(session, row, values, state=row.state)


def mark_out(session: Session, row: ChainTransaction, *, head: int) -> ChainTransaction | None:
    """Take a receipt back that the chain has taken back; the same bytes go out again."""
    values: dict[str, Any] = {
        "state": "sent", "block_number": None, "cost_wei": 0, "sent_block": head, "error": "",
    }  # fmt: skip
    return _change(session, row, values, state="mined")


def finish(
    session: Session, row: ChainTransaction, state: str, *, error: str = "", **values: Any
) -> ChainTransaction | None:
    """End a transaction for good: final, failed or abandoned."""
    return _change(session, row, {"state": state, "error": error[:300], **values}, state=row.state)


def start_over(session: Session, row: ChainTransaction, *, least: int) -> ChainTransaction | None:
    """Queue anew what lost its nonce to a transaction that is not ours, seen at finality.

    The counter is lifted to what the chain says is used up.
    """
    session.execute(
        update(RelayNonce)
        .where(col(RelayNonce.chain_id) == row.chain_id, col(RelayNonce.sender) == row.sender)
        .values(
            next_nonce=case(
                (col(RelayNonce.next_nonce) < least, least), else_=col(RelayNonce.next_nonce)
            )
        )
    )
    values: dict[str, Any] = {
        "state": "queued", "nonce": None, "raw": "", "hashes": "", "sender": "",
        "cancelling": False, "sent_at": None, "sent_block": None, "block_number": None,
        "gas_limit": None, "max_fee_wei": None, "priority_fee_wei": None,
        "error": "Its nonce was used by a transaction that is not ours.",
    }  # fmt: skip
    return _change(session, row, values, state=row.state)


def trouble(session: Session, row: ChainTransaction, error: str) -> None:
    """Keep what stands in the way, for whoever looks; nothing else changes."""
    if row.error != error[:300]:
        _change(session, row, {"error": error[:300]}, state=row.state)


def _change(
    session: Session, row: ChainTransaction, values: dict[str, Any], *where: Any, state: str
) -> ChainTransaction | None:
    """Change a row that still is in a state, with the nonce that was read."""
    nonce = col(ChainTransaction.nonce)
    return session.scalars(
        update(ChainTransaction)
        .where(
            col(ChainTransaction.organizer_id) == row.organizer_id,
            col(ChainTransaction.id) == row.id,
            col(ChainTransaction.state) == state,
            nonce.is_(None) if row.nonce is None else nonce == row.nonce,
            *where,
        )
        .values(**values)
        .returning(ChainTransaction),
        execution_options={"populate_existing": True},
    ).first()
