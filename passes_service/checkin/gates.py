"""Gates: devices that may scan, each for some sessions, each out at once when revoked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, func, select

from passes_service.accounts import fields
from passes_service.accounts.authenticate import GATE_KEY_PREFIX
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import NotFound, NotSignedIn
from passes_service.core import tokens
from passes_service.db.models import CalendarSession, Gate, Scan
from passes_service.db.upsert import insert_if_absent

LONGEST_NAME = 80


@dataclass(frozen=True)
class GateRef:
    """The gate that a scan comes from; `session_ids` empty means every session.

    `has_keys`: a phone enrolled with keys of its own, so things can be sealed for it.
    """

    id: UUID
    name: str
    session_ids: frozenset[UUID] = frozenset()
    may_search_names: bool = False
    has_keys: bool = False

    def serves(self, session_id: UUID) -> bool:
        """Tell whether this gate may scan for a session."""
        return not self.session_ids or session_id in self.session_ids


@dataclass(frozen=True)
class Enrolled:
    """A gate and its token, which is shown this once: of its link first, then of its phone."""

    gate: Gate
    token: str


def enrol(
    session: Session,
    *,
    organizer_id: UUID,
    name: str,
    session_ids: Sequence[UUID],
    random: bytes,
    now: datetime,
    may_search_names: bool = False,
) -> Enrolled:
    """Create a gate for these sessions, or for all with none; only its token's digest is kept.

    The token is in the link. It works by itself until a phone swaps it, see `enrolment.take`.

    Raises:
        FieldRefused: The name is empty, too long or does not print.
        NotFound: A session is not this organizer's.
    """
    name = fields.line(name, field="name", longest=LONGEST_NAME)
    for session_id in session_ids:
        if session.get(CalendarSession, (organizer_id, session_id)) is None:
            raise NotFound("There is no such session here.")
    token = tokens.mint(organizer_id, random=random, prefix=GATE_KEY_PREFIX)
    digest = tokens.digest(token, prefix=GATE_KEY_PREFIX)
    gate = Gate(
        organizer_id=organizer_id,
        name=name,
        token_digest=digest,
        link_digest=digest,
        may_search_names=may_search_names,
        session_ids=" ".join(sorted({str(one) for one in session_ids})),
        created_at=now,
    )
    session.add(gate)
    session.flush()
    return Enrolled(gate, token)


def every(session: Session, *, organizer_id: UUID) -> Sequence[Gate]:
    """Return the enrolled gates, newest first; automatic ones of staff are not listed."""
    return session.exec(
        select(Gate)
        .where(Gate.organizer_id == organizer_id, col(Gate.token_digest).is_not(None))
        .order_by(col(Gate.id).desc())
    ).all()


def last_scans(session: Session, *, organizer_id: UUID) -> dict[UUID, datetime]:
    """Return when each gate scanned last, for those that ever did."""
    rows = session.exec(
        select(col(Scan.gate_id), func.max(Scan.created_at))
        .where(Scan.organizer_id == organizer_id)
        .group_by(col(Scan.gate_id))
    )
    return dict(rows.all())


def revoke(session: Session, *, organizer_id: UUID, gate_id: UUID, now: datetime) -> Gate:
    """Take a gate out of service at once; revoking twice changes nothing.

    Raises:
        NotFound: There is no such enrolled gate here.
    """
    session.execute(
        update(Gate)
        .where(
            col(Gate.organizer_id) == organizer_id,
            col(Gate.id) == gate_id,
            col(Gate.revoked_at).is_(None),
            col(Gate.token_digest).is_not(None),
        )
        .values(revoked_at=now)
    )
    gate = session.get(Gate, (organizer_id, gate_id), populate_existing=True)
    if gate is None or gate.token_digest is None:
        raise NotFound("There is no such gate here.")
    return gate


def of_caller(session: Session, caller: Caller) -> GateRef:
    """Return the gate that a caller scans with; people and API keys scan everywhere.

    Raises:
        NotAllowed: The caller may not scan.
        NotSignedIn: The gate was revoked since the call began.
    """
    caller.require("door:scan")
    if caller.kind != "gate":
        return GateRef(caller.id, caller.name)
    gate = session.get(Gate, (caller.organizer_id, caller.id), populate_existing=True)
    if gate is None or gate.revoked_at is not None:
        raise NotSignedIn("This gate is unknown or revoked.")
    return ref(gate)


def ref(gate: Gate) -> GateRef:
    """Return what scans need to know of a gate."""
    return GateRef(
        gate.id,
        gate.name,
        frozenset(UUID(one) for one in gate.session_ids.split()),
        may_search_names=gate.may_search_names,
        has_keys=gate.public_key is not None,
    )


def ensure(session: Session, *, organizer_id: UUID, gate: GateRef, now: datetime) -> None:
    """Write the automatic gate of a member of staff or an API key at its first scan."""
    if session.get(Gate, (organizer_id, gate.id)) is None:
        fresh = {
            "organizer_id": organizer_id,
            "id": gate.id,
            "name": gate.name,
            "session_ids": "",
            "created_at": now,
        }
        insert_if_absent(session, Gate, fresh)
