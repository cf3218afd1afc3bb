"""Buying in a Drop in a real Chromium: with and without a script, as guest and as member."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from passes_service.web.deps import HOLDER_COOKIE
from tests.browser import drop_ground
from tests.browser.conftest import PICTURES, Live, serious
from tests.browser.drop_ground import DROPS, ORDERS
from tests.season import Season, season

SIZES = {"small": (360, 740), "desk": (1280, 900)}
Open = Callable[..., Page]


@pytest.fixture
def made(live: Live) -> Season:
    return season(live.services, cap=40)


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


class TestHowItLooks:
    @pytest.mark.parametrize("kind", [*DROPS, *(f"order-{one}" for one in ORDERS)])
    def test_every_state_fits_and_axe_finds_nothing_serious(
        self, live: Live, made: Season, enter: Open, kind: str
    ) -> None:
        paths, member = _paths(live, made, kind)
        wrong: list[str] = []
        for size in SIZES:
            for scheme in ("light", "dark"):
                for who, path in paths.items():
                    page = enter(
                        path, member=member if who == "member" else "", size=size, scheme=scheme
                    )
                    folder = Path(PICTURES) / "drops" / f"{size}-{scheme}"
                    folder.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=folder / f"{kind}-{who}.png", full_page=True)
                    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    if wide > 0:
                        wrong.append(f"{size}-{scheme} {who} is {wide} px too wide")
                    wrong += [f"{size}-{scheme} {who}: {line}" for line in serious(page)]
        assert wrong == []


def _paths(live: Live, made: Season, kind: str) -> tuple[dict[str, str], str]:
    """Return what to look at, by who looks."""
    if not kind.startswith("order-"):
        sale = DROPS[kind](live, made)
        return {"guest": sale.path, "member": sale.path}, sale.member_token()
    state = kind.removeprefix("order-")
    drop_ground.tax(made, live.services)
    sale = drop_ground.drop(live, made, quantity=4, hold_seconds=600)
    order = sale.order("placed" if state == "expired" else state)
    if state in ("expired", "late"):
        live.clock.now += timedelta(minutes=20)
    path = sale.order_path(order)
    paths = {"guest": path}
    member = sale.member_token()
    if state == "completed":
        paths |= {"member": path, "receipt": f"{path}/receipt"}
    return paths, member
