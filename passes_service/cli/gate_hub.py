"""`passes gate-hub`: the scanner page on the venue's own network, and gates that see each other."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from passes_service.cli import output
from passes_service.cli.errors import HubNotReady

app = typer.Typer(help="A hub for the gates of a venue, with or without internet.")

FOLDER = Path(".var/hub")
PORT = 8443
Folder = Annotated[Path, typer.Option(help="Where certificates and the gates' logs are kept.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port of the scanner page (https).")]
TrustPort = Annotated[
    int, typer.Option(min=0, max=65535, help="Port of the page with the certificate; 0 for none.")
]
Host = Annotated[
    str,
    typer.Option(help="Address of this computer in the venue's network: 192.168.1.20, hub.local."),
]


@app.command()
def init(
    host: Host,
    name: Annotated[str, typer.Option(help="What the phones call it.")] = "Gate hub",
    folder: Folder = FOLDER,
    trust_port: TrustPort = 8080,
) -> None:
    """Make the certificate, and show how the door phones come to trust it.

    Again with another address makes another certificate; phones that trust the hub go on doing so.
    """
    from passes_service.bootstrap import utc_now
    from passes_service.hub import authority
    from passes_service.hub.authority import Files

    files = Files(folder)
    fresh = authority.make(files, [host], name=name, now=utc_now())
    made = "An authority and a certificate" if fresh else "A certificate of the same authority"
    output.say(f"{made} for {host}, in {folder}.")
    output.say("It vouches for private networks only. Its fingerprint (SHA-256):")
    output.say(authority.fingerprint(files))
    output.say()
    output.say("Once per door phone, while the hub runs: scan this, and follow the page.")
    _show(_address("http", host, trust_port))
    output.next_steps(
        f"passes gate-hub run --host {host} --service https://<where your service is>",
        "on each door phone: trust the certificate, then open the gate's link through the hub",
    )


@app.command()
def run(
    host: Host,
    service: Annotated[str, typer.Option(help="Address of the service behind the hub.")],
    name: Annotated[str, typer.Option(help="What the phones call it.")] = "Gate hub",
    folder: Folder = FOLDER,
    port: Port = PORT,
    trust_port: TrustPort = 8080,
    certificate: Annotated[
        Path | None, typer.Option(help="A certificate of your own (PEM, with its chain).")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
) -> None:
    """Serve the scanner page to the phones at the door until Ctrl-C or SIGTERM."""
    from passes_service.cli import hub_serving
    from passes_service.hub.authority import Files

    files = Files(folder)
    own = certificate is not None or key is not None
    chain, secret = certificate or files.certificate, key or files.key
    missing = [str(path) for path in (chain, secret) if not path.is_file()]
    if missing:
        raise HubNotReady(f"{' and '.join(missing)}: not there.")
    origin = _address("https", host, port)
    output.say(f"“{name}” serves {origin}/door")
    output.facts([("service", service), ("folder", str(folder))])
    if not own and trust_port:
        output.say(f"Phones that do not trust it yet: {_address('http', host, trust_port)}")
    output.say("Turn a gate's link into one for this hub with: passes gate-hub link <link>")
    hub_serving.serve(
        hub_serving.Hub(
            name=name,
            origin=origin,
            host=host,
            port=port,
            service=service,
            files=files,
            certificate=chain,
            key=secret,
            trust_port=0 if own else trust_port,
        )
    )
    output.say("Stopped.")


@app.command()
def link(
    url: Annotated[str, typer.Argument(help="The link of a gate, as the organizer's page shows.")],
    host: Host,
    port: Port = PORT,
) -> None:
    """Show a gate's link as one through the hub: the phone then belongs to the hub's address."""
    path = urlsplit(url).path
    if not path.startswith("/door/enrol/"):
        raise HubNotReady("This is no link of a gate: it has no /door/enrol/ in it.")
    _show(_address("https", host, port) + path)


def _address(scheme: str, host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return f"{scheme}://{shown}:{port}"


def _show(url: str) -> None:
    """Print an address, and as a QR code for a phone's camera."""
    import qrcode

    picture = qrcode.QRCode(border=2)
    picture.add_data(url)
    output.say(url)
    if output.is_terminal():
        picture.print_ascii(invert=True)
