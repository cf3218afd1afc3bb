"""Read calendar files (RFC 5545) from anywhere into Sessions-to-be: bytes in, plan out, no I/O.

`read` finds the occurrences within a horizon, says what it skipped and why, and what it decided
where a file leaves room; `diff.diff`
compares them with what is already known.
"""

from passes_service.catalog.ics_import.errors import (
    ImportBroken,
    ImportTooLarge,
    ImportZoneNeeded,
    ImportZoneUnknown,
)
from passes_service.catalog.ics_import.model import Import, Note, Occurrence, Skipped, tally
from passes_service.catalog.ics_import.reader import read

__all__ = [
    "Import",
    "ImportBroken",
    "ImportTooLarge",
    "ImportZoneNeeded",
    "ImportZoneUnknown",
    "Note",
    "Occurrence",
    "Skipped",
    "read",
    "tally",
]
