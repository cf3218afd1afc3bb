"""The `passes` command."""

from __future__ import annotations

import os

import typer

from passes_service.cli import audit as audit_command
from passes_service.cli import demo as demo_command
from passes_service.cli import doctor as doctor_command
from passes_service.cli import draw as draw_command
from passes_service.cli import feed as feed_command
from passes_service.cli import gate_hub, keys, organizer
from passes_service.cli import import_file as import_command
from passes_service.cli import index as index_command
from passes_service.cli import init as init_command
from passes_service.cli import issue as issue_command
from passes_service.cli import mail as mail_command
from passes_service.cli import migrate as migrate_command
from passes_service.cli import serve as serve_command
from passes_service.cli import verify as verify_command
from passes_service.cli import worker as worker_command
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
app.command("worker")(worker_command.worker)
app.command("demo")(demo_command.demo)
app.command("migrate")(migrate_command.migrate)
app.command("import")(import_command.import_file)
app.command("issue")(issue_command.issue)
app.command("verify")(verify_command.verify)
app.add_typer(draw_command.draw, name="draw")
app.command("index")(index_command.index)
app.command("reindex")(index_command.reindex)
app.add_typer(keys.app, name="keys")
app.add_typer(feed_command.feed, name="feed")
app.add_typer(audit_command.audit, name="audit")
app.add_typer(gate_hub.app, name="gate-hub")
app.command("mail")(mail_command.mail)
app.command("doctor")(doctor_command.doctor)


def main() -> None:
    """Run the command that was typed. Files that it makes are for this user only."""
    os.umask(_PRIVATE)
    app()


if __name__ == "__main__":
    main()
