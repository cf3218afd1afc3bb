"""Running a gate hub: the scanner page over TLS, and the certificate's page beside it."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from passes_service.cli import serving

if TYPE_CHECKING:
    from passes_service.hub.authority import Files

LEDGER = "hub.db"


@dataclass(frozen=True, kw_only=True)
class Hub:
    """What a hub is started with."""

    name: str
    origin: str
    host: str
    port: int
    service: str
    files: Files
    certificate: Path
    key: Path
    trust_port: int


def serve(hub: Hub) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        PortTaken: An address is in use or not this computer's.
    """
    from uvicorn import Config, Server

    from passes_service.hub.app import create_hub
    from passes_service.hub.ledger import Ledger
    from passes_service.hub.trust import create_trust_page
    from passes_service.hub.upstream import Upstream

    hub.files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    common: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "ws": "none",
        "timeout_graceful_shutdown": serving.GRACE_SECONDS,
    }
    with ExitStack() as stack:
        sock = stack.enter_context(serving.listen(hub.host, hub.port))
        ledger = Ledger(hub.files.folder / LEDGER)
        stack.callback(ledger.close)
        app = create_hub(
            name=hub.name,
            origin=hub.origin,
            ledger=ledger,
            upstream=Upstream(hub.service, ledger),
        )
        tls: dict[str, Any] = {"ssl_certfile": str(hub.certificate), "ssl_keyfile": str(hub.key)}
        servers = [(Server(Config(app, **common, **tls)), sock)]
        if hub.trust_port:
            beside = stack.enter_context(serving.listen(hub.host, hub.trust_port))
            steps = create_trust_page(hub.files, name=hub.name, origin=hub.origin)
            servers.append((Server(Config(steps, **common)), beside))
        serving.ignore_second_signal()
        asyncio.run(_all(servers))


async def _all(servers: list[tuple[Any, Any]]) -> None:
    """Serve on all; the first that ends, by a signal, ends the others."""
    running = [asyncio.create_task(one.serve(sockets=[sock])) for one, sock in servers]
    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for one, _ in servers:
        one.should_exit = True
    await asyncio.gather(*running)
