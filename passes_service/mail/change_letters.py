"""The words about a changed session: what was beside what is now, and why the letter came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from passes_service.mail.letters import Letter, letter_of

_PLAIN: Final = {
    "moved": "New time: {}",
    "place": "New place: {}",
    "cancelled": "Cancelled: {}",
    "reinstated": "On again: {}",
}
_URGENT: Final = {
    "moved": "{}: new time for {}",
    "place": "{}: new place for {}",
    "cancelled": "{}: {} is cancelled",
    "reinstated": "{}: {} takes place after all",
}
_ANYWAY = (
    "This letter comes whether or not you want mail about changes: what it tells gives you a right "
    "or money that your pass promises."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change in the words of its letter; times are those of `zone`.

    `urgent` is "Today", "Tomorrow" or "Soon", empty where nothing presses.
    """

    kind: str
    session: str
    was: str
    now: str
    zone: str
    place_was: str
    place: str
    urgent: str = ""


def about(
    organizer: str,
    change: Change,
    *,
    owed: tuple[str, ...],
    anyway: bool,
    url: str,
    calendar_url: str,
) -> Letter:
    """Return the letter about a changed session.

    Args:
        organizer: Who signs.
        change: What happened.
        owed: What the Terms give for it, one sentence per pass.
        anyway: It opens a right or owes money, so it also goes to who wants no such mail.
        url: The holder's page.
        calendar_url: Where the holder's calendar links are managed; never such a link itself.
    """
    return letter_of(
        _subject(change),
        organizer,
        "Hello,",
        _SENTENCES[change.kind](change),
        _calendar(change, calendar_url),
        *owed,
        f"Your pass and all that you can do now:\n{url}",
        _ANYWAY if anyway else "",
    )


def _subject(change: Change) -> str:
    if change.urgent:
        return _URGENT[change.kind].format(change.urgent, change.session)
    return _PLAIN[change.kind].format(change.session)


def _calendar(change: Change, url: str) -> str:
    if not change.urgent:
        return "Your calendar follows by itself."
    return (
        "Your calendar follows by itself, but calendar apps may need up to a day to show it. Your "
        f"calendar link is managed here:\n{url}"
    )


def _moved(change: Change) -> str:
    if change.was == change.now:
        return f"“{change.session}” was moved and is back at its time: {_now(change)}."
    said = f"was {change.was}, now {_now(change)}; {_place(change)}"
    return f"“{change.session}” has a new time: {said}."


def _new_place(change: Change) -> str:
    said = f"was {_named(change.place_was)}, now {_named(change.place)}"
    return f"“{change.session}” has a new place: {said}; same time: {_now(change)}."


def _cancelled(change: Change) -> str:
    return f"We are sorry: “{change.session}” on {_now(change)} will not take place."


def _reinstated(change: Change) -> str:
    before = "" if change.was == change.now else f", and not as before on {change.was}"
    return (
        f"Good news: “{change.session}” takes place after all, on {_now(change)}{before}; "
        f"{_place(change)}. What was owed to you for the cancellation stays owed."
    )


def _now(change: Change) -> str:
    return f"{change.now} ({change.zone})"


def _place(change: Change) -> str:
    if change.place == change.place_was:
        return f"same place: {change.place}" if change.place else "same place"
    return f"new place: was {_named(change.place_was)}, now {_named(change.place)}"


def _named(place: str) -> str:
    return place or "not said"


_SENTENCES: Final = {
    "moved": _moved,
    "place": _new_place,
    "cancelled": _cancelled,
    "reinstated": _reinstated,
}
