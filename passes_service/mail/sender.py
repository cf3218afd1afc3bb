"""Give a letter to a mail server (SMTP), encrypted wherever the server can."""

from __future__ import annotations

import hashlib
import smtplib
import ssl
from dataclasses import dataclass, field
from email.headerregistry import Address, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from passes_service.db.models import InvitationMessage, MailMessage, Organizer

TIMEOUT_SECONDS = 15
_SCHEMES: dict[str, tuple[Literal["tls", "starttls", "offered"], int]] = {
    "smtps": ("tls", 465),
    "smtp+starttls": ("starttls", 587),
    "smtp": ("offered", 25),
}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class _AsItIs(UnstructuredHeader):
    """A header whose one word must not be folded: as free text it would become encoded words.

    Mail programs take an address in List-Unsubscribe literally (RFC 2369 2).
    """

    def fold(self, *, policy: Any) -> str:
        """Return the line, however long; RFC 5322 allows 998 octets."""
        me: Any = self  # the registry mixes in the name and the text
        return f"{me.name}: {me}{policy.linesep}"


_HEADERS = HeaderRegistry()
_HEADERS.map_to_type("list-unsubscribe", _AsItIs)  # type: ignore[arg-type]  # takes mixins
_POLICY = SMTP.clone(header_factory=_HEADERS)


class MailUnsafe(Exception):
    """The server does not encrypt, and we will not send a password or a login in the clear."""


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server and how to talk to it.

    `tls`: encrypted from the start. `starttls`: upgraded, or nothing is sent. `offered`: upgraded
    if the server can; a password never goes in the clear except to this very machine.
    """

    host: str
    port: int
    security: Literal["tls", "starttls", "offered"]
    user: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def of(cls, url: str) -> Server:
        """Read smtps://, smtp+starttls:// or smtp://user:password@host:port.

        Raises:
            ValueError: It is none of them; the text is not repeated, it may hold a password.
        """
        parts = urlsplit(url)
        if parts.scheme not in _SCHEMES or not parts.hostname:
            raise ValueError("the SMTP URL must be smtps://, smtp+starttls:// or smtp://host")
        security, port = _SCHEMES[parts.scheme]
        return cls(
            host=parts.hostname,
            port=parts.port or port,
            security=security,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )


def compose(
    letter: MailMessage,
    body: str,
    *,
    organizer: Organizer,
    mail_from: str,
    stop_url: str = "",
    invitation: InvitationMessage | None = None,
) -> EmailMessage:
    """Return the mail. The same letter has the same Message-ID, so a repeat shows only once.

    Args:
        letter, body: What to send.
        organizer, mail_from: Who sends it.
        stop_url: Where one POST ends letters of this kind (RFC 8058); only https may be said.
        invitation: The iTIP message that goes beside the text (RFC 6047).
    """
    mail = EmailMessage(policy=_POLICY)
    # As text a name beyond ASCII would lose its quotes on the way, and a comma make it two.
    mail["From"] = Address(organizer.name, addr_spec=mail_from)
    mail["Reply-To"] = organizer.contact_email
    mail["To"] = letter.recipient
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.created_at)
    named = hashlib.sha256(letter.organizer_id.bytes + letter.id.bytes).hexdigest()[:32]
    mail["Message-ID"] = f"<{named}@{mail_from.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    if stop_url.startswith("https://"):
        mail["List-Unsubscribe"] = f"<{stop_url}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(body, cte="quoted-printable")
    if invitation is not None:
        # Base64: lines of content must arrive as they are, folds and CRLF included.
        mail.add_alternative(
            invitation.body,
            subtype="calendar",
            params={"method": invitation.method, "component": "VEVENT"},
            cte="base64",
        )
    return mail


def send(server: Server, mail: EmailMessage) -> None:
    """Hand a mail over; it returns once the server has taken responsibility for it.

    Raises:
        OSError, smtplib.SMTPException: The server could not be reached or did not take it.
        MailUnsafe: It offers no encryption and the letter or the password needs it.
    """
    context = ssl.create_default_context()
    if server.security == "tls":
        with smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_SECONDS, context=context
        ) as smtp:
            _deliver(smtp, server, mail)
        return
    with smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS) as smtp:
        smtp.ehlo()
        if server.security == "starttls" or smtp.has_extn("starttls"):
            smtp.starttls(context=context)
        elif server.host not in _LOOPBACK and server.user:
            raise MailUnsafe("The mail server offers no encryption; the password stays here.")
        _deliver(smtp, server, mail)


def _deliver(smtp: smtplib.SMTP, server: Server, mail: EmailMessage) -> None:
    if server.user:
        smtp.login(server.user, server.password)
    smtp.send_message(mail)
