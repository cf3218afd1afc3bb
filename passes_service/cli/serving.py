"""Running the web application and its embedded worker until a signal says stop."""

from __future__ import annotations

import errno
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING, Any

import structlog

from passes_service.cli import installation, logs
from passes_service.cli.errors import AddressElsewhere, PortTaken

if TYPE_CHECKING:
    from fastapi import FastAPI
    from uvicorn import Config

    from passes_service.bootstrap import Services
    from passes_service.config import Settings

log = structlog.get_logger("serve")

GRACE_SECONDS = 2
LOG_LEVEL = "PASSES_LOG_LEVEL"
_WORKER_GRACE = 5


def factory() -> FastAPI:
    """Build the application in one of several processes; settings come from the environment."""
    from passes_service.bootstrap import build
    from passes_service.web.app import create_app

    settings = installation.read_settings()
    logs.configure(settings, at=os.environ.get(LOG_LEVEL, "info"))
    return create_app(build(settings))


def listen(host: str, port: int) -> socket.socket:
    """Take the address now, so that a taken one is refused in words.

    Raises:
        AddressElsewhere: It is no address of this computer, or a name that leads nowhere.
        PortTaken: It is in use, or may not be listened on.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host.strip("[]"), port))
    except OSError as error:
        found.close()
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise AddressElsewhere(f"{host}: {error.strerror or error}.") from None
        raise PortTaken(f"{host} port {port}: {error.strerror or error}.") from None
    found.set_inheritable(True)
    return found


def uvicorn_config(app: Any, settings: Settings, *, workers: int, level: str) -> Config:
    """Return how we run uvicorn: no access lines of its own, proxies trusted by name only."""
    from uvicorn import Config

    return Config(
        app,
        factory=isinstance(app, str),
        host=settings.host,
        port=settings.port,
        workers=workers,
        log_config=None,  # ours, redacted
        log_level=None if level != "debug" else "debug",  # never "trace": it prints headers
        access_log=False,
        # Only who asks (for the limits per client), never the Host, and only our own proxies.
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies or None,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


class EmbeddedWorker:
    """The worker as a thread beside the web application; one, however many processes serve."""

    def __init__(self, services: Services) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(services,), name="worker", daemon=True
        )

    def __enter__(self) -> EmbeddedWorker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(_WORKER_GRACE)

    def _run(self, services: Services) -> None:
        try:
            from passes_service.worker.loop import run_forever

            run_forever(services, stop=self._stop)
        except Exception:
            log.exception("worker stopped; letters and feeds wait until it is started again")


def run(config: Config, sock: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, then let running requests end."""
    from uvicorn import Server
    from uvicorn.supervisors import Multiprocess

    ignore_second_signal()
    if config.workers > 1:
        Multiprocess(config, sockets=[sock]).run()
    else:
        Server(config).run(sockets=[sock])


def ignore_second_signal() -> None:
    """Let the process go on after uvicorn: it raises the signal again once it has shut down.

    Our process still has to stop its worker and close its database, so the second means nothing.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _ignore)


def _ignore(number: int, frame: Any) -> None:
    """Take a signal that has been acted on."""
