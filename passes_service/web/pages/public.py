"""What anyone may read: what this is, what an organizer offers, the exact Terms."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from passes_service.accounts import organizers
from passes_service.catalog import calendars, sessions, terms
from passes_service.catalog import series as catalog_series
from passes_service.core.money import Money
from passes_service.core.rules.words import plain_words
from passes_service.db.models import Organizer, Series
from passes_service.drops import reading, standing
from passes_service.drops.reading import Shop
from passes_service.web.deps import Now, Reading
from passes_service.web.pages.rendering import page

router = APIRouter(include_in_schema=False)
FOR_EVER = "public, max-age=31536000, immutable"
ROBOTS = """\
User-agent: *
Allow: /feeds/
Disallow: /me
Disallow: /org
Disallow: /door
Disallow: /l/
Disallow: /login
Disallow: /account
Disallow: /o/*/orders/
"""


@router.get("/")
def about(request: Request, session: Reading) -> Response:
    """Say what this is and where to go."""
    return page(request, "public/about.html", public=True, only=organizers.only(session))


@router.get("/robots.txt")
def robots() -> Response:
    """Let calendar services fetch feeds (Google asks first); keep private pages out of indexes."""
    return Response(
        ROBOTS, media_type="text/plain", headers={"Cache-Control": "public, max-age=86400"}
    )


@router.get("/o/{slug}")
def organizer(slug: str, request: Request, session: Reading, now: Now) -> Response:
    """Show what an organizer offers, with what is left and the rules."""
    found = organizers.by_slug(session, slug)
    scope = {"organizer_id": found.id}
    shown = []
    for calendar in calendars.every(session, **scope):
        rows = [
            row
            for row in sessions.of_calendar(session, **scope, calendar_id=calendar.id)
            if row.ends_at > now
        ]
        kinds = [
            _offer(session, row)
            for row in catalog_series.every(session, **scope, calendar_id=calendar.id)
        ]
        if rows or kinds:
            shown.append({"calendar": calendar, "sessions": rows, "kinds": kinds})
    return page(
        request,
        "public/organizer.html",
        public=True,
        organizer=found,
        shown=shown,
        drops=_drops(session, found, now=now),
        zone=found.time_zone,
        now=now,
    )


def _drops(session: Session, found: Organizer, *, now: datetime) -> list[Shop]:
    """Return the Drops that everybody may know of and that are not over, the next one first."""
    rows = reading.every(session, organizer_id=found.id)
    coming = [row for row in reversed(rows) if row.listed and row.agreed and row.closes_at > now]
    return [reading.of(session, row) for row in coming if row.state not in standing.OVER]


def _offer(session: Session, row: Series) -> dict[str, object]:
    document = terms.get(session, organizer_id=row.organizer_id, terms_hash=row.terms_hash)
    sections = plain_words(document, Money(row.price_minor, row.currency))
    return {
        "row": row,
        "left": row.left,
        "document": document,
        "sections": [one for one in sections if one.title in ("Transfer", "Refund", "Entry")],
    }


@router.get("/o/{slug}/terms/{terms_hash}.json")
def exact_terms(slug: str, terms_hash: str, request: Request, session: Reading) -> Response:
    """Return the very bytes whose hash is in every pass sold under these Terms."""
    found = organizers.by_slug(session, slug)
    row = terms.row(session, organizer_id=found.id, terms_hash=terms_hash)
    etag = f'"{row.terms_hash}"'
    headers = {"ETag": etag, "Cache-Control": FOR_EVER, "Access-Control-Allow-Origin": "*"}
    asked = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
    if etag in asked or "*" in asked:
        return Response(status_code=304, headers=headers)
    return Response(row.canonical.encode(), media_type="application/json", headers=headers)


@router.get("/o/{slug}/terms/{terms_hash}")
def plain_terms(
    slug: str, terms_hash: str, request: Request, session: Reading, now: Now
) -> Response:
    """Show Terms in plain words, and how to check that these are the ones of a pass."""
    found = organizers.by_slug(session, slug)
    scope = {"organizer_id": found.id}
    row = terms.row(session, **scope, terms_hash=terms_hash)
    document = terms.get(session, **scope, terms_hash=terms_hash)
    sold = [one for one in catalog_series.every(session, **scope) if one.terms_hash == terms_hash]
    price = Money(sold[0].price_minor, sold[0].currency) if len(sold) == 1 else None
    return page(
        request,
        "public/terms.html",
        public=True,
        organizer=found,
        row=row,
        document=document,
        sections=plain_words(document, price),
        zone=document.time_zone,
        now=now,
    )
