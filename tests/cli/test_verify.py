"""`passes verify`: one word first, then why, with nothing but a public key."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from passes_service import keyring
from passes_service.core import qr, receipt, voucher, voucher_file
from passes_service.keyring import Keyring
from tests.cli.installed import Installed
from tests.vectors.receipts import DECIDED, KEY, PUBLIC_KEY

ORGANIZER = UUID("01907f6e-0000-7000-8000-000000000001")
NUMBER = (0x01 << 96) | (0xABCDEF0123456789 << 32) | 137
DAY = timedelta(days=1)
RECEIPT = json.dumps(asdict(receipt.sign(DECIDED, key=KEY, public_key=PUBLIC_KEY)))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """The organizer's keys; the person who verifies does not have them."""
    place = tmp_path_factory.mktemp("issuer") / "keys"
    keyring.init(place, random=secrets.token_bytes, now=datetime.now(UTC))
    return keyring.load(place)


def a_voucher(keys: Keyring, *, age: timedelta = DAY, life: timedelta = 90 * DAY) -> str:
    issued = datetime.now(UTC) - age
    said = voucher.PassVoucher(
        pass_id=NUMBER,
        epoch=2,
        issued_at=int(issued.timestamp()),
        expires_at=int((issued + life).timestamp()),
        terms_hash=b"\x07" * 32,
    )
    signature = voucher.sign(voucher.digest(said, ORGANIZER), keys.issuer.private_key)
    return json.dumps(
        voucher_file.to_file(
            said, organizer_id=ORGANIZER, issuer=keys.issuer.address, signature=signature
        )
    )


def a_code(keys: Keyring, *, age: timedelta = DAY, life: timedelta = 90 * DAY) -> str:
    issued = datetime.now(UTC) - age
    return qr.sign_static(
        pass_number=NUMBER,
        epoch=2,
        organizer_id=ORGANIZER,
        issued_at=issued,
        expires_at=issued + life,
        key=keys.gate.private_key,
    )


def says(at: Installed, *words: str, valid: bool, typed: str | None = None) -> str:
    result = at.run("verify", *words, typed=typed)
    assert result.exit_code == (0 if valid else 1), result.output
    assert result.stdout.startswith("VALID. " if valid else "NOT VALID. "), result.stdout
    return result.stdout


def saved(at: Installed, text: str) -> str:
    path: Path = at.folder / "voucher.json"
    path.write_text(text)
    return str(path)


class TestVoucher:
    def test_a_genuine_one_from_a_file_or_standard_input(
        self, empty: Installed, keys: Keyring
    ) -> None:
        text, issuer = a_voucher(keys), keys.issuer.address
        said = says(empty, saved(empty, text), "--issuer", issuer.lower(), valid=True)
        assert "serial 137" in said
        assert "an account without a wallet" in said
        assert "transferred or refunded" in " ".join(said.split())
        says(empty, "-", "--issuer", issuer, valid=True, typed=f"\ufeff{text}\r\n")
        assert list(empty.folder.iterdir()) == [empty.folder / "voucher.json"]

    def test_one_flipped_digit_anywhere_is_noticed(self, empty: Installed, keys: Keyring) -> None:
        text = a_voucher(keys)
        document = json.loads(text)
        document["typedData"]["message"]["epoch"] = "3"
        said = says(
            empty, "-", "--issuer", keys.issuer.address, valid=False, typed=json.dumps(document)
        )
        assert "changed" in said
        at = text.index('"signature": "0x') + 30
        flipped = text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]
        says(empty, "-", "--issuer", keys.issuer.address, valid=False, typed=flipped)

    def test_an_expired_one_and_one_from_the_future(self, empty: Installed, keys: Keyring) -> None:
        old, early = a_voucher(keys, age=2 * DAY, life=DAY), a_voucher(keys, age=-DAY)
        issuer = keys.issuer.address
        assert "expired" in says(empty, "-", "--issuer", issuer, valid=False, typed=old)
        assert "not valid yet" in says(empty, "-", "--issuer", issuer, valid=False, typed=early)

    def test_another_issuer_is_named(self, empty: Installed, keys: Keyring) -> None:
        other = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
        said = says(empty, "-", "--issuer", other, valid=False, typed=a_voucher(keys))
        assert f"another issuer, {keys.issuer.address}" in said

    def test_any_of_several_issuers_will_do(self, empty: Installed, keys: Keyring) -> None:
        other = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
        words = ("--issuer", other, "--issuer", keys.issuer.address)
        says(empty, "-", *words, valid=True, typed=a_voucher(keys))

    def test_another_organizer_of_the_same_service(self, empty: Installed, keys: Keyring) -> None:
        words = ("--issuer", keys.issuer.address, "--organizer")
        text = a_voucher(keys)
        says(empty, "-", *words, str(ORGANIZER), valid=True, typed=text)
        said = says(empty, "-", *words, str(UUID(int=7)), valid=False, typed=text)
        assert "another organizer" in said

    @pytest.mark.parametrize("text", ["", "{}", "not json", "[" * 9000, "\x00\xff"])
    def test_what_is_no_voucher_is_not_valid(self, empty: Installed, text: str) -> None:
        issuer = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"
        said = says(empty, "-", "--issuer", issuer, valid=False, typed=text)
        assert "not a voucher file" in said


