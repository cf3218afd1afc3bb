"""The `passes` command."""

from __future__ import annotations

import os

import typer

from passes_service.cli import init as init_command
from passes_service.cli import migrate as migrate_command
from passes_service.cli import organizer
from passes_service.cli import serve as serve_command
from passes_service.cli.refusals import CalmGroup

_PRIVATE = 0o077

app = typer.Typer(
    name="passes",
    cls=CalmGroup,
    help="Calendar passes that keep their word. Settings come from PASSES_... or a .env file.",
    epilog="Start with: passes init, then passes organizer create, then passes serve.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.command("init")(init_command.init)
app.add_typer(organizer.app, name="organizer")
app.command("serve")(serve_command.serve)
app.command("migrate")(migrate_command.migrate)


def main() -> None:
    """Run the command that was typed. Files that it makes are for this user only."""
    os.umask(_PRIVATE)
    app()
