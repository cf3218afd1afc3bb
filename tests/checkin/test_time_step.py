"""Codes that a wallet app rotates by itself, as the door takes them."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from starlette.testclient import TestClient

from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.checkin.offline.secrets import step_secrets
from passes_service.checkin.outcome import ScanCode
from passes_service.core import pass_id, qr_step
from passes_service.keyring import Keyring, KeyUse
from passes_service.passes import in_wallets, proofs
from passes_service.passes.in_wallets import Wallet
from passes_service.passes.queries import Held
from tests.checkin.evening import Evening, post
from tests.fakes import Clock
from tests.phones import Phone


def shown(night: Evening, held: Held, now: datetime, ring: Keyring | None = None) -> str:
    """Return what the wallet app shows for the pass as it is now."""
    row = night.again(held).row
    keys = (ring or night.services.keyring).step_keys(now)
    return qr_step.make_time_step(
        secret=proofs.step_secrets(row, keys)[0],
        pass_number=row.pass_id,
        epoch=row.epoch,
        organizer_id=row.organizer_id,
        now=now,
    )


def scan(night: Evening, text: str) -> ScanCode:
    keys = night.services.keyring.step_keys(night.services.clock())
    return night.scan(text, step_keys=keys).code


def test_door_takes_what_the_wallet_app_shows(client: TestClient, night: Evening) -> None:
    held = night.issue()

    answer = post(client, night, shown(night, held, night.services.clock())).json()

    assert (answer["code"], answer["pass_label"]) == ("ADMIT", "1 of 5")


@pytest.mark.parametrize(("late", "code"), [(45, ScanCode.ADMIT), (60, ScanCode.STALE)])
def test_screenshot_is_of_no_use_a_minute_later(
    night: Evening, clock: Clock, late: int, code: ScanCode
) -> None:
    held = night.issue()
    clock.now = clock.now.replace(second=0, microsecond=0)
    text = shown(night, held, clock.now)
    clock.now += timedelta(seconds=late)

    assert scan(night, text) is code


def test_secret_of_one_pass_opens_no_other(night: Evening, clock: Clock) -> None:
    mine, other = night.issue(), night.issue("friend@example.org")
    secret = proofs.step_secrets(mine.row, night.services.keyring.step_keys(clock()))[0]
    forged = qr_step.make_time_step(
        secret=secret,
        pass_number=other.row.pass_id,
        epoch=1,
        organizer_id=night.organizer_id,
        now=clock(),
    )

    assert scan(night, forged) is ScanCode.BAD_SIGNATURE


def test_wallet_pass_is_dead_once_a_phone_is_bound_and_lives_beside_it_if_added_anew(
    night: Evening, clock: Clock
) -> None:
    held = night.issue()
    old = shown(night, held, clock())
    clock.now -= timedelta(days=1)
    Phone().bind(night.services, held)
    clock.now += timedelta(days=1)

    assert scan(night, old) is ScanCode.STALE
    assert scan(night, shown(night, held, clock())) is ScanCode.ADMIT


def test_rotated_key_leaves_what_phones_hold_good_until_the_overlap_ends(
    night: Evening, clock: Clock, services: Services
) -> None:
    held, now = night.issue(), clock()
    old = services.keyring.stored(KeyUse.STEP)[0]
    new = keyring.model.new_key(KeyUse.STEP, now=now, random=secrets.token_bytes)
    ending = replace(old, not_after=now + timedelta(hours=1))
    keys = {use: services.keyring.stored(use) for use in KeyUse} | {KeyUse.STEP: (new, ending)}
    ring = Keyring(keys)
    text = shown(night, held, now)

    assert night.scan(text, step_keys=ring.step_keys(now)).code is ScanCode.ADMIT
    later = ring.step_keys(now + timedelta(hours=1))
    assert night.scan(text, step_keys=later).code is ScanCode.BAD_SIGNATURE


def test_without_a_key_there_are_no_such_codes(night: Evening, clock: Clock) -> None:
    held = night.issue()

    outcome = night.scan(shown(night, held, clock()), step_keys=())

    assert outcome.code is ScanCode.BAD_SIGNATURE


def test_gate_takes_along_the_secrets_of_passes_in_google_wallet_only(
    night: Evening, services: Services, clock: Clock
) -> None:
    held, _plain, apple = (night.issue(f"{name}@example.org") for name in ("a", "b", "c"))
    with services.database.transaction() as session:
        for one, wallet in ((held, Wallet.GOOGLE), (apple, Wallet.APPLE)):
            in_wallets.add(session, one.row, wallet, actor="test", now=clock())
    parts = pass_id.split(held.row.pass_id)
    secret = proofs.step_secrets(held.row, services.keyring.step_keys(clock()))[0]

    def taken() -> list[tuple[int, int, int, bytes]]:
        with services.database.reading() as session:
            return step_secrets(
                session, night.organizer_id, night.first.id, services.keyring, clock()
            )

    assert taken() == [(parts.series, parts.serial, 1, secret)]
    night.reissue(held)
    assert taken() == []
