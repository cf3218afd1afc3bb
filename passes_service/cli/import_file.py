"""`passes import`: a calendar file becomes sessions, or a table of what would."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from passes_service.cli import files, installation, names, output
from passes_service.cli.errors import NothingYet, Unnamed

if TYPE_CHECKING:
    from sqlmodel import Session

    from passes_service.catalog.importing import Plan
    from passes_service.db.models import Calendar, Organizer

MOST_BYTES = 6 * 1024 * 1024
MOST_ROWS, MOST_REASONS = 200, 20


def import_file(
    file: Annotated[str, typer.Argument(help="An .ics file, or - for standard input.")],
    organizer: Annotated[str | None, typer.Option(help="Slug or id; if there are several.")] = None,
    calendar: Annotated[str | None, typer.Option(help="Name or id; if there are several.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="IANA zone of times that the file gives without one.")
    ] = None,
    create: Annotated[bool, typer.Option(help="Make the calendar if there is none.")] = False,
    dry_run: Annotated[bool, typer.Option(help="Show what would happen; change nothing.")] = False,
) -> None:
    """Import an .ics file: all of it or nothing. The same file again changes nothing."""
    from passes_service.bootstrap import utc_now
    from passes_service.catalog import importing
    from passes_service.catalog.ics_import.errors import ImportZoneNeeded

    body = files.read(file, most=MOST_BYTES)
    settings = installation.read_settings()
    now = utc_now()
    with installation.open_database(settings.database_url) as database:
        installation.require_migrated(database)
        with database.transaction() as session:
            tenant = names.organizer(session, organizer)
            target = _target(session, tenant, calendar, zone, create=create, now=now)
            try:
                made = importing.plan(
                    session,
                    organizer_id=tenant.id,
                    calendar_id=target.id,
                    body=body,
                    floating_zone=zone,
                    now=now,
                )
            except ImportZoneNeeded as error:
                said = f"{error.detail} Add --zone, such as --zone {tenant.time_zone}."
                raise ImportZoneNeeded(said) from None
            place, shown = target.name, ZoneInfo(target.time_zone)
            if dry_run:
                session.rollback()
            else:
                importing.apply(
                    session,
                    organizer_id=tenant.id,
                    calendar_id=target.id,
                    body=body,
                    floating_zone=zone,
                    now=now,
                )
    _report(made, place, shown, dry_run=dry_run)
    if dry_run:
        output.next_steps("the same command without --dry-run")
    else:
        output.next_steps(f"publish Terms and open a Series: {settings.origin}/org")


def _target(
    session: Session,
    tenant: Organizer,
    typed: str | None,
    zone: str | None,
    *,
    create: bool,
    now: datetime,
) -> Calendar:
    """Return the calendar that was meant, made now if that was asked for."""
    from passes_service.catalog import calendars

    try:
        return names.calendar(session, tenant.id, typed)
    except (NothingYet, Unnamed) as error:
        if not create or typed is None or "fits several" in error.detail:
            raise
    return calendars.create(
        session,
        organizer_id=tenant.id,
        name=typed,
        time_zone=zone or tenant.time_zone,
        now=now,
    )


def _report(made: Plan, place: str, here: ZoneInfo, *, dry_run: bool) -> None:
    """Print one line per session that changes or is skipped, remarks, then the sums."""
    from passes_service.catalog.ics_import import tally

    changes = made.changes
    rows = [
        *(("created", _when(one.starts_at, here), one.title, "") for one in changes.created),
        *(
            ("changed", _when(c.found.starts_at, here), c.found.title, ", ".join(c.fields))
            for c in changes.changed
        ),
        *(
            ("cancelled", _when(c.known.starts_at, here), c.known.title, _why(c.found is None))
            for c in changes.cancelled
        ),
        *(
            ("skipped", f"line {one.line}" if one.line else "", one.uid[:40], one.reason)
            for one in changes.skipped[:MOST_ROWS]
        ),
        *(
            ("note", f"line {note.line}" if note.line else "", note.uid[:40], note.text)
            for note in made.found.notes[:MOST_ROWS]
        ),
    ]
    if rows:
        output.table(("", f"when ({here})", "session", "what"), rows)
        output.say()
    verb = "Would import" if dry_run else "Imported"
    output.say(
        f"{verb} into “{place}”: {len(changes.created)} created, "
        f"{len(changes.changed)} changed, {len(changes.cancelled)} cancelled, "
        f"{len(changes.unchanged)} unchanged, {len(changes.skipped)} skipped."
    )
    for reason, count in tally(changes.skipped)[:MOST_REASONS]:
        output.say(f"  skipped {count}: {reason}")
    if dry_run:
        output.say("Nothing was changed.")


def _when(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%a %d %b %Y %H:%M}"


def _why(gone: bool) -> str:
    return "no longer in the file" if gone else "cancelled in the file"
