"""What a contract's log says beside passes: who has how many badges, and who owns the contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from passes_service.core import pass_id
from passes_service.core.ethereum import ZERO_ADDRESS
from passes_service.db.models import BadgeBalance, ChainContract
from passes_service.indexer.entries import Entry

_BADGE_MASK: Final = 2**64 - 1


def count_badges(
    session: Session, *, organizer_id: UUID, chain_id: int, entries: Sequence[Entry], sign: int
) -> None:
    """Add awarded and renounced badges to the balances, or with `sign` -1 take them back."""
    sums: Counter[tuple[int, str]] = Counter()
    for entry in entries:
        if entry.token_id is None or entry.token_id >> 96 != pass_id.BADGE_KIND:
            continue
        if "value" not in entry.args:
            continue  # its picture was refreshed
        number = entry.token_id >> 32 & _BADGE_MASK
        for account, amount in (
            (entry.args["from"], -entry.args["value"]),
            (entry.args["to"], entry.args["value"]),
        ):
            if account != ZERO_ADDRESS:
                sums[number, account] += sign * amount
    for (number, account), amount in sorted(sums.items()):
        key = (organizer_id, chain_id, number, account)
        row = session.get(BadgeBalance, key, with_for_update=True, populate_existing=True)
        if row is None:
            row = BadgeBalance(
                organizer_id=organizer_id,
                chain_id=chain_id,
                badge_no=number,
                account=account,
                amount=0,
            )
        row.amount = max(0, row.amount + amount)
        session.add(row)
    session.flush()
    if not sums:
        return
    session.execute(
        delete(BadgeBalance).where(
            col(BadgeBalance.organizer_id) == organizer_id,
            col(BadgeBalance.chain_id) == chain_id,
            col(BadgeBalance.amount) == 0,
        )
    )


def follow_owner(
    session: Session,
    *,
    organizer_id: UUID,
    chain_id: int,
    came: Sequence[Entry],
    went: Sequence[Entry],
) -> None:
    """Bring the owner of the contract up to its last change; with all changes gone, to the first.

    `went` are the entries of replaced blocks, `came` those that were read now, both in order.
    """
    lost = [each for each in went if each.name == "OwnershipTransferred"]
    gained = [each for each in came if each.name == "OwnershipTransferred"]
    owner = lost[0].args["previousOwner"] if lost else None
    if gained:
        owner = gained[-1].args["newOwner"]
    if owner is None:
        return
    row = session.exec(
        select(ChainContract).where(
            ChainContract.organizer_id == organizer_id, ChainContract.chain_id == chain_id
        )
    ).one()
    row.owner = owner
    session.add(row)
    session.flush()
