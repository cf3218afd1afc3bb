"""The door page: one shell without data; the script asks for everything under its own key."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from passes_service.accounts.errors import NotSignedIn
from passes_service.checkin import enrolment, gates
from passes_service.core.rules.phrases import count_words
from passes_service.web.deps import Reading
from passes_service.web.pages import door_shell
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
router.include_router(door_shell.router)


@router.get("/door")
def door(request: Request) -> Response:
    """Show the scanner; a gate's key is in the phone, staff have their cookie."""
    return page(request, "door.html")


@router.get("/door/enrol/{token}")
def enrol(token: str, request: Request, session: Reading) -> Response:
    """Offer to make this phone the gate of this link; nothing happens until a tap.

    A link that a phone used says so. That phone may go on with it: its keys tell it apart.
    """
    try:
        row = enrolment.of_link(session, token)
    except NotSignedIn:  # whoever opened a link on a phone has nobody to sign in as
        return page(request, "door_enrol.html", status=401, gate=None, scope="", used=False)
    gate = gates.ref(row)
    scope = count_words(len(gate.session_ids), "session") if gate.session_ids else "all sessions"
    used = row.enrolled_at is not None
    shown = page(
        request, "door_enrol.html", status=410 if used else 200, gate=gate, scope=scope, used=used
    )
    shown.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return shown
