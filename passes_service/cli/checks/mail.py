"""Whether letters would leave."""

from __future__ import annotations

import smtplib
import socket

from passes_service.cli import origin
from passes_service.cli.checks.model import FAIL, OK, WARN, Check
from passes_service.config import Settings
from passes_service.mail.sender import Server

TIMEOUT_SECONDS = 2


def checks(settings: Settings) -> list[Check]:
    """Look at the mail server, by greeting it, and at the sender's address."""
    return [_server(settings), _sender(settings)]


def _server(settings: Settings) -> Check:
    if settings.smtp_url is None:
        if origin.on_loopback(settings):
            return Check("mail server", "none: `passes mail` shows the letters")
        todo = "Set PASSES_SMTP_URL, such as smtps://user:password@host: logins go by mail."
        return Check("mail server", "none, so nobody can sign in", FAIL, todo)
    try:
        server = Server.of(settings.smtp_url.get_secret_value())
    except ValueError:
        todo = "Write PASSES_SMTP_URL as smtps://, smtp+starttls:// or smtp://user:password@host."
        return Check("mail server", "the address is not one", FAIL, todo)
    user = f"{server.user}:***@" if server.user else ""
    name = f"{user}{server.host}:{server.port}"
    said = _greet(server)
    if said is not None:
        todo = "Check host and port in PASSES_SMTP_URL, and that this machine may connect there."
        return Check("mail server", f"{name}: {said}", FAIL, todo)
    return Check("mail server", f"{name} answers", OK)


def _greet(server: Server) -> str | None:
    """Return why the server does not answer, or None; no password is sent."""
    try:
        if server.security == "tls":
            with smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_SECONDS) as smtp:
                smtp.noop()
        else:
            with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS) as smtp:
                smtp.noop()
    except (TimeoutError, socket.gaierror):
        return f"no answer within {TIMEOUT_SECONDS} seconds, or no such host"
    except (OSError, smtplib.SMTPException) as error:
        return getattr(error, "strerror", None) or type(error).__name__
    return None


def _sender(settings: Settings) -> Check:
    host = settings.mail_from.rpartition("@")[2]
    if not host or " " in settings.mail_from:
        todo = "Set PASSES_MAIL_FROM to the address that letters come from."
        return Check("sender", settings.mail_from, FAIL, todo)
    if settings.smtp_url is not None and origin.is_loopback(host):
        todo = "Set PASSES_MAIL_FROM; letters from localhost are taken for spam."
        return Check("sender", settings.mail_from, WARN, todo)
    return Check("sender", settings.mail_from)
