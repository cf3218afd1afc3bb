"""Giving a locked pass back: by what is final on the chain, never by our own clock.

A claim may be released when all of this holds:
1. a finalized block is past its deadline, so the contract refuses it in every later block;
2. the logs up to that block are in the book, so a mint before the deadline would be known;
3. the book has no mint of the id;
4. a node, asked for the state of the contract in a finalized block past the deadline, says so too.
The first three are read again in the transaction that releases; the fourth is asked before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import exists, update
from sqlmodel import Session, col, select

from passes_service.accounts import versions
from passes_service.chain import calls
from passes_service.chain.errors import NodeRefused, NodeUnavailable
from passes_service.chain.node import Node, quantity
from passes_service.core.chain_events import PassClaimReleased
from passes_service.db import outbox
from passes_service.db.models import ChainContract, ChainCursor, ChainLog, Pass, PassClaim
from passes_service.passes.service import note

AT_ONCE: Final = 100
_UNMINTED: Final = ("UnknownPass", "UnknownSeries")


@dataclass(frozen=True)
class Lapsed:
    """A claim that the book says can be released, and where a node is to be asked about it."""

    claim: PassClaim
    contract: str
    pass_id: int
    finalized: int


def lapsed(session: Session, *, limit: int = AT_ONCE) -> list[Lapsed]:
    """Return open claims past whose deadline the chain is final, oldest first."""
    rows = session.exec(
        select(PassClaim, ChainContract, Pass, ChainCursor)
        .join(
            ChainContract,
            (col(ChainContract.organizer_id) == col(PassClaim.organizer_id))
            & (col(ChainContract.id) == col(PassClaim.contract_id)),
        )
        .join(
            Pass,
            (col(Pass.organizer_id) == col(PassClaim.organizer_id))
            & (col(Pass.id) == col(PassClaim.pass_row_id)),
        )
        .join(ChainCursor, col(ChainCursor.chain_id) == col(PassClaim.chain_id))
        .where(
            PassClaim.state == "open",
            col(ChainCursor.finalized_time) > col(PassClaim.deadline),
            col(ChainCursor.number) >= col(ChainCursor.finalized),
            col(ChainContract.read_to) >= col(ChainCursor.finalized),
        )
        .order_by(col(PassClaim.id))
        .limit(limit)
    ).all()
    return [
        Lapsed(claim, contract.address, row.pass_id, cursor.finalized)
        for claim, contract, row, cursor in rows
    ]


def unminted(node: Node, one: Lapsed) -> bool:
    """Ask a node whether the id is unclaimed in a finalized block past the deadline.

    Raises:
        NodeUnavailable, NodeRefused, ChainMismatch: It does not say; nothing is released then.
    """
    at = hex(one.finalized)
    asked = {"to": one.contract, "data": calls.encode("passOf", one.pass_id)}
    block, standing = node.try_batch(
        [("eth_getBlockByNumber", (at, False)), ("eth_call", (asked, at))]
    )
    if isinstance(block, NodeRefused):
        raise block
    if not isinstance(block, dict):
        raise NodeUnavailable("The node does not know the block that was final.")
    if quantity(block.get("timestamp")) <= one.claim.deadline.timestamp():
        return False
    if not isinstance(standing, NodeRefused):
        return False  # a pass, living or burned: the indexer will say so
    refusal = calls.refusal(standing)
    if refusal is None:
        raise standing
    return refusal[0] in _UNMINTED


def release(session: Session, one: Lapsed, *, now: datetime) -> bool:
    """Give a pass back to the book if the rule holds; tell whether it did.

    The epoch rises: each MintClaim names an epoch that never comes again, so whatever was said
    about the lapsed one can be told from all that follows.
    """
    claim = one.claim
    # The cursor first: it only moves together with the logs that it speaks of.
    if not _final_past(session, claim) or _minted(session, claim, one.pass_id):
        return False
    # The pass before its claim, as the indexer does: the other order would deadlock with it.
    still_open = exists().where(
        col(PassClaim.organizer_id) == claim.organizer_id,
        col(PassClaim.id) == claim.id,
        col(PassClaim.state) == "open",
    )
    row = session.scalars(
        update(Pass)
        .where(
            col(Pass.organizer_id) == claim.organizer_id,
            col(Pass.id) == claim.pass_row_id,
            col(Pass.state) == "claiming",
            still_open,
        )
        .values(state="active", epoch=col(Pass.epoch) + 1)
        .returning(Pass),
        execution_options={"populate_existing": True, "synchronize_session": False},
    ).first()
    if row is None:
        return False
    session.execute(
        update(PassClaim)
        .where(
            col(PassClaim.organizer_id) == claim.organizer_id,
            col(PassClaim.id) == claim.id,
            col(PassClaim.state) == "open",
        )
        .values(state="released", ended_at=now)
        .returning(col(PassClaim.id))
    ).one()  # a locked pass has an open claim; anything else must undo what was just done
    said = "The move to a wallet lapsed unused; the pass is back. Codes shown before are replaced."
    note(session, row, "claim-released", said, actor="", now=now)
    versions.bump(session, organizer_id=row.organizer_id, holder_ids=[row.holder_id])
    event = PassClaimReleased(
        organizer_id=row.organizer_id, claim_id=claim.id, pass_id=str(row.pass_id)
    )
    outbox.add(session, event, now=now)
    return True


def _final_past(session: Session, claim: PassClaim) -> bool:
    cursor = session.get(ChainCursor, claim.chain_id, populate_existing=True)
    contract = session.get_one(
        ChainContract, (claim.organizer_id, claim.contract_id), populate_existing=True
    )
    return (
        cursor is not None
        and cursor.finalized_time is not None
        and cursor.finalized_time > claim.deadline
        and min(cursor.number, contract.read_to) >= cursor.finalized
    )


def _minted(session: Session, claim: PassClaim, pass_id: int) -> bool:
    """Tell whether the book has any log of the token; before its mint there is none."""
    return bool(
        session.scalar(
            select(
                exists().where(
                    col(ChainLog.organizer_id) == claim.organizer_id,
                    col(ChainLog.chain_id) == claim.chain_id,
                    col(ChainLog.token_id) == pass_id,
                    col(ChainLog.name).in_(("TransferSingle", "TransferBatch")),
                )
            )
        )
    )
