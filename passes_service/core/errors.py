"""Refusals. A refusal says what kind it is; edges turn kinds into statuses and exit codes."""

from __future__ import annotations

from enum import Enum
from typing import Any, ClassVar


class Kind(Enum):
    """What sort of refusal this is, in the domain's terms."""

    INVALID = "invalid"
    UNAUTHENTICATED = "unauthenticated"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    CONFLICT = "conflict"
    GONE = "gone"
    TOO_LARGE = "too-large"
    RATE_LIMITED = "rate-limited"
    UNAVAILABLE = "unavailable"


class DomainError(Exception):
    """A refusal a caller can act on: stable code, what happened, what to do next.

    Subclasses set `code` (kebab-case, never renamed once released), `title` (same for every
    occurrence), `kind` and `next_step`. `detail` tells this occurrence; `members` are extra
    machine-readable values for the problem document (RFC 9457 section 3.2), never secrets.
    """

    code: ClassVar[str]
    title: ClassVar[str]
    kind: ClassVar[Kind]
    next_step: ClassVar[str]

    def __init__(self, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.members = members


def catalogue() -> list[type[DomainError]]:
    """Return every imported refusal with a code, sorted by code: the errors page lists these."""
    found: set[type[DomainError]] = set()
    todo = list(DomainError.__subclasses__())
    while todo:
        error = todo.pop()
        todo.extend(error.__subclasses__())
        if "code" in vars(error):
            found.add(error)
    return sorted(found, key=lambda error: error.code)
