"""`passes gate-hub`: the scanner page on the venue's own network, and gates that see each other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from passes_service.cli import output
from passes_service.cli.errors import GateLinkUnfit, HubNotReady, OwnCertificateUnfit

if TYPE_CHECKING:
    from passes_service.cli.hub_serving import Hub
    from passes_service.hub.authority import Files
    from passes_service.hub.ledger import Ledger

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
    if trust_port:
        output.say("Once per door phone, while the hub runs: scan this, and follow the page.")
        _show(_address("http", host, trust_port))
    else:
        output.say(f"Bring {files.authority} to each door phone and let it trust that.")
    where = "" if folder == FOLDER else f" --folder {folder}"
    output.next_steps(
        f"passes gate-hub run --host {host} --service https://<where your service is>{where}",
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
    listen: Annotated[
        str, typer.Option(help="Where to listen, if that is not --host: 0.0.0.0 is everywhere.")
    ] = "",
    certificate: Annotated[
        Path | None, typer.Option(help="A certificate of your own (PEM, with its chain).")
    ] = None,
    key: Annotated[Path | None, typer.Option(help="Its key (PEM).")] = None,
) -> None:
    """Serve the scanner page at the venue until Ctrl-C or SIGTERM."""
    from passes_service.cli import hub_serving
    from passes_service.hub.authority import Files

    files = Files(folder)
    own = certificate is not None or key is not None
    _check_certificate(files, certificate, key, host)
    hub = hub_serving.Hub(
        name=name,
        origin=_address("https", host, port),
        service=hub_serving.check_service(service),
        listen=listen or hub_serving.listening_address(host),
        port=port,
        files=files,
        certificate=certificate or files.certificate,
        key=key or files.key,
        trust_port=0 if own else trust_port,
    )
    with hub_serving.ready(hub) as at:
        _announce(hub, at.ledger, host)
        _configure_logs()
        hub_serving.serve(at)
    output.say("Stopped.")


def _check_certificate(files: Files, certificate: Path | None, key: Path | None, host: str) -> None:
    """Refuse what phones would refuse, while somebody still looks at this terminal."""
    from passes_service.bootstrap import utc_now
    from passes_service.hub import certificates

    if certificate is None and key is None:
        if not files.certificate.is_file() or not files.key.is_file():
            raise HubNotReady(f"There is no certificate in {files.folder}.")
        wrong = certificates.trouble(files.certificate, files.key, host=host, now=utc_now())
        if wrong:
            raise HubNotReady(wrong)
        return
    if certificate is None or key is None:
        raise OwnCertificateUnfit("A certificate of your own needs both --certificate and --key.")
    wrong = certificates.trouble(certificate, key, host=host, now=utc_now())
    if wrong:
        raise OwnCertificateUnfit(wrong)


def _configure_logs() -> None:
    """Say only what changes: the service lost or found, logs brought. No line per request."""
    import logging

    from passes_service.cli import installation, logs

    logs.configure(installation.read_settings(), at="warning")
    logging.getLogger("hub").setLevel(logging.INFO)


def _announce(hub: Hub, ledger: Ledger, host: str) -> None:
    from passes_service.cli import hub_serving
    from passes_service.hub import authority

    served = [gate for gate in ledger.gates() if ledger.gate(gate.token) is not None]
    known = sorted({gate.name for gate in served})  # those that were revoked are not let in
    said = hub_serving.hear(hub.service)
    output.say(f"“{hub.name}” serves {hub.origin}/door")
    output.facts(
        [
            ("service", f"{hub.service} {said}"),
            ("gates", ", ".join(known) or "none has been here yet"),
            ("waiting", _waiting(ledger.waiting_count())),
            ("folder", str(hub.files.folder)),
        ]
    )
    if said != "answers" and known:
        output.say(
            "It serves all the same: these gates go on scanning and see each other, and their"
        )
        output.say("logs wait here. New gates and fresh lists need the service.")
    elif said != "answers":
        output.say(
            "It serves all the same, but no gate can be let in before the service has answered."
        )
    if hub.trust_port:
        output.say(f"Phones that do not trust it yet: {_address('http', host, hub.trust_port)}")
        output.say(f"They compare: {authority.fingerprint(hub.files)}")
    at = "" if hub.port == PORT else f" --port {hub.port}"
    output.say(f"A gate's link through this hub: passes gate-hub link LINK --host {host}{at}")
    output.say("Ctrl-C stops.")


def _waiting(count: int) -> str:
    if not count:
        return "nothing that the service does not have"
    return f"{count} log {'entry' if count == 1 else 'entries'} for the service"


@app.command()
def link(
    url: Annotated[str, typer.Argument(help="The link of a gate, as the organizer's page shows.")],
    host: Host,
    port: Port = PORT,
) -> None:
    """Turn a gate's link into one through the hub.

    The phone then belongs to the hub's address.
    """
    path = urlsplit(url.strip()).path
    if not path.startswith("/door/enrol/"):
        raise GateLinkUnfit("It has no /door/enrol/ in it.")
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
