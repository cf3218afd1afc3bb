"""The service connected to a real chain, and windows of Chromium with scripted wallets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, cast
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests import people
from tests.browser.conftest import Live
from tests.browser.scripted import ScriptedWallet, install
from tests.chain.local import CHAIN_ID, LocalChain

SIZES = {"phone": (390, 844), "desk": (1280, 900)}
LOGIN = "/o/nocturne/login"
Open = Callable[..., Page]


@pytest.fixture
def connected(live: Live, chain: LocalChain) -> Live:
    cast("dict[int, Any]", live.services.networks)[CHAIN_ID] = chain.network
    return live


@pytest.fixture
def organizer_id(connected: Live) -> UUID:
    return people.organizer(connected.services)[0].id


@pytest.fixture
def wallet(chain: LocalChain) -> ScriptedWallet:
    return ScriptedWallet(chain, chain.accounts[4].lower())  # wallets need not write checksums


@pytest.fixture
def enter(connected: Live, browser: Browser) -> Iterator[Open]:
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
        page.goto(connected.origin + path)
        return page

    yield go
    for context in contexts:
        context.close()


def press(page: Page, name: str = "Sign in with a wallet") -> None:
    page.get_by_role("button", name=name).click()


def in_page(page: Page, body: str, **given: Any) -> Any:
    """Run a script in a page of ours, under its policy, with `chain.js`, `wallet` and `given`."""
    return page.evaluate(
        f"""async (given) => {{
          const chain = await import("/static/chain.js");
          const [wallet] = await chain.findWallets();
          try {{ return await (async () => {{ {body} }})(); }}
          catch (error) {{ return `${{error.name}} ${{error.code}}: ${{error.message}}`; }}
        }}""",
        given,
    )
