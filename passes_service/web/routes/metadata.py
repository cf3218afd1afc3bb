"""What contracts point at: token metadata and pictures, for wallets, marketplaces, indexers.

Read by many and changing rarely: strong ETags, cacheable by anyone, readable from any page.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response

from passes_service.metadata import document, picture, refresh, tokens
from passes_service.metadata.phrases import LANGUAGES
from passes_service.web import problems
from passes_service.web.deps import Reading, TheServices

router = APIRouter(prefix="/o/0x{organizer}", tags=["Token metadata"])
FRESH = timedelta(minutes=5)
PICTURE_FRESH = timedelta(days=1)
NOT_MODIFIED: dict[int | str, dict[str, Any]] = {
    304: {"description": "nothing changed since the ETag that was sent"}
}


@router.head("/tokens/{name}.json", include_in_schema=False)
@router.get("/tokens/{name}.json", response_class=Response, responses=NOT_MODIFIED)
def token(
    organizer: str, name: str, request: Request, session: Reading, services: TheServices
) -> Response:
    """Return the metadata of a pass (ERC-1155): `name` is its id as 64 hexadecimal digits.

    `<id>.de` and other languages of `localization.locales` are there, too.
    """
    token_hex, _, locale = name.partition(".")
    if locale and locale not in LANGUAGES:
        raise problems.NoSuchAddress("There is no metadata in this language.")
    found = tokens.find(session, tokens.organizer_of(session, f"0x{organizer}"), token_hex)
    body = document.token_json(found, origin=services.settings.origin, locale=locale or "en")
    return cached(request, body, "application/json", FRESH)


@router.head("/tokens/{name}.png", include_in_schema=False)
@router.get("/tokens/{name}.png", response_class=Response, responses=NOT_MODIFIED)
def token_picture(organizer: str, name: str, request: Request, session: Reading) -> Response:
    """Return the picture of a pass."""
    found = tokens.find(session, tokens.organizer_of(session, f"0x{organizer}"), name)
    return cached(request, picture.token_png(found), "image/png", PICTURE_FRESH)


@router.head("/contract.json", include_in_schema=False)
@router.get("/contract.json", response_class=Response, responses=NOT_MODIFIED)
def contract(organizer: str, request: Request, session: Reading, services: TheServices) -> Response:
    """Return the metadata of an organizer's contract (ERC-7572)."""
    found = tokens.organizer_of(session, f"0x{organizer}")
    contracts = refresh.contracts_of(session, found.id)
    body = document.contract_json(found, contracts, origin=services.settings.origin)
    return cached(request, body, "application/json", FRESH)


@router.head("/contract.png", include_in_schema=False)
@router.get("/contract.png", response_class=Response, responses=NOT_MODIFIED)
def contract_picture(organizer: str, request: Request, session: Reading) -> Response:
    """Return the picture of an organizer's contract."""
    found = tokens.organizer_of(session, f"0x{organizer}")
    drawn = picture.contract_png(found.name, found.id.bytes)
    return cached(request, drawn, "image/png", PICTURE_FRESH)


def cached(request: Request, body: bytes, media_type: str, fresh: timedelta) -> Response:
    """Answer with a strong ETag, or 304 if the client has these very bytes."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {
        "ETag": etag,
        "Cache-Control": f"public, max-age={int(fresh.total_seconds())}, stale-if-error=604800",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    asked = [
        one.strip().removeprefix("W/")
        for one in request.headers.get("if-none-match", "").split(",")
    ]
    if etag in asked or "*" in asked:
        return Response(status_code=304, headers=headers)
    shown = b"" if request.method == "HEAD" else body
    headers["Content-Length"] = str(len(body))
    return Response(shown, media_type=media_type, headers=headers)
