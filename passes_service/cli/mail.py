"""`passes mail`: the letters that stay here for want of a mail server."""

from __future__ import annotations

from typing import Annotated

import typer

from passes_service.cli import installation, names, origin, output
from passes_service.cli.errors import OnlyOnLoopback


def mail(
    organizer: Annotated[str | None, typer.Option(help="Only letters of this one.")] = None,
    last: Annotated[int, typer.Option(min=1, max=1000, help="How many, the newest.")] = 20,
) -> None:
    """Print the letters of the local outbox, their sign-in links alive.

    For a service on this machine only: with a public origin these links are other people's logins.
    """
    from passes_service.mail import local

    settings = installation.read_settings()
    origin.require_safe(settings)
    if not origin.on_loopback(settings):
        raise OnlyOnLoopback(
            f"The origin is {settings.public_origin}; these letters hold logins of other people."
        )
    with installation.services(settings) as services, services.database.reading() as session:
        tenant = None if organizer is None else names.organizer(session, organizer).id
        letters = local.read(
            session,
            services.keyring,
            settings.origin,
            services.clock(),
            organizer_id=tenant,
            limit=last,
        )
    if not letters:
        output.say("No letters are waiting here.")
        output.next_steps("letters are written by the worker: is passes serve running?")
        return
    for letter in letters:
        output.say("-" * 72)
        output.say(f"To:      {letter.recipient}")
        output.say(f"Subject: {letter.subject}")
        output.say(f"Written: {letter.written_at:%d %b %Y %H:%M:%S} UTC\n")
        output.say(letter.body.rstrip())
    output.say("-" * 72)
