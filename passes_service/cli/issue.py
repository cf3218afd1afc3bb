"""`passes issue`: one pass for one person, from the terminal."""

from __future__ import annotations

from typing import Annotated

import typer

from passes_service.cli import installation, names, output


def issue(
    email: Annotated[str, typer.Option(help="Address of the holder; needs no account yet.")],
    organizer: Annotated[str | None, typer.Option(help="Slug or id; if there are several.")] = None,
    series: Annotated[str | None, typer.Option(help="Title or id; if there are several.")] = None,
    paid: Annotated[
        str | None,
        typer.Option(help="What was paid for this pass, such as 12.50; default: the list price."),
    ] = None,
) -> None:
    """Issue the next pass of a Series to the person with an e-mail address."""
    from passes_service.accounts import holders
    from passes_service.core.money import Money, format_money, parse_money
    from passes_service.passes import service as passes

    settings = installation.read_settings()
    with installation.services(settings) as services:
        now = services.clock()
        with services.database.transaction() as session:
            tenant = names.organizer(session, organizer)
            kind = names.series(session, tenant.id, series)
            amount = None if paid is None else parse_money(paid, kind.currency).minor
            holder = holders.for_email(session, organizer_id=tenant.id, email=email, now=now)
            issued = passes.issue(
                session,
                organizer_id=tenant.id,
                series_id=kind.id,
                holder_id=holder.id,
                paid_minor=amount,
                actor="command line",
                now=now,
            )
    output.say(f"Issued {issued.serial} of {kind.cap}, “{kind.title}”, to {email}.")
    output.facts(
        [
            ("pass", str(issued.pass_id)),
            ("paid", format_money(Money(issued.paid_minor, issued.currency))),
            ("left", str(kind.left)),
        ]
    )
    output.next_steps(
        f"{email} signs in at {settings.origin}/my and finds the pass, its code and its calendar",
    )
