"""`passes organizer`: the first owner gets in by a link printed here."""

from __future__ import annotations

from typing import Annotated

import typer

from passes_service.cli import installation, origin, output

app = typer.Typer(help="Organizers of this installation.", no_args_is_help=True)


@app.command()
def create(
    slug: Annotated[str, typer.Option(help="Short name in addresses, such as nocturne.")],
    name: Annotated[str, typer.Option(help="Name as people read it.")],
    zone: Annotated[str, typer.Option(help="IANA time zone, such as Europe/Berlin.")],
    email: Annotated[str, typer.Option(help="Address of the owner, who can do everything.")],
    owner: Annotated[str, typer.Option(help="Name of the owner.")] = "Owner",
    contact: Annotated[
        str | None, typer.Option(help="Address that fans read; default: the owner's.")
    ] = None,
) -> None:
    """Create an organizer and print the owner's login link, which works once."""
    from datetime import timedelta

    from passes_service.accounts import links, logins, organizers

    settings = installation.read_settings()
    origin.require_safe(settings)
    with installation.services(settings) as services:
        now = services.clock()
        with services.database.transaction() as session:
            made, member = organizers.create(
                session,
                slug=slug,
                name=name,
                time_zone=zone,
                contact_email=contact or email,
                owner_email=email,
                owner_name=owner,
                now=now,
            )
            link = links.create(
                session,
                organizer_id=made.id,
                purpose=links.STAFF_LOGIN,
                email=member.email,
                subject_id=member.id,
                next_path=logins.HOME["staff"],
                ttl=timedelta(minutes=settings.login_ttl_minutes),
                now=now,
                tell=False,  # it is printed here; nobody need be written to
            )
        path = links.path(link, key=services.keyring.session_key)
    output.say(f"{made.name} exists as “{made.slug}” (id {made.id}).")
    output.say(
        f"\n{member.email} signs in here, once, within {settings.login_ttl_minutes} minutes:"
    )
    output.say(f"\n  {settings.origin}{path}")
    output.next_steps(
        "passes serve      (if it is not running), then open the link",
        f"passes import season.ics --organizer {made.slug} --calendar Season --create",
    )


@app.command("list")
def every() -> None:
    """List the organizers of this installation."""
    from sqlmodel import col, select

    from passes_service.db.models import Organizer

    settings = installation.read_settings()
    with installation.open_database(settings.database_url) as database:
        installation.require_migrated(database)
        with database.reading() as session:
            rows = session.exec(select(Organizer).order_by(col(Organizer.slug))).all()
    if not rows:
        output.say("There is no organizer yet.")
        output.next_steps("passes organizer create --help")
        return
    output.table(
        ("organizer", "id", "time zone", "name"),
        [(row.slug, str(row.id), row.time_zone, row.name) for row in rows],
    )
