"""The keys: there, safe, ours, and not from the future."""

from __future__ import annotations

from datetime import datetime

from passes_service import keyring
from passes_service.cli.checks.model import FAIL, Check
from passes_service.cli.known_keys import refuse_known
from passes_service.config import Settings
from passes_service.core.errors import DomainError
from passes_service.keyring import Keyring, KeyUse


def checks(settings: Settings, *, now: datetime) -> list[Check]:
    """Look at the directory of keys."""
    place = str(settings.keys_dir.absolute())
    try:
        keys = keyring.load(settings.keys_dir)
        refuse_known(keys)
    except DomainError as error:
        return [Check.failed("keys", error)]
    return [
        Check("keys", f"{place}, readable by this user only"),
        *(_use(keys, use, now) for use in KeyUse),
    ]


def _use(keys: Keyring, use: KeyUse, now: datetime) -> Check:
    name = f"{use.value} key"
    if not keys.stored(use):
        return Check(name, f"none yet; passes keys add {use.value} makes one")
    current, *older = keys.stored(use)
    if current.created_at > now:
        return Check(
            name,
            f"{current.key_id}, made {current.created_at:%d %b %Y %H:%M} UTC, which is to come",
            FAIL,
            "The clock of this machine is wrong, or was when the key was made. Correct it.",
        )
    overlapping = [key for key in older if key.accepted(now)]
    value = f"{current.key_id}, made {current.created_at:%d %b %Y}"
    if overlapping:
        last = max(key.not_after for key in overlapping if key.not_after)
        value += f"; {len(overlapping)} older accepted until {last:%d %b %Y %H:%M} UTC"
    return Check(name, value)
