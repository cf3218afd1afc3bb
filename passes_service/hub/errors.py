"""What keeps a gate hub from working."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class HubAddressPublic(DomainError):
    """The authority of a hub vouches for private networks only."""

    code, title, kind = "hub-address-public", "Not an address of a local network", Kind.INVALID
    next_step = "Name the address of this computer in the venue's network, such as 192.168.1.20."


class HubCertificateBroken(DomainError):
    """The authority of a hub cannot be read."""

    code, title, kind = "hub-certificate-broken", "The authority cannot be used", Kind.INVALID
    next_step = (
        "Move authority.crt and authority.key out of that folder and run passes gate-hub init "
        "again; every phone then has to trust the new authority. Leave hub.db where it is."
    )


class HubOffline(DomainError):
    """The hub answers, the service behind it does not."""

    code, title, kind = "hub-offline", "The service is out of reach", Kind.UNAVAILABLE
    next_step = "Go on scanning: gates decide with their list, and the hub keeps them in step."


class HubGateUnknown(DomainError):
    """The hub has not seen this gate signed in to the service."""

    code, title, kind = "hub-gate-unknown", "The hub does not know this gate", Kind.UNAUTHENTICATED
    next_step = "Open the door page on this phone once while the hub has internet."
