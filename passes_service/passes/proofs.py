"""What a holder can show: the voucher for third parties, the code for the door."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from passes_service.core import qr, qr_step, voucher, voucher_file
from passes_service.core.ethereum import ZERO_ADDRESS
from passes_service.core.rules.terms import Terms
from passes_service.keyring import Keyring
from passes_service.passes.facts import PassColumns
from passes_service.passes.queries import Held
from passes_service.passes.service import require_active

VOUCHER_LIFE = timedelta(days=90)
CODE_GRACE = timedelta(days=1)


@dataclass(frozen=True)
class DoorCode:
    """The text of a static code and how long it can open a door."""

    text: str
    expires_at: datetime


def sign_voucher(held: Held, *, keys: Keyring, now: datetime) -> dict[str, Any]:
    """Return the signed PassVoucher file of an active pass (EIP-712, docs/vouchers.md).

    Raises:
        PassInactive: The pass was given up, withdrawn or is held elsewhere.
    """
    row = held.row
    require_active(row)
    signed = voucher.PassVoucher(
        pass_id=row.pass_id,
        holder=row.wallet or ZERO_ADDRESS,
        epoch=row.epoch,
        issued_at=int(now.timestamp()),
        expires_at=int((now + VOUCHER_LIFE).timestamp()),
        terms_hash=bytes.fromhex(held.series.terms_hash.removeprefix("0x")),
    )
    issuer = keys.issuer
    signature = voucher.sign(voucher.digest(signed, row.organizer_id), issuer.private_key)
    return voucher_file.to_file(
        signed, organizer_id=row.organizer_id, issuer=issuer.address, signature=signature
    )


def sign_code_until(held: Held, *, ends: datetime, keys: Keyring, now: datetime) -> DoorCode:
    """Return a static door code (kind S) of a pass or token that is dead at `ends`, after `now`."""
    row = held.row
    text = qr.sign_static(
        pass_number=row.pass_id,
        epoch=row.epoch,
        organizer_id=row.organizer_id,
        issued_at=now,
        expires_at=ends,
        key=keys.gate.private_key,
    )
    return DoorCode(text, ends)


def sign_code(held: Held, terms: Terms, *, keys: Keyring, now: datetime) -> DoorCode:
    """Return the static door code (kind S) of an active pass or of a token, dead after the season.

    Stable for one epoch: `issued_at` is the day of asking, so a printed page stays the same.

    Raises:
        PassInactive: The pass was given up, withdrawn or is held elsewhere.
    """
    row = held.row
    if row.state != "on_chain":
        require_active(row)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    expires = max(portion.ends_at for portion in terms.portions) + CODE_GRACE
    text = qr.sign_static(
        pass_number=row.pass_id,
        epoch=row.epoch,
        organizer_id=row.organizer_id,
        issued_at=today,
        expires_at=max(expires, today + CODE_GRACE),
        key=keys.gate.private_key,
    )
    return DoorCode(text, expires)


def step_secrets(row: PassColumns, step_keys: Iterable[bytes]) -> list[bytes]:
    """Return what a pass's time-step codes are made with in its present epoch, per service key."""
    return [
        qr_step.pass_secret(
            key, pass_number=row.pass_id, epoch=row.epoch, organizer_id=row.organizer_id
        )
        for key in step_keys
    ]


def step_secret(row: PassColumns, step_keys: Iterable[bytes], *, named: bytes) -> bytes | None:
    """Return the secret of a pass that a time-step code names, None if it is none of ours."""
    secrets = step_secrets(row, step_keys)
    return next((one for one in secrets if qr_step.secret_id(one) == named), None)
