"""Scans settled in groups, as the web process does it, without the web."""

from __future__ import annotations

from collections.abc import Sequence

from passes_service.accounts.authenticate import GATE_KEY_PREFIX
from passes_service.checkin import many
from passes_service.checkin.gates import Enrolled
from passes_service.checkin.many import Asked, Keys
from passes_service.checkin.outcome import Outcome
from passes_service.core import tokens
from tests.checkin.evening import Evening, nonce


def asked(night: Evening, text: str, *, gate: Enrolled | None = None, **changes: object) -> Asked:
    """Return a scan as it comes in over HTTP."""
    parsed = tokens.parse((gate or night.main).token, prefix=GATE_KEY_PREFIX)
    assert parsed is not None
    known = {"session_id": night.first.id, "text": text, "nonce": nonce()} | changes
    return Asked(organizer_id=parsed.organizer_id, digest=parsed.digest, **known)  # type: ignore[arg-type]


def settle(night: Evening, group: Sequence[Asked]) -> list[Outcome | None]:
    """Decide on a group in one transaction."""
    now, ring = night.services.clock(), night.services.keyring
    keys = Keys(public_keys=ring.gate_public_keys(now), step_keys=ring.step_keys(now))
    before = many.readings(group, keys, now)
    with night.services.database.transaction() as session:
        return many.settle_all(session, group, before, keys=keys, now=now)


def codes(outcomes: Sequence[Outcome | None]) -> list[str]:
    """Return the decisions; what has to go the ordinary way is a dash."""
    return ["-" if one is None else one.code.value for one in outcomes]
