"""What the page of a pass says of wallet apps."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from passes_service.bootstrap import Services
from passes_service.db.models import Organizer
from passes_service.passes import in_wallets
from passes_service.passes.queries import Held
from passes_service.web.routes.wallet_passes import WalletName, desk_of


@dataclass(frozen=True)
class WalletApp:
    """A wallet app as the page offers it.

    Attributes:
        added: The pass was handed out for it in this epoch.
        outdated: It was in an earlier one: what the app shows is dead.
    """

    name: WalletName
    title: str
    added: bool
    outdated: bool


_TITLES = {WalletName.GOOGLE: "Google Wallet", WalletName.APPLE: "Apple Wallet"}


def of(
    session: Session, held: Held, organizer: Organizer, services: Services, *, bound: bool
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
            in_wallets.added(session, held.row, name.wallet),
            in_wallets.outdated(session, held.row, name.wallet),
        )
        if app.outdated or name is WalletName.GOOGLE or not bound:
            found.append(app)
    return found
