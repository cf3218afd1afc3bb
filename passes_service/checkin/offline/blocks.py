"""Blocks of reserved passes: what a gate may hand out without a network, and what comes back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.accounts.errors import NotFound
from passes_service.catalog import terms
from passes_service.checkin import gates
from passes_service.checkin.errors import BlockRefused
from passes_service.core import pass_id as pass_numbers
from passes_service.core import qr
from passes_service.db.models import (
    CalendarSession,
    Gate,
    ReservedPass,
    Series,
    SeriesSession,
    new_id,
)
from passes_service.keyring import Keyring
from passes_service.passes import reserved

MOST: Final = 500
COMES_BACK_AFTER: Final = timedelta(hours=12)
"""After the session: so long a phone may need to find a network again."""
CODE_GRACE: Final = timedelta(days=1)


def reserve(
    session: Session,
    *,
    organizer_id: UUID,
    gate_id: UUID,
    series_id: UUID,
    session_id: UUID,
    count: int,
    keys: Keyring,
    now: datetime,
) -> Sequence[ReservedPass]:
    """Set `count` numbers of a Series aside for a gate, with their codes signed.

    They may be handed out until the session ends or the sale closes, whichever is first, and come
    back 12 hours after the session.

    Raises:
        NotFound: Gate, Series or session are not this organizer's.
        BlockRefused: The gate cannot hold secrets, is for other sessions, or the sale is over.
        SoldOut: There are not as many left; none was taken.
    """
    at = _session_of(session, organizer_id, gate_id, series_id, session_id)
    row = session.get_one(Series, (organizer_id, series_id))
    document = terms.get(session, organizer_id=organizer_id, terms_hash=row.terms_hash)
    until = min(at.ends_at, document.sale_closes_at)
    if until <= now:
        raise BlockRefused("The session is over, or the sale of this Series has closed.")
    series, serials = reserved.take_numbers(
        session, organizer_id=organizer_id, series_id=series_id, count=count
    )
    block_id = new_id()
    last = max(portion.ends_at for portion in document.portions)
    rows = [
        ReservedPass(
            organizer_id=organizer_id,
            block_id=block_id,
            series_id=series_id,
            serial=serial,
            epoch=1,
            gate_id=gate_id,
            session_id=session_id,
            code=qr.sign_static(
                pass_number=pass_numbers.compose(series.series_no, serial),
                epoch=1,
                organizer_id=organizer_id,
                issued_at=now.replace(microsecond=0),
                expires_at=max(last, at.ends_at) + CODE_GRACE,
                key=keys.gate.private_key,
            ),
            hand_out_until=until,
            expires_at=at.ends_at + COMES_BACK_AFTER,
            created_at=now,
        )
        for serial in serials
    ]
    session.add_all(rows)
    session.flush()
    return rows


def _session_of(
    session: Session, organizer_id: UUID, gate_id: UUID, series_id: UUID, session_id: UUID
) -> CalendarSession:
    """Return the session, if this gate may hand out passes of this Series for it."""
    gate = session.get(Gate, (organizer_id, gate_id))
    at = session.get(CalendarSession, (organizer_id, session_id))
    opened = session.get(SeriesSession, (organizer_id, series_id, session_id))
    if gate is None or gate.revoked_at is not None or at is None or opened is None:
        raise NotFound("There is no such gate, session, or Series that opens it.")
    if gate.agreement_key is None:
        raise BlockRefused("This gate has no keys of its own yet: open its link on a phone first.")
    if not gates.ref(gate).serves(session_id):
        raise BlockRefused("This gate was enrolled for other sessions.")
    return at


def of_gate(session: Session, *, organizer_id: UUID, gate_id: UUID) -> Sequence[ReservedPass]:
    """Return every number that was ever set aside for a gate, the newest block first."""
    return session.exec(
        select(ReservedPass)
        .where(ReservedPass.organizer_id == organizer_id, ReservedPass.gate_id == gate_id)
        .order_by(col(ReservedPass.block_id).desc(), col(ReservedPass.serial))
    ).all()
