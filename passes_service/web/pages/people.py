"""Staff and API keys, for whoever manages people."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from passes_service.accounts import api_keys, organizers, staff
from passes_service.accounts.callers import ROLE_SCOPES, SCOPES, Caller
from passes_service.web import sealing
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import Call, Reply, see_other
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
PATH = "/org/people"
_NOTHING: dict[str, str] = {}


class KeyForm(BaseModel):
    """A form of ours: it carries the key under which it acts once."""

    model_config = ConfigDict(extra="forbid")

    key: str = Field(alias="_key", max_length=200)


class InviteForm(KeyForm):
    """Someone to add to the team."""

    email: str = Field(max_length=300)
    name: str = Field(max_length=120)
    role: str = Field(max_length=16)


class RoleForm(KeyForm):
    """A member's new role."""

    role: str = Field(max_length=16)


class KeyMakingForm(KeyForm):
    """An API key to be made."""

    key_name: str = Field(max_length=80)
    scopes: list[str] = Field(default_factory=list, max_length=40)


class Shown(BaseModel):
    """What the making of a key answers."""

    model_config = ConfigDict(extra="forbid")

    name: str
    token: str


def _people(
    request: Request,
    session: Session,
    caller: Caller,
    *,
    sent: dict[str, str] = _NOTHING,
    trouble: Trouble | None = None,
) -> Response:
    roles = [role for role, scopes in ROLE_SCOPES.items() if scopes <= caller.scopes]
    return page(
        request,
        "org_people.html",
        status=200 if trouble is None else trouble.status,
        caller=caller,
        organizer=organizers.get(session, organizer_id=caller.organizer_id),
        members=staff.every(session, caller=caller),
        keys=api_keys.every(session, caller=caller),
        roles=[(role, role.title()) for role in roles],
        scopes={scope: text for scope, text in SCOPES.items() if scope in caller.scopes},
        sent=sent,
        trouble=trouble,
    )


def _again(call: Call, **sent: str) -> Callable[[Trouble], Response]:
    def show_again(trouble: Trouble) -> Response:
        with call.services.database.reading() as session:
            return _people(call.request, session, call.caller, sent=sent, trouble=trouble)

    return show_again


@router.get(PATH)
def show(request: Request, caller: CurrentStaff, session: Reading) -> Response:
    """List the team and the keys, with forms to change both."""
    return _people(request, session, caller)


@router.post(PATH + "/invite")
def invite(form: Annotated[InviteForm, Form()], call: StaffCall) -> Response:
    """Add someone to the team."""

    def work(session: Session) -> Reply:
        staff.invite(
            session,
            caller=call.caller,
            email=form.email,
            name=form.name,
            role=form.role,
            now=call.now,
        )
        return see_other(PATH)

    return submit(call, work, _again(call, email=form.email, name=form.name, role=form.role))


@router.post(PATH + "/keys")
def make_key(form: Annotated[KeyMakingForm, Form()], call: StaffCall) -> Response:
    """Make an API key and show it, this once."""

    def work(session: Session) -> Reply:
        key, token = api_keys.create(
            session,
            caller=call.caller,
            name=form.key_name,
            scopes=form.scopes,
            random=call.services.random_bytes,
            now=call.now,
        )
        shown = Shown(name=key.name, token=sealing.seal(token, call))
        return Reply(201, shown.model_dump_json().encode())

    response = submit(call, work, _again(call, key_name=form.key_name))
    if response.media_type != "application/json":
        return response
    shown = Shown(**json.loads(bytes(sealing.opened(response, call).body)))
    with call.services.database.reading() as session:
        organizer = organizers.get(session, organizer_id=call.caller.organizer_id)
    return page(
        call.request,
        "org_key.html",
        status=201,
        caller=call.caller,
        organizer=organizer,
        shown=shown,
    )


@router.post(PATH + "/keys/{key_id}/revoke")
def revoke_key(key_id: UUID, call: StaffCall) -> Response:
    """Revoke an API key at once."""

    def work(session: Session) -> Reply:
        api_keys.revoke(session, caller=call.caller, key_id=key_id, now=call.now)
        return see_other(PATH)

    return submit(call, work, _again(call))


@router.post(PATH + "/{member_id}/role")
def change_role(member_id: UUID, form: Annotated[RoleForm, Form()], call: StaffCall) -> Response:
    """Give a member another role."""

    def work(session: Session) -> Reply:
        staff.change_role(session, caller=call.caller, member_id=member_id, role=form.role)
        return see_other(PATH)

    return submit(call, work, _again(call))


@router.post(PATH + "/{member_id}/remove")
def remove(member_id: UUID, call: StaffCall) -> Response:
    """Take a member off the team."""

    def work(session: Session) -> Reply:
        staff.remove(session, caller=call.caller, member_id=member_id, now=call.now)
        return see_other(PATH)

    return submit(call, work, _again(call))
