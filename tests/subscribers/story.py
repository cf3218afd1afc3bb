"""The story that every client is told, one step per poll."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from tests.subscribers.stage import Entry, Stage
from tests.subscribers.wire import Poll


class Client(Protocol):
    """A whole calendar client that subscribed to the feed of a stage."""

    name: str
    conditional: bool  # it sends If-None-Match
    keeps_uids: bool
    patience: float

    def poll(self) -> None:
        """Make it fetch now, or wait for a while until it does."""

    def shown(self) -> dict[str, Entry]:
        """Return what is in its own store, by the name it has there (the UID where it keeps it)."""

    def cancelled(self) -> list[str]:
        """Return the titles of what it held as cancelled when `shown` was asked last."""

    def trouble(self) -> str:
        """Return why it asks no more, or nothing."""


class Desktop(Client, Protocol):
    """A client with a timer of its own."""

    def hurry(self) -> None:
        """Set its timer to the shortest interval, a minute."""


@dataclass(frozen=True)
class Step:
    """Something happens to the book, the client polls."""

    name: str
    act: Callable[[Stage], None]
    after: Callable[[Stage], None] | None = None
    new: bool = True


def _nothing(_: Stage) -> None:
    """Let time pass."""


STORY = (
    Step("subscribe", _nothing),
    Step("nothing changed", _nothing, new=False),
    Step("a session is added", Stage.add),
    Step("moved by an hour", Stage.move),
    Step("the server restarts", Stage.restart, new=False),
    Step("retitled", Stage.retitle),
    Step("cancelled", Stage.cancel),
    Step("reinstated", Stage.reinstate),
    Step(
        "the database is away",
        Stage.take_database_away,
        after=Stage.bring_database_back,
        new=False,
    ),
    Step("pass given away", Stage.give_away),
    Step("pass taken back", Stage.take_back),
    Step("both passes refunded", Stage.refund_all),
    Step("link revoked", Stage.revoke),
    Step("revoked, asked again", _nothing, new=False),
)


def tell(stage: Stage, client: Client) -> None:
    """Tell the story; after each step the client's store has to say the same as the book.

    An answer that is neither 200 nor 304 never goes out: some clients would never ask again.
    """
    known = 0
    for step in STORY:
        began = time.monotonic()
        step.act(stage)
        client.poll()
        found = settled(stage, client, client.patience)
        polls = stage.wire.polls[known:]
        known += len(polls)
        took = time.monotonic() - began
        print(f"{step.name}: {_words(polls)}, {len(found)} entries, {took:.1f} s")
        assert stage.agrees(found, uids=client.keeps_uids), _wrong(step, stage, found)
        assert {poll.status for poll in polls} <= {200, 304}, f"{step.name}: {polls}"
        assert polls, f"{step.name}: it did not ask"
        _check(step, stage, client, polls)
        if step.after is not None:
            step.after(stage)


def tell_desktop(stage: Stage, client: Desktop) -> None:
    """Tell the story; at its end the client still asks when its own timer says so."""
    tell(stage, client)
    known = len(stage.wire.polls)
    client.hurry()
    assert stage.wire.wait_for_poll(after=known, seconds=90), "its timer has stopped"
    time.sleep(1)
    print(f"by its own timer: {_words(stage.wire.polls[known:])}")
    assert stage.agrees(client.shown(), uids=client.keeps_uids)
    assert client.trouble() == ""


def _check(step: Step, stage: Stage, client: Client, polls: list[Poll]) -> None:
    """Whoever asks conditionally is told 304 when nothing is new, and 200 when something is."""
    first = step is STORY[0]
    if client.conditional and not first:
        assert all(poll.conditional for poll in polls), f"{step.name}: {polls}"
        assert (200 in {poll.status for poll in polls}) == step.new, f"{step.name}: {polls}"
    if not client.conditional:
        assert {poll.status for poll in polls} == {200}, f"{step.name}: {polls}"
    gone = ["Cancelled: Evening 1"] if step.name == "cancelled" else []
    assert client.cancelled() == gone, step.name
    assert client.trouble() == "", step.name


def settled(stage: Stage, client: Client, seconds: float) -> dict[str, Entry]:
    """Return what it shows, as soon as that is right, at the latest when time is up."""
    end = time.monotonic() + seconds
    found = client.shown()
    while not stage.agrees(found, uids=client.keeps_uids) and time.monotonic() < end:
        time.sleep(0.5)
        found = client.shown()
    return found


def _wrong(step: Step, stage: Stage, found: dict[str, Entry]) -> str:
    return f"{step.name}: {found} instead of {stage.notice or stage.told}"


def _words(polls: list[Poll]) -> str:
    return " ".join(
        f"{poll.status}{' (if none match)' if poll.conditional else ''}" for poll in polls
    )
