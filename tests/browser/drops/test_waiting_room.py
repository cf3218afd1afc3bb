"""The waiting room and the raffle in a real browser, with JavaScript and without."""

from __future__ import annotations

import secrets
from datetime import timedelta

from playwright.sync_api import Browser, Page, expect

from passes_service.drops import raffle
from passes_service.worker import raffles
from tests import people
from tests.browser.conftest import Live, serious
from tests.drops import queue_ground, raffle_ground
from tests.season import season


def test_a_place_is_kept_and_its_turn_is_shown_without_a_reload(page: Page, live: Live) -> None:
    drop = queue_ground.room(live.services, season(live.services, cap=50), at_once=3)
    address = f"{live.origin}/o/nocturne/drops/{drop.slug}/queue"
    page.goto(address)
    assert serious(page) == []
    page.get_by_role("button", name="Take a place").click()
    expect(page.get_by_text("You have a place.")).to_be_visible()
    page.goto(page.url)
    expect(page.get_by_text("You have a place.")).to_be_visible()
    assert serious(page) == []
    for number in range(9):
        queue_ground.join(live.services, drop, f"v:{number}")
    live.clock.now = drop.opens_at
    page.goto(page.url)
    for _ in range(5):
        live.clock.now = live.clock.now + timedelta(minutes=11)
        raffles.move_rooms(live.services, live.clock())
    expect(page.get_by_text("It is your turn.")).to_be_visible(timeout=20_000)
    assert serious(page) == []


def test_without_javascript_the_page_looks_again_by_itself(browser: Browser, live: Live) -> None:
    drop = queue_ground.room(live.services, season(live.services, cap=50), at_once=1)
    plain = browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    page.goto(f"{live.origin}/o/nocturne/drops/{drop.slug}/queue")
    page.get_by_role("button", name="Take a place").click()
    live.clock.now = drop.opens_at - timedelta(seconds=2)
    page.goto(page.url)
    expect(page.get_by_text("It is your turn.")).to_be_visible(timeout=20_000)
    page.close()
    plain.close()


def test_a_raffle_from_entering_to_being_drawn(page: Page, live: Live) -> None:
    made = season(live.services, cap=50)
    drop, closes_at = raffle_ground.drop_with_phase(live.services, made)
    with live.services.database.transaction() as session:
        raffle.open_draw(session, drop, source="none", random=secrets.token_bytes, now=live.clock())
    address = f"{live.origin}/o/nocturne/drops/{drop.slug}/raffle"
    page.goto(address)
    assert serious(page) == []
    people.holder(live.services, made.organizer_id)
    link = people.new_link(live.services, made.organizer_id)
    page.goto(f"{live.origin}/l/{people.token_of(live.services, link)}")
    page.get_by_role("button").first.click()
    live.clock.now = drop.opens_at
    page.goto(address)
    assert serious(page) == []
    page.get_by_role("button", name="Enter the raffle").click()
    expect(page.get_by_text("You have entered.")).to_be_visible()
    live.clock.now = closes_at
    raffles.advance(live.services, live.clock())
    page.goto(page.url)
    expect(page.get_by_text("You were drawn.")).to_be_visible()
    assert serious(page) == []
