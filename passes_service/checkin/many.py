"""Many scans of enrolled gates at once: who they are, where they stand, what they come to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from sqlmodel import Session

from passes_service.checkin.asking import Ask
from passes_service.checkin.gates import GateRef
from passes_service.checkin.identify import Reading, read
from passes_service.checkin.known import SessionRow
from passes_service.checkin.looking import Case, Hold, reads_of
from passes_service.checkin.outcome import Outcome
from passes_service.checkin.settling import settle


@dataclass(frozen=True, slots=True)
class Asked:
    """A scan as it came: nobody looked yet which gate it is, or whether there is such a session."""

    organizer_id: UUID
    digest: bytes = field(repr=False)
    session_id: UUID
    text: str
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What codes are checked with now: gate keys, and what time-step secrets are derived from."""

    public_keys: Collection[bytes]
    step_keys: Collection[bytes]


def readings(asked: Sequence[Asked], keys: Keys, now: datetime) -> list[Reading | None]:
    """Return what the texts say; no database is needed. None for one that cannot be read at all."""
    return [_read(one, keys, now) for one in asked]


def _read(one: Asked, keys: Keys, now: datetime) -> Reading | None:
    try:
        return read(one.text, organizer_id=one.organizer_id, public_keys=keys.public_keys, now=now)
    except Exception:  # its neighbours are not to blame; the ordinary way says what it is
        return None


def settle_all(
    session: Session,
    asked: Sequence[Asked],
    read_before: Sequence[Reading | None],
    *,
    keys: Keys,
    now: datetime,
) -> list[Outcome | None]:
    """Decide on scans of one organizer's gates and write what they come to.

    None stands for whatever is no plain decision and has to go the ordinary way: an unknown or
    revoked gate, another session, a nonce that was used before, a pass that somebody else holds.

    Raises:
        Overtaken: Another writer came between; nothing of this may be committed.
    """
    organizer_id = asked[0].organizer_id
    gates, sessions = _places(session, asked)
    cases: dict[int, Case] = {}
    for place, (one, reading) in enumerate(zip(asked, read_before, strict=True)):
        gate, at = gates.get(one.digest), sessions.get(one.session_id)
        if gate is None or at is None or reading is None or not gate.serves(at.id):
            continue
        ask = Ask(
            organizer_id=organizer_id,
            gate=gate,
            session_id=at.id,
            text=one.text,
            nonce=one.nonce,
            public_keys=keys.public_keys,
            now=now,
            step_keys=keys.step_keys,
        )
        cases[place] = Case(ask, at, reading)
    if not cases:
        return [None] * len(asked)
    decided = dict(zip(cases, settle(session, list(cases.values()), hold=Hold.FREE), strict=True))
    return [decided.get(place) for place in range(len(asked))]


def _places(
    session: Session, asked: Sequence[Asked]
) -> tuple[dict[bytes, GateRef], dict[UUID, SessionRow]]:
    """Return gates by token and sessions, read in the transaction that admits.

    So a gate that was revoked is out at once.
    """
    found = session.execute(
        reads_of(session).places,
        {
            "organizer": asked[0].organizer_id,
            "digests": list({one.digest for one in asked}),
            "sessions": list({one.session_id for one in asked}),
        },
    )
    gates: dict[bytes, GateRef] = {}
    sessions: dict[UUID, SessionRow] = {}
    for digest, gate_id, name, served, session_id, *rest in found:
        if digest not in gates:
            gates[bytes(digest)] = GateRef(gate_id, name, _ids(served))
        if session_id not in sessions:
            sessions[session_id] = SessionRow(session_id, *rest)
    return gates, sessions


@lru_cache(maxsize=1024)
def _ids(text: str) -> frozenset[UUID]:
    return frozenset(UUID(one) for one in text.split())
