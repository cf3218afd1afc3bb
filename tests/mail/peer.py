"""A real mail server on this machine, and a service that sends its mail there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from socket import socket
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from passes_service.bootstrap import Services
from passes_service.worker import loop


class Mailbox:
    """What a mail server was given; refuses as often as it is told to."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.raw: list[bytes] = []
        self.refusals = 0

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        if self.refusals:
            self.refusals -= 1
            return "451 come back later"
        self.raw.append(envelope.content)
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def take(self) -> list[EmailMessage]:
        """Return what has come and begin anew."""
        taken, self.mails = self.mails, []
        return taken


@contextmanager
def serving(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    """Run a mail server on a free port of this machine."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def mailbox() -> Mailbox:
    """The server's mailbox."""
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox) -> Iterator[int]:
    """The server, without encryption: it is on this machine."""
    with serving(mailbox) as found:
        yield found


@pytest.fixture
def mailing(services: Services, port: int) -> Services:
    """The service, sending to that server."""
    url = SecretStr(f"smtp://127.0.0.1:{port}")
    update = {"smtp_url": url, "mail_from": "no-reply@passes.test"}
    return replace(services, settings=services.settings.model_copy(update=update))


def drain(services: Services) -> None:
    """Let the worker do all that waits."""
    while loop.drain(services, services.clock(), 100):
        pass


def text(mail: EmailMessage) -> str:
    """Return what a person reads, on one line."""
    part = mail.get_body(("plain",))
    assert part is not None
    return " ".join(str(part.get_content()).split())
