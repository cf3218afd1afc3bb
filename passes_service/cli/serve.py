"""`passes serve`: the web application, checked before it opens its doors."""

from __future__ import annotations

import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from passes_service.cli import installation, origin, output
from passes_service.cli.errors import ManyOnSqlite

if TYPE_CHECKING:
    from passes_service.bootstrap import Services


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    worker: Annotated[
        bool, typer.Option(help="Send letters and do other work in this process, too.")
    ] = True,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Web processes; more than one on PostgreSQL only.")
    ] = 1,
    log_level: Annotated[
        str, typer.Option(envvar="PASSES_LOG_LEVEL", help="debug, info, warning or error.")
    ] = "info",
) -> None:
    """Serve the API, the pages and the feeds until Ctrl-C or SIGTERM.

    Links and logins name PASSES_PUBLIC_ORIGIN, never what a browser sent as Host. Behind a
    reverse proxy set it to the https:// address and name the proxy in PASSES_TRUSTED_PROXIES.
    """
    from passes_service.cli import logs, serving
    from passes_service.web.app import create_app

    level = logs.level(log_level)
    settings = installation.read_settings(host=host, port=port)
    origin.require_safe(settings)
    origin.require_fitting_bind(settings)
    if workers > 1 and installation.sqlite_file(settings.database_url) is not None:
        raise ManyOnSqlite(f"--workers {workers} with {settings.database_url}.")
    with ExitStack() as stack:
        services = stack.enter_context(installation.services(settings))
        sock = stack.enter_context(serving.listen(settings.host, settings.port))
        logs.configure(settings, at=level)
        if workers > 1:
            os.environ["PASSES_PUBLIC_ORIGIN"] = settings.public_origin
            os.environ[serving.LOG_LEVEL] = level
        _announce(services, worker=worker)
        app = create_app(services) if workers == 1 else "passes_service.cli.serving:factory"
        config = serving.uvicorn_config(app, settings, workers=workers, level=level)
        if worker:
            stack.enter_context(serving.EmbeddedWorker(services))
        serving.run(config, sock)
    output.say("Stopped.")


def _announce(services: Services, *, worker: bool) -> None:
    """Say where the service is and what it still lacks."""
    from sqlmodel import select

    from passes_service.db.models import Organizer

    settings = services.settings
    output.say(f"Serving {settings.origin} on {settings.host} port {settings.port}. Ctrl-C stops.")
    output.say(f"  database  {installation.masked_url(settings.database_url)}")
    mail = "by SMTP" if settings.smtp_url else "kept here (passes mail shows it)"
    output.say(f"  letters   {mail}")
    output.say(f"  worker    {'in this process' if worker else 'not here: run passes worker'}")
    with services.database.reading() as session:
        if not session.exec(select(Organizer.id).limit(1)).first():
            output.next_steps("passes organizer create --help      (in another terminal)")
