"""The organizer one works for."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from passes_service.accounts import organizers
from passes_service.accounts.errors import NotSignedIn
from passes_service.db.models import Organizer
from passes_service.web import problems
from passes_service.web.deps import CurrentStaff, Reading

router = APIRouter(prefix="/api/v1/organizer", tags=["Organizer"])


class OrganizerRead(BaseModel):
    """An organizer as its own people see it."""

    id: UUID
    slug: str
    name: str
    time_zone: str
    contact_email: str


@router.get("", response_model=OrganizerRead, responses=problems.declare(NotSignedIn))
def own(caller: CurrentStaff, session: Reading) -> Organizer:
    """Return the organizer that the caller belongs to."""
    return organizers.get(session, organizer_id=caller.organizer_id)
