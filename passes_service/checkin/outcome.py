"""What a scan comes to: a code, a sentence for the host to say, and what to show beside it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from passes_service.core.receipt import Decided


class ScanCode(StrEnum):
    """Decision codes of the door, listed with what to do in docs/host.md."""

    ADMIT = "ADMIT"
    ADMIT_PROVISIONAL = "ADMIT_PROVISIONAL"
    DUPLICATE = "DUPLICATE"
    REVOKED = "REVOKED"
    UNKNOWN = "UNKNOWN"
    WRONG_SESSION = "WRONG_SESSION"
    TOO_EARLY = "TOO_EARLY"
    TOO_LATE = "TOO_LATE"
    STALE = "STALE"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    EXPIRED = "EXPIRED"
    MALFORMED = "MALFORMED"
    FULL = "FULL"
    EXIT = "EXIT"
    NOT_INSIDE = "NOT_INSIDE"


GOOD = frozenset({ScanCode.ADMIT, ScanCode.ADMIT_PROVISIONAL, ScanCode.EXIT})
# What a host may overrule, by name and with a reason: the pass is genuine and still a pass.
FORCEABLE = frozenset(
    {
        ScanCode.DUPLICATE,
        ScanCode.WRONG_SESSION,
        ScanCode.TOO_EARLY,
        ScanCode.TOO_LATE,
        ScanCode.STALE,
        ScanCode.EXPIRED,
        ScanCode.FULL,
    }
)


ANNUL_WITHIN: Final = timedelta(minutes=15)
"""How long an admission can be taken back, online or alone."""
OUTDATED = (
    "This code is from before the pass changed hands or was renewed. Please show the new one."
)
ON_PHONE = (
    "This pass shows its code on a phone now; a picture of an old code does not open the door."
)
NOT_LIVE = "This code is not of this minute. Please show the live code, not a picture."


@dataclass(frozen=True, kw_only=True)
class Entry:
    """An admission as a host hears of it: where and when."""

    check_in_id: UUID
    gate: str
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The decision on one scan. Names are those of today, everything else is as it was decided.

    Attributes:
        decided_by: Path of the rule in the Terms, or `code`, `pass`, `capacity`; `force:` and a
            code when a host overruled that code.
        typed: The number was typed, not scanned, so the host asks for the name.
        first: The entry that stands in the way of this one.
        forceable: A host may overrule this refusal with a reason.
        annulled: The admission was taken back since.
        scope: Within what the pass admits once; of an exit, the scope of the entry that was left.
        decided: What a receipt states; None for a simulation.
    """

    code: ScanCode
    sentence: str
    decided_by: str
    decided_at: datetime
    session_id: UUID
    pass_id: int | None = None
    pass_label: str = ""
    series_title: str = ""
    holder_name: str = ""
    check_in_id: UUID | None = None
    number: int | None = None
    first: Entry | None = None
    typed: bool = False
    forced: bool = False
    simulated: bool = False
    annulled: bool = False
    scope: str = ""
    decided: Decided | None = None

    @property
    def forceable(self) -> bool:
        """Tell whether a host may overrule this refusal."""
        return self.pass_id is not None and self.code in FORCEABLE
