"""`passes worker`: letters, feeds and money, in a process of its own."""

from __future__ import annotations

import threading
from typing import Annotated

import typer

from passes_service.cli import installation, origin, output


def worker(
    log_level: Annotated[
        str, typer.Option(envvar="PASSES_LOG_LEVEL", help="debug, info, warning or error.")
    ] = "info",
) -> None:
    """Do what was promised: send letters, settle refunds. Runs until Ctrl-C or SIGTERM.

    Several may run at once; each takes its own work, and that of one that died comes back.
    """
    from passes_service.cli import logs
    from passes_service.worker.loop import run_forever, stop_on_signals

    at = logs.level(log_level)
    settings = installation.read_settings()
    origin.require_safe(settings)  # its letters carry links there
    stop = threading.Event()
    with installation.services(settings) as services:
        logs.configure(settings, at=at)
        stop_on_signals(stop)
        output.say("Working. Ctrl-C stops.")
        run_forever(services, stop=stop)
    output.say("Stopped.")
