"""What a holder sees and does: passes, transfers, refunds, calendar links."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from passes_service.accounts.errors import NotFound, NotSignedIn
from passes_service.catalog import terms
from passes_service.feeds import links
from passes_service.passes import proofs, queries
from passes_service.passes.errors import PassInactive, PassMoved
from passes_service.refunds import service as refunds
from passes_service.refunds.errors import QuoteChanged, RefundRefused
from passes_service.web import problems, sealing, shapes
from passes_service.web.deps import CurrentHolder, HolderCall, Now, Reading, TheServices
from passes_service.web.idempotency import Call, Reply, created, ok
from passes_service.web.routes.refunds import RefundNew, RefundRead

router = APIRouter(
    prefix="/api/v1/me", tags=["My passes"], responses=problems.declare(NotSignedIn, NotFound)
)


class OutlookRead(BaseModel):
    """What giving the pass up pays from an instant on, if nothing new is published."""

    amount: shapes.MoneyRead
    since: datetime | None
    until: datetime | None
    reason: str


class QuoteRead(BaseModel):
    """What comes back now and later."""

    now: shapes.DecisionRead
    outlook: list[OutlookRead]


class CodeRead(BaseModel):
    """The text behind the door's QR code."""

    text: str
    expires_at: datetime


class LinkNew(shapes.Body):
    """A name for the device that will subscribe."""

    label: shapes.Text = Field(default="My calendar", max_length=80)


class LinkRead(BaseModel):
    """A calendar link, without its secret address."""

    id: UUID
    label: str
    last_fetched_at: datetime | None = None


class LinkMade(LinkRead):
    """A new calendar link with its address, shown this once."""

    token: str
    https: str
    webcal: str


@router.get("/passes")
def every(caller: CurrentHolder, session: Reading) -> list[shapes.PassRead]:
    """List my passes, newest first."""
    found = queries.held_by(session, organizer_id=caller.organizer_id, holder_id=caller.id)
    return [shapes.PassRead.of(held) for held in found]


@router.get("/passes/{pass_id}")
def read(pass_id: str, caller: CurrentHolder, session: Reading) -> shapes.PassRead:
    """Read one of my passes."""
    return shapes.PassRead.of(_mine(session, caller.organizer_id, caller.id, pass_id))


@router.get("/passes/{pass_id}/history")
def history(pass_id: str, caller: CurrentHolder, session: Reading) -> list[shapes.HistoryRead]:
    """Read what happened to my pass, oldest first."""
    held = _mine(session, caller.organizer_id, caller.id, pass_id)
    lines = queries.history(session, organizer_id=caller.organizer_id, pass_row_id=held.row.id)
    return [shapes.HistoryRead.model_validate(line) for line in lines]


@router.get("/passes/{pass_id}/voucher", responses=problems.declare(PassInactive))
def voucher(
    pass_id: str, caller: CurrentHolder, session: Reading, services: TheServices, now: Now
) -> dict[str, Any]:
    """Export my signed PassVoucher (EIP-712)."""
    held = _mine(session, caller.organizer_id, caller.id, pass_id)
    return proofs.sign_voucher(held, keys=services.keyring, now=now)


@router.get("/passes/{pass_id}/code", responses=problems.declare(PassInactive))
def code(
    pass_id: str, caller: CurrentHolder, session: Reading, services: TheServices, now: Now
) -> CodeRead:
    """Read the text of my door code."""
    held = _mine(session, caller.organizer_id, caller.id, pass_id)
    document = terms.get(
        session, organizer_id=caller.organizer_id, terms_hash=held.series.terms_hash
    )
    signed = proofs.sign_code(held, document, keys=services.keyring, now=now)
    return CodeRead(text=signed.text, expires_at=signed.expires_at)


