"""What opens one's account: the browsers in which one is signed in, and addresses; end them."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from passes_service.accounts import authenticate, logins, organizers, unlinking
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import NotAllowed, NotSignedIn
from passes_service.web.cookies import NAMES
from passes_service.web.deps import HolderCall, Now, Reading, StaffCall
from passes_service.web.idempotency import Call, Reply, see_other
from passes_service.web.pages.rendering import page
from passes_service.web.routes.account import remove

router = APIRouter(include_in_schema=False)
PATH = "/account/logins"


@router.get(PATH)
def show(request: Request, session: Reading, now: Now) -> Response:
    """List the logins of whoever is signed in here: as staff, as a holder, or as both."""
    groups: list[dict[str, object]] = []
    shown_as: Caller | None = None
    kinds: tuple[logins.Kind, ...] = ("staff", "holder")
    for kind in kinds:
        token = request.cookies.get(NAMES[kind])
        if token is None:
            continue
        try:
            shown_as, _ = authenticate.by_login(session, token, kind=kind, now=now)
        except NotSignedIn:
            continue
        rows = [
            (row, logins.is_current(row, token))
            for row in logins.of_caller(session, caller=shown_as, now=now)
        ]
        groups.append({"kind": kind, "rows": rows})
    if shown_as is None:
        raise NotSignedIn("There is no login in this browser.")
    organizer = organizers.get(session, organizer_id=shown_as.organizer_id)
    return page(request, "account_logins.html", caller=shown_as, organizer=organizer, groups=groups)


def _end(call: Call, login_id: UUID | None) -> Response:
    if call.caller.kind == "key":
        raise NotAllowed("An API key has no logins; revoke the key itself.")
    token = call.request.cookies.get(NAMES[call.caller.kind], "")

    def work(session: Session) -> Reply:
        if login_id is None:
            logins.revoke_others(session, caller=call.caller, token=token, now=call.now)
        else:
            logins.revoke(session, caller=call.caller, login_id=login_id, now=call.now)
        return see_other(PATH)

    return call.run(work)


@router.post(PATH + "/staff/others/end")
def end_other_staff(call: StaffCall) -> Response:
    """End all of one's staff logins but this one."""
    return _end(call, None)


@router.post(PATH + "/staff/{login_id}/end")
def end_staff(login_id: UUID, call: StaffCall) -> Response:
    """End one staff login."""
    return _end(call, login_id)


@router.post(PATH + "/holder/others/end")
def end_other_holder(call: HolderCall) -> Response:
    """End all of one's logins as a guest but this one."""
    return _end(call, None)


@router.post(PATH + "/holder/{login_id}/end")
def end_holder(login_id: UUID, call: HolderCall) -> Response:
    """End one login as a guest."""
    return _end(call, login_id)


@router.post("/account/{kind}s/{address_id}/remove")
def remove_address(kind: unlinking.Kind, address_id: UUID, call: HolderCall) -> Response:
    """Take an e-mail address or a wallet off one's account."""

    def work(session: Session) -> Reply:
        remove(session, call, kind, address_id)
        return see_other("/me#account")

    return call.run(work)
