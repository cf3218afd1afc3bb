"""Templates to responses: autoescaped, private by default, with what every page needs."""

from __future__ import annotations

import secrets
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from passes_service.web.pages import filters

ENVIRONMENT = Environment(
    loader=PackageLoader("passes_service.web", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
filters.install(ENVIRONMENT)


def new_key() -> str:
    """Return an Idempotency-Key for a form: pressing its button twice acts once."""
    return secrets.token_urlsafe(24)


ENVIRONMENT.globals["new_key"] = new_key


def page(
    request: Request,
    template: str,
    *,
    status: int = 200,
    public: bool = False,
    **values: Any,
) -> HTMLResponse:
    """Render `template`; personal pages are never stored by caches."""
    body = ENVIRONMENT.get_template(template).render(request=request, **values)
    cache = "public, max-age=60" if public else "no-store"
    return HTMLResponse(body, status, headers={"Cache-Control": cache})
