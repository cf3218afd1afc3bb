"""Why a session is not sent as an invitation."""

from __future__ import annotations

from passes_service.core.errors import DomainError, Kind


class SessionInFeed(DomainError):
    """A living calendar link shows the session already; whether twice is fine the holder says."""

    code, title, kind = "session-in-feed", "Your calendar link shows it already", Kind.CONFLICT
    next_step = "Ask again with `with_feed` true if you want it in both; it then shows twice."


class SessionNotComing(DomainError):
    """Nobody is invited to what is over or was cancelled."""

    code, title, kind = "session-not-coming", "This session is not to come", Kind.CONFLICT
    next_step = "Choose a session that still takes place."


class NoConfirmedAddress(DomainError):
    """There is no e-mail address that is proved to be the holder's."""

    code, title, kind = "no-confirmed-address", "No confirmed e-mail address", Kind.CONFLICT
    next_step = "Add and confirm an e-mail address in your account, then ask again."
