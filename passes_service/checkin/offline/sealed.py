"""What is sealed for one gate: names where it may search by them, step secrets, its own blocks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.checkin.offline.bundle_rows import LIVE_STATES
from passes_service.checkin.offline.secrets import step_secrets
from passes_service.core import binary
from passes_service.core.instants import to_seconds
from passes_service.db.models import (
    CalendarSession,
    Gate,
    Holder,
    Pass,
    ReservedPass,
    Series,
    SeriesSession,
)
from passes_service.keyring import Keyring

KEPT = timedelta(hours=24)
"""How long after the end of a session a gate keeps what was sealed for it."""


def document_for(
    session: Session, *, gate: Gate, at: CalendarSession, keyring: Keyring, now: datetime
) -> dict[str, Any]:
    """Return what this gate may read of a session; nothing of anybody after `delete_at`."""
    delete_at = at.ends_at + KEPT
    over = now >= delete_at
    may_search = gate.may_search_names and not over
    secrets = [] if over else step_secrets(session, at.organizer_id, at.id, keyring, now)
    return {
        "v": 1,
        "gate": str(gate.id),
        "session": str(at.id),
        "issued_at": to_seconds(now),
        "delete_at": to_seconds(delete_at),
        "names": _names(session, at) if may_search else [],
        "step_secrets": [
            [str(series), serial, epoch, binary.to_text(secret)]
            for series, serial, epoch, secret in secrets
        ],
        "blocks": _blocks(session, gate.id, at, now),
    }


def _names(session: Session, at: CalendarSession) -> list[list[Any]]:
    rows = session.execute(
        select(col(Series.series_no), col(Pass.serial), col(Holder.name))
        .join(
            Series,
            (col(Series.organizer_id) == col(Pass.organizer_id))
            & (col(Series.id) == col(Pass.series_id)),
        )
        .join(
            SeriesSession,
            (col(SeriesSession.organizer_id) == col(Series.organizer_id))
            & (col(SeriesSession.series_id) == col(Series.id)),
        )
        .join(
            Holder,
            (col(Holder.organizer_id) == col(Pass.organizer_id))
            & (col(Holder.id) == col(Pass.holder_id)),
        )
        .where(
            Pass.organizer_id == at.organizer_id,
            SeriesSession.session_id == at.id,
            col(Pass.state).in_(LIVE_STATES),
            Holder.name != "",
        )
        .order_by(col(Series.series_no), col(Pass.serial))
    )
    return [[str(series), serial, name] for series, serial, name in rows]


def _blocks(
    session: Session, gate_id: UUID, at: CalendarSession, now: datetime
) -> list[dict[str, Any]]:
    rows = session.execute(
        select(ReservedPass, Series)
        .join(
            Series,
            (col(Series.organizer_id) == col(ReservedPass.organizer_id))
            & (col(Series.id) == col(ReservedPass.series_id)),
        )
        .where(
            ReservedPass.organizer_id == at.organizer_id,
            ReservedPass.session_id == at.id,
            ReservedPass.gate_id == gate_id,
            ReservedPass.state == "reserved",
            ReservedPass.expires_at > now,
        )
        .order_by(col(Series.series_no), col(ReservedPass.serial))
    )
    return [
        {
            "block": str(row.block_id),
            "series": str(series.series_no),
            "serial": row.serial,
            "epoch": row.epoch,
            "code": row.code,
            "price_minor": series.price_minor,
            "currency": series.currency,
            "hand_out_until": to_seconds(row.hand_out_until),
        }
        for row, series in rows
    ]
