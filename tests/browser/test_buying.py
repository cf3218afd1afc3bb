"""Selling and buying on chain in a real Chromium; a real node signs for the scripted wallets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, cast

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from passes_service.chain_orders import service
from passes_service.chain_orders.tickets import purchase
from passes_service.web.deps import HOLDER_COOKIE, STAFF_COOKIE
from tests.browser.conftest import Live, picture, serious
from tests.browser.scripted import DECLINED, ScriptedWallet, install
from tests.chain.local import CHAIN_ID, LocalChain
from tests.chain_orders import ground
from tests.chain_orders.ground import ETH, USDC, Sale
from tests.web.pages import stage

pytestmark = pytest.mark.node
SIZES = {"phone": (390, 844), "desk": (1280, 900)}
Open = Callable[..., Page]
Sell = Callable[..., Sale]


@pytest.fixture
def sell(live: Live, chain: LocalChain) -> Sell:
    """Open a sale in the running service."""

    def open_sale(**wanted: Any) -> Sale:
        token = wanted.get("token", "")
        network = chain.network.model_copy(update={"currencies": {"USDC": token} if token else {}})
        cast("dict[int, Any]", live.services.networks)[CHAIN_ID] = network
        live.clock.now = chain.now() + timedelta(hours=1)
        return ground.sale(live.services, chain, **wanted)

    return open_sale


@pytest.fixture
def enter(live: Live, browser: Browser) -> Iterator[Open]:
    """Open a page as the buyer or the owner, in a window with wallets."""
    contexts: list[BrowserContext] = []

    def go(
        sale: Sale, who: str, path: str, *wallets: ScriptedWallet,
        size: str = "phone", scheme: Any = "light",
    ) -> Page:  # fmt: skip
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-GB"
        )
        contexts.append(context)
        install(context, *wallets)
        cookie, kind, subject = (
            (HOLDER_COOKIE, "holder", sale.holder.id)
            if who == "buyer"
            else (STAFF_COOKIE, "staff", sale.season.owner.id)
        )
        with live.services.database.transaction() as session:
            token = stage.sign_in(
                session, live.services, sale.organizer_id, cast("Any", kind), subject
            )
        context.add_cookies([{"name": cookie, "value": token, "url": live.origin}])
        page = context.new_page()
        page.goto(live.origin + path)
        return page

    yield go
    for context in contexts:
        context.close()


def buy_path(sale: Sale) -> str:
    return f"/o/{sale.season.organizer.slug}/buy/{sale.series.id}"


def place(page: Page, quantity: str = "1") -> None:
    page.get_by_label("How many").fill(quantity)
    page.get_by_role("button", name="Order, then pay").click()
    expect(page.get_by_role("heading", name="Pay")).to_be_visible()


class TestABuyer:
    def test_reads_the_rules_orders_pays_in_ether_and_sees_the_pass(
        self, sell: Sell, enter: Open
    ) -> None:
        sale = sell(price=ETH)
        wallet = ScriptedWallet(sale.chain, sale.buyer)
        page = enter(sale, "buyer", buy_path(sale), wallet)
        expect(page.get_by_text("organizer is paid after the show")).to_be_visible()

        place(page, "2")
        page.get_by_role("button", name="Pay from the wallet").click()
        expect(page.get_by_text("The purchase is in block")).to_be_visible()
        sale.read()
        expect(page.get_by_text("Bought.", exact=True)).to_be_visible(timeout=15_000)
        sale.finish()
        expect(page.get_by_text("Yours for good.")).to_be_visible(timeout=15_000)

        page.get_by_role("link", name="Pass 1 of 5").click()
        expect(page.get_by_role("heading", name="Pass 1 of 5 of Token pass")).to_be_attached()

    def test_signs_one_payment_in_a_currency_and_sends_it(
        self, sell: Sell, enter: Open, chain: LocalChain
    ) -> None:
        token = ground.coin(chain, chain.accounts[2])
        sale = sell(price=USDC, token=token, ticketed=True)
        wallet = ScriptedWallet(chain, sale.buyer)
        page = enter(sale, "buyer", buy_path(sale), wallet)

        place(page)
        page.get_by_role("button", name="Pay from the wallet").click()
        expect(page.get_by_text("The purchase is in block")).to_be_visible()

        asked = [method for method, _ in wallet.asked if method.startswith("eth_s")]
        assert asked == ["eth_signTypedData_v4", "eth_sendTransaction"]
        sale.finish()
        expect(page.get_by_text("Yours for good.")).to_be_visible(timeout=15_000)

    def test_allows_the_exact_price_and_buys(
        self, sell: Sell, enter: Open, chain: LocalChain
    ) -> None:
        token = ground.coin(chain, chain.accounts[2])
        sale = sell(price=USDC, token=token)
        wallet = ScriptedWallet(chain, sale.buyer)
        page = enter(sale, "buyer", buy_path(sale), wallet)

        place(page)
        page.get_by_role("button", name="Pay this way").click()

        expect(page.get_by_text("The purchase is in block")).to_be_visible(timeout=15_000)
        assert [method for method, _ in wallet.asked].count("eth_sendTransaction") == 2

    def test_who_declines_can_try_again(self, sell: Sell, enter: Open) -> None:
        sale = sell()
        wallet = ScriptedWallet(sale.chain, sale.buyer, refusals={"eth_sendTransaction": DECLINED})
        page = enter(sale, "buyer", buy_path(sale), wallet)
        place(page)

        page.get_by_role("button", name="Pay from the wallet").click()

        expect(page.get_by_text("You declined in the wallet")).to_be_visible()
        wallet.refusals.clear()
        page.get_by_role("button", name="Pay from the wallet").click()
        expect(page.get_by_text("The purchase is in block")).to_be_visible()

    def test_is_told_why_the_contract_refused(self, sell: Sell, enter: Open) -> None:
        sale = sell()
        order = sale.order()
        wrong = purchase(sale.bill(order))
        sent = {"from": sale.buyer, "to": wrong.to, "data": wrong.data, "value": "0x1"}
        sale.chain.rpc("evm_setAutomine", False)
        name = sale.chain.rpc("eth_sendTransaction", {**sent, "gas": "0x989680"})
        sale.chain.mine()
        sale.chain.rpc("evm_setAutomine", True)
        page = enter(sale, "buyer", f"/me/chain-orders/{order.id}")

        page.get_by_text("I have paid, and nothing shows here").click()
        page.get_by_label("Hash of the transaction").fill(name)
        page.get_by_role("button", name="Ask the chain").click()

        expect(
            page.get_by_text("The payment was ETH 0.000000000000000001, the price is ETH 0.05")
        ).to_be_visible()
        expect(page.get_by_text("Nothing was paid, only the network fee.")).to_be_visible()


class TestAnOwner:
    def test_closes_the_sale_from_their_own_wallet(self, sell: Sell, enter: Open) -> None:
        sale = sell()
        wallet = ScriptedWallet(sale.chain, sale.owner)
        page = enter(sale, "owner", "/org/chain", wallet, size="desk")
        page.get_by_text("Withdraw, close, cancel, move").click()
        page.get_by_role("link", name="Cancel all of it").click()
        expect(page.get_by_text("A dry run went through")).to_be_visible()

        page.get_by_role("button", name="Send from the wallet").click()

        expect(page.get_by_text("Sent: 0x")).to_be_visible()
        books = sale.chain.view(sale.contract, "booksOf", sale.series.series_no)
        assert books["saleClosesAt"] <= sale.chain.now().timestamp()

    def test_is_told_what_the_contract_would_refuse(self, sell: Sell, enter: Open) -> None:
        sale = sell()
        page = enter(sale, "owner", "/org/chain", size="desk")
        page.get_by_text("Withdraw, close, cancel, move").click()
        page.get_by_label("Withdraw (ETH)").fill("1")
        page.locator("form", has=page.get_by_label("Withdraw (ETH)")).get_by_role("button").click()

        expect(page.get_by_text("This would not go through right now.")).to_be_visible()
        expect(page.get_by_text("the rest is held for holders")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", ["phone", "desk"])
def test_every_page_looks_right(sell: Sell, enter: Open, size: str, scheme: str) -> None:
    sale = sell(ticketed=True)
    sale.order(2)
    other = sale.chain.accounts[6]
    friend = ground.another_holder(sale, other)
    sale.pay(sale.order(holder_id=friend.id, wallet=other), sender=other)
    sale.read()
    with sale.services.database.reading() as session:
        order = service.of_holder(
            session, organizer_id=sale.organizer_id, holder_id=sale.holder.id
        )[0]
    pages = {
        "buy": ("buyer", buy_path(sale)),
        "order": ("buyer", f"/me/chain-orders/{order.id}"),
        "orders": ("buyer", "/me/chain-orders"),
        "org-chain": ("owner", "/org/chain"),
        "org-orders": ("owner", "/org/chain-orders"),
        "org-send": ("owner", f"/org/chain/{CHAIN_ID}/send?act=pause&pause_hours=24"),
        "org-series": ("owner", "/org/series"),
    }
    for name, (who, path) in pages.items():
        page = enter(sale, who, path, size=size, scheme=scheme)
        for summary in page.locator("main summary").all():
            if summary.is_visible():
                summary.click()
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= SIZES[size][0], f"{name} is {width} px wide"
        assert serious(page) == [], name
        page.screenshot(path=picture(page, f"chain-{name}-{size}-{scheme}"), full_page=True)
