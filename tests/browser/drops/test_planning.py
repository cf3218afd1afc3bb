"""The organizer's pages of Drops in a real browser: how they look, read and count."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session

from passes_service.catalog import calendars
from passes_service.core.money import Money
from passes_service.db.models import DropStock, Organizer, Series
from passes_service.drops import audiences, changing, editions, scheduling
from passes_service.drops.plan import OfferPlan, PhasePlan, Plan, SharePlan, StockPlan
from passes_service.web.deps import HOLDER_COOKIE, STAFF_COOKIE
from tests.browser.conftest import PICTURES, Live, serious
from tests.drops import ground
from tests.season import Season
from tests.web.pages import stage as stages
from tests.web.pages.stage import Stage

SIZES = {"phone": (390, 844), "desk": (1280, 900)}
HOUR = timedelta(hours=1)


@pytest.fixture
def stage(live: Live) -> Stage:
    """An organizer with one Series and nothing else."""
    return stages.build(live.services)


@pytest.fixture
def enter(live: Live, stage: Stage, browser: Browser) -> Callable[..., Page]:
    """Open a page as the owner or the fan."""

    def go(size: str = "phone", scheme: Any = "light", scripts: bool = True, who: str = "") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=scheme,
            locale="en-GB",
            java_script_enabled=scripts,
        )
        name = HOLDER_COOKIE if who == "fan" else STAFF_COOKIE
        token = stage.holder_token if who == "fan" else stage.owner_token
        context.add_cookies([{"name": name, "value": token, "url": live.origin}])
        return context.new_page()

    return go


def _season(live: Live, stage: Stage) -> Season:
    """Return the stage as the helpers of Drops take it."""
    with live.services.database.reading() as session:
        organizer = session.get_one(Organizer, stage.organizer_id)
        scope: Any = {"organizer_id": organizer.id, "calendar_id": stage.calendar_id}
        calendar = calendars.get(session, **scope)
        series = session.get_one(Series, (organizer.id, stage.series_id))
        return Season(organizer, None, calendar, [], series)  # type: ignore[arg-type]


def _steps(live: Live, made: Season) -> tuple[Series, Series]:
    """Open two Series that are one Edition."""
    first = ground.another_series(
        live.services,
        made,
        title="Founder, with the kitchen talk",
        cap=50,
        price=Money(9_000, "EUR"),
    )
    later = ground.another_series(
        live.services, made, title="Regular", cap=450, price=Money(12_000, "EUR")
    )
    with live.services.database.transaction() as session:
        scope: Any = {"organizer_id": made.organizer_id}
        edition = editions.create(
            session,
            **scope,
            calendar_id=made.calendar.id,
            title="Spring Edition",
            cap=500,
            now=live.services.clock(),
        )
        for one in (first, later):
            editions.attach(session, **scope, edition_id=edition.id, series_id=one.id)
    return first, later


def _busy(live: Live, stage: Stage) -> dict[str, str]:
    """Make Drops in several states; return the paths of their pages by name."""
    made, now = _season(live, stage), live.services.clock()
    partner = stages.build(live.services, slug="vera", name="Vera's Cellar", fan="v@example.org")
    edition = _edition_on_sale(live, made, now)
    with live.services.database.transaction() as session:
        shared = _schedule(
            session,
            made,
            slug="with-vera",
            title="Together with Vera",
            opens_at=now + 5 * HOUR,
            shares=(SharePlan(partner_id=partner.organizer_id, share_bp=3_000),),
            stocks=(StockPlan(series_id=made.series.id, quantity=10),),
            now=now,
        )
        closed = _schedule(
            session,
            made,
            slug="winter",
            title="Winter evenings",
            opens_at=now + HOUR,
            stocks=(StockPlan(series_id=made.series.id, quantity=5),),
            now=now,
        )
        changing.close(
            session, organizer_id=made.organizer_id, drop_id=closed, now=live.services.clock()
        )
    names = {"edition": edition, "shared": shared, "closed": closed}
    return {name: f"/org/drops/{key}" for name, key in names.items()}


def _edition_on_sale(live: Live, made: Season, now: datetime) -> UUID:
    """Sell an Edition, to friends first; some of it is gone already."""
    steps = _steps(live, made)
    with live.services.database.transaction() as session:
        key = _schedule(
            session,
            made,
            slug="spring",
            title="Spring Edition",
            opens_at=now - HOUR,
            stocks=tuple(
                StockPlan(series_id=one.id, quantity=count)
                for one, count in zip(steps, (50, 400), strict=True)
            ),
            offers=(
                OfferPlan(
                    title="Spring Edition",
                    kind="edition",
                    series_ids=tuple(one.id for one in steps),
                ),
            ),
            phases=_friends_first(session, made, now),
            summary="Seven evenings at the long table.",
            proof="Sold out in an hour last spring",
            now=now,
        )
    stock = ground.look(live.services, made.organizer_id, key).stocks[0]
    ground.take(live.services, stock, held=3, sold=41)
    return key


def _friends_first(session: Session, made: Season, now: datetime) -> tuple[PhasePlan, ...]:
    friends = audiences.create(
        session,
        organizer_id=made.organizer_id,
        name="Friends of the house",
        addresses=["grace@example.org", "hopper@example.org"],
        now=now,
    )
    return (
        PhasePlan(
            name="Friends first",
            kind="allow_list",
            params={"audience_id": str(friends.id)},
            opens_at=now - HOUR,
            closes_at=now + HOUR,
            quantity=20,
            discount_bp=1_000,
        ),
        PhasePlan(name="Everybody", opens_at=now + HOUR, closes_at=now + 24 * HOUR),
    )


def _schedule(
    session: Session, made: Season, *, opens_at: datetime, now: datetime, **more: Any
) -> UUID:
    plan = Plan(opens_at=opens_at, closes_at=opens_at + 25 * HOUR, **more)
    return scheduling.schedule(session, organizer_id=made.organizer_id, plan=plan, now=now).id


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", list(SIZES))
def test_every_page_fits_its_window_and_axe_finds_nothing_serious(
    live: Live, stage: Stage, enter: Callable[..., Page], size: str, scheme: str
) -> None:
    folder = Path(PICTURES) / "drops" / f"{size}-{scheme}"
    folder.mkdir(parents=True, exist_ok=True)
    wrong: list[str] = []
    page = enter(size, scheme)

    def look(path: str, name: str) -> None:
        if path:
            page.goto(live.origin + path)
        page.screenshot(path=folder / f"{name}.png", full_page=True)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        wrong.extend([f"{name} is {wide} px too wide"] if wide > 0 else [])
        wrong.extend(f"{name}: {line}" for line in serious(page))

    look("/org/drops", "list-empty")
    look("/org/drops/lists", "lists-empty")
    look("/org/drops/editions", "editions-empty")
    look("/org/drops/shares", "shares-empty")
    look(f"/org/drops/new?series={stage.series_id}", "new-one")
    paths = _busy(live, stage)
    look("/org/drops", "list")
    for name, path in paths.items():
        look(path, name)
    page.get_by_role("link", name="Drops", exact=True).first.click()
    look(paths["shared"] + "/change", "change")
    look(paths["closed"] + "/change", "change-over")
    look("/org/drops/lists", "lists")
    look("/org/drops/editions", "editions")
    page.goto(f"{live.origin}/org/drops/new")
    for summary in page.locator("summary").all():
        summary.click()
    look("", "new-all")
    page.get_by_label("Title").fill("Too many")
    page.get_by_label("Short name").fill("too-many")
    page.get_by_label("Places to sell").first.fill("9999")
    page.get_by_label("Opens").fill("2030-01-01T20:00")
    page.get_by_label("Closes").fill("2030-01-02T20:00")
    page.get_by_role("button", name="Schedule the Drop").click()
    look("", "new-refused")
    assert wrong == []


def test_a_drop_is_planned_watched_and_closed_without_scripts(
    live: Live, stage: Stage, enter: Callable[..., Page]
) -> None:
    page = enter(scripts=False)
    page.goto(f"{live.origin}/org/drops")
    page.get_by_role("link", name="Plan a Drop").click()
    page.get_by_label("Title").fill("Spring evenings")
    page.get_by_label("Short name").fill("spring")
    page.get_by_label("Places to sell").fill("12")
    page.get_by_label("Price in EUR").fill("90")
    opens = live.services.clock() + 48 * HOUR
    page.get_by_label("Opens").fill(f"{opens:%Y-%m-%dT20:00}")
    page.get_by_label("Closes").fill(f"{opens + 24 * HOUR:%Y-%m-%dT20:00}")
    page.get_by_role("button", name="Schedule the Drop").click()
    expect(page.get_by_role("heading", name="Spring evenings")).to_be_visible()
    expect(page.get_by_text("EUR 90.00")).to_be_visible()
    page.get_by_role("button", name="Open it now").click()
    expect(page.locator(".chip").first).to_have_text("On sale")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".chip").first).to_have_text("Paused")
    page.get_by_text("Close this Drop").click()
    page.get_by_role("button", name="Close it for good").click()
    expect(page.get_by_text("12 places went back to their Series")).to_be_visible()


def test_counts_follow_by_themselves(live: Live, stage: Stage, enter: Callable[..., Page]) -> None:
    made = _season(live, stage)
    sold = ground.drop(live.services, made, quantity=5)
    page = enter()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(f"{live.origin}/org/drops/{sold.drop.id}")
    expect(page.locator("[data-count=left]")).to_have_text("5")
    before = page.locator("[data-count=as_of]").inner_text()
    with live.services.database.transaction() as session:
        session.get_one(DropStock, (made.organizer_id, sold.stock.id)).held = 2
    expect(page.locator("[data-count=left]")).to_have_text("3", timeout=10_000)
    expect(page.locator("[data-count=held]")).to_have_text("2")
    assert page.locator("[data-count=as_of]").inner_text() != before
    assert re.fullmatch(r"\d\d:\d\d:\d\d", page.locator("[data-count=as_of]").inner_text())
    assert [line for line in refused if "Content Security" in line] == []


def test_a_fan_asks_for_sales_in_their_calendar(
    live: Live, stage: Stage, enter: Callable[..., Page]
) -> None:
    ground.drop(live.services, _season(live, stage), opens_in=HOUR, title="Spring evenings")
    page = enter(who="fan")
    page.goto(f"{live.origin}/me")
    page.get_by_label("Name of the device").fill("iPhone")
    page.get_by_text("Reminders, deadlines, language").click()
    page.get_by_label("puts something new on sale").check()
    assert serious(page) == []
    page.get_by_role("button", name="Make a calendar link").click()
    body = page.request.get(page.locator("#address").inner_text()).text()
    assert "SUMMARY:On sale: Spring evenings" in body
    page.get_by_role("link", name="Done").click()
    expect(page.get_by_text("with sales")).to_be_visible()
