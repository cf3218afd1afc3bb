"""A code that Google Wallet rotates, at a gate that has no network."""

from __future__ import annotations

from datetime import datetime

from playwright.sync_api import Page

from passes_service.core import qr_step
from passes_service.passes import in_wallets, proofs
from passes_service.passes.in_wallets import Wallet
from passes_service.passes.queries import Held
from tests.browser.conftest import Live
from tests.browser.door.steps import cut, enter_with_list, eventually, go_on, join, scan
from tests.checkin.evening import Evening

SEALED = """async () => {
  const store = await import("/static/door/store.js");
  return (await store.pairs("sealed")).length;
}"""


def shown(night: Evening, held: Held, now: datetime) -> str:
    row = night.again(held).row
    [secret] = proofs.step_secrets(row, night.services.keyring.step_keys(now))
    return qr_step.make_time_step(
        secret=secret,
        pass_number=row.pass_id,
        epoch=row.epoch,
        organizer_id=row.organizer_id,
        now=now,
    )


def test_gate_takes_the_secrets_along_and_decides_by_them_alone(
    page: Page, live: Live, night: Evening
) -> None:
    held, other = night.issue(), night.issue("friend@example.org")
    with live.services.database.transaction() as session:
        in_wallets.add(session, held.row, Wallet.GOOGLE, actor="test", now=live.clock())
    enter_with_list(page, live, night, 2)
    eventually(page, SEALED, value=1)
    cut(page)

    scan(page, shown(night, held, live.clock()), "Come in")
    go_on(page)
    # Of a pass that was never handed out for a wallet app no gate has the secret.
    scan(page, shown(night, other, live.clock()), "Not genuine")
    go_on(page)
    join(page)

    (entry,) = night.admissions()
    assert (entry.via, entry.conflict_code) == ("alone", "")
