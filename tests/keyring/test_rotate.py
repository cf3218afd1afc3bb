"""Keys change hands without a gap, and an ended one is gone."""

from __future__ import annotations

import multiprocessing
import os
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from passes_service import keyring
from passes_service.core import qr
from passes_service.keyring import KeyringMissing, KeyUse, signers
from passes_service.keyring.model import key_id
from tests.keyring.helpers import DAY, NAMES, NOW, mode, rotate


@pytest.mark.parametrize("use", KeyUse)
def test_new_key_signs_and_the_old_one_is_accepted_while_it_overlaps(
    keys: Path, use: KeyUse
) -> None:
    old = keyring.load(keys).stored(use)[0].key_id

    rotated = rotate(keys, use)

    new = rotated.stored(use)[0].key_id
    assert new != old
    assert accepted(rotated, use, NOW) == [new, old]
    assert accepted(rotated, use, NOW + DAY - timedelta(microseconds=1)) == [new, old]
    assert accepted(rotated, use, NOW + DAY) == [new]
    assert {mode(path) for path in keys.iterdir()} == {0o600}
    assert sorted(path.name for path in keys.iterdir()) == NAMES
    others = [other for other in KeyUse if other is not use]
    assert all(len(rotated.stored(other)) == 1 for other in others)


def test_keys_change_hands_in_memory_too(keys: Path) -> None:
    before = keyring.load(keys)
    for use in KeyUse:
        rotate(keys, use)
    after = keyring.load(keys)

    assert after.issuer_addresses(NOW) == (after.issuer.address, before.issuer.address)
    assert after.gate_public_keys(NOW) == (after.gate.public_key, before.gate.public_key)
    assert after.session_keys(NOW) == (after.session_key, before.session_key)


def test_overlaps_add_up_and_end_in_order(keys: Path) -> None:
    first = keyring.load(keys).issuer.address
    second = rotate(keys, KeyUse.ISSUER, overlap=3 * DAY).issuer.address
    ring = rotate(keys, KeyUse.ISSUER, now=NOW + DAY, overlap=5 * DAY)

    assert ring.issuer_addresses(NOW + DAY) == (ring.issuer.address, second, first)
    assert ring.issuer_addresses(NOW + 3 * DAY) == (ring.issuer.address, second)
    assert ring.issuer_addresses(NOW + 6 * DAY) == (ring.issuer.address,)


def test_stolen_key_is_dropped_at_once_with_all_before_it(keys: Path) -> None:
    rotate(keys, KeyUse.GATE)

    ring = rotate(keys, KeyUse.GATE, overlap=timedelta())

    assert ring.gate_public_keys(NOW) == (ring.gate.public_key,)
    assert len(ring.stored(KeyUse.GATE)) == 1


def test_secret_of_an_ended_key_leaves_the_disk(keys: Path) -> None:
    old = keyring.load(keys).session_key
    rotate(keys, KeyUse.SESSION)
    assert old.hex() in (keys / "session.json").read_text()

    rotate(keys, KeyUse.SESSION, now=NOW + DAY)

    assert old.hex() not in (keys / "session.json").read_text()


def test_negative_overlap_and_missing_keys(keys: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="negative"):
        rotate(keys, KeyUse.GATE, overlap=-DAY)
    with pytest.raises(KeyringMissing):
        rotate(tmp_path / "other", KeyUse.GATE)


def test_failed_write_leaves_the_old_file(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (keys / "gate.json").read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    # A full disk cannot be had otherwise; the rename is the last step of a write.
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        rotate(keys, KeyUse.GATE)

    assert (keys / "gate.json").read_bytes() == before
    assert sorted(path.name for path in keys.iterdir()) == NAMES


def test_processes_rotating_at_once_lose_no_key(keys: Path) -> None:
    context = multiprocessing.get_context("spawn")
    runs = [context.Process(target=rotate, args=(keys, KeyUse.GATE)) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()

    assert [run.exitcode for run in runs] == [0] * 4
    assert len(keyring.load(keys).gate_public_keys(NOW)) == 5


def accepted(ring: keyring.Keyring, use: KeyUse, now: datetime) -> list[str]:
    """Name the accepted keys of a use, through the method that callers use."""
    if use is KeyUse.ISSUER:
        return list(ring.issuer_addresses(now))
    if use is KeyUse.GATE:
        return [qr.key_id(public).hex() for public in ring.gate_public_keys(now)]
    if use is KeyUse.LOG:
        return [qr.key_id(public).hex() for public in ring.log_public_keys(now)]
    if use in (KeyUse.CLAIM, KeyUse.RELAY):
        return [signers.of_key(key).address for key in ring.signing_keys(use, now)]
    derived_from = ring.step_keys(now) if use is KeyUse.STEP else ring.session_keys(now)
    return [key_id(use, secret) for secret in derived_from]
