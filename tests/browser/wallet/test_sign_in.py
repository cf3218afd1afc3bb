"""Signing in and linking by wallet in a real Chromium; a real node signs for the scripted one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from passes_service.accounts import holders
from tests import people
from tests.browser.conftest import Live, picture, serious
from tests.browser.scripted import DECLINED, ICON, ScriptedWallet
from tests.browser.wallet.conftest import LOGIN, SIZES, Open, press
from tests.chain.local import CHAIN_ID, LocalChain

pytestmark = [pytest.mark.node, pytest.mark.usefixtures("organizer_id")]


def said(page: Page) -> Any:
    return page.locator("[data-wallet] [role=status]")


class TestSignIn:
    def test_by_the_one_wallet_there_is(self, enter: Open, wallet: ScriptedWallet) -> None:
        page = enter(LOGIN, wallet)
        press(page)

        page.wait_for_url("**/me")
        shown = page.get_by_text(wallet.chain.accounts[4])
        expect(shown).to_be_visible()
        expect(page.get_by_text("Wallet, confirmed")).to_be_visible()
        methods = [method for method, _ in wallet.asked]
        assert methods == ["eth_requestAccounts", "eth_chainId", "personal_sign"]

    def test_leads_on_to_where_one_wanted_to_go(self, enter: Open, wallet: ScriptedWallet) -> None:
        page = enter(f"{LOGIN}?next=%2Faccount%2Flogins", wallet)
        press(page)

        page.wait_for_url("**/account/logins")

    @pytest.mark.parametrize("method", ["eth_requestAccounts", "personal_sign"])
    def test_declined_says_so_and_can_be_tried_again(
        self, enter: Open, wallet: ScriptedWallet, method: str
    ) -> None:
        wallet.refusals[method] = DECLINED
        page = enter(LOGIN, wallet)
        press(page)

        expect(said(page)).to_have_text(
            "You declined in the wallet; nothing was done. Try again whenever you like."
        )
        button = page.get_by_role("button", name="Sign in with a wallet")
        expect(button).to_be_focused()
        assert serious(page) == []
        picture(page, "wallet-declined")
        wallet.refusals.clear()
        press(page)
        page.wait_for_url("**/me")

    def test_a_wallet_that_is_already_asking(self, enter: Open, wallet: ScriptedWallet) -> None:
        wallet.refusals["eth_requestAccounts"] = (-32002, "Already processing. Please wait.")
        page = enter(LOGIN, wallet)
        press(page)

        expect(said(page)).to_contain_text("already asking you")

    def test_on_a_chain_that_we_do_not_know_a_key_is_a_key(
        self, enter: Open, wallet: ScriptedWallet
    ) -> None:
        wallet.chain_id = 56
        page = enter(LOGIN, wallet)
        press(page)

        page.wait_for_url("**/me")
        signed = next(params for method, params in wallet.asked if method == "personal_sign")
        assert f"Chain ID: {CHAIN_ID}\n" in bytes.fromhex(signed[0][2:]).decode()
        assert wallet.chain_id == 56  # and nobody had to switch

    def test_what_the_service_refuses_is_shown_in_its_words(
        self, enter: Open, wallet: ScriptedWallet, live: Live
    ) -> None:
        page = enter(LOGIN, wallet)
        page.route("**/logins/siwe", lambda route: route.continue_(post_data=_forged(route)))
        press(page)

        expect(said(page)).to_contain_text("Another wallet signed this message.")
        expect(said(page)).to_contain_text("Sign with the wallet whose address is in the message.")

    def test_by_a_wallet_of_before_that_announces_nothing(
        self, enter: Open, wallet: ScriptedWallet
    ) -> None:
        wallet.old = True
        page = enter(LOGIN, wallet)
        press(page)

        page.wait_for_url("**/me")


def _forged(route: Any) -> Any:
    sent = route.request.post_data_json
    return {**sent, "signature": "0x" + "11" * 64 + "1b"}


class TestNoWallet:
    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("size", list(SIZES))
    def test_the_page_says_so_and_what_helps(self, enter: Open, size: str, scheme: str) -> None:
        page = enter(LOGIN, size=size, scheme=scheme)

        expect(said(page)).to_contain_text("This browser shows no wallet.")
        expect(said(page)).to_contain_text("in the browser of your wallet app")
        assert _too_wide(page) <= 0
        assert serious(page) == []
        picture(page, f"wallet-none-{size}-{scheme}")


class TestSeveralWallets:
    @pytest.fixture
    def other(self, chain: LocalChain) -> ScriptedWallet:
        name = "A wallet with a name that is much too long for a phone held upright <b>bold</b>"
        return ScriptedWallet(chain, chain.accounts[5], name=name, icon=ICON.format("%2336c"))

    @pytest.fixture
    def odd(self, chain: LocalChain) -> ScriptedWallet:
        icon = "https://evil.example/track.png"
        return ScriptedWallet(chain, chain.accounts[6], name="No picture", icon=icon)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("size", list(SIZES))
    def test_are_offered_by_name_and_icon(
        self,
        enter: Open,
        wallet: ScriptedWallet,
        other: ScriptedWallet,
        odd: ScriptedWallet,
        size: str,
        scheme: str,
    ) -> None:
        page = enter(LOGIN, wallet, other, odd, size=size, scheme=scheme)
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        press(page)

        group = page.get_by_role("group", name="Choose a wallet")
        expect(group.get_by_role("button")).to_have_count(4)
        expect(group.get_by_role("button", name="Test Wallet")).to_be_visible()
        expect(group.locator("img")).to_have_count(2)  # pictures from elsewhere are not loaded
        assert page.evaluate("window.pwned") is None  # and a picture is never markup
        assert group.locator("b, svg, script").count() == 0
        assert not any("evil" in url for url in fetched)
        assert _too_wide(page) <= 0
        assert serious(page) == []
        picture(page, f"wallet-choice-{size}-{scheme}")
        group.get_by_role("button", name="Test Wallet").click()
        page.wait_for_url("**/me")
        expect(page.get_by_text(wallet.chain.accounts[4])).to_be_visible()
        assert other.asked == []

    def test_can_be_chosen_and_left_with_the_keyboard_alone(
        self, enter: Open, wallet: ScriptedWallet, other: ScriptedWallet
    ) -> None:
        page = enter(LOGIN, wallet, other)
        button = page.get_by_role("button", name="Sign in with a wallet")
        button.focus()
        page.keyboard.press("Enter")
        first = page.get_by_role("button", name="A wallet with a name")
        expect(first).to_be_focused()
        page.keyboard.press("Escape")

        expect(said(page)).to_have_text("No wallet was chosen; nothing was done.")
        expect(button).to_be_focused()
        page.keyboard.press("Enter")
        expect(first).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/me")
        expect(page.get_by_text(wallet.chain.accounts[4])).to_be_visible()


class TestAccount:
    def open(self, enter: Open, live: Live, organizer_id: UUID, *wallets: ScriptedWallet) -> Page:
        """Open the page of a guest who has signed in by mail."""
        link = people.new_link(live.services, organizer_id, next_path="/me")
        page = enter("/l/" + people.token_of(live.services, link), *wallets)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url("**/me")
        return page

    def test_a_wallet_is_added_and_removed(
        self, enter: Open, live: Live, organizer_id: UUID, wallet: ScriptedWallet
    ) -> None:
        page = self.open(enter, live, organizer_id, wallet)
        expect(page.get_by_role("button", name="Remove")).to_have_count(0)
        press(page, "Add a wallet")

        expect(page.get_by_text("Wallet, confirmed")).to_be_visible()
        page.get_by_text("How we know you").scroll_into_view_if_needed()
        assert serious(page) == []
        assert _too_wide(page) <= 0
        picture(page, "wallet-added")
        page.get_by_role("button", name=f"Remove {wallet.chain.accounts[4]}").click()
        expect(page.get_by_text("Wallet, confirmed")).to_have_count(0)

    def test_a_wallet_with_an_account_asks_before_it_joins(
        self, enter: Open, live: Live, organizer_id: UUID, wallet: ScriptedWallet
    ) -> None:
        with live.services.database.transaction() as session:
            other = holders.for_wallet(
                session,
                organizer_id=organizer_id,
                address=wallet.account,
                now=live.services.clock(),
            )
        page = self.open(enter, live, organizer_id, wallet)
        press(page, "Add a wallet")
        expect(page.get_by_text("it cannot be undone")).to_be_visible()
        assert serious(page) == []
        picture(page, "wallet-join")
        page.get_by_role("button", name="Leave them apart").click()
        expect(said(page)).to_have_text("Nothing was changed.")

        press(page, "Add a wallet")
        page.get_by_role("button", name="Join both accounts").click()
        expect(page.get_by_text("Wallet, confirmed")).to_be_visible()
        with live.services.database.reading() as session:
            found = session.get(type(other), (organizer_id, other.id))
            assert found is not None
            assert found.merged_into is not None


def _too_wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
