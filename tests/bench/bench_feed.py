"""Personal feeds: polls beside an empty FastAPI answer, rendering beside the library alone.

`python -m tests.bench.bench_feed`. The ceiling of a poll is the same server with the same number
of workers answering `{}`; ours finds the link among others, checks that nothing changed, sends
validators or bytes and writes its access line.
"""

from __future__ import annotations

import gzip
import http.client
import time
from collections.abc import Callable
from statistics import median
from typing import Any
from uuid import UUID

import icalendar

from passes_service.catalog import marks, sessions
from passes_service.db.models import CalendarSession
from passes_service.feeds import copies
from passes_service.feeds.copies import Stored
from tests.bench import feed_ground
from tests.bench.figures import Figure, show
from tests.bench.ground import BEFORE, Ground, ground
from tests.bench.load import Load, Target, put, request
from tests.bench.rounds import duel, say
from tests.bench.server import serving_process

AT_ONCE = 32
CALLS = 3_000
LINKS = 300
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
TARGETS = {304: 0.60, 200: 0.40}
HOLDERS = 50_000
MB = 1_000_000


def measure(kinds: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Figure]:
    """Return the figures of both databases."""
    found = [figure for kind in kinds for figure in (*_polls(kind), *_rendering(kind))]
    if "postgresql" in kinds:
        found.append(_marking())
    return found


def _polls(kind: str) -> list[Figure]:
    found = []
    with ground(kind) as at:
        feed_ground.sessions(at, 197)  # three are there
        audience = feed_ground.audience(at, LINKS)
        with (
            serving_process("ours", at, at=BEFORE) as ours,
            serving_process("bare", at, at=BEFORE) as bare,
        ):
            empty = [request("GET", "/empty")] * CALLS
            tags = {token: _etag(ours, token) for _, token in audience}
            for status in (304, 200):
                asked = [
                    request("GET", f"/feeds/{token}.ics", headers=_headers(status, tag))
                    for token, tag in tags.items()
                ]
                polls = (asked * (CALLS // len(asked) + 1))[:CALLS]
                result = duel(
                    lambda polls=polls, status=status: _put(ours, polls, status),  # type: ignore[misc]
                    lambda: _put(bare, empty, 200),
                )
                found.append(
                    Figure(
                        name=f"feed {status}, 200 sessions, {NAMES[kind]}, {AT_ONCE} at once",
                        ours=say(result.ours),
                        ceiling=f"{say(result.ceiling)}: empty FastAPI answer",
                        ratio=str(result.ratio),
                        target=f"{TARGETS[status]:.2f}",
                        reached=result.ratio.middle >= TARGETS[status],
                    )
                )
    return found


def _headers(status: int, tag: str) -> dict[str, str]:
    return {"Accept-Encoding": "gzip"} | ({"If-None-Match": tag} if status == 304 else {})


def _etag(target: Target, token: str) -> str:
    """Ask once, so that the bytes are rendered and stored; return their ETag."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
    connection.request("GET", f"/feeds/{token}.ics", headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {answer.read(300)!r}")
    answer.read()
    connection.close()
    return str(answer.headers["ETag"])


def _put(target: Target, requests: list[bytes], status: int) -> Load:
    return put(target, requests, at_once=AT_ONCE, expect=status)


def _rendering(kind: str) -> list[Figure]:
    with ground(kind) as at:
        rows = feed_ground.sessions(at, 197)
        ((link_id, _),) = feed_ground.audience(at, 1)
        first = _refresh(at, link_id)
        took = [_changed(at, link_id, rows[n], n) for n in range(12)]
        calendar = icalendar.Calendar.from_ical(gzip.decompress(first.body))
        library = [_cpu(calendar.to_ical) for _ in range(3)]
        one = Figure(
            name=f"one of 200 sessions changed: new bytes, {NAMES[kind]}",
            ours=f"{median(took) * 1000:.1f} ms CPU",
            ceiling=f"{median(library) * 1000:.0f} ms CPU: icalendar alone",
            ratio=f"{median(library) / median(took):.0f} times faster",
            target="under 5 ms CPU",
            reached=median(took) < 0.005,
        )
        feed_ground.sessions(at, 4_800)
        _touch(at, rows[0])
        began = time.perf_counter()
        large = _refresh(at, link_id)
        rendered = time.perf_counter() - began
        began = time.perf_counter()
        _refresh(at, link_id)
        stored = time.perf_counter() - began
        size = len(gzip.decompress(large.body))
    many = Figure(
        name=f"5,000 sessions, {NAMES[kind]}",
        ours=f"{rendered:.2f} s first, {stored * 1000:.0f} ms stored; "
        f"{size / MB:.2f} MB, {len(large.body) / 1000:.0f} kB gzip",
        target="3 s, 1 s, 1.3 MB, 100 kB",
        reached=rendered < 3 and stored < 1 and size < 1.3 * MB and len(large.body) < 100_000,
    )
    return [one, many]


def _refresh(at: Ground, link_id: UUID) -> Stored:
    with at.database.transaction() as session:
        stored = copies.refresh(
            session,
            organizer_id=at.made.organizer_id,
            link_id=link_id,
            origin="https://passes.example",
            now=BEFORE,
        )
    if stored is None:
        raise RuntimeError("the link is gone")
    return stored


def _changed(at: Ground, link_id: UUID, session_id: UUID, number: int) -> float:
    """Change one session, then return the CPU time of the whole way to new stored bytes."""
    with at.database.transaction() as session:
        sessions.amend(
            session,
            organizer_id=at.made.organizer_id,
            session_id=session_id,
            fields={"title": f"Another title {number}"},
            now=BEFORE,
        )
    return _cpu(lambda: _refresh(at, link_id))


def _cpu(work: Callable[[], Any]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _touch(at: Ground, session_id: UUID) -> None:
    with at.database.transaction() as session:
        row = session.get_one(CalendarSession, (at.made.organizer_id, session_id))
        marks.holders_of(session, row)


def _marking() -> Figure:
    with ground("postgresql") as at:
        rows = feed_ground.sessions(at, 1)
        feed_ground.audience(at, HOLDERS)
        _touch(at, rows[0])
        took = []
        for _ in range(5):
            began = time.perf_counter()
            _touch(at, rows[0])
            took.append(time.perf_counter() - began)
    return Figure(
        name=f"a changed session marks the feeds of {HOLDERS:,} holders, PostgreSQL",
        ours=f"{median(took):.2f} s, at most {max(took):.2f} s",
        target="under 1 s",
        reached=max(took) < 1,
    )


def main() -> None:
    """Print the figures."""
    print(show(measure()))


if __name__ == "__main__":
    main()
