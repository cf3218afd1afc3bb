"""One module per API resource: shapes and handlers."""

from fastapi import APIRouter

from passes_service.web.routes import (
    account,
    api_keys,
    calendars,
    checkins,
    feeds,
    gates,
    holders,
    logins,
    me,
    metadata,
    organizers,
    passes,
    refunds,
    series,
    sessions,
    staff,
    terms,
    transfers,
    wallets,
)

ROUTERS: tuple[APIRouter, ...] = (
    organizers.router,
    staff.router,
    api_keys.router,
    logins.router,
    wallets.router,
    holders.router,
    account.router,
    calendars.router,
    sessions.router,
    terms.router,
    series.router,
    passes.router,
    refunds.router,
    me.router,
    transfers.router,
    feeds.router,
    gates.router,
    checkins.router,
    metadata.router,
)
