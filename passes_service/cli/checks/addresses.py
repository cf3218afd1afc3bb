"""Where the service listens and what its links say."""

from __future__ import annotations

import stat
from pathlib import Path

from passes_service.cli import origin
from passes_service.cli.checks.model import FAIL, OK, WARN, Check
from passes_service.config import Settings
from passes_service.core.errors import DomainError


def checks(settings: Settings) -> list[Check]:
    """Look at origin, bind address, demo mode, limits and the .env file."""
    return [
        _origin(settings),
        _bind(settings),
        Check("body limit", f"{settings.max_body_bytes:,} bytes"),
        Check(
            "logins",
            f"links live {settings.login_ttl_minutes} minutes, "
            f"sign-ins {settings.session_ttl_days} days",
        ),
        *_env_file(),
    ]


def _origin(settings: Settings) -> Check:
    try:
        origin.require_safe(settings)
    except DomainError as error:
        return Check.failed("public origin", error)
    where = " (this machine only)" if origin.on_loopback(settings) else ""
    return Check("public origin", settings.origin + where)


def _bind(settings: Settings) -> Check:
    try:
        origin.require_fitting_bind(settings)
    except DomainError as error:
        return Check.failed("listens on", error)
    value = f"{settings.host} port {settings.port}"
    if origin.is_loopback(settings.host):
        return Check("listens on", value)
    todo = (
        "Other machines can connect without encryption: let only your proxy reach this port, "
        "or set PASSES_HOST to 127.0.0.1."
    )
    return Check("listens on", value, WARN, todo)


def _env_file() -> list[Check]:
    """Look at who can read .env, which may hold passwords."""
    path = Path(".env")
    try:
        mode = path.stat().st_mode
    except OSError:
        return []
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        value = f"{path.absolute()} has mode {stat.S_IMODE(mode):o}: others can read it"
        return [Check("settings file", value, FAIL, "Run: chmod 600 .env")]
    return [Check("settings file", str(path.absolute()), OK)]
