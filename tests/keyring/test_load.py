"""Keys that others could have read, replaced or damaged are not used."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path
from typing import Any

import pytest

from passes_service import keyring
from passes_service.keyring import KeyringDamaged, KeyringMissing, KeyringUnsafe, KeyUse
from tests.keyring.helpers import NAMES, init, rotate


def test_missing_directory_or_file(place: Path) -> None:
    with pytest.raises(KeyringMissing):
        keyring.load(place)
    init(place)
    (place / "gate.json").unlink()
    with pytest.raises(KeyringMissing):
        keyring.load(place)


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o666])
@pytest.mark.parametrize("name", NAMES)
def test_file_that_others_can_touch(keys: Path, name: str, bits: int) -> None:
    (keys / name).chmod(bits)

    with pytest.raises(KeyringUnsafe) as refused:
        keyring.load(keys)

    assert f"mode {bits:o}" in refused.value.detail


@pytest.mark.parametrize("bits", [0o750, 0o705, 0o701, 0o710, 0o722, 0o777])
def test_directory_that_others_can_enter(keys: Path, bits: int) -> None:
    keys.chmod(bits)

    with pytest.raises(KeyringUnsafe):
        keyring.load(keys)


def test_links_are_refused(keys: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(keys)
    with pytest.raises(KeyringUnsafe):
        keyring.load(tmp_path / "link")

    (keys / "gate.json").rename(tmp_path / "gate.json")
    (keys / "gate.json").symlink_to(tmp_path / "gate.json")
    with pytest.raises(KeyringUnsafe):
        keyring.load(keys)


def test_second_name_of_a_file_is_refused(keys: Path, tmp_path: Path) -> None:
    os.link(keys / "gate.json", tmp_path / "gate.json")

    with pytest.raises(KeyringUnsafe):
        keyring.load(keys)


@pytest.mark.timeout(10)
def test_pipe_in_place_of_a_file_does_not_hang(keys: Path) -> None:
    (keys / "gate.json").unlink()
    os.mkfifo(keys / "gate.json", 0o600)

    with pytest.raises(KeyringUnsafe):
        keyring.load(keys)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_of_another_user_are_refused(keys: Path) -> None:
    os.chown(keys / "gate.json", 65534, -1)
    with pytest.raises(KeyringUnsafe):
        keyring.load(keys)


def test_huge_file_is_refused(keys: Path) -> None:
    (keys / "gate.json").write_bytes(b" " * 70_000)

    with pytest.raises(KeyringUnsafe):
        keyring.load(keys)


@pytest.mark.parametrize(
    "change",
    [
        {"keys": []},
        {"keys": {}},
        {"keys": None},
        {"keys": [{}]},
        {"keys": ["text"]},
        {"use": "issuer"},
        {"extra": 1},
    ],
)
def test_file_with_another_content(keys: Path, change: dict[str, Any]) -> None:
    document = json.loads((keys / "gate.json").read_text())
    (keys / "gate.json").write_text(json.dumps(document | change))

    with pytest.raises(KeyringDamaged):
        keyring.load(keys)


@pytest.mark.parametrize(
    "change",
    [
        {"kid": "00000000"},
        {"secret": "00"},
        {"secret": "00" * 32},
        {"secret": "zz" * 32},
        {"secret": None},
        {"created_at": "2027-01-15T18:00:00"},
        {"created_at": "yesterday"},
        {"not_after": "2027-01-15T18:00:00Z"},
        {"extra": 1},
    ],
)
def test_key_with_another_content(keys: Path, change: dict[str, Any]) -> None:
    document = json.loads((keys / "issuer.json").read_text())
    document["keys"][0] |= change
    (keys / "issuer.json").write_text(json.dumps(document))

    with pytest.raises(KeyringDamaged) as refused:
        keyring.load(keys)

    assert refused.value.__cause__ is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 60_000])
def test_file_that_is_cut_or_no_json(keys: Path, content: bytes) -> None:
    (keys / "session.json").write_bytes(content)

    with pytest.raises(KeyringDamaged):
        keyring.load(keys)


def test_no_secret_is_ever_shown(keys: Path) -> None:
    rotate(keys, KeyUse.ISSUER)
    ring = keyring.load(keys)
    shown = repr(
        [ring, str(ring), ring.issuer, ring.gate, ring.public()]
        + [key for use in KeyUse for key in ring.stored(use)]
    )

    for key in itertools.chain.from_iterable(ring.stored(use) for use in KeyUse):
        assert key.secret.hex() not in shown
        assert repr(key.secret) not in shown
