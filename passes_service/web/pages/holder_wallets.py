"""The pass page's buttons for wallet apps."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from passes_service.wallet_passes import service
from passes_service.web.deps import CurrentHolder, HolderCall, Now, Reading, TheServices
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages import holder_views
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.frames import frame
from passes_service.web.pages.rendering import page
from passes_service.web.routes.wallet_passes import WalletName, address_of, desk_of

router = APIRouter(include_in_schema=False)


@router.post("/me/passes/{pass_id}/wallets/{wallet}")
def add(pass_id: str, wallet: WalletName, call: HolderCall, services: TheServices) -> Response:
    """Hand my pass out for a wallet app, and go on to where it is added."""

    def work(session: Session) -> Reply:
        held = holder_views.mine(session, call.caller, pass_id)
        service.add(
            session,
            desk_of(services),
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            pass_id=held.row.pass_id,
            wallet=wallet.wallet,
            now=call.now,
        )
        if wallet is WalletName.APPLE:
            return see_other(address_of(wallet, held.row.pass_id))
        return see_other(f"/me/passes/{held.row.pass_id}/wallets/google")

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            held = holder_views.mine(session, call.caller, pass_id)
            values = holder_views.of_pass(session, call.caller, held, services, now=call.now)
        values |= {"wallet_trouble": trouble, "trouble": None, "typed": {}}
        return page(call.request, "me/pass.html", status=trouble.status, **values)

    return submit(call, work, again)


@router.get("/me/passes/{pass_id}/wallets/google")
def google(
    pass_id: str,
    request: Request,
    caller: CurrentHolder,
    session: Reading,
    services: TheServices,
    now: Now,
) -> Response:
    """Show the link to Google, and what goes there with it."""
    held = holder_views.mine(session, caller, pass_id)
    link = service.google_link(session, desk_of(services), held, now=now)
    shown = page(
        request, "me/google_wallet.html", held=held, link=link, **frame(session, caller, now=now)
    )
    shown.headers["Cache-Control"] = "no-store"
    return shown
