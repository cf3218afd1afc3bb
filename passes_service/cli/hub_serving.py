"""Running a gate hub: the scanner page over TLS, and the certificate's page beside it."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from passes_service.cli import serving
from passes_service.cli.errors import AddressElsewhere, ServiceUnfit

if TYPE_CHECKING:
    from passes_service.hub.authority import Files
    from passes_service.hub.ledger import Ledger

LEDGER = "hub.db"
_SECONDS = 4.0


@dataclass(frozen=True, kw_only=True)
class Hub:
    """What a hub is started with. `listen` is where it listens: an address of this computer."""

    name: str
    origin: str
    listen: str
    port: int
    service: str
    files: Files
    certificate: Path
    key: Path
    trust_port: int


@dataclass(frozen=True)
class Ready:
    """A hub whose addresses are taken and whose ledger is open."""

    hub: Hub
    ledger: Ledger
    door: socket.socket
    beside: socket.socket | None


@contextmanager
def ready(hub: Hub) -> Iterator[Ready]:
    """Take the addresses and open the ledger, before anything is announced.

    Raises:
        AddressElsewhere: The address is not this computer's.
        PortTaken: Something else listens there.
    """
    from passes_service.hub.ledger import Ledger

    hub.files.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        door = stack.enter_context(serving.listen(hub.listen, hub.port))
        beside = None
        if hub.trust_port:
            beside = stack.enter_context(serving.listen(hub.listen, hub.trust_port))
        ledger = Ledger(hub.files.folder / LEDGER)
        stack.callback(ledger.close)
        yield Ready(hub, ledger, door, beside)


def serve(at: Ready) -> None:
    """Serve until SIGINT or SIGTERM."""
    from uvicorn import Config, Server

    from passes_service.hub.app import create_hub
    from passes_service.hub.trust import create_trust_page
    from passes_service.hub.upstream import Upstream

    hub = at.hub
    common: dict[str, Any] = {
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "ws": "none",
        "timeout_graceful_shutdown": serving.GRACE_SECONDS,
    }
    app = create_hub(
        name=hub.name,
        origin=hub.origin,
        ledger=at.ledger,
        upstream=Upstream(hub.service, at.ledger),
    )
    tls: dict[str, Any] = {"ssl_certfile": str(hub.certificate), "ssl_keyfile": str(hub.key)}
    servers = [(Server(Config(app, **common, **tls)), at.door)]
    if at.beside is not None:
        steps = create_trust_page(hub.files, name=hub.name, origin=hub.origin)
        servers.append((Server(Config(steps, **common)), at.beside))
    serving.ignore_second_signal()
    asyncio.run(_all(servers))


async def _all(servers: list[tuple[Any, Any]]) -> None:
    """Serve on all; the first that ends, by a signal, ends the others."""
    running = [asyncio.create_task(one.serve(sockets=[sock])) for one, sock in servers]
    await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
    for one, _ in servers:
        one.should_exit = True
    await asyncio.gather(*running)


def check_service(address: str) -> str:
    """Return the origin of a service as the hub asks it.

    Raises:
        ServiceUnfit: It is no https:// address; http:// is for this computer itself.
    """
    try:
        parts = urlsplit(address.strip())
        port = parts.port
    except ValueError:
        raise ServiceUnfit(f"“{address}” is no address.") from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ServiceUnfit(f"“{address}” is no address that begins with https://.")
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise ServiceUnfit(f"“{address}” has more than a host in it.")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise ServiceUnfit(f"“{address}” would send the tokens of gates in the clear.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def listening_address(host: str) -> str:
    """Return where to listen for what phones call `host`.

    Raises:
        AddressElsewhere: It is a name that this computer takes for itself alone, or does not know.
    """
    bare = host.strip("[]")
    try:
        ipaddress.ip_address(bare)
        return bare
    except ValueError:
        pass
    try:
        found = str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
    except OSError as error:
        raise AddressElsewhere(
            f"{host}: {error.strerror or error}; or name one by --listen."
        ) from None
    if _is_loopback(found) and not _is_loopback(host):
        raise AddressElsewhere(
            f"On this computer {host} is {found}, where no phone gets to. Say where to listen: "
            "--listen 192.168.1.20, or --listen 0.0.0.0 for every network that it is in."
        )
    return found


def hear(service: str) -> str:
    """Ask the service once; return "answers", or what happened instead."""
    import httpx2 as httpx

    try:
        answer = httpx.get(f"{service}/api/v1/door", timeout=_SECONDS, trust_env=False)
        code = answer.json().get("code")
    except httpx.TransportError as error:
        return f"does not answer now ({str(error) or type(error).__name__})"
    except (ValueError, AttributeError):
        code = None
    if code == "not-signed-in":
        return "answers"
    return f"something else answers there (status {answer.status_code})"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost" or host.lower().endswith(".localhost")
