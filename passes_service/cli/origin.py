"""Whether the service may be reached at an address, and its links may carry secrets there."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from passes_service.cli.errors import BindTooWide, DemoOnNetwork, OriginInsecure, OriginUnusable

if TYPE_CHECKING:
    from passes_service.config import Settings


def is_loopback(host: str) -> bool:
    """Tell whether a host name or address never leaves this machine."""
    name = host.strip("[]").lower()
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def on_loopback(settings: Settings) -> bool:
    """Tell whether the public origin is this machine only."""
    return is_loopback(urlsplit(settings.public_origin).hostname or "")


def derived(host: str, port: int) -> str:
    """Return the origin of a service that nobody named: this machine at its own port."""
    name = host if is_loopback(host) else "127.0.0.1"
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def require_safe(settings: Settings) -> None:
    """Refuse an origin over which a login link or a cookie could be read by others.

    Raises:
        OriginUnusable: It is no origin.
        OriginInsecure: http:// on a network.
    """
    text = settings.public_origin
    try:
        parts = urlsplit(text)
        usable = parts.port != 0 and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in ("http", "https") or "@" in parts.netloc:
        raise OriginUnusable(f"PASSES_PUBLIC_ORIGIN is “{text[:80]}”.")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise OriginUnusable(f"PASSES_PUBLIC_ORIGIN has more than a host: “{text[:80]}”.")
    if parts.scheme == "http" and not on_loopback(settings):
        raise OriginInsecure(
            f"PASSES_PUBLIC_ORIGIN is {text}: logins and pass codes would cross the network "
            "readable by anyone on the way."
        )


def require_fitting_bind(settings: Settings) -> None:
    """Refuse to listen for other machines while links lead to this one.

    Raises:
        BindTooWide: The host is not loopback and the origin is.
        DemoOnNetwork: Demo mode, and either is not loopback.
    """
    here = is_loopback(settings.host)
    if settings.demo and not (here and on_loopback(settings)):
        raise DemoOnNetwork(f"PASSES_DEMO is set, and this would serve {settings.public_origin}.")
    if not here and on_loopback(settings):
        raise BindTooWide(
            f"--host {settings.host} lets other machines connect, but every link says "
            f"{settings.public_origin}, which on those machines is themselves."
        )
