"""The reference: every refusal, and the API as its own description says it."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from passes_service.accounts.callers import SCOPES
from passes_service.accounts.errors import NotFound
from passes_service.core.errors import catalogue
from passes_service.web.pages import openapi
from passes_service.web.pages.rendering import page
from passes_service.web.problems import STATUS

router = APIRouter(include_in_schema=False)


@router.get("/problems")
def problems(request: Request) -> Response:
    """List every way in which this service says no."""
    return page(
        request, "reference/problems.html", public=True, errors=catalogue(), statuses=STATUS
    )


@router.get("/problems/{code}")
def problem(code: str, request: Request) -> Response:
    """Explain one refusal: the `type` of problem details leads here."""
    found = next((error for error in catalogue() if error.code == code), None)
    if found is None:
        raise NotFound("There is no refusal with this code.")
    return page(
        request,
        "reference/problem.html",
        public=True,
        error=found,
        status_code=STATUS[found.kind],
    )


@router.get("/api/docs")
def api(request: Request) -> Response:
    """Show the API reference, made from the OpenAPI document that programs read."""
    return page(
        request,
        "reference/api.html",
        public=True,
        groups=openapi.groups(request.app.openapi()),
        scopes=SCOPES,
    )
