"""What an order bought, as the log has it."""

from __future__ import annotations

import json

from sqlmodel import Session, select

from passes_service.chain_orders.strays import MINTS
from passes_service.core import ethereum
from passes_service.db.models import ChainLog, ChainOrder


def pass_ids(session: Session, order: ChainOrder) -> list[int]:
    """Return the passes that the order's transaction minted for its buyer, by number."""
    if order.block_number is None:
        return []
    rows = session.exec(
        select(ChainLog).where(
            ChainLog.organizer_id == order.organizer_id,
            ChainLog.chain_id == order.chain_id,
            ChainLog.block_number == order.block_number,
            ChainLog.transaction_hash == order.transaction_hash,
        )
    )
    found = []
    for row in rows:
        args = json.loads(row.args)
        minted = row.name in MINTS and args["from"] == ethereum.ZERO_ADDRESS
        if minted and args["to"] == order.buyer and row.token_id is not None:
            found.append(row.token_id)
    return sorted(found)
