"""`passes migrate`: bring the tables to this version."""

from __future__ import annotations

from passes_service.cli import installation, output


def migrate() -> None:
    """Bring the database to this version's tables. Safe to repeat."""
    from passes_service.db import migrate as schema

    settings = installation.read_settings()
    name = installation.masked_url(settings.database_url)
    with installation.open_database(settings.database_url) as database:
        before, newest = schema.current(database.writer)
        if before == newest:
            output.say(f"{name} has this version's tables already ({newest}). Nothing to do.")
            return
        schema.upgrade(database)
    output.say(f"{name}: {before or 'empty'} -> {newest}.")
    output.next_steps("passes serve")
