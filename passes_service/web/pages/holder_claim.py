"""Moving a pass to a wallet from its page: the form that locks it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Form, Response
from sqlmodel import Session

from passes_service.accounts.errors import FieldRefused
from passes_service.bootstrap import Services
from passes_service.core import ethereum
from passes_service.core.errors import DomainError
from passes_service.db.models import PassClaim
from passes_service.web import claiming
from passes_service.web.deps import HolderCall, TheServices
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages import claim_view, holder_views
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


@router.post("/me/passes/{pass_id}/claim")
def claim(
    pass_id: str,
    call: HolderCall,
    services: TheServices,
    wallet: Annotated[str, Form()] = "",
    payer: Annotated[str, Form()] = "",
) -> Response:
    """Lock my pass for one of my wallets."""

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            held = holder_views.mine(session, call.caller, pass_id)
            values = holder_views.of_pass(session, call.caller, held, services, now=call.now)
        values |= {"claim_trouble": trouble, "trouble": None, "typed": {}}
        return page(call.request, "me/pass.html", status=trouble.status, **values)

    with services.database.reading() as session:
        held = holder_views.mine(session, call.caller, pass_id)
        moving = claim_view.of(session, call.caller, held, services, now=call.now)
    number, chain_id = held.row.pass_id, moving.network.chain_id if moving.network else 0
    try:
        address = _address(wallet)
        signer = claiming.ask_contract(
            services, call.caller, number, chain_id=chain_id, now=call.now
        )
    except DomainError as error:
        return again(Trouble.of(error))
    locked: list[PassClaim] = []

    def work(session: Session) -> Reply:
        row, _ = claiming.lock(
            session,
            call,
            number,
            chain_id=chain_id,
            wallet=address,
            relayed=payer == "service",
            signer=signer,
        )
        locked.append(row)
        return see_other(f"/me/passes/{pass_id}#wallet")

    answer = submit(call, work, again)
    for row in locked:
        _sign(services, row, call.now)
    return answer


def _sign(services: Services, row: PassClaim, now: datetime) -> None:
    """Sign at once, so that the page that follows has the transaction; else the worker does."""
    try:
        claiming.signed(services, row, now=now)
    except DomainError:
        return


def _address(typed: str) -> str:
    try:
        return ethereum.normalize_address(typed.strip())
    except DomainError as error:
        raise FieldRefused("Choose one of your wallets.", field="wallet") from error
