"""Calendar links in a real browser: made, put into apps, given options, replaced; how it looks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlmodel import Session, select

from passes_service.catalog import calendars, sessions
from passes_service.db.models import FeedLink
from passes_service.feeds import links
from passes_service.web.deps import HOLDER_COOKIE, STAFF_COOKIE
from tests.browser.conftest import PICTURES, Live, picture, serious
from tests.web.pages import stage as stages
from tests.web.pages.stage import Stage

SIZES = {"phone": (390, 844), "desk": (1280, 900), "small": (360, 740)}
GERMAN = {"title": "Brot und Feuer", "description": "Ein Abend am Ofen."}


@pytest.fixture
def stage(live: Live) -> Stage:
    """A season with a public calendar, a translated session and a cancelled one."""
    built = stages.build(live.services)
    scope: dict[str, Any] = {"organizer_id": built.organizer_id}
    now = live.services.clock()
    with live.services.database.transaction() as session:
        calendars.change(
            session, **scope, calendar_id=built.calendar_id, color="seagreen", public=True
        )
        sessions.amend(
            session,
            **scope,
            session_id=built.session_ids[0],
            fields={
                "texts": {"de": GERMAN},
                "categories": ("Supper", "Fire"),
                "latitude": 52.4937,
                "longitude": 13.4302,
            },
            now=now,
        )
        sessions.cancel(session, **scope, session_id=built.session_ids[1], now=now)
    return built


@pytest.fixture
def enter(live: Live, stage: Stage, browser: Browser) -> Callable[..., Page]:
    """Open a page as somebody, in a window of a size, a colour scheme, with scripts or without."""

    def go(who: str, size: str = "phone", scheme: Any = "light", scripts: bool = True) -> Page:
        width, height = SIZES[size]
        context: BrowserContext = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale="en-GB",
            java_script_enabled=scripts,
        )
        cookies = {
            "holder": (HOLDER_COOKIE, stage.holder_token),
            "owner": (STAFF_COOKIE, stage.owner_token),
        }
        if who in cookies:
            name, token = cookies[who]
            context.add_cookies([{"name": name, "value": token, "url": live.origin}])
        return context.new_page()

    return go


def three_devices(live: Live, stage: Stage) -> None:
    """Give the holder an iPhone that asks, a Google calendar with options, and an unused link."""
    scope = {"organizer_id": stage.organizer_id, "holder_id": stage.holder_id}
    now = live.services.clock()
    seen = {
        "iPhone": ("Apple Calendar", 0.3),
        "Work": ("Google Calendar", 9),
        "Old laptop": ("", 0),
    }
    options = {"Work": links.Options(language="de", reminders=(60, 1440), deadlines=True)}
    with live.services.database.transaction() as session:
        for label, (app, hours) in seen.items():
            row = links.create(
                session,
                **scope,
                label=label,
                random=live.services.random_bytes(32),
                now=now - timedelta(days=3),
                options=options.get(label, links.Options()),
            ).row
            if app:
                row.last_app, row.last_fetched_at = app, now - timedelta(hours=hours)
                session.add(row)


class TestLooks:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("size", list(SIZES))
    def test_every_page_fits_its_window_and_axe_finds_nothing_serious(
        self, live: Live, stage: Stage, enter: Callable[..., Page], size: str, scheme: str
    ) -> None:
        folder = Path(PICTURES) / "calendar" / f"{size}-{scheme}"
        folder.mkdir(parents=True, exist_ok=True)
        wrong: list[str] = []

        def look(page: Page, name: str) -> None:
            page.screenshot(path=folder / f"{name}.png", full_page=True)
            wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
            wrong.extend([f"{name} is {wide} px too wide"] if wide > 0 else [])
            wrong.extend(f"{name}: {line}" for line in serious(page))

        holder = enter("holder", size, scheme)
        holder.goto(f"{live.origin}/me")
        look(holder, "me-empty")
        three_devices(live, stage)
        holder.goto(f"{live.origin}/me")
        holder.get_by_text("Reminders, deadlines, language").click()
        look(holder, "me-links")
        holder.get_by_role("link", name="Options of Work").click()
        look(holder, "options")
        holder.goto(f"{live.origin}/me/passes/{stage.pass_ids[0]}")
        look(holder, "pass")
        holder.goto(f"{live.origin}/me")
        holder.get_by_label("Name of the device").fill("iPad")
        holder.get_by_role("button", name="Make a calendar link").click()
        look(holder, "link")
        holder.goto(f"{live.origin}/calendar-apps")
        look(holder, "apps")
        owner = enter("owner", size, scheme)
        calendar = f"{live.origin}/org/calendars/{stage.calendar_id}"
        owner.goto(calendar)
        look(owner, "calendar")
        owner.goto(f"{calendar}/look")
        look(owner, "calendar-look")
        owner.get_by_label("Address of a picture").fill("https://no picture.example")
        owner.get_by_role("button", name="Save").click()
        look(owner, "calendar-look-refused")
        owner.goto(f"{live.origin}/org/sessions/{stage.session_ids[0]}")
        look(owner, "session")
        owner.goto(f"{live.origin}/o/{stage.slug}")
        for summary in owner.get_by_text("in my calendar").all():
            summary.click()
        look(owner, "organizer")
        assert wrong == []


class TestMaking:
    def test_a_link_goes_from_the_page_into_an_app_and_back_out(
        self, live: Live, stage: Stage, enter: Callable[..., Page]
    ) -> None:
        page = enter("holder")
        said: list[str] = []
        asked: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{live.origin}/me")
        page.get_by_label("Name of the device").fill("iPhone")
        page.get_by_text("Reminders, deadlines, language").click()
        page.get_by_label("1 hour before").check()
        page.get_by_label("Also show until when").check()
        page.get_by_label("Language").select_option("de")
        page.get_by_role("button", name="Make a calendar link").click()
        address = page.locator("#address").inner_text()
        buttons = {
            name: page.get_by_role("link", name=name).get_attribute("href") or ""
            for name in ("Apple Calendar", "Google Calendar", "Outlook.com", "Microsoft 365")
        }
        webcal = address.replace("http://", "webcal://")
        assert buttons["Apple Calendar"] == webcal
        assert parse_qs(urlsplit(buttons["Google Calendar"]).query) == {"cid": [webcal]}
        for name in ("Outlook.com", "Microsoft 365"):
            typed = parse_qs(urlsplit(buttons[name]).query)
            assert typed == {"url": [address], "name": ["Ada's Kitchen"]}
        assert all(url.startswith(live.origin) for url in asked)
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        page.get_by_role("button", name="Copy the address").click()
        expect(page.get_by_role("button", name="Copied")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == address

        body = page.request.get(address).text()
        assert "SUMMARY:Brot und Feuer" in body
        assert "SUMMARY:Abgesagt: Pickles in the dark" in body
        assert "TRIGGER:-PT1H" in body
        assert "Letzter Moment" in body
        page.get_by_role("link", name="Done").click()
        expect(page.get_by_text("Reminds 1 hour before; with deadlines; Deutsch")).to_be_visible()
        page.get_by_role("button", name="Remove iPhone").click()
        expect(page.get_by_text("No device has your sessions")).to_be_visible()
        assert "SUMMARY:Brot und Feuer" not in page.request.get(address).text()
        assert [line for line in said if "Content Security" in line] == []

    def test_without_scripts_all_of_it_works_and_the_address_can_be_marked(
        self, live: Live, stage: Stage, enter: Callable[..., Page]
    ) -> None:
        page = enter("holder", scripts=False)
        page.goto(f"{live.origin}/me")
        page.get_by_label("Name of the device").fill("Laptop")
        page.get_by_role("button", name="Make a calendar link").click()
        expect(page.locator("#address")).to_contain_text("/feeds/")
        expect(page.get_by_role("button", name="Copy the address")).to_have_count(0)
        page.get_by_role("link", name="Done").click()
        page.get_by_role("link", name="Options of Laptop").click()
        page.get_by_label("1 day before").check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Reminds 1 day before; no deadlines")).to_be_visible()
        with live.services.database.reading() as session:
            assert _only(session).reminders == "1440"

    def test_one_session_alone_as_a_file_and_as_an_invitation(
        self, live: Live, stage: Stage, enter: Callable[..., Page]
    ) -> None:
        page = enter("holder")
        page.goto(f"{live.origin}/me/passes/{stage.pass_ids[0]}")
        with page.expect_download() as waiting:
            page.get_by_role("link", name="Add this one session (.ics) Bread and fire").click()
        body = Path(waiting.value.path()).read_text()
        assert f"UID:{stage.session_ids[0]}" in body
        assert body.count("BEGIN:VEVENT") == 1
        gone = page.get_by_role("link", name=re.compile("ics.*Pickles in the dark"))
        expect(gone).to_have_count(0)
        page.get_by_role("button", name="Send me an invitation The last course").click()
        expect(page).to_have_url(re.compile(f"/me/passes/{stage.pass_ids[0]}#sessions$"))
        page.goto(f"{live.origin}/me#mail")
        expect(page.get_by_text("invitation sent to fan@example.org")).to_be_visible()


class TestOrganizer:
    def test_another_language_is_added_to_a_session(
        self, live: Live, stage: Stage, enter: Callable[..., Page]
    ) -> None:
        page = enter("owner")
        path = f"{live.origin}/org/sessions/{stage.session_ids[2]}"
        page.goto(path)
        page.get_by_text("In other languages").click()
        page.get_by_label("Language").fill("de")
        page.get_by_role("textbox", name="Title").nth(1).fill("Der letzte Gang")
        page.get_by_role("button", name="One more language").click()
        expect(page.get_by_label("Language").nth(1)).to_be_focused()
        page.get_by_label("Language").nth(1).fill("fr")
        page.get_by_role("textbox", name="Title").nth(2).fill("Le dernier plat")
        assert serious(page) == []
        picture(page, "session-languages")
        page.get_by_role("button", name="Save").click()
        page.goto(path)
        expect(page.get_by_role("textbox", name="Title").nth(2)).to_have_value("Le dernier plat")
        with live.services.database.reading() as session:
            row = sessions.get(
                session, organizer_id=stage.organizer_id, session_id=stage.session_ids[2]
            )
            found = sessions.details_of(row).texts
        assert found == {"de": {"title": "Der letzte Gang"}, "fr": {"title": "Le dernier plat"}}

    def test_the_public_address_is_what_everybody_can_read(
        self, live: Live, stage: Stage, enter: Callable[..., Page]
    ) -> None:
        page = enter("owner")
        calendar = f"{live.origin}/org/calendars/{stage.calendar_id}"
        page.goto(calendar)
        page.get_by_text("Public address and buttons").click()
        address = page.locator("#address").inner_text()
        nobody = enter("nobody")
        assert "Bread and fire" in nobody.request.get(address).text()
        page.get_by_role("link", name="Name, colour, who may subscribe").click()
        page.get_by_label("This calendar is public").uncheck()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Only holders of passes have its sessions")).to_be_visible()
        assert nobody.request.get(address).status == 404


def _only(session: Session) -> FeedLink:
    return session.exec(select(FeedLink)).one()
