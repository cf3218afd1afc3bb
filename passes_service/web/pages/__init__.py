"""One module per group of HTML pages."""

from fastapi import APIRouter

from passes_service.web.pages import (
    account_logins,
    door,
    holder_home,
    holder_links,
    holder_pass,
    login,
    people,
    public,
    reference,
)

ROUTERS: tuple[APIRouter, ...] = (
    holder_home.router,
    holder_links.router,
    holder_pass.router,
    login.router,
    door.router,
    account_logins.router,
    people.router,
    public.router,
    reference.router,
)
