"""Who lost the phone with the code gets a new one from the host: number, name, new code."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from passes_service.catalog import series, terms
from passes_service.checkin.errors import RenewNotNow
from passes_service.checkin.gates import GateRef
from passes_service.checkin.service import session_for
from passes_service.core.rules.phrases import instant_words
from passes_service.db.models import CalendarSession, Holder
from passes_service.keyring import Keyring
from passes_service.passes import devices, proofs, queries, renewing
from passes_service.passes.proofs import DoorCode
from passes_service.passes.queries import Held


@dataclass(frozen=True, slots=True)
class Renewed:
    """A pass after its renewal, its new code for this session, and whose name the host compares."""

    held: Held
    code: DoorCode
    holder_name: str


def renew(
    session: Session,
    *,
    organizer_id: UUID,
    gate: GateRef,
    session_id: UUID,
    pass_id: int,
    reason: str,
    actor: str,
    now: datetime,
) -> Held:
    """Raise the epoch of a pass for somebody at the door; `shown` gives the new code.

    Raises:
        NotFound: There is no such session or pass here.
        GateNotForSession: The gate was enrolled for others.
        RenewNotNow: The pass does not open this session, or it is not its time.
        PassInactive, RenewedTooOften, PassMoved: As for `passes.renewing.renew`.
    """
    at = session_for(session, organizer_id, gate, session_id)
    held = queries.by_pass_id(session, organizer_id=organizer_id, pass_id=pass_id)
    _require_time(session, held, at, now=now)
    row = renewing.renew(
        session, held.row, gate_name=gate.name, reason=reason, actor=actor, now=now
    )
    return Held(row, held.series)


def shown(
    session: Session,
    held: Held,
    *,
    gate: GateRef,
    session_id: UUID,
    keys: Keyring,
    now: datetime,
) -> Renewed:
    """Return the code of a renewed pass until the session ends, and the name of its holder.

    Raises:
        NotFound, GateNotForSession: As for `renew`.
        RenewNotNow: The session is over.
    """
    at = session_for(session, held.row.organizer_id, gate, session_id)
    if now >= at.ends_at:
        raise _over(at)
    code = proofs.sign_code_until(held, ends=at.ends_at, keys=keys, now=now)
    holder = session.get(Holder, (held.row.organizer_id, held.row.holder_id))
    return Renewed(held, code, holder.name if holder else "")


def _require_time(session: Session, held: Held, at: CalendarSession, *, now: datetime) -> None:
    scope = {"organizer_id": at.organizer_id}
    opened = series.sessions_of(session, **scope, series_id=held.series.id)
    if at.id not in {one.id for one in opened} or at.status == "cancelled":
        raise RenewNotNow(f"This pass does not open “{at.title[:120]}”.")
    document = terms.get(session, **scope, terms_hash=held.series.terms_hash)
    begins = devices.closes_at(at, document)
    if now < begins:
        since = instant_words(begins, at.time_zone)
        raise RenewNotNow(f"Hosts can renew codes for this session from {since}.")
    if now >= at.ends_at:
        raise _over(at)


def _over(at: CalendarSession) -> RenewNotNow:
    return RenewNotNow(f"“{at.title[:120]}” is over.")
