"""The page of a bound pass without a network: its worker and its shell, the same for everybody."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib import resources

from fastapi import APIRouter, Request, Response

from passes_service.web.pages.rendering import ENVIRONMENT, page

router = APIRouter(include_in_schema=False)
_FILES = (
    "style.css",
    "offline-pass.js",
    "live-code.js",
    "door-codes.js",
    "device-keys.js",
    "qr-code.js",
)


@router.get("/me/sw.js")
def worker() -> Response:
    """Serve the worker; its address lets it see pages below /me/ and no others."""
    headers = {"Cache-Control": "no-cache"}
    return Response(_worker(), media_type="text/javascript", headers=headers)


@router.get("/me/offline")
def shell(request: Request) -> Response:
    """Show the shell that the worker keeps; it holds nothing of anybody."""
    return page(request, "me/offline.html")


@cache
def _worker() -> bytes:
    """Return the worker; its bytes change with what it keeps, so that browsers fetch that anew."""
    static = resources.files("passes_service.web") / "static"
    source = (static / "pass-worker.js").read_text("utf-8")
    template = ENVIRONMENT.loader.get_source(ENVIRONMENT, "me/offline.html")[0]  # type: ignore[union-attr]
    said = hashlib.sha256(source.encode() + template.encode())
    for name in _FILES:
        said.update((static / name).read_bytes())
    files = json.dumps([f"/static/{name}" for name in _FILES])
    filled = source.replace("{{ version }}", said.hexdigest()[:16]).replace("{{ files }}", files)
    return filled.encode()
