"""What the page of a pass says of wallet apps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from passes_service.bootstrap import Services
from passes_service.db.models import Organizer
from passes_service.passes.queries import Held
from passes_service.wallet_passes import service
from passes_service.web.routes.wallet_passes import WalletName, desk_of


@dataclass(frozen=True)
class WalletApp:
    """A wallet app as the page offers it.

    Attributes:
        added: The pass was handed out for it, and that is good.
        outdated: What the app shows is dead.
    """

    name: WalletName
    title: str
    added: bool
    outdated: bool


_TITLES = {WalletName.GOOGLE: "Google Wallet", WalletName.APPLE: "Apple Wallet"}


def of(
    session: Session,
    held: Held,
    organizer: Organizer,
    services: Services,
    *,
    bound: bool,
    now: datetime,
) -> list[WalletApp]:
    """Return the wallet apps that the organizer serves, for a living pass.

    While a phone shows the code there is none for Apple Wallet; it is named only to say that what
    it has is dead.
    """
    desk = desk_of(services)
    found = []
    for name, title in _TITLES.items():
        if not desk.offers(name.wallet, organizer.slug):
            continue
        app = WalletApp(
            name,
            title,
            service.added(session, desk, held, name.wallet, now=now),
            service.dead(session, desk, held, name.wallet, now=now),
        )
        if app.outdated or name is WalletName.GOOGLE or not bound:
            found.append(app)
    return found
