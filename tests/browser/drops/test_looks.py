"""Every state of a Drop and of an order: fits, reads, has nothing that axe calls serious."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tests.browser.conftest import PICTURES, Live, serious
from tests.browser.drops import ground as stage
from tests.browser.drops.conftest import SIZES, Open
from tests.browser.drops.ground import DROPS, ORDERS
from tests.season import Season
from tests.web.pages.drops.stage import tax


class TestHowItLooks:
    @pytest.mark.parametrize("kind", [*DROPS, *(f"order-{one}" for one in ORDERS)])
    def test_every_state_fits_and_axe_finds_nothing_serious(
        self, live: Live, made: Season, enter: Open, kind: str
    ) -> None:
        paths, member = _paths(live, made, kind)
        wrong: list[str] = []
        for size in SIZES:
            for scheme in ("light", "dark"):
                for who, path in paths.items():
                    page = enter(
                        path, member=member if who == "member" else "", size=size, scheme=scheme
                    )
                    folder = Path(PICTURES) / "drops" / f"{size}-{scheme}"
                    folder.mkdir(parents=True, exist_ok=True)
                    page.screenshot(path=folder / f"{kind}-{who}.png", full_page=True)
                    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
                    if wide > 0:
                        wrong.append(f"{size}-{scheme} {who} is {wide} px too wide")
                    wrong += [f"{size}-{scheme} {who}: {line}" for line in serious(page)]
        assert wrong == []


def _paths(live: Live, made: Season, kind: str) -> tuple[dict[str, str], str]:
    """Return what to look at, by who looks."""
    if not kind.startswith("order-"):
        sale = DROPS[kind](live, made)
        return {"guest": sale.path, "member": sale.path}, sale.member_token()
    state = kind.removeprefix("order-")
    tax(live.services, made)
    sale = stage.drop(live, made, quantity=4, hold_seconds=600)
    order = sale.order("placed" if state == "expired" else state)
    if state in ("expired", "late"):
        live.clock.now += timedelta(minutes=20)
    path = sale.order_path(order)
    paths = {"guest": path}
    member = sale.member_token()
    if state == "completed":
        paths |= {"member": path, "receipt": f"{path}/receipt"}
    return paths, member
