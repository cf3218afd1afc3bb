"""Facts that features tell each other and the world, through the outbox."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened, past tense. Subclasses set `type` and are never renamed."""

    type: ClassVar[str]

    organizer_id: UUID

    def payload(self) -> str:
        """Return the event's fields as JSON text; numbers above 2**53 travel as strings."""
        return _ENCODER.encode(vars(self))


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"an event cannot carry {type(value).__name__}")


_ENCODER = json.JSONEncoder(default=_plain, sort_keys=True)


@dataclass(frozen=True, kw_only=True)
class PassIssued(Event):
    """A pass came into being in a holder's account."""

    type: ClassVar[str] = "pass.issued"

    pass_id: str
    holder_id: UUID


@dataclass(frozen=True, kw_only=True)
class PassTransferred(Event):
    """A pass changed hands; codes and vouchers of the old epoch are dead."""

    type: ClassVar[str] = "pass.transferred"

    pass_id: str
    from_holder_id: UUID
    to_holder_id: UUID
    epoch: int


@dataclass(frozen=True, kw_only=True)
class PassReissued(Event):
    """A pass got a new epoch in the same hands."""

    type: ClassVar[str] = "pass.reissued"

    pass_id: str
    epoch: int


@dataclass(frozen=True, kw_only=True)
class PassBound(Event):
    """A device shows the code of a pass from now on, under a new epoch."""

    type: ClassVar[str] = "pass.bound"

    pass_id: str
    holder_id: UUID
    epoch: int


@dataclass(frozen=True, kw_only=True)
class PassUnbound(Event):
    """A holder went back to a code on paper, under a new epoch."""

    type: ClassVar[str] = "pass.unbound"

    pass_id: str
    holder_id: UUID
    epoch: int


@dataclass(frozen=True, kw_only=True)
class PassVoided(Event):
    """A pass was withdrawn by the organizer."""

    type: ClassVar[str] = "pass.voided"

    pass_id: str


@dataclass(frozen=True, kw_only=True)
class TransferOffered(Event):
    """A pass was held out to someone, who should hear of it."""

    type: ClassVar[str] = "transfer.offered"

    offer_id: UUID


@dataclass(frozen=True, kw_only=True)
class RefundRequested(Event):
    """Money is owed; the worker asks the provider for it."""

    type: ClassVar[str] = "refund.requested"

    refund_id: UUID


@dataclass(frozen=True, kw_only=True)
class RefundSettled(Event):
    """The provider confirmed that the money went."""

    type: ClassVar[str] = "refund.settled"

    refund_id: UUID
    pass_id: str


@dataclass(frozen=True, kw_only=True)
class TermsPublished(Event):
    """Terms became public and unchangeable."""

    type: ClassVar[str] = "terms.published"

    terms_hash: str


@dataclass(frozen=True, kw_only=True)
class SessionChanged(Event):
    """What calendar apps show of a session changed; holders may have to hear of it.

    `change` is moved, place, details (title or description), cancelled or reinstated. `sequence`
    is the session's counter after the change; what begins with `was` held before it.
    """

    type: ClassVar[str] = "session.changed"

    session_id: UUID
    change: str
    sequence: int | None = None
    was_starts_at: datetime | None = None
    was_ends_at: datetime | None = None
    was_location: str | None = None


@dataclass(frozen=True, kw_only=True)
class DoorsNear(Event):
    """The doors of a session, by the Terms of one Series, open within 48 hours."""

    type: ClassVar[str] = "doors.near"

    session_id: UUID
    series_id: UUID
    starts_at: datetime


@dataclass(frozen=True, kw_only=True)
class PassAdmitted(Event):
    """A holder was let in."""

    type: ClassVar[str] = "pass.admitted"

    pass_id: str
    session_id: UUID
    check_in_id: UUID


@dataclass(frozen=True, kw_only=True)
class AdmissionConflict(Event):
    """A gate without a network let in what another entry, or the state of the pass, rules out.

    `check_in_id` is the entry that does not count, `stands` the one that does, if there is one. An
    entry announced as admitted can still come to this when an earlier one arrives.
    """

    type: ClassVar[str] = "admission.conflict"

    pass_id: str
    session_id: UUID
    check_in_id: UUID
    code: str
    stands: UUID | None


@dataclass(frozen=True, kw_only=True)
class AdmissionAnnulled(Event):
    """An admission was taken back within its window."""

    type: ClassVar[str] = "admission.annulled"

    pass_id: str
    check_in_id: UUID


@dataclass(frozen=True, kw_only=True)
class LoginRequested(Event):
    """Someone asked for a magic link. Carries the link's id, never its token."""

    type: ClassVar[str] = "login.requested"

    link_id: UUID


@dataclass(frozen=True, kw_only=True)
class MailWritten(Event):
    """A letter is in the local outbox; with a mail server configured it is sent from there."""

    type: ClassVar[str] = "mail.written"

    message_id: UUID


@dataclass(frozen=True, kw_only=True)
class InvitationWritten(Event):
    """An invitation, its update or its end has a number and waits to be mailed."""

    type: ClassVar[str] = "invitation.written"

    message_id: UUID
