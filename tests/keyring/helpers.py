"""Steps that the tests of the keyring share."""

from __future__ import annotations

import secrets
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

from passes_service import keyring
from passes_service.keyring import KeyUse

NOW = datetime(2027, 1, 15, 18, tzinfo=UTC)
DAY = timedelta(days=1)
NAMES = [
    "claim.json",
    "gate.json",
    "issuer.json",
    "log.json",
    "relay.json",
    "session.json",
    "step.json",
]


def init(place: Path) -> keyring.PublicKeys:
    return keyring.init(place, random=secrets.token_bytes, now=NOW)


def rotate(
    place: Path, use: KeyUse, *, now: datetime = NOW, overlap: timedelta = DAY
) -> keyring.Keyring:
    return keyring.rotate(place, use, now=now, overlap=overlap, random=secrets.token_bytes)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)
