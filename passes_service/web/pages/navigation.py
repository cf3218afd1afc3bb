"""Where a caller can go: links by kind and by what the role may do."""

from __future__ import annotations

from dataclasses import dataclass

from passes_service.accounts.callers import Caller

_STAFF = (
    ("/org", "Overview", "catalog:read"),
    ("/org/calendars", "Calendars", "catalog:read"),
    ("/org/series", "Series", "catalog:read"),
    ("/org/drops", "Drops", "catalog:read"),
    ("/org/passes", "Passes", "passes:read"),
    ("/org/transfers", "Transfers", "passes:read"),
    ("/org/refunds", "Refunds", "refunds:read"),
    ("/org/chain-orders", "Orders", "passes:read"),
    ("/org/chain", "On chain", "catalog:read"),
    ("/door", "Door", "door:scan"),
    ("/org/gates", "Gates", "door:manage"),
    ("/org/people", "People", "people:manage"),
)
_HOLDER = (("/me", "My passes", ""), ("/account/logins", "Logins", ""))


@dataclass(frozen=True)
class Link:
    """One place to go."""

    path: str
    label: str
    current: bool


def nav(caller: Caller, path: str) -> list[Link]:
    """Return the links for this caller; the one whose pages this path is among is current."""
    known = _HOLDER if caller.kind == "holder" else _STAFF
    open_to = [
        (place, label)
        for place, label, scope in known
        if not scope or caller.kind == "holder" or scope in caller.scopes
    ]
    inside = [place for place, _ in open_to if path == place or path.startswith(f"{place}/")]
    nearest = max(inside, key=len, default="")
    if path.startswith("/org/sessions/"):
        nearest = "/org/calendars"  # sessions are pages of their calendar
    return [Link(place, label, place == nearest) for place, label in open_to]


def home_of(caller: Caller | None) -> str:
    """Return where the brand leads."""
    if caller is None:
        return "/"
    return "/me" if caller.kind == "holder" else "/org"
