"""Hand a pass out for a wallet app: what is allowed when, and what is built."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlmodel import Session

from passes_service.accounts.errors import NotFound
from passes_service.keyring import Keyring, KeyUse
from passes_service.passes import devices, in_wallets, proofs, queries
from passes_service.passes.errors import PassInactive
from passes_service.passes.in_wallets import Wallet
from passes_service.passes.queries import Held
from passes_service.wallet_passes import apple, content, credentials, google


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the installation has for wallet passes; without a directory an app is not offered."""

    keyring: Keyring
    origin: str
    google_dir: Path | None
    apple_dir: Path | None

    def offers(self, wallet: Wallet, slug: str) -> bool:
        """Tell whether an organizer can hand passes out for a wallet app."""
        if wallet is Wallet.APPLE:
            return credentials.offered(self.apple_dir, slug)
        return bool(self.keyring.stored(KeyUse.STEP)) and credentials.offered(self.google_dir, slug)


def add(
    session: Session,
    desk: Desk,
    *,
    organizer_id: UUID,
    holder_id: UUID,
    pass_id: int,
    wallet: Wallet,
    now: datetime,
) -> Held:
    """Allow a pass in a wallet app for its present epoch, and write that into its history.

    Gates take secrets of rotating codes along before the doors, so Google Wallet is closed to new
    passes when devices are. Apple Wallet shows the code as on paper: only while no device does.

    Raises:
        NotFound: The pass is not this holder's.
        PassInactive: It opens no door.
        WalletNotOffered, WalletBroken, KeyNotMade: There is nothing to sign with.
        BindingClosed: Too late for a rotating code that gates do not know yet.
        CodeOnDevice: A device shows the code, so there is none as on paper.
    """
    held = queries.of_holder(
        session, organizer_id=organizer_id, holder_id=holder_id, pass_id=pass_id
    )
    if held.row.state not in devices.ALIVE:
        raise PassInactive("It opens no door now.", state=held.row.state)
    face = content.of(session, held, origin=desk.origin, now=now)
    if wallet is Wallet.APPLE:
        credentials.apple(desk.apple_dir, face.organizer.slug, now=now)
        devices.require_printable(session, held.row)
    else:
        credentials.google(desk.google_dir, face.organizer.slug)
        desk.keyring.require(KeyUse.STEP)
        if not in_wallets.added(session, held.row, wallet):
            devices.require_open(session, held, now=now)
    in_wallets.add(session, held.row, wallet, actor=f"holder:{holder_id}", now=now)
    return held


def google_link(session: Session, desk: Desk, held: Held, *, now: datetime) -> str:
    """Return the link that saves a pass to Google Wallet.

    Raises:
        NotFound: It was not added in its present epoch.
        WalletNotOffered, WalletBroken, KeyNotMade: There is nothing to sign with.
    """
    _require_added(session, held, Wallet.GOOGLE)
    face = content.of(session, held, origin=desk.origin, now=now)
    account = credentials.google(desk.google_dir, face.organizer.slug)
    desk.keyring.require(KeyUse.STEP)
    secret = proofs.step_secrets(held.row, desk.keyring.step_keys(now)[:1])[0]
    return google.save_url(face, secret=secret, account=account, now=now)


def apple_package(session: Session, desk: Desk, held: Held, *, now: datetime) -> bytes:
    """Return the signed file that adds a pass to Apple Wallet.

    Raises:
        NotFound: It was not added in its present epoch.
        CodeOnDevice: A device shows the code.
        WalletNotOffered, WalletBroken: There is nothing to sign with.
    """
    _require_added(session, held, Wallet.APPLE)
    devices.require_printable(session, held.row)
    face = content.of(session, held, origin=desk.origin, now=now)
    signer = credentials.apple(desk.apple_dir, face.organizer.slug, now=now)
    code = proofs.sign_code(held, face.document, keys=desk.keyring, now=now)
    return apple.package(face, code=code, signer=signer)


def _require_added(session: Session, held: Held, wallet: Wallet) -> None:
    alive = held.row.state in devices.ALIVE
    if not alive or not in_wallets.added(session, held.row, wallet):
        raise NotFound("Add the pass to the wallet app on its page first.")
