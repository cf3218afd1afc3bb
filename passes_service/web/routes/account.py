"""A holder's own account: name, addresses, wallets."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlmodel import Session

from passes_service.accounts import holders, linking, logins, organizers, unlinking, wallets
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import (
    FieldRefused,
    LastAddress,
    LinkRefused,
    NotFound,
    NotSignedIn,
    OtherAccount,
    RateLimited,
    WalletInUse,
)
from passes_service.core import ethereum, siwe
from passes_service.web import cookies, problems
from passes_service.web.deps import (
    HOLDER_COOKIE,
    CurrentHolder,
    HolderCall,
    Now,
    Reading,
    TheServices,
)
from passes_service.web.idempotency import Call, Reply, ok
from passes_service.web.routes.holders import HolderRead, Name, read
from passes_service.web.routes.logins import Email, LinkSent, Token
from passes_service.web.routes.wallets import (
    REFUSALS,
    NonceGiven,
    Proof,
    WalletNamed,
    given,
    proven,
)

router = APIRouter(tags=["My account"])
_MINE = (NotSignedIn, FieldRefused, RateLimited)


class NameGiven(BaseModel):
    """What a holder wants to be called."""

    model_config = ConfigDict(extra="forbid")

    name: Name


class EmailWanted(BaseModel):
    """An address to add to one's account."""

    model_config = ConfigDict(extra="forbid")

    email: Email


class EmailConfirmed(BaseModel):
    """The token from the mail; `merge` joins the address's own account with this one."""

    model_config = ConfigDict(extra="forbid")

    token: Token
    merge: bool = False


class WalletProof(Proof):
    """The signed message; `merge` joins the wallet's own account with this one."""

    merge: bool = False


def _me(session: Session, caller: Caller) -> HolderRead:
    found = holders.get(session, organizer_id=caller.organizer_id, holder_id=caller.id)
    return read(session, found)


@router.get("/api/v1/me", responses=problems.declare(NotSignedIn))
def me(caller: CurrentHolder, session: Reading) -> HolderRead:
    """Return one's own account."""
    return _me(session, caller)


@router.patch("/api/v1/me", response_model=HolderRead, responses=problems.declare(*_MINE))
def rename(body: NameGiven, call: HolderCall) -> Response:
    """Change what one is called."""

    def work(session: Session) -> Reply:
        caller = call.caller
        named = holders.rename(
            session, organizer_id=caller.organizer_id, holder_id=caller.id, name=body.name
        )
        return ok(read(session, named))

    return call.run(work)


@router.post(
    "/api/v1/me/emails",
    status_code=202,
    response_model=LinkSent,
    responses=problems.declare(*_MINE),
)
def add_email(body: EmailWanted, call: HolderCall) -> Response:
    """Have a link mailed to an address that shall belong to one's account."""
    minutes = call.services.settings.login_ttl_minutes

    def work(session: Session) -> Reply:
        linking.ask_for_email(
            session,
            caller=call.caller,
            email=body.email,
            next_path="/me",
            ttl=timedelta(minutes=minutes),
            now=call.now,
        )
        sent = LinkSent(message="A link is on its way.", expires_in_minutes=minutes)
        return Reply(202, sent.model_dump_json().encode())

    return call.run(work)


@router.post(
    "/api/v1/me/emails/confirm",
    response_model=HolderRead,
    responses=problems.declare(NotSignedIn, LinkRefused, OtherAccount),
)
def confirm_email(body: EmailConfirmed, call: HolderCall) -> Response:
    """Add the address of a mailed link to one's account, joining its own account if asked to."""

    def work(session: Session) -> Reply:
        linking.confirm_email(
            session,
            caller=call.caller,
            token=body.token,
            keys=call.services.keyring.session_keys(call.now),
            merge=body.merge,
            now=call.now,
        )
        return ok(_me(session, call.caller))

    return call.run(work)


@router.post(
    "/api/v1/me/wallets/nonce",
    status_code=201,
    responses=problems.declare(
        NotSignedIn, RateLimited, siwe.SiweChainRefused, ethereum.AddressMalformed
    ),
)
def ask_nonce(
    body: WalletNamed, request: Request, caller: CurrentHolder, services: TheServices, now: Now
) -> NonceGiven:
    """Get a nonce to link a wallet with. It changes nothing, so it takes no Idempotency-Key."""
    with services.database.transaction() as session:
        nonce = wallets.issue_nonce(
            session,
            organizer_id=caller.organizer_id,
            holder_id=caller.id,
            client=cookies.client_of(request),
            random=services.random_bytes,
            now=now,
        )
        organizer = organizers.get(session, organizer_id=caller.organizer_id)
        return given(nonce, organizer, body, services)


@router.post(
    "/api/v1/me/wallets",
    response_model=HolderRead,
    responses=problems.declare(NotSignedIn, OtherAccount, *REFUSALS),
)
def add_wallet(body: WalletProof, call: HolderCall) -> Response:
    """Add a wallet to one's account, joining its own account if asked to."""
    caller = call.caller
    done = call.finished()
    if done is not None:
        return done
    proof = proven(
        body,
        call.request,
        call.services,
        call.now,
        organizer_id=caller.organizer_id,
        holder_id=caller.id,
    )

    def work(session: Session) -> Reply:
        address = wallets.use_nonce(
            session, proof, organizer_id=caller.organizer_id, holder_id=caller.id, now=call.now
        )
        linking.add_wallet(session, caller=caller, address=address, merge=body.merge, now=call.now)
        return ok(_me(session, caller))

    return call.run(work)


def remove(session: Session, call: Call, kind: unlinking.Kind, address_id: UUID) -> None:
    """Take an address off the caller's account, and end all logins but this one.

    Whoever removes an address may do so because somebody else has it.
    """
    unlinking.remove(session, caller=call.caller, kind=kind, address_id=address_id)
    token = call.request.cookies.get(HOLDER_COOKIE, "")
    logins.revoke_others(session, caller=call.caller, token=token, now=call.now)


@router.delete(
    "/api/v1/me/emails/{address_id}",
    response_model=HolderRead,
    responses=problems.declare(NotSignedIn, NotFound, LastAddress),
)
def remove_email(address_id: UUID, call: HolderCall) -> Response:
    """Take an e-mail address off one's account; one's logins elsewhere end."""
    return _removed(call, "email", address_id)


@router.delete(
    "/api/v1/me/wallets/{address_id}",
    response_model=HolderRead,
    responses=problems.declare(NotSignedIn, NotFound, LastAddress, WalletInUse),
)
def remove_wallet(address_id: UUID, call: HolderCall) -> Response:
    """Take a wallet off one's account; one's logins elsewhere end."""
    return _removed(call, "wallet", address_id)


def _removed(call: Call, kind: unlinking.Kind, address_id: UUID) -> Response:
    def work(session: Session) -> Reply:
        remove(session, call, kind, address_id)
        return ok(_me(session, call.caller))

    return call.run(work)
