"""Windows that look at a Drop: their size and scheme, with or without a script, who looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from passes_service.web.deps import HOLDER_COOKIE
from tests.browser.conftest import Live
from tests.season import Season, season

SIZES = {"small": (360, 740), "desk": (1280, 900)}
Open = Callable[..., Page]


@pytest.fixture
def made(live: Live) -> Season:
    """A season of an organizer whose own shop takes money."""
    found = season(live.services, cap=40)
    live.services.settings.shop_payments = str(found.organizer_id)
    return found


@pytest.fixture
def enter(live: Live, browser: Browser) -> Iterator[Open]:
    """Open a page as a guest, or as a member by a login's token."""
    contexts: list[BrowserContext] = []

    def go(
        path: str = "",
        *,
        member: str = "",
        size: str = "small",
        scheme: Any = "light",
        script: bool = True,
    ) -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale="en-GB",
            java_script_enabled=script,
        )
        contexts.append(context)
        if member:
            cookie: Any = {"name": HOLDER_COOKIE, "value": member, "url": live.origin}
            context.add_cookies([cookie])
        page = context.new_page()
        if path:
            page.goto(live.origin + path)
        return page

    yield go
    for context in contexts:
        context.close()
