"""The application: routes, refusals and middleware around the given services."""

from __future__ import annotations

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from passes_service.bootstrap import Services
from passes_service.core.errors import DomainError
from passes_service.web import pages, problems, routes
from passes_service.web.door.app import DoorApp
from passes_service.web.feeds.app import FeedApp
from passes_service.web.holds.app import HoldApp
from passes_service.web.middleware import Guard, is_secret
from passes_service.web.pages.problem import page_or_problem

log = structlog.get_logger("web")


def create_app(services: Services) -> FastAPI:
    """Build the web application; nothing is read from anywhere but `services`."""
    app = FastAPI(
        title="Calendar passes",
        description="Issue, show, verify, transfer and refund calendar passes.",
        version="1",
        docs_url=None,  # our own page: a strict CSP has no room for scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
        redirect_slashes=False,  # such a redirect would name the host that the request named
        telemetry={"exclude": is_secret},  # its spans hold whole addresses
    )
    app.state.services = services
    for router in (*routes.ROUTERS, *pages.ROUTERS):
        app.include_router(router)
    app.mount("/static", StaticFiles(packages=[("passes_service.web", "static")]), "static")
    _handle_refusals(app)
    app.add_middleware(
        Guard,
        max_body_bytes=services.settings.max_body_bytes,
        origin=services.settings.origin,
        broken=_broken,
    )
    app.add_middleware(DoorApp, services=services)
    app.add_middleware(HoldApp, services=services)
    app.add_middleware(FeedApp, services=services)  # the last one added is the first one asked
    return app


def _broken(request: Request, error: Exception) -> Response:
    """Answer for our own fault. Error texts hold no values, and the log cuts secrets out."""
    log.error("unhandled", kind=type(error).__name__, exc_info=error)
    return page_or_problem(request, problems.InternalError("The service could not answer."))


def _handle_refusals(app: FastAPI) -> None:
    @app.exception_handler(DomainError)
    async def refused(request: Request, error: DomainError) -> Response:
        return page_or_problem(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return page_or_problem(request, problems.invalid(error))

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> Response:
        return page_or_problem(request, problems.from_http(error))

    @app.exception_handler(UnicodeError)
    async def unreadable(request: Request, _: UnicodeError) -> Response:
        # A form may name any codec of Python as its charset; some make text that cannot be stored.
        return page_or_problem(
            request, problems.InvalidInput("The text is not in UTF-8.", status=400, errors=[])
        )
