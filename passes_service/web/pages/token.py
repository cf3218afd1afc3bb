"""The public page of a pass: what a buyer on any marketplace needs to know. Never the holder."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from passes_service.accounts import organizers
from passes_service.core import pass_id
from passes_service.core.rules.words import plain_words
from passes_service.metadata import document, tokens
from passes_service.web.deps import Now, Reading, TheServices
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/o/{slug}/passes/{number}")
def token(
    slug: str,
    number: str,
    request: Request,
    session: Reading,
    services: TheServices,
    now: Now,
) -> Response:
    """Show a pass by its number: its state, its sessions, its rules, where its token is."""
    found = tokens.by_number(
        session, organizers.by_slug(session, slug), pass_id.parse_decimal(number)
    )
    contract = found.contract if found.row.state == "on_chain" else None
    return page(
        request,
        "public/token.html",
        public=True,
        token=found,
        standing=document.standing(found),
        picture=document.image_url(found, ""),
        contract=contract,
        network=None if contract is None else services.networks.get(contract.chain_id),
        sections=plain_words(found.terms),
        zone=found.calendar.time_zone,
        now=now,
    )
