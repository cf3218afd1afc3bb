"""Which tokens' metadata changed since the chain was last told (`URI` events)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func
from sqlalchemy import select as sql
from sqlmodel import Session, col, select

from passes_service.db.models import (
    CalendarSession,
    ChainContract,
    ChainLog,
    ChainSeries,
    Pass,
    PassEvent,
    SeriesSession,
)

AT_ONCE = 200
"""How many tokens one transaction refreshes: about 5,000 gas each."""
_TELLING = ("URI", "TransferSingle", "TransferBatch")
_CHANGING = ("void", "restored")


def contracts_of(session: Session, organizer_id: UUID) -> list[ChainContract]:
    """Return an organizer's contracts, by chain."""
    return list(
        session.exec(
            select(ChainContract)
            .where(ChainContract.organizer_id == organizer_id)
            .order_by(col(ChainContract.chain_id))
        )
    )


def stale(
    session: Session, *, organizer_id: UUID, chain_id: int, limit: int = AT_ONCE
) -> Sequence[int]:
    """Return ids of live or revoked tokens whose metadata changed after the chain was last told.

    Wallets read metadata when a token is minted and when `URI` is emitted for it. What changes it
    are its sessions, and being revoked.
    """
    told = _told(organizer_id, chain_id).subquery()
    changed = _changed(organizer_id).subquery()
    revoked = _revoked(organizer_id).subquery()
    statement = (
        select(Pass.pass_id)
        .join(
            ChainSeries,
            (col(ChainSeries.organizer_id) == col(Pass.organizer_id))
            & (col(ChainSeries.series_id) == col(Pass.series_id)),
        )
        .join(told, told.c.token_id == Pass.pass_id)
        .join(changed, changed.c.series_id == Pass.series_id)
        .outerjoin(revoked, revoked.c.row_id == Pass.id)
        .where(
            Pass.organizer_id == organizer_id,
            ChainSeries.chain_id == chain_id,
            col(Pass.state).in_(("on_chain", "void")),
            (changed.c.changed_at > told.c.told_at) | (revoked.c.at > told.c.told_at),
        )
        .order_by(col(Pass.pass_id))
        .limit(limit)
    )
    return session.exec(statement).all()


def _told(organizer_id: UUID, chain_id: int) -> Select[*tuple[Any, ...]]:
    """When wallets last had a reason to read each token's metadata."""
    return (
        sql(
            col(ChainLog.token_id).label("token_id"),
            func.max(col(ChainLog.block_time)).label("told_at"),
        )
        .where(
            col(ChainLog.organizer_id) == organizer_id,
            col(ChainLog.chain_id) == chain_id,
            col(ChainLog.name).in_(_TELLING),
        )
        .group_by(col(ChainLog.token_id))
    )


def _changed(organizer_id: UUID) -> Select[*tuple[Any, ...]]:
    """When a session of each Series last changed what is shown of it."""
    return (
        sql(
            col(SeriesSession.series_id).label("series_id"),
            func.max(col(CalendarSession.changed_at)).label("changed_at"),
        )
        .join(
            CalendarSession,
            (col(CalendarSession.organizer_id) == col(SeriesSession.organizer_id))
            & (col(CalendarSession.id) == col(SeriesSession.session_id)),
        )
        .where(col(SeriesSession.organizer_id) == organizer_id)
        .group_by(col(SeriesSession.series_id))
    )


def _revoked(organizer_id: UUID) -> Select[*tuple[Any, ...]]:
    """When each pass was revoked, or stood again."""
    return (
        sql(
            col(PassEvent.pass_row_id).label("row_id"),
            func.max(col(PassEvent.created_at)).label("at"),
        )
        .where(col(PassEvent.organizer_id) == organizer_id, col(PassEvent.kind).in_(_CHANGING))
        .group_by(col(PassEvent.pass_row_id))
    )
