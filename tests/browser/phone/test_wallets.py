"""The pass page's buttons for wallet apps, where the organizer has credentials."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from passes_service.passes.queries import Held
from tests.browser.conftest import Live, picture, serious
from tests.browser.phone.steps import MAKE, READY
from tests.checkin.evening import Evening
from tests.wallet_passes import papers


def test_buttons_lead_to_google_and_to_a_file_for_apple_and_a_new_phone_ends_both(
    phone: Callable[..., Page], live: Live, night: Evening, held: Held, tmp_path: Path
) -> None:
    live.services.settings.google_wallet_dir = papers.google(tmp_path)
    live.services.settings.apple_wallet_dir = papers.apple(tmp_path, live.clock())
    page = phone()
    address = page.url
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Add to Apple Wallet").click()
    assert downloading.value.suggested_filename == "pass-1-of-5.pkpass"
    page.get_by_role("button", name="Add to Google Wallet").click()
    expect(page.get_by_role("heading", name="Add to Google Wallet")).to_be_visible()
    picture(page, "wallet-google")
    assert serious(page) == []
    link = page.get_by_role("link", name="Go on to Google").get_attribute("href") or ""
    assert link.startswith("https://pay.google.com/gp/v/save/")

    page.goto(address)
    page.locator("#wallets").scroll_into_view_if_needed()
    picture(page, "wallet-buttons")
    page.get_by_role("button", name=MAKE).click()
    expect(page.get_by_text(READY)).to_be_visible()
    expect(page.get_by_text("What Google Wallet has of this pass is dead")).to_be_visible()
    expect(page.get_by_text("What Apple Wallet has of this pass is dead")).to_be_visible()
    expect(page.get_by_role("button", name="Add to Apple Wallet")).to_be_hidden()
    page.locator("#wallets").scroll_into_view_if_needed()
    picture(page, "wallet-dead")
    assert serious(page) == []
