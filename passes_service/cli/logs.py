"""The log: JSON lines for machines, short lines for a terminal, never a secret.

Everything goes through here, uvicorn and libraries included. What looks like one of our tokens
is cut out of each finished line, and so is every secret of the settings.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import structlog
from structlog.stdlib import ProcessorFormatter

from passes_service.cli import output
from passes_service.cli.errors import SettingsBroken

if TYPE_CHECKING:
    from passes_service.config import Settings

LEVELS = ("debug", "info", "warning", "error")
_SHORTEST = 4  # a shorter "secret" would cut holes into every word
_CHATTY = ("asyncio", "alembic", "multipart", "python_multipart")


def level(typed: str) -> str:
    """Return a level as we write it.

    Raises:
        SettingsBroken: There is no such level.
    """
    found = typed.strip().lower()
    if found not in LEVELS:
        raise SettingsBroken(f"“{typed}” is not a log level; there are {', '.join(LEVELS)}.")
    return found


def configure(settings: Settings, *, at: str = "info") -> None:
    """Send all logging of this process to stderr, redacted; call it once per process."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                ProcessorFormatter.remove_processors_meta,
                _plain,
                structlog.processors.format_exc_info,
                _visible,
                _rendered(redactor(settings)),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(at.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)


def redactor(settings: Settings) -> Callable[[str], str]:
    """Return a function that cuts tokens and the secrets of these settings out of a text."""
    from passes_service.web.middleware import redact

    secrets = sorted(_secrets(settings), key=len, reverse=True)

    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "[secret]")
        return redact(text)

    return clean


def _secrets(settings: Settings) -> set[str]:
    """Return each secret of the settings as it may be spelled: plain, in an address, in JSON."""
    from pydantic import SecretStr

    urls = [settings.database_url]
    found = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            urls.append(value.get_secret_value())
            found.add(value.get_secret_value())
    for url in urls:
        try:
            password = urlsplit(url).password or ""
        except ValueError:
            continue
        found |= {password, unquote(password), quote(unquote(password), safe="")}
    found |= {json.dumps(secret, ensure_ascii=False)[1:-1] for secret in found}
    return {secret for secret in found if len(secret) >= _SHORTEST}


def _plain(_logger: Any, _name: str, event: Any) -> Any:
    """Drop uvicorn's second, coloured copy of its message."""
    event.pop("color_message", None)
    return event


def _visible(_logger: Any, _name: str, event: Any) -> Any:
    """Spell out what does not print: an address with escape codes must not steer a terminal."""
    return {
        key: _spelled(value) if isinstance(value, str) else value for key, value in event.items()
    }


def _spelled(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(
        char if char.isprintable() or char in "\n\t" else char.encode("unicode_escape").decode()
        for char in text
    )


def _rendered(clean: Callable[[str], str]) -> Any:
    """Return the last processor: one line, with nothing in it that opens a door."""
    renderer: Any
    if output.is_terminal():
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    else:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)

    def render(logger: Any, name: str, event: Any) -> str:
        return clean(str(renderer(logger, name, event)))

    return render
