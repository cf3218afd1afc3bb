"""Refusals of waiting rooms."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class NoWaitingRoom(DomainError):
    """The Drop is sold without a waiting room."""

    code, title, kind = "no-waiting-room", "There is no waiting room", Kind.NOT_FOUND
    next_step = "Order at once: this Drop needs no queue token."


class WaitingRoomOver(DomainError):
    """The Drop is over, so nobody waits for it."""

    code, title, kind = "waiting-room-over", "This Drop is over", Kind.GONE
    next_step = "Look at the organizer's page for what comes next."


class QueueTokenMissing(DomainError):
    """The Drop has a waiting room, and the call came without a place in it."""

    code, title, kind = "queue-token-missing", "This Drop has a waiting room", Kind.FORBIDDEN
    next_step = "Join the waiting room, and send its token with the call when it is your turn."


class QueueTokenForged(DomainError):
    """The token was altered, made up, or signed with a key that is no longer good."""

    code, title, kind = "queue-token-forged", "This queue token is not genuine", Kind.INVALID
    next_step = "Send the token exactly as the waiting room gave it, or join again to get it anew."


class QueueTokenElsewhere(DomainError):
    """The token is genuine, and of another Drop."""

    code, title, kind = "queue-token-elsewhere", "This place is for another Drop", Kind.INVALID
    next_step = "Join the waiting room of this Drop; places cannot be taken from one to another."


class QueueEntryUnknown(DomainError):
    """The token is genuine, but nobody is on record at that place."""

    code, title, kind = "queue-entry-unknown", "This place is not on record", Kind.NOT_FOUND
    next_step = "Join the waiting room again."


class QueueTokenOthers(DomainError):
    """The place belongs to somebody else, or to the same person before they signed in."""

    code, title, kind = "queue-token-others", "This is somebody else's place", Kind.FORBIDDEN
    next_step = "Open the waiting room in this browser: if the place is yours, it stays yours."


class QueueNotYourTurn(DomainError):
    """The number of this place has not been called yet."""

    code, title, kind = "queue-not-your-turn", "It is not your turn yet", Kind.RATE_LIMITED
    next_step = "Wait in the waiting room; your place is kept, and reloading does not lose it."


class QueueRoomOdd(DomainError):
    """A waiting room cannot be run with such numbers."""

    code, title, kind = "queue-room-odd", "The waiting room does not fit", Kind.INVALID
    next_step = "Correct the field named in `field`."
