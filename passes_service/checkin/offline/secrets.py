"""What a gate needs to check the codes of wallet apps without us (docs/offline-gate.md)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from passes_service.core import pass_id
from passes_service.keyring import Keyring
from passes_service.passes import in_wallets, proofs
from passes_service.passes.in_wallets import Wallet

StepSecret = tuple[int, int, int, bytes]
"""Series number, serial, epoch, and the 20 bytes that the codes of the pass are made with."""


def step_secrets(
    session: Session, organizer_id: UUID, session_id: UUID, keyring: Keyring, now: datetime
) -> list[StepSecret]:
    """Return the secrets of the passes that open a session and are in Google Wallet, one each."""
    rows = in_wallets.of_session(
        session, organizer_id=organizer_id, session_id=session_id, wallet=Wallet.GOOGLE
    )
    found = []
    for row, since in rows:
        key = keyring.step_key_at(since, now)
        if key is not None:
            parts, [secret] = pass_id.split(row.pass_id), proofs.step_secrets(row, [key])
            found.append((parts.series, parts.serial, row.epoch, secret))
    return found
