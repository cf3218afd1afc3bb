"""Terms: what a pass promises, as immutable data.

Instants are aware UTC datetimes at whole seconds, shares are basis points, amounts are integer
minor units. Build them with `schema.parse` or `resolve.resolve`, which refuse what makes no sense;
the constructors themselves check nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

VERSION: Final = 1
MAX_PORTIONS: Final = 16

EntryMode = Literal["once_per_session", "per_day", "unlimited"]
Funding = Literal["external", "escrow"]


@dataclass(frozen=True, kw_only=True)
class TransferRule:
    """When a pass may change hands.

    Open in [opens_at, closes_at), None being no bound, except from `frozen_minutes` before the
    doors of each Portion until it ends. At most `max_count` transfers, None being no limit. A fee
    (with its currency) is for book passes only: Terms with a fee cannot be claimed to a chain.
    """

    allowed: bool
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    max_count: int | None = None
    frozen_minutes: int = 0
    fee_minor: int = 0
    fee_currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class RefundStep:
    """Giving the pass up strictly before `until` pays `share_bp` of what was paid."""

    until: datetime
    share_bp: int


@dataclass(frozen=True, kw_only=True)
class RefundRule:
    """What comes back, and when.

    Steps have strictly later `until` and strictly smaller shares; after the last one nothing comes
    back. `guarantee_bp` is the share of a cancelled or moved Portion's weight that comes back.
    """

    steps: tuple[RefundStep, ...] = ()
    cooling_off_seconds: int = 0
    guarantee_bp: int = 10_000
    move_window_seconds: int = 0


@dataclass(frozen=True, kw_only=True)
class EntryRule:
    """How often a pass opens the door, and from how many minutes before a session starts."""

    mode: EntryMode = "once_per_session"
    reentry: bool = False
    doors_minutes_before: int = 60


@dataclass(frozen=True, kw_only=True)
class Portion:
    """A part of the season that is priced for refunds: one or more Sessions and their weight."""

    index: int
    title: str
    session_ids: tuple[str, ...]
    weight_bp: int
    doors_at: datetime
    ends_at: datetime
    settles_at: datetime


@dataclass(frozen=True, kw_only=True)
class Terms:
    """One immutable rules document; its hash is in every pass sold under it."""

    organizer: str
    calendar: str
    pass_type: str
    title: str
    time_zone: str
    cap: int
    transfer: TransferRule
    refund: RefundRule
    entry: EntryRule
    portions: tuple[Portion, ...]
    conveys: tuple[str, ...]
    excludes: tuple[str, ...]
    sale_closes_at: datetime
    funding: Funding
    amends: str | None = None
    version: int = VERSION

    @property
    def claimable(self) -> bool:
        """Whether a pass under these Terms may ever become a token by claim."""
        return self.funding == "external" and self.transfer.fee_minor == 0
