"""How many are left, for all who look: read once a second per Drop however many ask."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from passes_service.accounts import organizers
from passes_service.bootstrap import Services
from passes_service.drops import reading
from passes_service.web.deps import TheServices
from passes_service.web.pages import drop_views

router = APIRouter(include_in_schema=False)
FRESH: Final = timedelta(seconds=1)
MOST_KEPT: Final = 1_000
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Look:
    """What was read, and when."""

    body: bytes
    at: datetime


class Looks:
    """The numbers of Drops as one process read them last. Who asks at once waits for one reading.

    Used on the event loop alone, so nothing here is locked.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._found: dict[_Key, _Look] = {}
        self._running: dict[_Key, asyncio.Future[_Look]] = {}

    async def left(self, key: _Key) -> bytes:
        """Return what is left of a Drop, at most a second old.

        Raises:
            NotFound: There is none at this address.
        """
        known = self._found.get(key)
        now = self._services.clock()
        if known is not None and timedelta(0) <= now - known.at < FRESH:
            return known.body
        running = self._running.get(key)
        if running is None:
            running = asyncio.ensure_future(run_in_threadpool(_read, self._services, key))
            self._running[key] = running
            running.add_done_callback(lambda done: self._keep(key, done))
        return (await asyncio.shield(running)).body

    def _keep(self, key: _Key, done: asyncio.Future[_Look]) -> None:
        del self._running[key]
        if done.cancelled() or done.exception() is not None:
            return
        if len(self._found) >= MOST_KEPT:
            self._found.clear()
        self._found[key] = done.result()


def _read(services: Services, key: _Key) -> _Look:
    now = services.clock()
    with services.database.reading() as session:
        organizer = organizers.by_slug(session, key[0])
        shop = reading.by_slug(session, organizer_id=organizer.id, slug=key[1])
        found = drop_views.scarcity(session, shop, now=now)
    said = {
        "state": found.state,
        "left": found.left,
        "of": found.of,
        "held": found.held,
        "sentence": found.sentence,
        "more": found.more,
        "at": found.at.isoformat(),
    }
    return _Look(json.dumps(said).encode(), now)


@router.get("/o/{slug}/drops/{drop_slug}/left.json")
async def left(slug: str, drop_slug: str, request: Request, services: TheServices) -> Response:
    """Say how many are left; the page asks every two seconds while somebody looks."""
    state = request.app.state
    if not hasattr(state, "looks"):
        state.looks = Looks(services)
    body = await state.looks.left((slug, drop_slug))
    headers = {"Cache-Control": "public, max-age=1"}
    return Response(body, media_type="application/json", headers=headers)
