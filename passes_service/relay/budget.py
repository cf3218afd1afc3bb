"""What gas may cost per organizer, chain and day (UTC)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.chain.networks import Network
from passes_service.db.models import ChainTransaction, Organizer
from passes_service.relay import fees
from passes_service.relay.errors import RelayBudgetSpent, RelayOff

USUAL_GAS: Final = 200_000
"""What is set aside for a transaction whose gas nobody has asked about yet; a claim takes half."""
_OVER: Final = ("mined", "final", "failed", "abandoned")


def spent(
    session: Session,
    *,
    organizer_id: UUID,
    network: Network,
    now: datetime,
    without: UUID | None = None,
    waiting: bool = True,
) -> int:
    """Return what today's transactions have cost or may still cost, in wei.

    Args:
        waiting: Whether those count that have not been priced yet.
    """
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows = session.exec(
        select(ChainTransaction).where(
            ChainTransaction.organizer_id == organizer_id,
            ChainTransaction.chain_id == network.chain_id,
            col(ChainTransaction.created_at) >= today,
            col(ChainTransaction.created_at) < today + timedelta(days=1),
        )
    )
    return sum(
        _cost(row, network)
        for row in rows
        if row.id != without and (waiting or row.gas_limit is not None or row.state in _OVER)
    )


def require(
    session: Session,
    *,
    organizer_id: UUID,
    network: Network,
    cost: int | None = None,
    without: UUID | None = None,
    now: datetime,
) -> None:
    """Refuse what is beyond the budget of today. Holds the organizer's row: one at a time.

    Args:
        cost: What it may cost at most, in wei. None is for one that is only thought of: a usual
            one at the ceiling, behind all that wait.
        without: The transaction that this is about, which is not counted a second time.

    Raises:
        RelayOff: Nothing is relayed on this chain.
        RelayBudgetSpent: It does not fit any more.
    """
    if network.relay_daily_wei == 0:
        raise RelayOff(f"On {network.name} this site pays no gas for others.")
    # Two relayers would both see room for the last one.
    session.exec(select(Organizer.id).where(Organizer.id == organizer_id).with_for_update()).one()
    used = spent(
        session,
        organizer_id=organizer_id,
        network=network,
        now=now,
        without=without,
        waiting=cost is None,
    )
    wanted = USUAL_GAS * fees.ceiling(network) if cost is None else cost
    if used + wanted > network.relay_daily_wei:
        raise RelayBudgetSpent(
            f"Today's budget on {network.name} is used up.",
            left_wei=str(max(0, network.relay_daily_wei - used)),
        )


def _cost(row: ChainTransaction, network: Network) -> int:
    if row.state in _OVER:
        return row.cost_wei
    gas = USUAL_GAS if row.gas_limit is None else row.gas_limit
    price = fees.ceiling(network) if row.max_fee_wei is None else row.max_fee_wei
    return gas * price + row.value_wei
