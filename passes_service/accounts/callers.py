"""Who is calling and what they may do. Roles and API keys both come down to scopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from passes_service.accounts.errors import NotAllowed

SCOPES = {
    "catalog:read": "read calendars, sessions, Terms and Series",
    "catalog:write": "create and change calendars, sessions, Terms and Series",
    "passes:read": "find passes and read their history",
    "passes:write": "issue, re-issue, void and transfer passes",
    "refunds:read": "read refunds and what is owed",
    "refunds:write": "refund passes",
    "door:scan": "check people in",
    "door:manage": "enrol and revoke gates",
    "people:manage": "manage staff and API keys",
}

_READS = frozenset(scope for scope in SCOPES if scope.endswith(":read"))
ROLE_SCOPES: dict[str, frozenset[str]] = {
    "owner": frozenset(SCOPES),
    "manager": frozenset(SCOPES) - {"people:manage"},
    "door": frozenset({"catalog:read", "door:scan"}),
    "finance": _READS | {"refunds:write"},
    "viewer": _READS,
}


@dataclass(frozen=True)
class Caller:
    """An authenticated party, always within one organizer."""

    organizer_id: UUID
    kind: Literal["staff", "key", "holder", "gate", "guest"]
    id: UUID
    scopes: frozenset[str] = frozenset()
    name: str = ""

    @property
    def actor(self) -> str:
        """Return the short name that histories and idempotency rows use."""
        return f"{self.kind}:{self.id}"

    def require(self, scope: str) -> None:
        """Refuse unless the caller has `scope`."""
        if scope not in self.scopes:
            raise NotAllowed(f"This needs the permission “{scope}”.", needs=scope)
