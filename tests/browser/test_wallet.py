"""Wallets in a real Chromium against a real server; a real node signs for the scripted wallet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from passes_service.accounts import holders
from tests import people
from tests.browser.conftest import Live, picture, serious
from tests.browser.scripted import DECLINED, ICON, ScriptedWallet, install
from tests.chain.local import CHAIN_ID, LocalChain

pytestmark = pytest.mark.node
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
Open = Callable[..., Page]


@pytest.fixture
def organizer_id(live: Live, chain: LocalChain) -> UUID:
    cast("dict[int, Any]", live.services.networks)[CHAIN_ID] = chain.network
    return people.organizer(live.services)[0].id


@pytest.fixture
def wallet(chain: LocalChain) -> ScriptedWallet:
    return ScriptedWallet(chain, chain.accounts[4].lower())  # wallets need not write checksums


@pytest.fixture
def enter(live: Live, organizer_id: UUID, browser: Browser) -> Iterator[Open]:
    """Open a page in a window that has these wallets."""
    contexts: list[BrowserContext] = []

    def go(path: str, *wallets: ScriptedWallet, size: str = "phone", scheme: Any = "light") -> Page:
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB"
        )
        contexts.append(context)
        install(context, *wallets)
        page = context.new_page()
        page.goto(live.origin + path)
        return page

    yield go
    for context in contexts:
        context.close()


LOGIN = "/o/nocturne/login"


def press(page: Page, name: str = "Sign in with a wallet") -> None:
    page.get_by_role("button", name=name).click()


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


class TestTransactions:
    """What other pages call: `chain.js` by itself, in a page of ours and under its policy."""

    def run(self, page: Page, body: str, **values: Any) -> Any:
        return page.evaluate(
            f"""async (given) => {{
              const chain = await import("/static/chain.js");
              const [wallet] = await chain.findWallets();
              try {{ return await (async () => {{ {body} }})(); }}
              catch (error) {{ return `${{error.name}} ${{error.code}}: ${{error.message}}`; }}
            }}""",
            values,
        )

    SEND = "return chain.sendTransaction(wallet.provider, given);"

    def test_are_sent_by_the_wallet_on_the_right_chain(
        self, enter: Open, wallet: ScriptedWallet, chain: LocalChain
    ) -> None:
        wallet.chain_id, to = 1, chain.accounts[7]
        before = int(chain.rpc("eth_getBalance", to, "latest"), 16)
        page = enter(LOGIN, wallet)
        sent = {"from": wallet.account, "to": to, "value": "12345678901234567890"}

        name = self.run(page, self.SEND, chainId=CHAIN_ID, **sent)

        assert chain.rpc("eth_getTransactionReceipt", name)["status"] == "0x1"
        after = int(chain.rpc("eth_getBalance", to, "latest"), 16)
        assert after - before == 12345678901234567890
        assert wallet.chain_id == CHAIN_ID

    def test_on_a_chain_that_the_wallet_does_not_know_name_it(
        self, enter: Open, wallet: ScriptedWallet
    ) -> None:
        wallet.chain_id, wallet.known = 1, {1}
        page = enter(LOGIN, wallet)
        sent = {"from": wallet.account, "to": wallet.account}

        words = self.run(page, self.SEND, chainId=CHAIN_ID, chainName="Hardhat", **sent)

        assert words == (
            "WalletTrouble 4902: This happens on Hardhat (chain 31337). "
            "The wallet does not know it yet: add it there, then try again."
        )
        methods = {method for method, _ in wallet.asked}
        assert methods == {"eth_chainId", "wallet_switchEthereumChain"}  # no RPC address was told

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (DECLINED, "You declined in the wallet"),
            ((-32000, "insufficient funds for gas * price + value"), "There is not enough in this"),
            ((4100, "Unauthorized"), "does not let this site use that account"),
            ((4900, "Disconnected"), "has no connection to any chain"),
            ((-32603, "Internal <b>error</b>"), "It said: “Internal <b>error</b>”"),
        ],
    )
    def test_that_fail_say_why(
        self, enter: Open, wallet: ScriptedWallet, error: tuple[int, str], words: str
    ) -> None:
        wallet.refusals["eth_sendTransaction"] = error
        page = enter(LOGIN, wallet)
        sent = {"from": wallet.account, "to": wallet.account}

        assert words in self.run(page, self.SEND, chainId=CHAIN_ID, **sent)

    def test_for_one_account_are_not_sent_from_another(
        self, enter: Open, wallet: ScriptedWallet, chain: LocalChain
    ) -> None:
        page = enter(LOGIN, wallet)
        body = "return chain.connect(wallet.provider, given.wanted);"

        words = self.run(page, body, wanted=chain.accounts[9])
        assert words.startswith("WalletTrouble other-account: This is for the account 0x")
        found = self.run(page, body, wanted=wallet.account.upper().replace("0X", "0x"))
        assert found == {"account": wallet.account, "chainId": CHAIN_ID}

    def test_typed_data_is_signed_as_it_stands(
        self, enter: Open, wallet: ScriptedWallet, chain: LocalChain
    ) -> None:
        from passes_service.core import ethereum
        from passes_service.core.contract_data import ContractDomain, SaleTicket

        domain = ContractDomain(CHAIN_ID, chain.accounts[8])
        ticket = SaleTicket(series=5, buyer=chain.accounts[4], quantity=2, nonce=2**255, deadline=9)
        page = enter(LOGIN, wallet)
        body = "return chain.signTypedData(wallet.provider, given.account, given.data);"

        signature = self.run(page, body, account=wallet.account, data=ticket.typed_data(domain))
        raw = ethereum.parse_signature(signature)
        assert ethereum.recover_signer(ticket.digest(domain), raw) == chain.accounts[4]

    def test_a_token_is_offered_to_the_wallets_list_and_a_no_is_quiet(
        self, enter: Open, wallet: ScriptedWallet, chain: LocalChain
    ) -> None:
        page = enter(LOGIN, wallet)
        body = "return chain.watchAsset(wallet.provider, given);"
        token = {"address": chain.factory, "tokenId": str(1 << 96)}

        assert self.run(page, body, **token) is False
        method, params = wallet.asked[-1]
        assert method == "wallet_watchAsset"
        assert params == {"type": "ERC1155", "options": token}


def _too_wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
