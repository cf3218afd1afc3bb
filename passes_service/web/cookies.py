"""The login cookie: unreadable to scripts, not sent by other sites, gone when the login ends."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from passes_service.accounts.logins import SignedIn
from passes_service.bootstrap import Services
from passes_service.web.deps import HOLDER_COOKIE, STAFF_COOKIE

NAMES = {"staff": STAFF_COOKIE, "holder": HOLDER_COOKIE}


def sign_in(response: Response, signed_in: SignedIn, services: Services) -> None:
    """Give the browser its login."""
    response.set_cookie(
        NAMES[signed_in.kind],
        signed_in.token,
        max_age=services.settings.session_ttl_days * 86_400,
        httponly=True,
        samesite="lax",
        secure=services.settings.secure_cookies,
    )


def sign_out(response: Response, services: Services) -> None:
    """Take every login cookie of ours out of the browser."""
    for name in NAMES.values():
        response.delete_cookie(
            name, httponly=True, samesite="lax", secure=services.settings.secure_cookies
        )


def client_of(request: Request) -> str:
    """Return whom to count attempts against: the peer, as the server was told to see it."""
    return "?" if request.client is None else request.client.host


def label_of(request: Request) -> str:
    """Return what a person may recognise a login by later."""
    return request.headers.get("user-agent", "")[:200]
