"""The Terms editor: what is typed, in plain words at once, then published for ever."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from passes_service.accounts.callers import Caller
from passes_service.catalog import calendars, sessions, terms
from passes_service.core.errors import DomainError
from passes_service.core.rules.presets import PRESETS
from passes_service.core.rules.words import Section, plain_words
from passes_service.web.deps import CurrentStaff, Now, Reading, StaffCall, TheServices
from passes_service.web.idempotency import Reply, see_other
from passes_service.web.pages import terms_form
from passes_service.web.pages.forms import CURRENCIES, Trouble, submit
from passes_service.web.pages.frames import frame, scope_of
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


async def _form(request: Request) -> FormData:
    return await request.form()


Typed = Annotated[FormData, Depends(_form)]


@router.get("/org/calendars/{calendar_id}/terms")
def edit(
    calendar_id: UUID,
    request: Request,
    caller: CurrentStaff,
    session: Reading,
    now: Now,
    preset: str = "standard",
) -> Response:
    """Start from a preset."""
    caller.require("catalog:write")
    typed = terms_form.from_preset(preset)
    words, trouble = _words(session, caller, calendar_id, typed)
    return _editor(request, caller, session, calendar_id, typed, words, trouble, now=now)


@router.post("/org/calendars/{calendar_id}/terms/preview")
def preview(
    calendar_id: UUID,
    request: Request,
    caller: CurrentStaff,
    session: Reading,
    form: Typed,
    now: Now,
) -> Response:
    """Show the editor again with the words of what was typed; nothing is stored."""
    caller.require("catalog:write")
    typed = terms_form.typed_in(form)
    words, trouble = _words(session, caller, calendar_id, typed)
    return _editor(request, caller, session, calendar_id, typed, words, trouble, now=now)


@router.post("/org/calendars/{calendar_id}/terms/words")
def words_only(
    calendar_id: UUID, request: Request, caller: CurrentStaff, session: Reading, form: Typed
) -> Response:
    """Return the words alone, for the page to put in place while someone types."""
    caller.require("catalog:write")
    words, trouble = _words(session, caller, calendar_id, terms_form.typed_in(form))
    return page(request, "org/terms_words.html", words=words, trouble=trouble)


@router.post("/org/calendars/{calendar_id}/terms")
def publish(calendar_id: UUID, call: StaffCall, services: TheServices, form: Typed) -> Response:
    """Publish what was typed; from then on nobody can change it."""
    call.caller.require("catalog:write")
    typed = terms_form.typed_in(form)

    def work(session: Session) -> Reply:
        scope: dict[str, Any] = {
            "organizer_id": call.caller.organizer_id,
            "calendar_id": calendar_id,
        }
        document = terms.draft(session, **scope, typed=terms_form.draft(typed))
        found = terms.publish(session, **scope, document=document, now=call.now)
        return see_other(f"/org/series?terms_hash={found}#open")

    def again(trouble: Trouble) -> Response:
        shown = terms_form.relabelled(trouble, typed)
        with services.database.reading() as session:
            return _editor(
                call.request,
                call.caller,
                session,
                calendar_id,
                typed,
                None,
                shown,
                now=call.now,
            )

    return submit(call, work, again)


def _words(
    session: Session, caller: Caller, calendar_id: UUID, typed: dict[str, str]
) -> tuple[tuple[Section, ...] | None, Trouble | None]:
    calendars.get(session, organizer_id=caller.organizer_id, calendar_id=calendar_id)
    try:
        document = terms.draft(
            session,
            organizer_id=caller.organizer_id,
            calendar_id=calendar_id,
            typed=terms_form.draft(typed),
        )
    except DomainError as error:
        return None, terms_form.trouble_of(error, typed)
    return plain_words(document), None


def _editor(
    request: Request,
    caller: Caller,
    session: Session,
    calendar_id: UUID,
    typed: dict[str, str],
    words: tuple[Section, ...] | None,
    trouble: Trouble | None,
    *,
    now: datetime,
) -> Response:
    scope = scope_of(caller)
    rows = sessions.of_calendar(session, **scope, calendar_id=calendar_id)
    return page(
        request,
        "org/terms.html",
        status=trouble.status if trouble and request.method == "POST" else 200,
        calendar=calendars.get(session, **scope, calendar_id=calendar_id),
        sessions=[row for row in rows if row.status != "cancelled"],
        typed=typed,
        words=words,
        trouble=trouble,
        presets=PRESETS.values(),
        steps=range(terms_form.STEPS),
        units=terms_form.UNITS,
        anchors=terms_form.ANCHORS,
        modes=terms_form.MODES,
        fundings=terms_form.FUNDINGS,
        currencies=[(code, code) for code in CURRENCIES],
        **frame(session, caller, now=now),
    )
