"""Refusals at the door that are about the request, not about the pass: those are decisions."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class GateNotForSession(DomainError):
    """The gate was enrolled for other sessions."""

    code, title, kind = "gate-not-for-session", "This gate is for other sessions", Kind.FORBIDDEN
    next_step = "Choose a session of this gate, or enrol the device again for this one."


class NonceReused(DomainError):
    """The nonce belongs to an earlier scan of something else."""

    code, title, kind = "nonce-reused", "Nonce reused", Kind.INVALID
    next_step = "Use a fresh random nonce for each scan; the same one only to repeat a scan."


class AnnulTooLate(DomainError):
    """An admission can be taken back for 15 minutes."""

    code, title, kind = "annul-too-late", "Too late to take this back", Kind.CONFLICT
    next_step = "The admission stands. To let the person in again, record an exit or force."


class GateEnrolledElsewhere(DomainError):
    """Another phone opened the enrolment link first; it is used up."""

    code, title, kind = "gate-enrolled-elsewhere", "Another phone is this gate", Kind.CONFLICT
    next_step = "Ask the organizer for a new gate; if nobody here used the link, have it revoked."


class GateProofWrong(DomainError):
    """The keys were sent without the proof that they are the phone's own."""

    code, title, kind = "gate-proof-wrong", "The proof does not fit the keys", Kind.INVALID
    next_step = "Sign the link's token and both keys as docs/offline-gate.md says, then send again."


class GateWithoutKeys(DomainError):
    """Something is for gates that made their own keys, and this caller has none."""

    code, title, kind = "gate-without-keys", "This gate has no keys", Kind.FORBIDDEN
    next_step = (
        "Open the enrolment link of a gate on this phone; staff scan without what is sealed."
    )


class BlockRefused(DomainError):
    """No passes can be set aside for this gate now."""

    code, title, kind = "block-refused", "No block for this gate", Kind.CONFLICT
    next_step = "Open the link of the gate on a phone, then set passes aside for its next session."


class RenewNotNow(DomainError):
    """Hosts renew a code while the holder cannot: from two hours before doors to the end."""

    code, title, kind = "renew-not-now", "Not to be renewed at the door now", Kind.CONFLICT
    next_step = "Before then the holder does it on the page of the pass, in one tap."