@router.get("/passes/{pass_id}/refund-quote")
def quote(
    pass_id: str,
    caller: CurrentHolder,
    session: Reading,
    now: Now,
    way: refunds.Way = "refund",
) -> QuoteRead:
    """Ask what comes back if I give my pass up now, and later."""
    held = _mine(session, caller.organizer_id, caller.id, pass_id)
    found = refunds.quote(session, held, way=way, now=now)
    return QuoteRead(
        now=shapes.DecisionRead.of(found.decision, found.currency),
        outlook=[
            OutlookRead(
                amount=shapes.MoneyRead.of(step.amount, found.currency),
                since=step.since,
                until=step.until,
                reason=step.reason,
            )
            for step in found.outlook
        ],
    )


@router.post(
    "/passes/{pass_id}/refunds",
    status_code=201,
    response_model=RefundRead,
    responses=problems.declare(RefundRefused, QuoteChanged, PassMoved),
)
def refund(pass_id: str, body: RefundNew, call: HolderCall) -> Response:
    """Give my pass up, or draw what is due for cancelled Portions."""

    def work(session: Session) -> Reply:
        held = _mine(session, call.caller.organizer_id, call.caller.id, pass_id)
        row = refunds.request(
            session,
            held,
            way=body.way,
            expected=body.expected_minor,
            actor=call.caller.actor,
            now=call.now,
        )
        return created(RefundRead.of(row, held))

    return call.run(work)


@router.get("/calendar-links")
def calendar_links(caller: CurrentHolder, session: Reading) -> list[LinkRead]:
    """List my calendar links; the secret addresses are not shown again."""
    rows = links.of_holder(session, organizer_id=caller.organizer_id, holder_id=caller.id)
    return [LinkRead(id=r.id, label=r.label, last_fetched_at=r.last_fetched_at) for r in rows]


@router.post(
    "/calendar-links",
    status_code=201,
    response_model=LinkMade,
    responses=problems.declare(links.TooManyLinks, sealing.SecretGone),
)
def new_link(body: LinkNew, call: HolderCall) -> Response:
    """Make a calendar link for one device."""
    return _made(
        call,
        lambda session: links.create(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            label=body.label,
            random=call.services.random_bytes(32),
            now=call.now,
        ),
        201,
    )


@router.post("/calendar-links/{link_id}/rotate", response_model=LinkMade)
def rotate_link(link_id: UUID, call: HolderCall) -> Response:
    """Replace one device's address; the others live on."""
    return _made(
        call,
        lambda session: links.rotate(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            link_id=link_id,
            random=call.services.random_bytes(32),
            now=call.now,
        ),
        200,
    )


@router.delete("/calendar-links/{link_id}", response_model=LinkRead)
def remove_link(link_id: UUID, call: HolderCall) -> Response:
    """Remove one calendar link; it shows a quiet notice from now on."""

    def work(session: Session) -> Reply:
        row = links.remove(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            link_id=link_id,
            now=call.now,
        )
        return ok(LinkRead(id=row.id, label=row.label))

    return call.run(work)


def _made(call: Call, make: Callable[[Session], links.NewLink], status: int) -> Response:
    """Run `make` and show the new address; the stored answer holds it only sealed."""

    def work(session: Session) -> Reply:
        new = make(session)
        token = sealing.seal(new.token, call)
        link = LinkMade(id=new.row.id, label=new.row.label, token=token, https="", webcal="")
        return created(link, status=status)

    answer = sealing.opened(call.run(work), call)
    if answer.status_code != status:
        return answer  # a refusal, replayed
    shown = json.loads(bytes(answer.body))
    origin = call.services.settings.origin
    shown["https"] = origin + links.path(shown["token"])
    shown["webcal"] = "webcal://" + shown["https"].split("://", 1)[1]
    answer.body = json.dumps(shown).encode()
    answer.headers["Content-Length"] = str(len(answer.body))
    return answer


def _mine(session: Session, organizer_id: UUID, holder_id: UUID, text: str) -> queries.Held:
    number = shapes.pass_number(text)
    return queries.of_holder(
        session, organizer_id=organizer_id, holder_id=holder_id, pass_id=number
    )
