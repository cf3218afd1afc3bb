"""What every page of a signed-in caller needs: who, with whom, when; and whose data it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.accounts.callers import Caller


def scope_of(caller: Caller) -> dict[str, Any]:
    """Return the argument that keeps every look-up within the caller's organizer."""
    return {"organizer_id": caller.organizer_id}


def frame(session: Session, caller: Caller, *, now: datetime) -> dict[str, Any]:
    """Return what the base template shows of a signed-in caller."""
    organizer = organizers.get(session, organizer_id=caller.organizer_id)
    return {"caller": caller, "organizer": organizer, "zone": organizer.time_zone, "now": now}
