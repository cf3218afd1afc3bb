"""Refusals about who is acting."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class NotSignedIn(DomainError):
    """No credential, or one that is unknown, expired or revoked."""

    code, title, kind = "not-signed-in", "Not signed in", Kind.UNAUTHENTICATED
    next_step = "Sign in again, or send a valid API key as a Bearer token."


class NotAllowed(DomainError):
    """The caller is known but may not do this."""

    code, title, kind = "not-allowed", "Not allowed", Kind.FORBIDDEN
    next_step = "Ask an owner of this organizer for the permission named here."


class NotFound(DomainError):
    """There is no such thing here; another organizer's things look the same."""

    code, title, kind = "not-found", "Not found", Kind.NOT_FOUND
    next_step = "Check the address or id; ids of other organizers are not visible here."
