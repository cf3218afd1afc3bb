"""How phones come to trust the hub: a plain page with the certificate and the steps, without TLS.

Nothing secret is on it. What the phone installs is compared by its fingerprint with the terminal.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from passes_service.hub import authority
from passes_service.hub.authority import Files
from passes_service.web.pages.rendering import page


def create_trust_page(files: Files, *, name: str, origin: str) -> Starlette:
    """Build the page for phones that do not trust the hub yet."""

    async def steps(request: Request) -> Response:
        return page(
            request,
            "hub_trust.html",
            name=name,
            origin=origin,
            called=authority.called(files),
            fingerprint=authority.fingerprint(files),
        )

    async def certificate(_: Request) -> Response:
        return Response(
            authority.der(files),
            media_type="application/x-x509-ca-cert",
            headers={"Content-Disposition": 'attachment; filename="gate-hub.crt"'},
        )

    return Starlette(routes=[Route("/", steps), Route("/authority.crt", certificate)])
