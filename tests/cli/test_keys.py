"""`passes keys`: a new key takes over, the old one is accepted for a while."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from passes_service.core import qr, tokens, voucher, voucher_file
from passes_service.core.qr import CodeVerdict
from passes_service.core.voucher_file import VoucherVerdict
from tests.cli.installed import Installed

ORGANIZER = UUID("01907f6e-0000-7000-8000-000000000001")
NUMBER = (0x01 << 96) | (0xABCDEF0123456789 << 32) | 137
HOUR = timedelta(hours=1)


def test_what_the_old_gate_key_signed_is_good_within_the_overlap_only(
    installed: Installed,
) -> None:
    now = datetime.now(UTC)
    old = installed.keys().gate
    code = qr.sign_static(
        pass_number=NUMBER,
        epoch=1,
        organizer_id=ORGANIZER,
        issued_at=now,
        expires_at=now + 30 * 24 * HOUR,
        key=old.private_key,
    )

    said = installed.must("keys", "rotate", "gate", "--overlap", "2h")

    keys = installed.keys()
    assert keys.gate.public_key != old.public_key
    assert keys.gate.public_key.hex() in said

    def verdict(at: datetime) -> CodeVerdict:
        accepted = keys.gate_public_keys(at)
        return qr.check(code, public_keys=accepted, organizer_id=ORGANIZER, now=at).verdict

    assert verdict(now + HOUR) is CodeVerdict.VALID
    assert verdict(now + 3 * HOUR) is CodeVerdict.BAD_SIGNATURE
    assert installed.run("verify", code, "--gate-key", old.public_key.hex()).exit_code == 0
    assert installed.run("verify", code, "--gate-key", keys.gate.public_key.hex()).exit_code == 1


def test_what_the_old_issuer_signed_is_good_within_the_overlap_only(installed: Installed) -> None:
    now = datetime.now(UTC)
    old = installed.keys().issuer
    said = voucher.PassVoucher(
        pass_id=NUMBER,
        epoch=1,
        issued_at=int(now.timestamp()),
        expires_at=int((now + 90 * 24 * HOUR).timestamp()),
        terms_hash=bytes(32),
    )
    signature = voucher.sign(voucher.digest(said, ORGANIZER), old.private_key)
    file = voucher_file.VoucherFile(said, ORGANIZER, old.address, signature)

    installed.must("keys", "rotate", "issuer")

    keys = installed.keys()

    def verdict(at: datetime) -> VoucherVerdict:
        import json

        text = json.dumps(
            voucher_file.to_file(
                file.voucher, organizer_id=ORGANIZER, issuer=file.issuer, signature=file.signature
            )
        )
        return voucher_file.verify(text, issuer_addresses=keys.issuer_addresses(at), now=at).verdict

    assert keys.issuer.address != old.address
    assert verdict(now + timedelta(days=6)) is VoucherVerdict.VALID
    assert verdict(now + timedelta(days=8)) is VoucherVerdict.BAD_SIGNATURE


def test_a_stolen_session_key_ends_at_once(installed: Installed) -> None:
    before = installed.keys().session_key
    token = tokens.derive(ORGANIZER, UUID(int=1), key=before, purpose="staff-login")

    said = installed.must("keys", "rotate", "session", "--overlap", "0")

    assert "no longer accepted" in said
    keys = installed.keys().session_keys(datetime.now(UTC))
    assert tokens.verify_derived(token, keys=keys, purpose="staff-login") is None
    assert before.hex() not in said


def test_a_login_link_survives_a_rotation_with_overlap(installed: Installed) -> None:
    token = tokens.derive(
        ORGANIZER, UUID(int=1), key=installed.keys().session_key, purpose="staff-login"
    )
    installed.must("keys", "rotate", "session", "--overlap", "30m")
    keys = installed.keys().session_keys(datetime.now(UTC))
    assert tokens.verify_derived(token, keys=keys, purpose="staff-login") is not None


def test_a_claim_key_is_added_to_an_older_installation_and_rotated_with_a_word_for_organizers(
    installed: Installed,
) -> None:
    (installed.keys_dir / "claim.json").unlink()
    assert "passes keys add claim" in installed.must("keys", "show")
    assert "passes keys add claim" in installed.must("doctor")

    said = installed.must("keys", "add", "claim")

    old = installed.keys().public().claim_address
    assert old in said
    installed.refused("keys", "add", "claim", code="keyring-exists")
    said = installed.must("keys", "rotate", "claim", "--overlap", "1h")
    assert "setSigner" in said
    assert installed.keys().public().claim_address in said
    assert installed.keys().public().claim_address != old


def test_show_prints_nothing_secret(installed: Installed) -> None:
    installed.must("keys", "rotate", "issuer")
    said = installed.must("keys", "show")
    keys = installed.keys()
    assert keys.issuer.address in said
    assert keys.gate.public_key.hex() in said
    assert "accepted until" in said
    for file in installed.keys_dir.iterdir():
        for line in file.read_text().splitlines():
            if '"secret"' in line:
                assert line.split('"')[3] not in said


@pytest.mark.parametrize("typed", ["7w", "-1d", "soon", "", "1.5h"])
def test_an_overlap_that_makes_no_sense_changes_nothing(installed: Installed, typed: str) -> None:
    before = (installed.keys_dir / "gate.json").read_bytes()
    result = installed.run("keys", "rotate", "gate", "--overlap", typed)
    assert result.exit_code == 2
    assert (installed.keys_dir / "gate.json").read_bytes() == before


def test_unknown_keys_and_missing_ones_are_refused(empty: Installed) -> None:
    assert empty.run("keys", "rotate", "door").exit_code == 2
    empty.refused("keys", "rotate", "gate", code="keyring-missing")
    empty.refused("keys", "show", code="keyring-missing")
    assert secrets.token_hex() not in empty.run("keys", "show").output
