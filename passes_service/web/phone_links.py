"""A link to the holder's own address, so that a phone where nobody is signed in can be bound."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import Session

from passes_service.accounts import holders, logins
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import NotFound
from passes_service.mail import post
from passes_service.passes import queries
from passes_service.web import cookies
from passes_service.web.idempotency import Call


def address_of(session: Session, caller: Caller) -> str | None:
    """Return where such a link goes, None for a holder without an address."""
    rows = holders.emails(session, organizer_id=caller.organizer_id, holder_id=caller.id)
    return post.best_address(rows)


def send(session: Session, call: Call, pass_id: int) -> None:
    """Have a link mailed that signs a phone in, once and soon, on the page of a pass.

    Raises:
        NotFound: The pass is not this holder's, or the account has no address.
        RateLimited: Too many links lately.
    """
    caller = call.caller
    held = queries.of_holder(
        session, organizer_id=caller.organizer_id, holder_id=caller.id, pass_id=pass_id
    )
    address = address_of(session, caller)
    if address is None:
        raise NotFound("This account has no e-mail address. Add one first.")
    logins.request_link(
        session,
        organizer_id=caller.organizer_id,
        email=address,
        kind="holder",
        next_path=f"/me/passes/{held.row.pass_id}",
        client=cookies.client_of(call.request),
        ttl=timedelta(minutes=call.services.settings.login_ttl_minutes),
        now=call.now,
    )
