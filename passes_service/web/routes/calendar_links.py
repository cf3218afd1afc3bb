"""A holder's calendar links: one secret address per device, each with its own options."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field, field_validator
from sqlmodel import Session

from passes_service.accounts.errors import NotFound, NotSignedIn
from passes_service.db.models import FeedLink
from passes_service.feeds import links
from passes_service.web import problems, sealing, shapes
from passes_service.web.deps import CurrentHolder, HolderCall, Reading
from passes_service.web.idempotency import Call, Reply, created, ok

router = APIRouter(
    prefix="/api/v1/me/calendar-links",
    tags=["My calendar links"],
    responses=problems.declare(NotSignedIn, NotFound),
)
Language = Annotated[
    str, Field(max_length=16, description=f"empty for mine, or of {', '.join(links.LANGUAGES)}")
]
Reminders = Annotated[
    list[int],
    Field(max_length=10, description=f"minutes before, of {', '.join(map(str, links.REMINDERS))}"),
]


class LinkNew(shapes.Body):
    """A name for the device that will subscribe, and what it shows beside the sessions."""

    label: shapes.Text = Field(default="My calendar", max_length=80)
    language: Language = ""
    reminders: Reminders = Field(default_factory=list)
    deadlines: bool = False
    drops: bool = Field(default=False, description="also show when something goes on sale")


class LinkChange(shapes.Body):
    """Options to change; what is left out stays."""

    language: Language | None = None
    reminders: Reminders | None = None
    deadlines: bool | None = None
    drops: bool | None = None

    @field_validator("language", "reminders", "deadlines", "drops", mode="before")
    @classmethod
    def _is_there(cls, value: object) -> object:
        """Refuse null where there has to be a value; leaving a field out keeps it."""
        if value is None:
            raise ValueError("leave it out to keep it; null is no value")
        return value


class LinkRead(BaseModel):
    """A calendar link, without its secret address."""

    id: UUID
    label: str
    language: str
    reminders: list[int]
    deadlines: bool
    drops: bool
    created_at: datetime
    last_fetched_at: datetime | None
    last_app: str

    @classmethod
    def of(cls, row: FeedLink, **more: str) -> Self:
        """Return the shape of a link."""
        options = links.Options.of(row)
        return cls(
            id=row.id,
            label=row.label,
            language=options.language,
            reminders=list(options.reminders),
            deadlines=options.deadlines,
            drops=options.drops,
            created_at=row.created_at,
            last_fetched_at=row.last_fetched_at,
            last_app=row.last_app,
            **more,
        )


class LinkMade(LinkRead):
    """A new calendar link with its address, shown this once."""

    token: str
    https: str
    webcal: str


@router.get("")
def every(caller: CurrentHolder, session: Reading) -> list[LinkRead]:
    """List my calendar links; the secret addresses are not shown again."""
    rows = links.of_holder(session, organizer_id=caller.organizer_id, holder_id=caller.id)
    return [LinkRead.of(row) for row in rows]


@router.post(
    "",
    status_code=201,
    response_model=LinkMade,
    responses=problems.declare(links.TooManyLinks, links.OptionUnknown, sealing.SecretGone),
)
def create(body: LinkNew, call: HolderCall) -> Response:
    """Make a calendar link for one device."""

    def make(session: Session) -> links.NewLink:
        return links.create(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            label=body.label,
            random=call.services.random_bytes(32),
            now=call.now,
            options=links.Options(
                language=body.language,
                reminders=tuple(body.reminders),
                deadlines=body.deadlines,
                drops=body.drops,
            ),
        )

    return _made(call, make, 201)


@router.patch(
    "/{link_id}", response_model=LinkRead, responses=problems.declare(links.OptionUnknown)
)
def change(link_id: UUID, body: LinkChange, call: HolderCall) -> Response:
    """Change what one device's calendar shows; its address stays, other links do not change."""
    link = {
        "organizer_id": call.caller.organizer_id,
        "holder_id": call.caller.id,
        "link_id": link_id,
    }
    stated = body.model_dump(exclude_unset=True)

    def work(session: Session) -> Reply:
        row = links.get(session, **link)
        options = vars(links.Options.of(row)) | stated
        options["reminders"] = tuple(options["reminders"])
        return ok(LinkRead.of(links.choose(session, **link, options=links.Options(**options))))

    return call.run(work)


@router.post("/{link_id}/rotate", response_model=LinkMade)
def rotate(link_id: UUID, call: HolderCall) -> Response:
    """Replace one device's address, with the same options; the others live on."""
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


@router.delete("/{link_id}", response_model=LinkRead)
def remove(link_id: UUID, call: HolderCall) -> Response:
    """Remove one calendar link; it shows a quiet notice from now on."""

    def work(session: Session) -> Reply:
        row = links.remove(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            link_id=link_id,
            now=call.now,
        )
        return ok(LinkRead.of(row))

    return call.run(work)


def _made(call: Call, make: Callable[[Session], links.NewLink], status: int) -> Response:
    """Run `make` and show the new address; the stored answer holds it only sealed."""

    def work(session: Session) -> Reply:
        new = make(session)
        token = sealing.seal(new.token, call)
        link = LinkMade.of(new.row, token=token, https="", webcal="")
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
