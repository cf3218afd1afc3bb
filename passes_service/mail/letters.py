"""The words of every letter: plain text, short, warm, and clear about what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

LINK_MARK = "[[sign-in link]]"
_CONSENT = (
    "When one of its sessions is moved, cancelled or suddenly elsewhere, we write to this address. "
    "One click in any such letter, or on your page, and we write only what gives you a right or "
    "money."
)


@dataclass(frozen=True, slots=True)
class PassLine:
    """A pass as a reminder names it, and the device that shows its code, if one does."""

    said: str
    device: str


@dataclass(frozen=True, slots=True)
class Letter:
    """Subject and body. Only a letter made around a magic link has `LINK_MARK` in its body."""

    subject: str
    body: str


def letter_of(subject: str, organizer: str, *paragraphs: str) -> Letter:
    """Return a letter signed by the organizer; the subject becomes one line."""
    one_line = " ".join(subject.split())[:200]
    return Letter(one_line, "\n\n".join([*filter(None, paragraphs), organizer]) + "\n")


def login(organizer: str, *, minutes: int) -> Letter:
    """Return the letter with a link to sign in."""
    return letter_of(
        f"Your link to sign in to {organizer}",
        organizer,
        "Hello,",
        "here is your link. It works once, within "
        f"{minutes} minutes, and signs in the browser you open it in:",
        LINK_MARK,
        "You did not ask for it? Then ignore this mail; nobody gets in without the link.",
    )


def invitation(organizer: str, *, role: str, days: int) -> Letter:
    """Return the letter to a new member of staff."""
    return letter_of(
        f"You are on the team of {organizer}",
        organizer,
        "Hello,",
        f"you have been added to the team as {role}. This link signs you in; it works once, "
        f"within {days} days. Later you get a new one whenever you ask:",
        LINK_MARK,
    )


def add_email(organizer: str, *, minutes: int) -> Letter:
    """Return the letter that proves an address which someone wants to add to an account."""
    return letter_of(
        f"Add this address to your account at {organizer}?",
        organizer,
        "Hello,",
        "you asked to sign in with this address too. Open this link within "
        f"{minutes} minutes, in the browser in which you are signed in:",
        LINK_MARK,
        "You did not ask for it? Then ignore this mail; nothing changes.",
    )


def pass_issued(organizer: str, *, title: str, number: str, url: str) -> Letter:
    """Return the letter about a new pass."""
    return letter_of(
        f"Your pass: {title}",
        organizer,
        "Hello,",
        f"“{title}” is yours: number {number}.",
        f"Your pass, its rules in plain words, your door code and your calendar are here:\n{url}",
        "Sign in with this e-mail address; there is no password. See you soon!",
        _CONSENT,
    )


def offered(organizer: str, *, title: str, number: str, giver: str, until: str, url: str) -> Letter:
    """Return the letter to whom a pass is held out."""
    return letter_of(
        f"A pass for you: {title}",
        organizer,
        "Hello,",
        f"{giver} would like you to have “{title}”, number {number}.",
        f"Read the rules and say yes or no until {until}:\n{url}",
        "Refunds, if the rules give any, go to whoever paid for the pass.",
    )


def received(organizer: str, *, title: str, number: str, url: str) -> Letter:
    """Return the letter to the new holder of a transferred pass."""
    return letter_of(
        f"It is yours: {title}",
        organizer,
        "Hello,",
        f"“{title}”, number {number}, is in your account now. Your door code is new:\n{url}",
        _CONSENT,
    )


def given_away(organizer: str, *, title: str, number: str) -> Letter:
    """Return the letter to the former holder of a transferred pass."""
    return letter_of(
        f"Your pass has a new holder: {title}",
        organizer,
        "Hello,",
        f"“{title}”, number {number}, was accepted. Your old door code and voucher no longer "
        "work, and its sessions leave your calendar at its next update.",
    )


def refund_settled(organizer: str, *, title: str, amount: str, reason: str, url: str) -> Letter:
    """Return the letter about money that went back."""
    return letter_of(
        f"Your refund: {amount}",
        organizer,
        "Hello,",
        f"{amount} for “{title}” went back to your original way of paying.",
        reason,
        f"The whole history of the pass:\n{url}",
    )


def doors_near(
    organizer: str,
    *,
    session: str,
    starts: str,
    doors: str,
    until: str,
    passes: Sequence[PassLine],
    url: str,
) -> Letter:
    """Return the letter of two days before the doors, around a link that signs in."""
    shown = [f"{one.said}: its code is on {one.device}." for one in passes if one.device]
    paper = [f"{one.said}: its code can be printed." for one in passes if not one.device]
    return letter_of(
        f"Is your code ready? {session}",
        organizer,
        "Hello,",
        f"“{session}” starts on {starts}, doors open at {doors}.",
        "\n".join([*shown, *paper]),
        "Browsers may delete what a page has stored, at any time and without asking. Open your "
        "pass on the phone that you bring: if it shows a code that changes, all is well. If not, "
        "press “Use this phone instead”; that is all."
        if shown
        else "Bring it on paper, or make your phone the ticket: open the pass there and press "
        "“Make this phone my ticket”. It then needs no network at the door.",
        f"This link signs in the phone that you open it on. It works once, until {until}:",
        LINK_MARK,
        f"Used already, or another phone? Ask for a new link here:\n{url}",
        f"From {until} on the code stays as it is. If it is lost then, tell the hosts at the door "
        "the number of your pass and your name: they give you a new one.",
    )
