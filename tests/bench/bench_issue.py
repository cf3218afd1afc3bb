"""The whole issuing POST beside bare endpoints that do the same writes through SQLModel.

`python -m tests.bench.bench_issue`. Both kinds of database, durable; one process per server;
one series, so every call meets the same hot row. Ours does everything it does in service: API
key, Idempotency-Key under a lease of its own transaction, Terms, history, outbox, log line.
"""

from __future__ import annotations

import secrets
from itertools import count

from tests.bench.figures import Figure, show
from tests.bench.ground import BEFORE, Ground, ground
from tests.bench.load import Load, Target, put, request
from tests.bench.rounds import duel, say
from tests.bench.server import serving_process

TARGET = 0.60
CALLS = {1: 120, 16: 240}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_turn = count()


def measure(kinds: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Figure]:
    """Return the figures of both databases, with one and with many calls at once."""
    return [figure for kind in kinds for figure in _on(kind)]


def _on(kind: str) -> list[Figure]:
    found = []
    with (
        ground(kind) as mine,
        ground(kind) as theirs,
        serving_process("ours", mine, at=BEFORE) as ours,
        serving_process("bare", theirs, at=BEFORE) as bare,
    ):
        for at_once, calls in CALLS.items():
            for style, says in (("two", "reserve, then work"), ("one", "one transaction")):
                found.append(_figure(kind, mine, theirs, ours, bare, at_once, calls, style, says))
    return found


def _figure(
    kind: str,
    mine: Ground,
    theirs: Ground,
    ours: Target,
    bare: Target,
    at_once: int,
    calls: int,
    style: str,
    says: str,
) -> Figure:
    path = f"/{style}/{theirs.made.series.id}/passes"
    result = duel(
        lambda: issue(ours, mine, f"/api/v1/series/{mine.made.series.id}/passes", calls, at_once),
        lambda: issue(bare, theirs, path, calls, at_once),
    )
    return Figure(
        name=f"issuing POST, {NAMES[kind]}, {at_once} at once",
        ours=say(result.ours),
        ceiling=f"{say(result.ceiling)}: bare SQLModel, {says}",
        ratio=str(result.ratio),
        target=f"at least {TARGET:.2f}",
        reached=result.ratio.middle >= TARGET,
    )


def issue(target: Target, at: Ground, path: str, calls: int, at_once: int) -> Load:
    """Issue `calls` passes."""
    headers = {"Authorization": f"Bearer {at.api_key}"}
    requests = [
        request(
            "POST",
            path,
            headers=headers | {"Idempotency-Key": secrets.token_urlsafe(16)},
            body={"holder_id": str(at.holders[next(_turn) % len(at.holders)])},
        )
        for _ in range(calls)
    ]
    return put(target, requests, at_once=at_once, expect=201)


def main() -> None:
    """Print the figures."""
    print(show(measure()))


if __name__ == "__main__":
    main()
