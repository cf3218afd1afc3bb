"""My pass in Google Wallet or Apple Wallet."""

from __future__ import annotations

from enum import StrEnum

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlmodel import Session

from passes_service.accounts.errors import NotFound, NotSignedIn
from passes_service.bootstrap import Services
from passes_service.keyring import KeyNotMade
from passes_service.passes import queries
from passes_service.passes.errors import BindingClosed, CodeOnDevice, PassInactive
from passes_service.passes.in_wallets import Wallet
from passes_service.wallet_passes import apple, service
from passes_service.wallet_passes.errors import WalletBroken, WalletNotOffered
from passes_service.wallet_passes.service import Desk
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentHolder, HolderCall, Now, Reading, TheServices
from passes_service.web.idempotency import Reply, created

router = APIRouter(
    prefix="/api/v1/me/passes/{pass_id}/wallets",
    tags=["My passes"],
    responses=problems.declare(NotSignedIn, NotFound, WalletNotOffered, WalletBroken),
)


class WalletName(StrEnum):
    """A wallet app as addresses name it."""

    GOOGLE = "google"
    APPLE = "apple"

    @property
    def wallet(self) -> Wallet:
        """Return the wallet app."""
        return Wallet.GOOGLE if self is WalletName.GOOGLE else Wallet.APPLE


class WalletAdded(BaseModel):
    """A pass that may be put into a wallet app: `address` gives what does it, in this epoch."""

    wallet: WalletName
    epoch: int
    address: str


class SaveLink(BaseModel):
    """A link that saves the pass to Google Wallet. It holds the secret of its codes: keep it so."""

    save_url: str


def desk_of(services: Services) -> Desk:
    """Return what this installation has for wallet passes."""
    settings = services.settings
    return Desk(
        keyring=services.keyring,
        origin=settings.origin,
        google_dir=settings.google_wallet_dir,
        apple_dir=settings.apple_wallet_dir,
    )


def address_of(wallet: WalletName, pass_id: str | int) -> str:
    """Return where the link or the file of a pass is."""
    return f"/api/v1/me/passes/{pass_id}/wallets/{wallet.value}"


@router.post(
    "/{wallet}",
    status_code=201,
    response_model=WalletAdded,
    responses=problems.declare(PassInactive, BindingClosed, CodeOnDevice, KeyNotMade),
)
def add(pass_id: str, wallet: WalletName, call: HolderCall) -> Response:
    """Hand my pass out for a wallet app; its history says so.

    Google Wallet rotates the code by itself. A code in Apple Wallet is that of the paper, so there
    is none while a phone shows the code. Either is dead with the epoch: then add it again.
    """
    number = shapes.pass_number(pass_id)

    def work(session: Session) -> Reply:
        held = service.add(
            session,
            desk_of(call.services),
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            pass_id=number,
            wallet=wallet.wallet,
            now=call.now,
        )
        address = address_of(wallet, number)
        return created(WalletAdded(wallet=wallet, epoch=held.row.epoch, address=address), address)

    return call.run(work)


@router.get("/google")
def google_link(
    pass_id: str, caller: CurrentHolder, session: Reading, services: TheServices, now: Now
) -> SaveLink:
    """Read the link that saves my pass to Google Wallet."""
    held = queries.of_holder(
        session,
        organizer_id=caller.organizer_id,
        holder_id=caller.id,
        pass_id=shapes.pass_number(pass_id),
    )
    return SaveLink(save_url=service.google_link(session, desk_of(services), held, now=now))


@router.get(
    "/apple",
    response_class=Response,
    responses=problems.declare(CodeOnDevice) | {200: {"content": {apple.MEDIA_TYPE: {}}}},
)
def apple_package(
    pass_id: str, caller: CurrentHolder, session: Reading, services: TheServices, now: Now
) -> Response:
    """Download my pass for Apple Wallet."""
    held = queries.of_holder(
        session,
        organizer_id=caller.organizer_id,
        holder_id=caller.id,
        pass_id=shapes.pass_number(pass_id),
    )
    name = f"pass-{held.row.serial}-of-{held.series.cap}.pkpass"
    return Response(
        service.apple_package(session, desk_of(services), held, now=now),
        media_type=apple.MEDIA_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
