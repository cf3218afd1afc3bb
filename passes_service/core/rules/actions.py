"""Actions: what someone wants to do with a pass."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Transfer:
    """Hand the pass to someone else; `to_self` when the receiver already holds it."""

    to_self: bool = False


@dataclass(frozen=True)
class Refund:
    """Give the pass up for what the Terms pay now."""


@dataclass(frozen=True)
class Draw:
    """Keep the pass and take what is due for cancelled Portions."""


@dataclass(frozen=True)
class Claim:
    """Turn the voucher into a token on chain."""


@dataclass(frozen=True)
class Admission:
    """One entry that counts, and the exit after it if one was recorded. Annulled ones don't."""

    at: datetime
    exited_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Enter:
    """Come in to one Session, as it is scheduled now.

    Attributes:
        admissions: Those of this pass in this scope: to this Session, or on this local day
            when entry is per day (others are ignored by their time).
        doors_at: None means as many minutes before the start as the Terms say.
    """

    session_id: str
    session_starts_at: datetime
    session_ends_at: datetime
    session_cancelled: bool = False
    admissions: tuple[Admission, ...] = ()
    doors_at: datetime | None = None


Action = Transfer | Refund | Draw | Claim | Enter
