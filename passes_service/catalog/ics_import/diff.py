"""What a re-import would change, so that a service can show it first and then apply it at once.

Rules:
1. (uid, recurrence_id) is the identity. Nothing else ties a session to an entry.
2. What the file said last time is remembered as `fingerprint`. If it says the same again, the
   session is left alone: local edits survive as long as the file does not change that entry.
3. If the entry changed, its fields win over local edits, all of them.
4. A session that starts within the horizon and is no longer in the file is cancelled, unless the
   file still names it but cannot be read there: then it is left alone and listed as skipped.
5. A session cancelled here stays cancelled, whatever the file says: refunds may have been paid.
   One that the file cancelled, or lost, comes back when the file brings it back.
6. A file with a lower SEQUENCE than the one imported before is older: its entry is skipped.
7. An entry that is cancelled in the file and was never known here creates nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from passes_service.catalog.ics_import.model import Import, Occurrence, Skipped

FIELDS = (
    "title",
    "description",
    "location",
    "url",
    "starts_at",
    "ends_at",
    "time_zone",
    "all_day",
)
GONE = "gone:0:"
_SAYS_NOTHING = frozenset({"superseded", "outside-horizon", "not-an-event", "all-taken-out"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A session that an earlier import created, as it stands now.

    `imported` is the `fingerprint` of the entry it came from, or `GONE` after rule 4; empty if
    nobody kept it, and then every difference counts as a change of the file. A field that the
    caller does not store is None and never differs.
    """

    uid: str
    recurrence_id: str
    title: str
    description: str | None
    location: str | None
    url: str | None
    starts_at: datetime
    ends_at: datetime
    time_zone: str | None
    all_day: bool | None
    cancelled: bool
    imported: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A known session whose entry changed; `fields` may hold "cancelled": it is reinstated."""

    known: Known
    found: Occurrence
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cancellation:
    """A known session to be cancelled: by the file, or `found` is None and it is gone from it."""

    known: Known
    found: Occurrence | None


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that a re-import does; each entry and each session is in one place only."""

    created: tuple[Occurrence, ...]
    changed: tuple[Change, ...]
    unchanged: tuple[Known, ...]
    cancelled: tuple[Cancellation, ...]
    skipped: tuple[Skipped, ...]


def fingerprint(found: Occurrence) -> str:
    """Return what to remember of an entry: its state, SEQUENCE and a hash of its fields.

    At most 64 characters: `scheduled:3:9f86…`.
    """
    parts = []
    for name in FIELDS:
        value = getattr(found, name)
        text = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
        parts.append(f"{len(text)}:{text}")
    state = "cancelled" if found.cancelled else "scheduled"
    digest = hashlib.sha256("".join(parts).encode("utf-8", "replace")).hexdigest()[:40]
    return f"{state}:{found.sequence}:{digest}"


def diff(existing: Sequence[Known], found: Import) -> Changes:
    """Compare a file with the sessions that earlier imports of it created."""
    entries = {(one.uid, one.recurrence_id): one for one in (*found.outside, *found.occurrences)}
    inside = {(one.uid, one.recurrence_id) for one in found.occurrences}
    changed: list[Change] = []
    unchanged: list[Known] = []
    cancelled: list[Cancellation] = []
    skipped = list(found.skipped)
    for known in existing:
        entry = entries.pop((known.uid, known.recurrence_id), None)
        verdict = _missing(known, found) if entry is None else _compare(known, entry)
        if isinstance(verdict, Change):
            changed.append(verdict)
        elif isinstance(verdict, Cancellation):
            cancelled.append(verdict)
        elif isinstance(verdict, Skipped):
            skipped.append(verdict)
        else:
            unchanged.append(known)
    created = []
    for key, entry in entries.items():
        if entry.cancelled and key in inside:
            skipped.append(_skip("cancelled-in-file", "The file has it cancelled.", entry))
        elif key in inside:
            created.append(entry)
    return Changes(
        created=tuple(created),
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        cancelled=tuple(cancelled),
        skipped=tuple(skipped),
    )


def _compare(known: Known, entry: Occurrence) -> Change | Cancellation | Skipped | None:
    state, sequence, digest = _remembered(known.imported)
    now_state, _, now_digest = _remembered(fingerprint(entry))
    if (state, digest) == (now_state, now_digest):
        return None
    if entry.sequence < sequence:
        return _skip("older-version", "A newer version of it was imported before.", entry)
    if entry.cancelled:
        return None if known.cancelled else Cancellation(known, entry)
    if known.cancelled and state == "scheduled":
        return _skip("cancelled-here", "It was cancelled here and stays so.", entry)
    fields = tuple(name for name in FIELDS if _differs(getattr(known, name), getattr(entry, name)))
    if known.cancelled:
        fields += ("cancelled",)
    return Change(known, entry, fields) if fields else None


def _missing(known: Known, found: Import) -> Cancellation | Skipped | None:
    if known.cancelled or not found.horizon_start <= known.starts_at < found.horizon_end:
        return None
    for skip in found.skipped:
        same = skip.uid == known.uid and skip.recurrence_id in ("", known.recurrence_id)
        if same and skip.reason_code not in _SAYS_NOTHING:
            reason = "It was left as it is: the file names it, but that entry is skipped."
            return Skipped("left-alone", reason, known.uid, skip.line, known.recurrence_id)
    return Cancellation(known, None)


def _differs(known: object, found: object) -> bool:
    return known is not None and known != found


def _remembered(imported: str) -> tuple[str, int, str]:
    state, _, rest = imported.partition(":")
    sequence, _, digest = rest.partition(":")
    return state, int(sequence) if sequence.isdecimal() else 0, digest


def _skip(code: str, reason: str, entry: Occurrence) -> Skipped:
    return Skipped(code, reason, entry.uid, entry.line, entry.recurrence_id)
