"""Terms: draft, publish, read."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from passes_service.accounts.errors import NotAllowed, NotFound, NotSignedIn
from passes_service.catalog import terms
from passes_service.catalog.errors import TermsUnfit
from passes_service.core.rules.canonical import terms_hash as hash_of
from passes_service.core.rules.errors import TermsInvalid
from passes_service.core.rules.schema import parse, to_document
from passes_service.core.rules.terms import Terms
from passes_service.core.rules.words import plain_words
from passes_service.web import problems, shapes
from passes_service.web.deps import CurrentStaff, Reading, StaffCall
from passes_service.web.idempotency import Reply, created

router = APIRouter(
    prefix="/api/v1",
    tags=["Terms"],
    responses=problems.declare(NotSignedIn, NotAllowed, NotFound),
)


class DraftNew(shapes.Body):
    """What the organizer typed; relative times allowed (see docs/terms.md)."""

    draft: dict[str, Any] = Field(
        examples=[{"preset": "standard", "pass_type": "season", "title": "Season pass", "cap": 50}]
    )


class TermsNew(shapes.Body):
    """A whole Terms document with absolute instants."""

    document: dict[str, Any]


class SectionRead(BaseModel):
    """A heading of the plain words and its sentences."""

    title: str
    sentences: list[str]


class TermsRead(BaseModel):
    """Terms in their four readings' common source: document, hash, words."""

    terms_hash: str
    document: dict[str, Any]
    words: list[SectionRead]

    @staticmethod
    def of(found: Terms) -> TermsRead:
        """Return the shape of Terms."""
        return TermsRead(
            terms_hash=hash_of(found),
            document=to_document(found),
            words=[
                SectionRead(title=section.title, sentences=list(section.sentences))
                for section in plain_words(found)
            ],
        )


@router.post(
    "/calendars/{calendar_id}/terms/draft",
    responses=problems.declare(TermsInvalid, TermsUnfit),
)
def draft(calendar_id: UUID, body: DraftNew, caller: CurrentStaff, session: Reading) -> TermsRead:
    """Resolve a draft to absolute Terms and their words. Stores nothing, needs no key."""
    caller.require("catalog:read")
    found = terms.draft(
        session,
        organizer_id=caller.organizer_id,
        calendar_id=calendar_id,
        typed=body.draft,
    )
    return TermsRead.of(found)


@router.post(
    "/calendars/{calendar_id}/terms",
    status_code=201,
    response_model=TermsRead,
    responses=problems.declare(TermsInvalid, TermsUnfit),
)
def publish(calendar_id: UUID, body: TermsNew, call: StaffCall) -> Response:
    """Publish Terms: from now on they are public and never change."""
    call.caller.require("catalog:write")
    document = parse(body.document)

    def work(session: Session) -> Reply:
        terms.publish(
            session,
            organizer_id=call.caller.organizer_id,
            calendar_id=calendar_id,
            document=document,
            now=call.now,
        )
        return created(TermsRead.of(document))

    return call.run(work)


@router.get("/terms/{terms_hash}")
def read(terms_hash: str, caller: CurrentStaff, session: Reading) -> TermsRead:
    """Read published Terms by their hash."""
    caller.require("catalog:read")
    row = terms.row(session, organizer_id=caller.organizer_id, terms_hash=terms_hash)
    return TermsRead.of(parse(json.loads(row.canonical)))
