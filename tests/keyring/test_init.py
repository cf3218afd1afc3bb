"""Keys are made once, whole, and for nobody else to read."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from eth_account import Account

from passes_service import keyring
from passes_service.core import ethereum, qr
from passes_service.keyring import KeyringExists, KeyringUnsafe, KeyUse
from passes_service.keyring.model import new_key
from tests.keyring.helpers import NAMES, NOW, init, mode


def test_makes_three_keys_that_only_the_owner_reads(place: Path) -> None:
    before = os.umask(0)
    try:
        public = init(place)
    finally:
        os.umask(before)
    loaded = keyring.load(place)

    assert mode(place) == 0o700
    assert sorted(path.name for path in place.iterdir()) == NAMES
    assert {mode(path) for path in place.iterdir()} == {0o600}
    assert loaded.public() == public
    secret = loaded.issuer.private_key.secret
    assert public.issuer_address == Account.from_key(secret).address
    assert public.gate_key_id == qr.key_id(bytes.fromhex(public.gate_public_key)).hex()
    assert len(loaded.session_key) == 32


def test_umask_cannot_make_the_keys_unreadable(place: Path) -> None:
    before = os.umask(0o777)
    try:
        init(place)
    finally:
        os.umask(before)

    assert {mode(path) for path in place.iterdir()} == {0o600}


def test_never_overwrites(keys: Path) -> None:
    before = {path.name: path.read_bytes() for path in keys.iterdir()}

    with pytest.raises(KeyringExists):
        init(keys)

    assert {path.name: path.read_bytes() for path in keys.iterdir()} == before
    assert [path.name for path in keys.parent.iterdir()] == ["keys"]


def test_does_not_add_to_a_directory_with_something_else(place: Path) -> None:
    place.mkdir()
    (place / "notes.txt").write_text("mine")

    with pytest.raises(KeyringExists):
        init(place)

    assert [path.name for path in place.iterdir()] == ["notes.txt"]


def test_takes_an_empty_directory_and_makes_parents(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir(mode=0o755)

    init(tmp_path / "empty")
    init(tmp_path / "deep" / "er")

    assert mode(tmp_path / "empty") == 0o700
    keyring.load(tmp_path / "deep" / "er")


@pytest.mark.parametrize("kind", ["file", "link", "dangling"])
def test_refuses_what_is_in_the_way(tmp_path: Path, place: Path, kind: str) -> None:
    (tmp_path / "real").mkdir()
    if kind == "file":
        place.write_text("")
    else:
        place.symlink_to(tmp_path / ("real" if kind == "link" else "nowhere"))

    with pytest.raises(KeyringUnsafe):
        init(place)

    assert not list((tmp_path / "real").iterdir())
    assert not list(tmp_path.glob(".keys.*"))


def test_of_many_at_once_one_wins(place: Path) -> None:
    start = threading.Barrier(8)
    made: list[keyring.PublicKeys] = []
    refused: list[KeyringExists] = []

    def run() -> None:
        start.wait()
        try:
            made.append(init(place))
        except KeyringExists as error:
            refused.append(error)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(made), len(refused)) == (1, 7)
    assert keyring.load(place).public() == made[0]
    assert [path.name for path in place.parent.iterdir()] == ["keys"]


def test_numbers_that_are_no_keys_are_drawn_again() -> None:
    draws = iter([bytes(32), b"\xff" * 32, b"\x01" * 32])

    key = new_key(KeyUse.ISSUER, now=NOW, random=lambda _: next(draws))

    assert key.secret == b"\x01" * 32
    assert ethereum.address_bytes(key.key_id)
