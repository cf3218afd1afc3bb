"""Refusals as RFC 9457 problem details, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from passes_service.core.errors import DomainError, Kind

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 20  # a body of half a million unknown fields gets no answer with half a million lines
STATUS = {
    Kind.INVALID: 422,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.CONFLICT: 409,
    Kind.GONE: 410,
    Kind.TOO_LARGE: 413,
    Kind.RATE_LIMITED: 429,
    Kind.UNAVAILABLE: 503,
}


class InvalidInput(DomainError):
    """The body or a parameter does not fit its description."""

    code, title, kind = "invalid-input", "The input does not fit", Kind.INVALID
    next_step = "Correct the fields listed under `errors` and send the request again."


class NoSuchAddress(DomainError):
    """The path leads nowhere."""

    code, title, kind = "no-such-address", "No such address", Kind.NOT_FOUND
    next_step = "See /api/docs for the addresses of this service."


class InternalError(DomainError):
    """Our fault; nothing was changed."""

    code, title, kind = "internal-error", "Something broke on our side", Kind.UNAVAILABLE
    next_step = "Try again with the same Idempotency-Key; nothing half-done was kept."


def document(error: DomainError, instance: str) -> tuple[int, dict[str, Any]]:
    """Return (status, problem document) for a refusal."""
    status = error.members.get("status") or STATUS[error.kind]
    standard = {
        "type": f"/problems/{error.code}",
        "title": error.title,
        "status": status,
        "detail": error.detail,
        "instance": "/feeds" if instance.startswith("/feeds/") else instance,  # no secret
        "code": error.code,
        "next": error.next_step,
    }
    members = {key: _plain(v) for key, v in error.members.items() if key != "status"}
    return status, members | standard


def _plain(value: Any) -> Any:
    """Return a member as JSON has it: instants in UTC as elsewhere in the API, ids as text."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value


def render(request: Request, error: DomainError) -> JSONResponse:
    """Render a refusal as problem details; extension members come from the error."""
    status, body = document(error, request.url.path)
    headers = {"Cache-Control": "no-store"}
    if "retry_after" in error.members:
        headers["Retry-After"] = str(error.members["retry_after"])
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="passes"'
    return JSONResponse(body, status, media_type=MEDIA_TYPE, headers=headers)


def invalid(error: RequestValidationError) -> InvalidInput:
    """Translate a validation failure: one entry per field, never the value itself.

    Names of unknown fields are the sender's own: they come back short, and only the first few.
    """
    found = error.errors()
    fields = [
        {
            "field": ".".join(str(part) for part in item["loc"][1:])[:200] or str(item["loc"][0]),
            "code": item["type"],
            "message": item["msg"],
        }
        for item in found[:MOST_ERRORS]
    ]
    named = ", ".join(field["field"] for field in fields[:5])
    more = f" and {len(found) - 5:,} more" if len(found) > 5 else ""
    return InvalidInput(f"Not accepted: {named}{more}.", errors=fields)


def from_http(error: HTTPException) -> DomainError:
    """Translate the framework's own refusals (unknown path, wrong method)."""
    if error.status_code == 404:
        return NoSuchAddress("There is nothing at this address.")
    if error.status_code == 405:
        return NoSuchAddress("This address does not take that method.", status=405)
    if error.status_code >= 500:
        return InternalError("The service could not answer.", status=error.status_code)
    return InvalidInput(str(error.detail), status=error.status_code, errors=[])


def declare(*errors: type[DomainError]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI `responses` of a route that may refuse with these errors."""
    found: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        status = STATUS[error.kind]
        entry = found.setdefault(status, {"description": "", "content": {MEDIA_TYPE: {}}})
        line = f"`{error.code}`: {error.title}"
        entry["description"] = "; ".join(filter(None, [entry["description"], line]))
    return found
