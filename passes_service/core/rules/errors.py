"""Refusals of the rules."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class TermsInvalid(DomainError):
    """A Terms document or draft breaks its schema; `members["field"]` is the path of the fault."""

    code = "terms-invalid"
    title = "These terms cannot be used"
    kind = Kind.INVALID
    next_step = "Correct the named field and send the whole document again."

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field or 'document'}: {problem}", field=field)
