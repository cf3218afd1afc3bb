"""The organizer's overview: what comes next, what sells, what waits for someone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from passes_service.accounts.callers import Caller
from passes_service.catalog import calendars, sessions
from passes_service.catalog import series as catalog_series
from passes_service.refunds import service as refunds
from passes_service.transfers import queries as offers
from passes_service.web.deps import CurrentStaff, Now, Reading
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
NEXT = 6


@router.get("/org")
def overview(request: Request, caller: CurrentStaff, session: Reading, now: Now) -> Response:
    """Show how things stand."""
    caller.require("catalog:read")
    return page(
        request,
        "org/home.html",
        **_standing(session, caller, now=now),
        **frame(session, caller, now=now),
    )


def _standing(session: Session, caller: Caller, *, now: datetime) -> dict[str, Any]:
    scope = scope_of(caller)
    known = {row.id: row for row in calendars.every(session, **scope)}
    coming = [
        row
        for calendar_id in known
        for row in sessions.of_calendar(session, **scope, calendar_id=calendar_id)
        if row.ends_at > now
    ]
    coming.sort(key=lambda row: (row.starts_at, row.id))
    sold = catalog_series.every(session, **scope)
    owed = (
        [row for row in refunds.every(session, **scope) if row.state == "requested"]
        if "refunds:read" in caller.scopes
        else []
    )
    open_offers = (
        [
            row
            for row in offers.every(session, **scope)
            if row.state == "offered" and row.expires_at > now
        ]
        if "passes:read" in caller.scopes
        else []
    )
    return {
        "calendars": known,
        "coming": coming[:NEXT],
        "coming_count": sum(row.status != "cancelled" for row in coming),
        "series": sold,
        "owed": owed,
        "open_offers": open_offers,
    }
