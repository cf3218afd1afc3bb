"""What this process has counted, for whoever holds the token of the installation."""

from __future__ import annotations

import hmac

from fastapi import APIRouter, Request, Response

from passes_service.metrics import CONTENT_TYPE
from passes_service.web.deps import TheServices, bearer
from passes_service.web.problems import NoSuchAddress

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def metrics(request: Request, services: TheServices) -> Response:
    """Return the measures; without the right token there is nothing at this address."""
    token = services.settings.metrics_token
    sent = bearer(request) or ""
    if token is None or not hmac.compare_digest(sent.encode(), token.get_secret_value().encode()):
        raise NoSuchAddress("There is nothing at this address.")
    return Response(services.metrics.text(), media_type=CONTENT_TYPE)
