"""What of a holder's sessions comes by mail: invitations, and letters about changes."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from passes_service.accounts import consent, holders
from passes_service.accounts.errors import NotFound, NotSignedIn, RateLimited
from passes_service.db.models import Invitation
from passes_service.invitations import service
from passes_service.invitations.errors import NoConfirmedAddress, SessionInFeed, SessionNotComing
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentHolder, HolderCall, Reading
from passes_service.web.idempotency import Reply, created, ok

router = APIRouter(
    prefix="/api/v1/me", tags=["My mail"], responses=problems.declare(NotSignedIn, NotFound)
)


class InvitationNew(shapes.Body):
    """A session to have mailed. `with_feed`: also though a calendar link shows it already."""

    session_id: UUID
    with_feed: bool = False


class InvitationRead(BaseModel):
    """A session that is mailed as an invitation. `standing`: what was sent last invites."""

    session_id: UUID
    email: str
    standing: bool = Field(description="false after a cancellation or while no pass opens it")
    sequence: int
    created_at: datetime

    @classmethod
    def of(cls, row: Invitation) -> Self:
        """Return what the API shows of a row."""
        return cls(
            session_id=row.session_id,
            email=row.email,
            standing=row.said == "REQUEST",
            sequence=row.sequence,
            created_at=row.created_at,
        )


class MailChoice(shapes.Body):
    """Whether letters about changed sessions may come; those about rights or money always do."""

    change_mail: bool


@router.get("/invitations")
def every(caller: CurrentHolder, session: Reading) -> list[InvitationRead]:
    """List the sessions that I asked to have mailed as invitations, oldest first."""
    rows = service.of_holder(session, organizer_id=caller.organizer_id, holder_id=caller.id)
    return [InvitationRead.of(row) for row in rows]


@router.post(
    "/invitations",
    status_code=201,
    response_model=InvitationRead,
    responses=problems.declare(SessionInFeed, SessionNotComing, NoConfirmedAddress, RateLimited),
)
def ask(body: InvitationNew, call: HolderCall) -> Response:
    """Have one session of mine mailed as an invitation, with updates, instead of subscribing.

    A calendar link shows the session too, so with both it is in the calendar twice: if there is
    a link the call is refused until it says `with_feed`. Asking again mails nothing.
    """

    def work(session: Session) -> Reply:
        row = service.ask(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            session_id=body.session_id,
            with_feed=body.with_feed,
            mail_from=call.services.settings.mail_from,
            origin=call.services.settings.origin,
            now=call.now,
        )
        return created(InvitationRead.of(row))

    return call.run(work)


@router.delete("/invitations/{session_id}", status_code=204, response_class=Response)
def withdraw(session_id: UUID, call: HolderCall) -> Response:
    """Give my invitation to a session back; a mail takes it out of my calendar."""

    def work(session: Session) -> Reply:
        service.withdraw(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            session_id=session_id,
            mail_from=call.services.settings.mail_from,
            origin=call.services.settings.origin,
            now=call.now,
        )
        return Reply(204, media_type="")

    return call.run(work)


@router.get("/mail")
def choice(caller: CurrentHolder, session: Reading) -> MailChoice:
    """Tell whether I get letters about changed sessions."""
    found = holders.get(session, organizer_id=caller.organizer_id, holder_id=caller.id)
    return MailChoice(change_mail=found.change_mail)


@router.put("/mail", response_model=MailChoice)
def choose(body: MailChoice, call: HolderCall) -> Response:
    """Say whether I want letters about changed sessions."""

    def work(session: Session) -> Reply:
        found = consent.choose(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            wanted=body.change_mail,
        )
        return ok(MailChoice(change_mail=found.change_mail))

    return call.run(work)
