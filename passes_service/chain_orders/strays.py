"""For the organizer: every order, and purchases that no order was made for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, exists, select

from passes_service.core import ethereum
from passes_service.db.models import (
    ChainLog,
    ChainOrder,
    ChainSeries,
    Holder,
    HolderWallet,
    Series,
)

MINTS = ("TransferSingle", "TransferBatch")
_FROM_NOBODY = f'%"from":%"{ethereum.ZERO_ADDRESS}"%'
_MOST = 200


@dataclass(frozen=True, slots=True)
class Stray:
    """A purchase without an order: what, when, for whom, and why no order fits."""

    series: Series
    chain_id: int
    transaction_hash: str
    block_time: datetime
    wallet: str
    pass_ids: tuple[int, ...]
    reason: str
    holder: Holder | None
    proved: bool

    @property
    def next(self) -> str:
        """What there is to do about it."""
        if self.proved:
            return "Its owner has signed in: the pass is in their account."
        return (
            "Nobody has signed in with this wallet yet. Its owner signs in with the wallet on your "
            "public page, and finds the pass there."
        )


def every(session: Session, *, organizer_id: UUID) -> Sequence[ChainOrder]:
    """Return the organizer's orders, newest first, at most 200."""
    return session.exec(
        select(ChainOrder)
        .where(ChainOrder.organizer_id == organizer_id)
        .order_by(col(ChainOrder.id).desc())
        .limit(_MOST)
    ).all()


def strays(session: Session, *, organizer_id: UUID) -> list[Stray]:
    """Return purchases from escrow Series that belong to no order, newest first."""
    rows = session.exec(
        select(ChainLog, Series, ChainSeries)
        .join(
            Series,
            (col(Series.organizer_id) == col(ChainLog.organizer_id))
            & (col(Series.series_no) == col(ChainLog.series_no)),
        )
        .join(
            ChainSeries,
            (col(ChainSeries.organizer_id) == col(Series.organizer_id))
            & (col(ChainSeries.series_id) == col(Series.id)),
        )
        .where(
            ChainLog.organizer_id == organizer_id,
            Series.funding == "escrow",
            col(ChainLog.name).in_(MINTS),
            col(ChainLog.args).like(_FROM_NOBODY),
            ~exists().where(
                col(ChainOrder.organizer_id) == col(ChainLog.organizer_id),
                col(ChainOrder.transaction_hash) == col(ChainLog.transaction_hash),
            ),
        )
        .order_by(
            col(ChainLog.block_number).desc(),
            col(ChainLog.log_index).desc(),
            col(ChainLog.position),
        )
        .limit(_MOST)
    ).all()
    found: dict[tuple[str, UUID, str], list[ChainLog]] = {}
    known: dict[UUID, tuple[Series, ChainSeries]] = {}
    for log, series, place in rows:
        args = json.loads(log.args)
        if args["from"] == ethereum.ZERO_ADDRESS:
            known[series.id] = series, place
            key = log.transaction_hash, series.id, str(args["to"])
            found.setdefault(key, []).append(log)
    return [
        _stray(session, *known[series_id], wallet=wallet, lines=lines)
        for (_, series_id, wallet), lines in found.items()
    ]


def _stray(
    session: Session, series: Series, place: ChainSeries, *, wallet: str, lines: list[ChainLog]
) -> Stray:
    row = session.exec(
        select(HolderWallet).where(
            HolderWallet.organizer_id == series.organizer_id, HolderWallet.address == wallet
        )
    ).first()
    log = lines[0]
    return Stray(
        series=series,
        chain_id=log.chain_id,
        transaction_hash=log.transaction_hash,
        block_time=log.block_time,
        wallet=wallet,
        pass_ids=tuple(sorted(line.token_id or 0 for line in lines)),
        reason=_reason(session, series, place, wallet, log.transaction_hash, len(lines)),
        holder=None if row is None else session.get(Holder, (row.organizer_id, row.holder_id)),
        proved=row is not None and row.verified_at is not None,
    )


def _reason(
    session: Session, series: Series, place: ChainSeries, wallet: str, name: str, count: int
) -> str:
    scope = [
        col(ChainOrder.organizer_id) == series.organizer_id,
        col(ChainOrder.series_id) == series.id,
    ]
    told = session.exec(select(ChainOrder).where(*scope, ChainOrder.told_hash == name)).first()
    if told is not None and told.buyer != wallet:
        return f"The order of {told.buyer} was paid for this wallet instead."
    if place.ticketed:
        return "Its ticket is in no order of ours. Find out which key signed it, and dismiss that."
    same = session.exec(select(ChainOrder).where(*scope, ChainOrder.buyer == wallet)).first()
    if same is not None:
        return f"Bought {count} at once; no order of this wallet was for that number then."
    return "Bought straight from the contract, without an order. In an open sale anyone may."
