"""The holder's and the organizer's main paths in a real browser, and how every page looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from passes_service.accounts import holders
from passes_service.catalog import series, sessions, terms
from passes_service.core.money import Money
from passes_service.passes import queries
from passes_service.passes import service as passes
from passes_service.transfers import service as transfers
from passes_service.web.deps import HOLDER_COOKIE, STAFF_COOKIE
from tests.browser.conftest import PICTURES, Live, picture, serious
from tests.web.pages import stage as stages
from tests.web.pages.stage import Stage

SIZES = {"phone": (390, 844), "desk": (1280, 900), "small": (360, 740)}


@pytest.fixture
def stage(live: Live) -> Stage:
    """A season with passes, an offer each way, a cancelled session and a refund."""
    built = stages.build(live.services, passes_for_fan=3)
    now = live.services.clock()
    scope: dict[str, Any] = {"organizer_id": built.organizer_id}
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
        typed = {"pass_type": "pair", "title": "Two-night pass", "cap": 20, "preset": "flexible"}
        calendar = {"calendar_id": built.calendar_id}
        document = terms.draft(session, **scope, **calendar, typed=typed)
        chosen = terms.publish(session, **scope, **calendar, document=document, now=now)
        series.open_series(session, **scope, terms_hash=chosen, price=Money(9_000, "EUR"), now=now)
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
        "token": ("nobody", f"/o/{stage.slug}/passes/{stage.pass_ids[0]}"),
        "token-revoked": ("nobody", f"/o/{stage.slug}/passes/{stage.pass_ids[2]}"),
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
        said: list[str] = []
        for window in windows.values():
            window.on("console", lambda message: said.append(message.text))
        for name, (who, path) in places(stage).items():
            page = windows[who]
            page.goto(live.origin + path)
            page.screenshot(path=folder / f"{name}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            if wide > 0:
                wrong.append(f"{name} is {wide} px too wide")
            wrong += [f"{name}: {line}" for line in serious(page)]
        assert wrong == []
        assert [line for line in said if "Content Security" in line] == []


_SEEN_BY = ("nobody", "holder", "owner")


class TestHolder:
    def test_accept_look_hand_on_and_give_up(
        self, live: Live, stage: Stage, enter: Callable[..., Page]
    ) -> None:
        page = enter("holder")
        page.goto(f"{live.origin}/me")
        page.get_by_role("link", name="See it and decide").click()
        expect(page.get_by_text("Before you accept:")).to_be_visible()
        page.get_by_role("button", name="Accept the pass").click()
        expect(page.get_by_text("4 of 50").first).to_be_visible()
        expect(page.get_by_role("img", name="Door code of pass 4 of 50")).to_be_visible()

        page.get_by_label("To whom").fill("not an address")
        page.get_by_role("button", name="Offer this pass").click()
        expect(page.get_by_label("To whom")).to_be_focused()
        assert serious(page) == []
        picture(page, "transfer-refused")
        expect(page.get_by_label("To whom")).to_have_value("not an address")
        page.get_by_label("To whom").fill("sister@example.org")
        page.get_by_role("button", name="Offer this pass").click()
        expect(page.get_by_text("Offered to sister@example.org").first).to_be_visible()
        page.get_by_role("button", name="Take the offer back").click()

        page.goto(f"{live.origin}/me/passes/{stage.pass_ids[0]}")
        page.get_by_role("link", name="Give this pass up…").click()
        page.get_by_role("button", name="Give it up for EUR 120.00").click()
        expect(page.get_by_text("Given up: EUR 120.00 owed to the payer.")).to_be_visible()


class TestOrganizer:
    def test_from_an_empty_calendar_to_an_issued_pass(
        self, live: Live, stage: Stage, enter: Callable[..., Page], tmp_path: Path
    ) -> None:
        page = enter("owner", size="desk")
        page.goto(f"{live.origin}/org/calendars")
        page.get_by_label("Name", exact=True).fill("Autumn nights")
        page.get_by_role("button", name="Make the calendar").click()
        page.get_by_role("link", name="Import an .ics file").click()
        page.get_by_label("File", exact=True).set_input_files(_season_file(live, tmp_path))
        page.get_by_role("button", name="Show what would change").click()
        expect(page.get_by_text("Harvest supper").first).to_be_visible()
        assert serious(page) == []
        picture(page, "import-preview")
        page.get_by_role("button", name="Import 2 changes").click()
        expect(page.get_by_role("status")).to_contain_text("2 created")

        page.get_by_role("link", name="Write Terms").click()
        page.get_by_label("How many, ever").fill("7")
        expect(page.locator("#preview")).to_contain_text("At most 7 passes of this kind")
        page.get_by_label("How many, ever").fill("lots")
        expect(page.locator("#preview")).to_contain_text("Type a whole number")
        page.get_by_label("How many, ever").fill("7")
        page.get_by_role("button", name="Publish for ever").click()
        page.get_by_label("Price of one pass").fill("45.50")
        page.get_by_role("button", name="Open the Series").click()
        expect(page.get_by_text("EUR 45.50")).to_be_visible()

        page.get_by_role("link", name="Passes", exact=True).click()
        page.get_by_label("E-mail address of the holder").fill("guest@example.org")
        page.get_by_label("Series").select_option(index=0)
        page.get_by_role("button", name="Issue the next number").click()
        expect(page.get_by_text("guest@example.org")).to_be_visible()
        expect(page.get_by_text("Issued as 1 of 7")).to_be_visible()

    def test_cancelling_is_asked_with_its_consequences(
        self, live: Live, stage: Stage, enter: Callable[..., Page]
    ) -> None:
        page = enter("owner")
        page.goto(f"{live.origin}/org/calendars/{stage.calendar_id}")
        page.get_by_role("link", name="Cancel Bread and fire").click()
        expect(page.get_by_text("2 people hold 3 passes for this session.")).to_be_visible()
        page.get_by_role("button", name="Cancel the session").click()
        expect(page.get_by_role("heading", name="Spring nights")).to_be_visible()
        expect(page.get_by_text("Cancelled", exact=True)).to_have_count(2)

    def test_a_move_in_the_hour_that_is_skipped_and_then_for_real(
        self, live: Live, stage: Stage, enter: Callable[..., Page]
    ) -> None:
        page = enter("owner")
        page.goto(f"{live.origin}/org/sessions/{stage.session_ids[2]}")
        page.get_by_label("Starts").fill("2027-03-28T02:30")
        page.get_by_label("Ends").fill("2027-03-28T06:00")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Which time do you mean?")).to_be_visible()
        assert serious(page) == []
        picture(page, "hour-skipped")
        page.get_by_role("button", name="03:30").click()
        expect(page.get_by_role("heading", name="Move “The last course”?")).to_be_visible()
        assert serious(page) == []
        picture(page, "move")
        page.get_by_role("button", name="Move the session").click()
        expect(page.get_by_text("Moved", exact=True)).to_be_visible()


def _season_file(live: Live, folder: Path) -> Path:
    day = (live.services.clock() + timedelta(days=40)).strftime("%Y%m%d")
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//test//EN",
        "BEGIN:VEVENT",
        "UID:supper@test",
        "DTSTAMP:20260101T000000Z",
        f"DTSTART;TZID=Europe/Berlin:{day}T190000",
        f"DTEND;TZID=Europe/Berlin:{day}T220000",
        "RRULE:FREQ=WEEKLY;COUNT=2",
        "SUMMARY:Harvest supper",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    path = folder / "season.ics"
    path.write_bytes("\r\n".join(lines).encode())
    return path
