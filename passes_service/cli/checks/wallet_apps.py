"""Wallet apps: whose credentials are there, and whether they can be used."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from passes_service.cli.checks.model import FAIL, WARN, Check
from passes_service.config import Settings
from passes_service.core.errors import DomainError
from passes_service.wallet_passes import credentials

_SOON = timedelta(days=30)


def checks(settings: Settings, *, now: datetime) -> list[Check]:
    """Look at the credentials of every organizer for Google and Apple Wallet."""
    google, apple = settings.google_wallet_dir, settings.apple_wallet_dir
    return [
        *_each("Google Wallet", google, lambda slug: _google(google, slug)),
        *_each("Apple Wallet", apple, lambda slug: _apple(apple, slug, now)),
    ]


def _google(directory: Path | None, slug: str) -> Check:
    account = credentials.google(directory, slug)
    return Check(f"Google Wallet, {slug}", f"issuer {account.issuer_id}, {account.email}")


def _apple(directory: Path | None, slug: str, now: datetime) -> Check:
    signer = credentials.apple(directory, slug, now=now)
    ends = min(signer.certificate.not_valid_after_utc, signer.intermediate.not_valid_after_utc)
    value = f"{signer.pass_type}, certificate good until {ends:%d %b %Y}"
    if ends - now < _SOON:
        return Check(f"Apple Wallet, {slug}", value, WARN, "Renew the pass type certificate.")
    return Check(f"Apple Wallet, {slug}", value)


def _each(name: str, directory: Path | None, look: Callable[[str], Check]) -> list[Check]:
    """Return a line per organizer; nothing set means that nobody offers that app, which is fine."""
    if directory is None:
        return [Check(name, "not offered; docs/operating.md says what it takes")]
    if not directory.is_dir():
        todo = "Make the directory, or take the setting out."
        return [Check(name, f"{directory} is no directory", FAIL, todo)]
    found = []
    for slug in sorted(path.name for path in directory.iterdir() if path.is_dir()):
        try:
            found.append(look(slug))
        except DomainError as error:
            found.append(Check.failed(f"{name}, {slug}", error))
    return found or [Check(name, f"no organizer in {directory} yet")]
