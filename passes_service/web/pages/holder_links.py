"""Calendar links: one secret address per device, shown once, changed or removed alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ConfigDict
from pydantic import Field as Typed
from sqlmodel import Session

from passes_service.accounts import fields, holders
from passes_service.accounts.callers import Caller
from passes_service.accounts.errors import NotFound
from passes_service.feeds import links
from passes_service.feeds.words import choose
from passes_service.web.deps import CurrentHolder, HolderCall, Now, Reading
from passes_service.web.idempotency import Call, Reply, ok, see_other
from passes_service.web.pages.forms import Trouble, submit
from passes_service.web.pages.frames import frame
from passes_service.web.pages.rendering import page
from passes_service.web.pages.subscribing import subscribing
from passes_service.web.sealing import opened, seal

router = APIRouter(include_in_schema=False)
_HOME = "/me#calendar"
# In their own words: who needs another language may not read this one.
LANGUAGES: Final = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "nl": "Nederlands",
}


class _Made(BaseModel):
    label: str
    token: str


class OptionsForm(BaseModel):
    """What was ticked for one device; an unticked box is not sent at all."""

    model_config = ConfigDict(extra="ignore")

    label: str = ""
    language: str = ""
    reminders: list[str] = Typed(default_factory=list)
    deadlines: str = ""
    drops: str = ""

    def options(self) -> links.Options:
        """Return the options, or refuse what was not offered."""
        minutes = [int(one) if one.isascii() and one.isdigit() else -1 for one in self.reminders]
        return links.Options(
            language=self.language,
            reminders=tuple(minutes),
            deadlines=bool(self.deadlines),
            drops=bool(self.drops),
        )


def values(session: Session, caller: Caller) -> dict[str, Any]:
    """Return what `me/links.html` shows: my devices with their options, and what can be chosen."""
    scope = {"organizer_id": caller.organizer_id, "holder_id": caller.id}
    rows = links.of_holder(session, **scope)
    mine = LANGUAGES[choose(holders.get(session, **scope).locale, LANGUAGES)]
    return {
        "links": [(row, links.Options.of(row)) for row in rows],
        "most_links": links.MOST_LINKS,
        "reminder_choices": links.REMINDERS,
        "language_names": LANGUAGES,
        "language_choices": [("", f"Mine ({mine})"), *LANGUAGES.items()],
    }


@router.post("/me/calendar-links")
def create(call: HolderCall, form: Annotated[OptionsForm, Form()]) -> Response:
    """Make a link for one more device and show its address, once."""

    def make(session: Session) -> links.NewLink:
        return links.create(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            label=fields.line(form.label, field="label", longest=80, shortest=0),
            random=call.services.random_bytes(32),
            now=call.now,
            options=form.options(),
        )

    return _show(call, make)


@router.get("/me/calendar-links/{link_id}")
def options(
    link_id: UUID, request: Request, caller: CurrentHolder, session: Reading, now: Now
) -> Response:
    """Show what one device's calendar shows beside the sessions."""
    return _options(request, caller, session, link_id, None, now=now)


def _options(
    request: Request,
    caller: Caller,
    session: Session,
    link_id: UUID,
    trouble: Trouble | None,
    *,
    now: Now,
) -> Response:
    shown = values(session, caller)
    found = next((one for one in shown["links"] if one[0].id == link_id), None)
    if found is None:
        raise NotFound("There is no such calendar link.")
    return page(
        request,
        "me/link_options.html",
        status=trouble.status if trouble else 200,
        link=found[0],
        chosen=found[1],
        trouble=trouble,
        **shown,
        **frame(session, caller, now=now),
    )


@router.post("/me/calendar-links/{link_id}")
def choose_options(
    link_id: UUID, call: HolderCall, form: Annotated[OptionsForm, Form()]
) -> Response:
    """Change what one device's calendar shows, from its next fetch on."""

    def work(session: Session) -> Reply:
        links.choose(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            link_id=link_id,
            options=form.options(),
        )
        return see_other(_HOME)

    def again(trouble: Trouble) -> Response:
        with call.services.database.reading() as session:
            return _options(call.request, call.caller, session, link_id, trouble, now=call.now)

    return submit(call, work, again)


@router.post("/me/calendar-links/{link_id}/rotate")
def rotate(link_id: UUID, call: HolderCall) -> Response:
    """Replace one device's address and show the new one, once."""

    def make(session: Session) -> links.NewLink:
        return links.rotate(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            link_id=link_id,
            random=call.services.random_bytes(32),
            now=call.now,
        )

    return _show(call, make)


@router.post("/me/calendar-links/{link_id}/remove")
def remove(link_id: UUID, call: HolderCall) -> Response:
    """Remove one link; its calendar shows a quiet notice from then on."""

    def work(session: Session) -> Reply:
        links.remove(
            session,
            organizer_id=call.caller.organizer_id,
            holder_id=call.caller.id,
            link_id=link_id,
            now=call.now,
        )
        return see_other(_HOME)

    return call.run(work)


def _show(call: Call, make: Callable[[Session], links.NewLink]) -> Response:
    def work(session: Session) -> Reply:
        made = make(session)
        # What is kept for a replay holds the address sealed, see web.sealing.
        return ok(_Made(label=made.row.label, token=seal(made.path, call)))

    response = submit(call, work, lambda trouble: _refused(call, trouble))
    if response.media_type != "application/json":
        return response
    made = _Made.model_validate_json(bytes(opened(response, call).body))
    address = f"{call.services.settings.origin}{made.token}"
    with call.services.database.reading() as session:
        shown = frame(session, call.caller, now=call.now)
    answer = page(
        call.request,
        "me/link.html",
        label=made.label,
        to=subscribing(address, shown["organizer"].name),
        **shown,
    )
    # This page has no form of ours, so it can be stricter than the others.
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _refused(call: Call, trouble: Trouble) -> Response:
    with call.services.database.reading() as session:
        shown = frame(session, call.caller, now=call.now)
    return page(
        call.request, "me/link_refused.html", status=trouble.status, trouble=trouble, **shown
    )
