"""One module per API resource: shapes and handlers."""

from fastapi import APIRouter

from passes_service.web.routes import api_keys, logins, organizers, staff

ROUTERS: tuple[APIRouter, ...] = (
    organizers.router,
    staff.router,
    api_keys.router,
    logins.router,
)
