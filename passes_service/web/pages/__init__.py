"""One module per group of HTML pages."""

from fastapi import APIRouter

from passes_service.web.pages import (
    account_logins,
    buy,
    door,
    holder_home,
    holder_links,
    holder_pass,
    login,
    org_calendars,
    org_chain,
    org_home,
    org_import,
    org_money,
    org_passes,
    org_series,
    org_sessions,
    org_terms,
    people,
    public,
    reference,
    token,
)

ROUTERS: tuple[APIRouter, ...] = (
    holder_home.router,
    holder_links.router,
    holder_pass.router,
    buy.router,
    login.router,
    door.router,
    account_logins.router,
    people.router,
    org_calendars.router,
    org_chain.router,
    org_home.router,
    org_import.router,
    org_money.router,
    org_passes.router,
    org_series.router,
    org_sessions.router,
    org_terms.router,
    public.router,
    reference.router,
    token.router,
)
