"""The door page: one shell without data; the script asks for everything under its own key."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from passes_service.accounts import authenticate
from passes_service.checkin import gates
from passes_service.core.rules.phrases import count_words
from passes_service.web.deps import Reading
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/door")
def door(request: Request) -> Response:
    """Show the scanner; a gate's key is in the phone, staff have their cookie."""
    return page(request, "door.html")


@router.get("/door/enrol/{token}")
def enrol(token: str, request: Request, session: Reading) -> Response:
    """Offer to make this phone the gate of this link; nothing happens until a tap."""
    caller = authenticate.by_gate_key(session, token)
    gate = gates.of_caller(session, caller)
    scope = count_words(len(gate.session_ids), "session") if gate.session_ids else "all sessions"
    shown = page(request, "door_enrol.html", gate=gate.name, scope=scope)
    shown.headers["Referrer-Policy"] = "no-referrer"  # the address is the secret
    return shown
