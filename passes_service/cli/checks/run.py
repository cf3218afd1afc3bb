"""Every check in the order one repairs things. None of them changes anything."""

from __future__ import annotations

from datetime import UTC, datetime

from passes_service.cli import installation
from passes_service.cli.checks import (
    addresses,
    chains,
    clock,
    database,
    keys,
    mail,
    signers,
    wallet_apps,
)
from passes_service.cli.checks.model import Check
from passes_service.cli.errors import SettingsBroken


def everything() -> list[Check]:
    """Run every check that still makes sense after those before it."""
    now = datetime.now(UTC)
    try:
        settings = installation.read_settings()
    except SettingsBroken as error:
        return [Check.failed("settings", error)]
    return [
        *addresses.checks(settings),
        *keys.checks(settings, now=now),
        *database.checks(settings, now=now),
        *mail.checks(settings),
        *chains.checks(settings),
        *signers.checks(settings, now=now),
        *wallet_apps.checks(settings, now=now),
        *clock.checks(now=now),
        Check("other programs", "none needed: no browser, no Node, no cron"),
    ]
