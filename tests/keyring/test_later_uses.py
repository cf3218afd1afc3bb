"""A directory made before claims were thought of goes on working, and gets its keys one by one."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest

from passes_service import keyring
from passes_service.keyring import KeyNotMade, KeyringExists, KeyringMissing, KeyUse, opening
from passes_service.keyring.model import LATER
from tests.keyring.helpers import NOW, mode, rotate


@pytest.fixture
def older(keys: Path) -> Path:
    """A directory of the first release."""
    for use in LATER:
        (keys / f"{use.value}.json").unlink()
    return keys


def add(place: Path, use: KeyUse) -> keyring.Keyring:
    return keyring.add(place, use, now=NOW, random=secrets.token_bytes)


def test_it_loads_and_says_what_is_missing_when_it_is_used(older: Path) -> None:
    ring = keyring.load(older)

    assert ring.public().claim_address == ""
    with pytest.raises(KeyNotMade) as told:
        opening.from_keyring(ring, KeyUse.CLAIM, NOW)
    assert "passes keys add" in told.value.next_step
    assert told.value.members["use"] == "claim"
    with pytest.raises(KeyNotMade):
        ring.log_public_keys(NOW)


@pytest.mark.parametrize("use", sorted(LATER))
def test_a_key_is_added_once_and_rotated_from_then_on(older: Path, use: KeyUse) -> None:
    with pytest.raises(KeyNotMade):
        rotate(older, use)

    made = add(older, use)

    assert mode(older / f"{use.value}.json") == 0o600
    assert len(made.stored(use)) == 1
    with pytest.raises(KeyringExists):
        add(older, use)
    assert len(rotate(older, use).stored(use)) == 2


@pytest.mark.parametrize("use", sorted(set(KeyUse) - LATER))
def test_a_key_of_the_first_release_may_not_be_missing(keys: Path, use: KeyUse) -> None:
    (keys / f"{use.value}.json").unlink()

    with pytest.raises(KeyringMissing):
        keyring.load(keys)
    with pytest.raises(KeyringMissing):
        add(keys, use)


def test_while_a_claim_key_is_rotated_both_may_sign_the_new_one_first(keys: Path) -> None:
    old = keyring.load(keys).public().claim_address

    ring = rotate(keys, KeyUse.CLAIM)

    both = [signer.address for signer in opening.from_keyring(ring, KeyUse.CLAIM, NOW)]
    assert both == [ring.public().claim_address, old]
