"""A waiting room before and after its opening, beside an endpoint that answers with nothing.

`python -m tests.bench.bench_queue`. Guests join before the opening, each with a browser of their
own; after it, five thousand who wait look at their places. The ceiling is what the framework costs:
no database at all. The lot is timed alone, as the worker draws it.
"""

from __future__ import annotations

import random
from datetime import timedelta
from statistics import median
from time import perf_counter
from typing import Any

from passes_service.db import bulk
from passes_service.db.models import Drop, QueueEntry, new_id
from passes_service.drops import queue, queue_moving
from tests.bench.figures import Figure, show
from tests.bench.ground import BEFORE, Ground, ground
from tests.bench.load import Load, Target, percentile, put, request
from tests.bench.rounds import Duel, duel, say
from tests.bench.server import serving_process
from tests.drops import queue_ground

AT_ONCE = 32
CALLS = 300
WAITING = 5_000
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
OPEN = BEFORE + queue_ground.OPENS_IN + timedelta(seconds=1)


def measure(kinds: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Figure]:
    """Return the figures of both databases."""
    return [figure for kind in kinds for figure in _on(kind)]


def _on(kind: str) -> list[Figure]:
    with ground(kind) as mine:
        drop = queue_ground.room(mine.services, mine.made, places=500)
        with (
            serving_process("ours", mine, at=BEFORE) as ours,
            serving_process("bare", mine, at=BEFORE) as bare,
        ):
            joins = duel(lambda: _join(ours, drop), lambda: _nothing(bare))
        tokens = _wait(mine, drop)
        took = _draw(mine, drop)
        with (
            serving_process("ours", mine, at=OPEN) as ours,
            serving_process("bare", mine, at=BEFORE) as bare,
        ):
            looks = duel(lambda: _look(ours, drop, tokens), lambda: _nothing(bare))
    return [
        _figure(f"joining a waiting room, {NAMES[kind]}", joins),
        _figure(f"a look at one's place, {NAMES[kind]}", looks),
        Figure(name=f"numbers for {WAITING:,} by lot, {NAMES[kind]}", ours=f"{took:.0f} ms"),
    ]


def _figure(name: str, result: Duel) -> Figure:
    slow = percentile(result.ours, 0.99)
    return Figure(
        name=f"{name}, {AT_ONCE} at once",
        ours=f"{say(result.ours)}, p99 {slow:.0f} ms",
        ceiling=f"{say(result.ceiling)}: FastAPI, an empty answer",
        ratio=str(result.ratio),
    )


def _join(target: Target, drop: Drop) -> Load:
    path = f"/api/v1/drops/{drop.id}/queue"
    return put(target, [request("POST", path) for _ in range(CALLS)], at_once=AT_ONCE, expect=200)


def _look(target: Target, drop: Drop, tokens: list[str]) -> Load:
    path = f"/api/v1/drops/{drop.id}/queue?token="
    some = random.sample(tokens, CALLS)
    requests = [request("GET", path + token) for token in some]
    return put(target, requests, at_once=AT_ONCE, expect=200)


def _nothing(target: Target) -> Load:
    return put(target, [request("GET", "/empty")] * CALLS, at_once=AT_ONCE, expect=200)


def _wait(mine: Ground, drop: Drop) -> list[str]:
    """Put people into the room; return their tokens."""
    rows: list[dict[str, Any]] = [
        {
            "organizer_id": drop.organizer_id,
            "id": new_id(),
            "drop_id": drop.id,
            "subject": f"v:{number}",
            "created_at": BEFORE,
        }
        for number in range(WAITING)
    ]
    with mine.database.transaction() as session:
        bulk.insert_rows(session, QueueEntry, rows)
    key = mine.services.keyring.session_key
    return [queue.token_of(QueueEntry(**row), key=key) for row in rows]


def _draw(mine: Ground, drop: Drop) -> float:
    """Return how many milliseconds the lot takes, the first admission included."""
    times = []
    for _ in range(3):
        began = perf_counter()
        with mine.database.transaction() as session:
            room = queue_moving.number_early(session, drop, now=OPEN)
            if room is not None:
                queue_moving.move(session, room, now=OPEN)
            times.append((perf_counter() - began) * 1000)
            if len(times) < 3:
                session.rollback()
    return median(times)


def main() -> None:
    """Print the figures."""
    print(show(measure()))


if __name__ == "__main__":
    main()
