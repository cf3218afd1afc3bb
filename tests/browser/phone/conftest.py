"""An evening, a pass, and the phones that its holder opens it on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from passes_service.passes.queries import Held
from passes_service.web.deps import HOLDER_COOKIE
from tests.browser.conftest import PHONE, Live
from tests.checkin.evening import Evening, evening
from tests.web.pages import stage


@pytest.fixture
def night(live: Live) -> Evening:
    """An evening whose doors are a day away, so that phones can still be changed."""
    made = evening(live.services, live.clock)
    live.clock.now -= timedelta(days=1)
    return made


@pytest.fixture
def held(night: Evening) -> Held:
    return night.issue()


@pytest.fixture
def phone(
    live: Live, night: Evening, held: Held, browser: Browser
) -> Iterator[Callable[..., Page]]:
    """Open the pass on another phone where the holder is signed in."""
    opened: list[BrowserContext] = []

    def another(**options: Any) -> Page:
        with live.services.database.transaction() as session:
            holder_id = held.row.holder_id
            token = stage.sign_in(session, live.services, night.organizer_id, "holder", holder_id)
        shape: dict[str, Any] = {"viewport": PHONE, "locale": "en-GB"} | options
        context = browser.new_context(**shape)
        context.add_cookies([{"name": HOLDER_COOKIE, "value": token, "url": live.origin}])
        opened.append(context)
        page = context.new_page()
        page.goto(f"{live.origin}/me/passes/{held.row.pass_id}")
        return page

    yield another
    for context in opened:
        context.close()
