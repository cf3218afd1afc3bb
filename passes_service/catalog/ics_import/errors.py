"""Refusals of a whole calendar file: nothing of it is imported."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class ImportBroken(DomainError):
    """The file is not a whole iCalendar file; `line` says where (1-based, as in an editor)."""

    code, title, kind = "ics-broken", "Calendar file is broken", Kind.INVALID
    next_step = "Correct the named line, or export the calendar again, and import the new file."


class ImportTooLarge(DomainError):
    """The file, or what its rules unfold to, is more than one import may bring."""

    code, title, kind = "ics-too-large", "Calendar file is too large", Kind.TOO_LARGE
    next_step = "Choose a shorter horizon, or split the calendar into smaller files."


class ImportZoneNeeded(DomainError):
    """The file has times without a time zone, and nobody said which zone they are in."""

    code, title, kind = "ics-zone-needed", "Time zone needed", Kind.INVALID
    next_step = "Say which time zone the times in the file are in, and import it again."


class ImportZoneUnknown(DomainError):
    """The zone named by the caller is not an IANA time zone."""

    code, title, kind = "ics-zone-unknown", "Unknown time zone", Kind.INVALID
    next_step = "Name an IANA time zone such as Europe/Berlin."


class UnreadableError(Exception):
    """One entry cannot be read: it is skipped with this reason, the rest goes on (internal)."""

    def __init__(self, code: str, reason: str, line: int | None = None) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.line = line