class TestCode:
    def test_a_genuine_one_typed_or_from_a_file(self, empty: Installed, keys: Keyring) -> None:
        code, key = a_code(keys), keys.gate.public_key.hex()
        said = says(empty, code, "--gate-key", key, valid=True)
        assert "serial 137" in said
        assert "scan it there" in said
        says(empty, saved(empty, code + "\n"), "--gate-key", key.upper(), valid=True)
        says(empty, code, "--gate-key", key, "--organizer", str(ORGANIZER), valid=True)

    def test_a_flipped_an_expired_and_a_foreign_one(self, empty: Installed, keys: Keyring) -> None:
        code, key = a_code(keys), keys.gate.public_key.hex()
        flipped = code[:60] + ("A" if code[60] != "A" else "B") + code[61:]
        says(empty, flipped, "--gate-key", key, valid=False)
        old = a_code(keys, age=2 * DAY, life=DAY)
        assert "expired" in says(empty, old, "--gate-key", key, valid=False)
        named = ("--gate-key", key, "--organizer")
        assert "expired" in says(empty, old, *named, str(ORGANIZER), valid=False)
        said = says(empty, code, *named, str(UUID(int=7)), valid=False)
        assert "somebody else's events" in said

    def test_another_key_is_told_apart_from_a_forgery(
        self, empty: Installed, keys: Keyring
    ) -> None:
        said = says(empty, a_code(keys), "--gate-key", "11" * 32, valid=False)
        assert "another key than the one you gave" in said

    def test_a_code_cut_short(self, empty: Installed, keys: Keyring) -> None:
        key = keys.gate.public_key.hex()
        says(empty, a_code(keys)[:-3], "--gate-key", key, valid=False)
        says(empty, "EP1:", "--gate-key", key, valid=False)


def test_a_question_without_sense_is_refused_not_answered(empty: Installed, keys: Keyring) -> None:
    path = saved(empty, a_voucher(keys))
    assert "--issuer" in empty.refused("verify", path, code="key-unreadable")
    assert "--gate-key" in empty.refused("verify", a_code(keys), code="key-unreadable")
    empty.refused("verify", path, "--issuer", "0x12", code="key-unreadable")
    empty.refused("verify", a_code(keys), "--gate-key", "zz" * 32, code="key-unreadable")
    empty.refused("verify", "nowhere.json", "--issuer", "0x12", code="file-unreadable")
    huge = empty.folder / "huge.json"
    huge.write_bytes(b" " * 20_000)
    empty.refused("verify", str(huge), "--issuer", "0x12", code="file-unreadable")


class TestReceipt:
    def test_a_genuine_one_and_what_was_decided(self, empty: Installed) -> None:
        said = says(empty, saved(empty, RECEIPT), "--gate-key", PUBLIC_KEY.hex(), valid=True)

        assert "ADMIT" in said
        assert "15 Jan 2027 19:52:07.250 UTC" in said
        assert str(DECIDED.terms_hash) in said

    def test_somebody_elses_key_did_not_sign_it(self, empty: Installed, keys: Keyring) -> None:
        other = keys.gate.public_key.hex()
        said = says(empty, saved(empty, RECEIPT), "--gate-key", other, valid=False)

        assert "another key than the one you gave" in said

    def test_a_changed_one_is_refused(self, empty: Installed) -> None:
        edited = RECEIPT.replace("ADMIT", "STALE")
        said = says(empty, saved(empty, edited), "--gate-key", PUBLIC_KEY.hex(), valid=False)

        assert "none of this counts" in said

    def test_a_torn_one_is_no_receipt(self, empty: Installed) -> None:
        torn = RECEIPT[:-20]
        said = says(empty, saved(empty, torn), "--gate-key", PUBLIC_KEY.hex(), valid=False)

        assert "This is not a receipt of a scan" in said

    def test_one_of_another_organizer(self, empty: Installed) -> None:
        words = (saved(empty, RECEIPT), "--gate-key", PUBLIC_KEY.hex(), "--organizer")

        assert "of another organizer" in says(empty, *words, str(ORGANIZER), valid=False)
        says(empty, *words, str(DECIDED.organizer_id), valid=True)

    def test_without_a_key_there_is_nothing_to_say(self, empty: Installed) -> None:
        assert empty.run("verify", saved(empty, RECEIPT)).exit_code == 2
