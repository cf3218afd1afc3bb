"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from passes_service.core.errors import DomainError

OK, WARN, FAIL = "ok", "warn", "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the doctor's table; `value` never holds a secret."""

    name: str
    value: str
    status: str = OK
    todo: str = ""

    @classmethod
    def failed(cls, name: str, error: DomainError) -> Check:
        """Return the line of a refusal."""
        return cls(name, error.detail, FAIL, error.next_step)
