"""JSON shapes that several resources share."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from passes_service.accounts.errors import NotFound
from passes_service.core import pass_id as numbers
from passes_service.core.money import Money, format_money
from passes_service.core.rules.decision import Decision
from passes_service.passes.queries import Held


class Body(BaseModel):
    """A request body: what is not described here is refused, so nobody can set a state."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Read(BaseModel):
    """A resource as it is read."""

    model_config = ConfigDict(from_attributes=True)


# Controls but tab and line feed, other line ends, and what turns the writing after it round: a
# title must not make the words behind it, in a letter or at the door, read differently.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e]")


def _clean(text: str) -> str:
    """Refuse control characters: calendars, letters and logs carry these texts on."""
    if _STEERING.search(text):
        raise ValueError("must not hold control characters")
    if any(0xD800 <= ord(char) <= 0xDFFF for char in text):
        raise ValueError("must be text, not half a character")
    return text


def pass_number(text: str) -> int:
    """Return the pass id that a path names.

    Raises:
        NotFound: It is no number of a pass, so there is none.
    """
    try:
        return numbers.parse_decimal(text)
    except numbers.PassIdMalformed as error:
        raise NotFound("There is no such pass here.") from error


Text = Annotated[str, AfterValidator(_clean)]
Title = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_clean)]
Instant = AwareDatetime
Page = Annotated[int, Field(ge=1, le=100)]


class MoneyRead(BaseModel):
    """An amount: integer minor units as text (wei do not fit a JSON number), and for people."""

    minor: str
    currency: str
    text: str

    @staticmethod
    def of(minor: int, currency: str) -> MoneyRead:
        """Return the shape of an amount."""
        return MoneyRead(
            minor=str(minor), currency=currency, text=format_money(Money(minor, currency))
        )


class DecisionRead(BaseModel):
    """What the published rules say, and how long they say so."""

    allowed: bool
    code: str
    amount: MoneyRead | None
    reason: str
    rule: str
    since: datetime | None
    until: datetime | None

    @staticmethod
    def of(decision: Decision, currency: str) -> DecisionRead:
        """Return the shape of a decision."""
        return DecisionRead(
            allowed=decision.allowed,
            code=decision.code,
            amount=MoneyRead.of(decision.amount, currency),
            reason=decision.reason,
            rule=decision.rule,
            since=decision.since,
            until=decision.until,
        )


class PassRead(BaseModel):
    """A pass. `pass_id` is the same number as voucher and as token."""

    pass_id: str
    series_id: UUID
    title: str
    number: str
    serial: int
    state: str
    epoch: int
    transfers: int
    holder_id: UUID
    wallet: str | None
    terms_hash: str
    paid: MoneyRead
    paid_back: MoneyRead
    bought_at: datetime

    @staticmethod
    def of(held: Held) -> PassRead:
        """Return the shape of a pass."""
        row, series = held.row, held.series
        return PassRead(
            pass_id=str(row.pass_id),
            series_id=series.id,
            title=series.title,
            number=held.label,
            serial=row.serial,
            state=row.state,
            epoch=row.epoch,
            transfers=row.transfers,
            holder_id=row.holder_id,
            wallet=row.wallet,
            terms_hash=series.terms_hash,
            paid=MoneyRead.of(row.paid_minor, row.currency),
            paid_back=MoneyRead.of(row.paid_back_minor, row.currency),
            bought_at=row.bought_at,
        )


class HistoryRead(Read):
    """One line of a pass's history."""

    kind: str
    epoch: int
    sentence: str
    created_at: datetime
