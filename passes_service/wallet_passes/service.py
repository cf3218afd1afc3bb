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
        if not added(session, desk, held, wallet, now=now):
            devices.require_open(session, held, now=now)
    if not added(session, desk, held, wallet, now=now):
        in_wallets.add(session, held.row, wallet, actor=f"holder:{holder_id}", now=now)
    return held


def google_link(session: Session, desk: Desk, held: Held, *, now: datetime) -> str:
    """Return the link that saves a pass to Google Wallet.

    Raises:
        NotFound: It was not added in its present epoch.
        WalletNotOffered, WalletBroken: There is nothing to sign with.
    """
    key = google_key(session, desk, held, now=now)
    if key is None or held.row.state not in devices.ALIVE:
        raise _not_added()
    face = content.of(session, held, origin=desk.origin, now=now)
    account = credentials.google(desk.google_dir, face.organizer.slug)
    [secret] = proofs.step_secrets(held.row, [key])
    return google.save_url(face, secret=secret, account=account, now=now)


def apple_package(session: Session, desk: Desk, held: Held, *, now: datetime) -> bytes:
    """Return the signed file that adds a pass to Apple Wallet.

    Raises:
        NotFound: It was not added in its present epoch.
        CodeOnDevice: A device shows the code.
        WalletNotOffered, WalletBroken: There is nothing to sign with.
    """
    if held.row.state not in devices.ALIVE or not added(session, desk, held, Wallet.APPLE, now=now):
        raise _not_added()
    devices.require_printable(session, held.row)
    face = content.of(session, held, origin=desk.origin, now=now)
    signer = credentials.apple(desk.apple_dir, face.organizer.slug, now=now)
    code = proofs.sign_code(held, face.document, keys=desk.keyring, now=now)
    return apple.package(face, code=code, signer=signer)


def added(session: Session, desk: Desk, held: Held, wallet: Wallet, *, now: datetime) -> bool:
    """Tell whether what was handed out of a pass for a wallet app is good now."""
    if wallet is Wallet.GOOGLE:
        return google_key(session, desk, held, now=now) is not None
    return in_wallets.added_at(session, held.row, wallet) is not None


def dead(session: Session, desk: Desk, held: Held, wallet: Wallet, *, now: datetime) -> bool:
    """Tell whether a wallet app has something of a pass that no longer opens the door."""
    there = in_wallets.added_at(session, held.row, wallet) is not None
    lapsed = there and not added(session, desk, held, wallet, now=now)
    return lapsed or in_wallets.outdated(session, held.row, wallet)


def google_key(session: Session, desk: Desk, held: Held, *, now: datetime) -> bytes | None:
    """Return what the codes are derived from that Google Wallet has of a pass, if it is good.

    It is the key of when the pass was added, so that several phones and the gates have one secret.
    """
    since = in_wallets.added_at(session, held.row, Wallet.GOOGLE)
    return None if since is None else desk.keyring.step_key_at(since, now)


def _not_added() -> NotFound:
    return NotFound("Add the pass to the wallet app on its page first.")
