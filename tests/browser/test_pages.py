"""The holder's and the organizer's main paths in a real browser, and how every page looks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from passes_service.accounts import holders
from passes_service.catalog import sessions
from passes_service.passes import queries
from passes_service.passes import service as passes
from passes_service.transfers import service as transfers
from passes_service.web.deps import HOLDER_COOKIE, STAFF_COOKIE
from tests.browser.conftest import PICTURES, Live, serious
from tests.web.pages import stage as stages
from tests.web.pages.stage import Stage

SIZES = {"phone": (390, 844), "desk": (1280, 900), "small": (360, 740)}
Names = tuple[tuple[str, str], ...]


@pytest.fixture
def stage(live: Live) -> Stage:
    """A season with passes, an offer each way, a cancelled session and a refund."""
    built = stages.build(live.services, passes_for_fan=3)
    now = live.services.clock()
    scope = {"organizer_id": built.organizer_id}
    with live.services.database.transaction() as session:
        friend = holders.for_email(
            session, **scope, email="friend@example.org", name="Noor", verified=True, now=now
        )
        theirs = passes.issue(
            session,
            **scope,
            series_id=built.series_id,
            holder_id=friend.id,
            actor="test",
            now=now,
        )
        transfers.offer(
            session,
            **scope,
            holder_id=friend.id,
            pass_id=theirs.pass_id,
            recipient="fan@example.org",
            text="You should see this one.",
            now=now,
        )
        transfers.offer(
            session,
            **scope,
            holder_id=built.holder_id,
            pass_id=built.pass_ids[1],
            recipient="cousin@example.org",
            now=now,
        )
        void = queries.by_pass_id(session, **scope, pass_id=built.pass_ids[2])
        passes.void(session, void.row, reason="issued twice by mistake", actor="test", now=now)
        sessions.cancel(session, **scope, session_id=built.session_ids[1], now=now)
    return built


@pytest.fixture
def enter(live: Live, stage: Stage, browser: Browser) -> Callable[..., Page]:
    """Open a page as holder or owner, in a window of a size and a colour scheme."""
    opened: list[BrowserContext] = []

    def go(who: str, *, size: str = "phone", scheme: str = "light") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if scheme == "dark" else "light",
            locale="en-GB",
        )
        opened.append(context)
        cookie = {"holder": HOLDER_COOKIE, "owner": STAFF_COOKIE}.get(who)
        if cookie:
            token = stage.holder_token if who == "holder" else stage.owner_token
            context.add_cookies([{"name": cookie, "value": token, "url": live.origin}])
        return context.new_page()

    return go


def places(stage: Stage) -> dict[str, tuple[str, str]]:
    """Return every page by name: who sees it, and where it is."""
    calendar = f"/org/calendars/{stage.calendar_id}"
    alive = f"/me/passes/{stage.pass_ids[0]}"
    return {
        "about": ("nobody", "/"),
        "organizer": ("nobody", f"/o/{stage.slug}"),
        "terms": ("nobody", f"/o/{stage.slug}/terms/{stage.terms_hash}"),
        "problems": ("nobody", "/problems"),
        "problem": ("nobody", "/problems/sold-out"),
        "missing": ("nobody", "/no/such/place"),
        "api": ("nobody", "/api/docs"),
        "me": ("holder", "/me"),
        "pass": ("holder", alive),
        "pass-void": ("holder", f"/me/passes/{stage.pass_ids[2]}"),
        "pass-print": ("holder", f"{alive}/print"),
        "refund": ("holder", f"{alive}/refund"),
        "draw": ("holder", f"{alive}/draw"),
        "org": ("owner", "/org"),
        "calendars": ("owner", "/org/calendars"),
        "calendar": ("owner", calendar),
        "import": ("owner", f"{calendar}/import"),
        "terms-editor": ("owner", f"{calendar}/terms"),
        "session": ("owner", f"/org/sessions/{stage.session_ids[0]}"),
        "session-cancel": ("owner", f"/org/sessions/{stage.session_ids[0]}/cancel"),
        "series": ("owner", "/org/series"),
        "passes": ("owner", "/org/passes"),
        "org-pass": ("owner", f"/org/passes/{stage.pass_ids[0]}"),
        "transfers": ("owner", "/org/transfers"),
        "refunds": ("owner", "/org/refunds"),
    }


class TestEveryPage:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("size", list(SIZES))
    def test_it_fits_its_window_and_axe_finds_nothing_serious(
        self, live: Live, stage: Stage, enter: Callable[..., Page], size: str, scheme: str
    ) -> None:
        folder = Path(PICTURES) / "pages" / f"{size}-{scheme}"
        folder.mkdir(parents=True, exist_ok=True)
        wrong: list[str] = []
        windows = {who: enter(who, size=size, scheme=scheme) for who in _SEEN_BY}
        for name, (who, path) in places(stage).items():
            page = windows[who]
            said: list[str] = []
            page.on("console", lambda message, said=said: said.append(message.text))
            page.goto(live.origin + path)
            page.screenshot(path=folder / f"{name}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if wide > 0:
                wrong.append(f"{name} is {wide} px too wide")
            wrong += [f"{name}: {line}" for line in serious(page)]
            wrong += [f"{name}: {line}" for line in said if "Content Security" in line]
        assert wrong == []


_SEEN_BY = ("nobody", "holder", "owner")
