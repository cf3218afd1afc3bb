"""Forms that come back: a refusal is shown beside the field, with what was typed kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from sqlmodel import Session

from passes_service.accounts.errors import FieldRefused
from passes_service.core.errors import DomainError
from passes_service.core.money import EXPONENTS
from passes_service.web import problems
from passes_service.web.idempotency import Call, Reply
from passes_service.web.pages.problem import wants_page
from passes_service.web.pages.rendering import page

_COMES_BACK = (409, 410, 422)
_SENT_BEFORE = "idempotency-key-reused"
_NOT_AGAIN = "call-running"  # a second form would carry a new key and act twice


@dataclass(frozen=True)
class Trouble:
    """A refusal as a form shows it."""

    code: str
    title: str
    detail: str
    next: str
    status: int
    field: str
    members: Mapping[str, Any]

    @classmethod
    def of(cls, error: DomainError) -> Trouble:
        """Return how a form shows this refusal."""
        return cls.read(problems.document(error, "")[1])

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Trouble:
        """Return how a form shows a problem document, fresh or replayed."""
        if document["code"] == _SENT_BEFORE:
            document = dict(document) | {
                "title": "This form was sent before",
                "detail": "It was sent once with other values, and that was done.",
                "next": "Look at the page for what was done; send this only if you want both.",
            }
        return cls(
            code=document["code"],
            title=document["title"],
            detail=document["detail"],
            next=document["next"],
            status=document["status"],
            field=str(document.get("field", "")),
            members=document,
        )


def submit(
    call: Call, work: Callable[[Session], Reply], again: Callable[[Trouble], Response]
) -> Response:
    """Run a form's change once; if it is refused in a way one can mend, show the form again."""
    try:
        response = call.run(work)
    except DomainError as error:
        status, document = problems.document(error, call.request.url.path)
        if not _mendable(call.request, status, document):
            raise
        return again(Trouble.read(document))
    if response.media_type != problems.MEDIA_TYPE:
        return response
    document = json.loads(bytes(response.body))
    if _mendable(call.request, response.status_code, document):
        return again(Trouble.read(document))
    if wants_page(call.request):
        return page(call.request, "problem.html", status=response.status_code, problem=document)
    return response


def _mendable(request: Request, status: int, document: Mapping[str, Any]) -> bool:
    return status in _COMES_BACK and document["code"] != _NOT_AGAIN and wants_page(request)


def whole(text: str, *, field: str, low: int, high: int, unit: str = "") -> int:
    """Return a whole number that was typed, or refuse the field."""
    plain = text.strip().replace(",", "").replace(" ", "")
    number = int(plain) if plain.isascii() and plain.isdigit() and len(plain) <= 15 else -1
    if not low <= number <= high:
        raise FieldRefused(
            f"Type a whole number{f' of {unit}' if unit else ''} from {low:,} to {high:,}.",
            field=field,
        )
    return number


def local_time(text: str, *, field: str) -> datetime:
    """Return a wall-clock time as a browser's date field sends it, or refuse the field."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        found = None
    if found is None or found.tzinfo is not None or "T" not in text:
        raise FieldRefused("Type a date and a time, such as 2027-03-12T18:00.", field=field)
    return found


def block(text: str, *, field: str, longest: int) -> str:
    """Return several lines of text without surrounding blanks, or refuse the field."""
    plain = text.replace("\r\n", "\n").strip()
    if len(plain) > longest:
        raise FieldRefused(f"This takes up to {longest:,} characters.", field=field)
    if not plain.replace("\n", "").replace("\t", "").isprintable():
        raise FieldRefused("This has characters that cannot be shown.", field=field)
    return plain


def identity(text: str, *, field: str) -> UUID:
    """Return an id that a form's list offered, or refuse the field."""
    try:
        return UUID(text)
    except ValueError as error:
        raise FieldRefused("Choose one from the list.", field=field) from error


CURRENCIES = tuple(sorted(EXPONENTS))
