"""What a client does with an answer that the service never gives: why it never gives it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.subscribers.stage import Stage
from tests.subscribers.story import Client, settled
from tests.subscribers.wire import Reply

CALENDAR = "text/calendar; charset=utf-8"
EMPTY = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Nobody//Nothing//EN\r\nEND:VCALENDAR\r\n"
LATER = (("Retry-After", "120"),)
_SETTLE_SECONDS = 3.0
_FOLLOW_SECONDS = 5.0

ANSWERS = {
    "403": Reply(403),
    "404": Reply(404),
    "410": Reply(410),
    "429": Reply(429, headers=LATER),
    "500": Reply(500),
    "503": Reply(503, headers=LATER),
    "no answer": Reply(0),
    "no event": Reply(200, EMPTY, CALENDAR),
    "half of one": Reply(200, EMPTY[:60] + b"BEGIN:VEVENT\r\nUID:1\r\n", CALENDAR),
    "a web page": Reply(200, b"<html><body>Log in</body></html>", "text/html"),
}


@dataclass(frozen=True)
class Reaction:
    """Whether it went on showing what it had, and whether it followed the next change."""

    kept: bool
    followed: bool

    def __str__(self) -> str:
        shows = "keeps what it had" if self.kept else "shows nothing"
        return f"{shows}, {'follows again' if self.followed else 'follows no more'}"


GOOD = Reaction(kept=True, followed=True)
BLANK = Reaction(kept=False, followed=True)
SWITCHED_OFF = Reaction(kept=True, followed=False)


def meet(stage: Stage, client: Client, answer: str) -> Reaction:
    """Give a client that shows everything this answer once, then true ones again."""

    def begin() -> None:
        stage.wire.instead = ANSWERS[answer]

    def end() -> None:
        stage.wire.instead = None

    return _observe(stage, client, answer, begin, end)


def start_in_an_outage(stage: Stage, client: Client) -> Reaction:
    """Let a server that never had the database answer a poll, then bring the database back."""

    def begin() -> None:
        stage.close()
        stage.take_database_away()
        stage.open()

    return _observe(stage, client, "a start in an outage", begin, stage.bring_database_back)


def follows(stage: Stage, client: Client) -> bool:
    """Change something; tell whether the client shows it after its next poll."""
    stage.retitle_plainly(f"Changed at {time.monotonic()}")
    client.poll()
    return stage.agrees(settled(stage, client, _FOLLOW_SECONDS), uids=client.keeps_uids)


def _observe(
    stage: Stage, client: Client, name: str, begin: Callable[[], None], end: Callable[[], None]
) -> Reaction:
    client.poll()
    assert stage.agrees(settled(stage, client, 20), uids=client.keeps_uids)
    begin()
    client.poll()
    time.sleep(_SETTLE_SECONDS)
    kept = stage.agrees(client.shown(), uids=client.keeps_uids)
    status = stage.wire.polls[-1].status
    end()
    found = Reaction(kept, follows(stage, client))
    print(f"{client.name}, {name} ({status}): {found}")
    return found
