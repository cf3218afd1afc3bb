"""One pass: its number and code, its sessions, its rules, and what one can do with it."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import FieldRefused
from passes_service.accounts.recipients import recipient_of
from passes_service.core.errors import DomainError
from passes_service.passes import devices, proofs
from passes_service.refunds import service as refunds
from passes_service.refunds.service import Way
from passes_service.transfers import service as transfers
from passes_service.web import phone_links
from passes_service.web.deps import CurrentHolder, HolderCall, Now, Reading, TheServices
from passes_service.web.idempotency import Call, Reply, see_other
from passes_service.web.pages import holder_views
from passes_service.web.pages.forms import Trouble, block, submit
from passes_service.web.pages.frames import frame
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/me/passes/{pass_id}")
def show(
    pass_id: str,
    request: Request,
    caller: CurrentHolder,
    session: Reading,
    services: TheServices,
    now: Now,
) -> Response:
    """Show one of my passes."""
    held = holder_views.mine(session, caller, pass_id)
    values = holder_views.of_pass(session, caller, held, services, now=now)
    return page(request, "me/pass.html", **values, trouble=None, typed={})


@router.get("/me/passes/{pass_id}/print")
def printed(
    pass_id: str,
    request: Request,
    caller: CurrentHolder,
    session: Reading,
    services: TheServices,
    now: Now,
) -> Response:
    """Show a pass as it goes on paper."""
    held = holder_views.mine(session, caller, pass_id)
    values = holder_views.of_pass(session, caller, held, services, now=now)
    return page(request, "me/print.html", **values)


@router.get("/me/passes/{pass_id}/voucher.json")
def voucher(
    pass_id: str, caller: CurrentHolder, session: Reading, services: TheServices, now: Now
) -> Response:
    """Download the signed voucher of my pass."""
    held = holder_views.mine(session, caller, pass_id)
    signed = proofs.sign_voucher(held, keys=services.keyring, now=now)
    name = f"pass-{held.row.serial}-of-{held.series.cap}.voucher.json"
    return Response(
        json.dumps(signed, indent=2).encode(),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


@router.post("/me/passes/{pass_id}/transfer")
def transfer(
    pass_id: str,
    call: HolderCall,
    services: TheServices,
    recipient: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """Hold my pass out to someone."""

    def work(session: Session) -> Reply:
        held = holder_views.mine(session, call.caller, pass_id)
        transfers.offer(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            pass_id=held.row.pass_id,
            recipient=_recipient(recipient),
            text=block(note, field="note", longest=300),
            now=call.now,
        )
        return see_other(f"/me/passes/{pass_id}#transfer")

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            held = holder_views.mine(session, call.caller, pass_id)
            values = holder_views.of_pass(session, call.caller, held, services, now=call.now)
        typed = {"recipient": recipient, "note": note}
        return page(
            call.request,
            "me/pass.html",
            status=trouble.status,
            trouble=trouble,
            typed=typed,
            **values,
        )

    return submit(call, work, again)


def _recipient(typed: str) -> str:
    try:
        return recipient_of(typed)
    except DomainError as error:
        raise FieldRefused(error.detail, field="recipient") from error


@router.post("/me/passes/{pass_id}/paper")
def on_paper(pass_id: str, call: HolderCall, services: TheServices) -> Response:
    """End the binding to a device, for a code that can be printed."""

    def work(session: Session) -> Reply:
        held = holder_views.mine(session, call.caller, pass_id)
        devices.unbind(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            pass_id=held.row.pass_id,
            now=call.now,
        )
        return see_other(f"/me/passes/{pass_id}/print")

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            held = holder_views.mine(session, call.caller, pass_id)
            values = holder_views.of_pass(session, call.caller, held, services, now=call.now)
        values |= {"device_trouble": trouble, "trouble": None, "typed": {}}
        return page(call.request, "me/pass.html", status=trouble.status, **values)

    return submit(call, work, again)


@router.post("/me/passes/{pass_id}/phone-link")
def to_my_phone(pass_id: str, call: HolderCall, services: TheServices) -> Response:
    """Have a link mailed that signs a phone in on the page of this pass."""

    def work(session: Session) -> Reply:
        held = holder_views.mine(session, call.caller, pass_id)
        phone_links.send(session, call, held.row.pass_id)
        slug = organizers.get(session, organizer_id=call.caller.organizer_id).slug
        return see_other(f"/login/sent?organizer={slug}")

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            held = holder_views.mine(session, call.caller, pass_id)
            values = holder_views.of_pass(session, call.caller, held, services, now=call.now)
        values |= {"device_trouble": trouble, "trouble": None, "typed": {}}
        return page(call.request, "me/pass.html", status=trouble.status, **values)

    return submit(call, work, again)


@router.get("/me/passes/{pass_id}/refund")
def refund(
    pass_id: str, request: Request, caller: CurrentHolder, session: Reading, now: Now
) -> Response:
    """Ask once more, with the exact amount, before a pass is given up."""
    return _confirm(request, caller, session, pass_id, "refund", None, now=now)


@router.get("/me/passes/{pass_id}/draw")
def draw(
    pass_id: str, request: Request, caller: CurrentHolder, session: Reading, now: Now
) -> Response:
    """Show what is due for cancelled sessions, before it is drawn."""
    return _confirm(request, caller, session, pass_id, "draw", None, now=now)


@router.post("/me/passes/{pass_id}/refund")
def give_up(
    pass_id: str, call: HolderCall, services: TheServices, expected: Annotated[str, Form()] = ""
) -> Response:
    """Give my pass up for the amount that was shown."""
    return _take(pass_id, call, services, "refund", expected)


@router.post("/me/passes/{pass_id}/draw")
def take_due(
    pass_id: str, call: HolderCall, services: TheServices, expected: Annotated[str, Form()] = ""
) -> Response:
    """Draw what is due and keep the pass."""
    return _take(pass_id, call, services, "draw", expected)


def _confirm(
    request: Request,
    caller: Caller,
    session: Session,
    pass_id: str,
    way: Way,
    trouble: Trouble | None,
    *,
    now: Now,
) -> Response:
    held = holder_views.mine(session, caller, pass_id)
    values = frame(session, caller, now=now)
    return page(
        request,
        "me/refund.html",
        status=trouble.status if trouble else 200,
        held=held,
        way=way,
        quote=refunds.quote(session, held, way=way, now=now),
        bought_here=held.row.payer_id == caller.id,
        trouble=trouble,
        **values,
    )


def _take(pass_id: str, call: Call, services: TheServices, way: Way, expected: str) -> Response:
    def work(session: Session) -> Reply:
        held = holder_views.mine(session, call.caller, pass_id)
        if not (expected.isascii() and expected.isdigit() and len(expected) <= 78):
            raise FieldRefused("Send the amount that was shown.", field="expected")
        refunds.request(
            session,
            held,
            way=way,
            expected=int(expected),
            actor=call.caller.actor,
            now=call.now,
        )
        return see_other(f"/me/passes/{pass_id}#history")

    def again(trouble: Trouble) -> Response:
        with services.database.reading() as session:
            return _confirm(call.request, call.caller, session, pass_id, way, trouble, now=call.now)

    return submit(call, work, again)
