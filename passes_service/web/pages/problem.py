"""One refusal, two readers: people get a page, programs get problem details."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from passes_service.core.errors import DomainError, Kind
from passes_service.web import problems
from passes_service.web.pages.rendering import page


def wants_page(request: Request) -> bool:
    """Tell whether a person in a browser is asking."""
    path = request.url.path
    if path.startswith(("/api/", "/feeds/", "/static/")):
        return False
    return "text/html" in request.headers.get("accept", "")


def page_or_problem(request: Request, error: DomainError) -> Response:
    """Answer a refusal in the reader's form; not being signed in leads to the login page."""
    if not wants_page(request):
        return problems.render(request, error)
    if error.kind is Kind.UNAUTHENTICATED and request.method == "GET":
        return RedirectResponse(f"/login?{urlencode({'next': request.url.path})}", 303)
    status, document = problems.document(error, request.url.path)
    return page(request, "problem.html", status=status, problem=document)
