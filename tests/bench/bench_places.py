"""Four ways to take one place of a Drop, by SQL over the driver: no web, no ORM, nothing else.

`python -m tests.bench.bench_places`. Every way writes a row of `sale_order`, with its keys and
indexes, and commits durably:

    two      conditional UPDATE ... RETURNING, then INSERT, in one transaction
    one      the same as one statement (a CTE; SQLite has no such thing)
    slots    a slot made beforehand is taken (SKIP LOCKED), then INSERT, in one transaction
    grouped  the stock row locked once, one UPDATE and one INSERT of many rows for 32 who wait

At one connection, and at 16 that all want the same Drop: tasks of one process on PostgreSQL,
threads on SQLite.
"""

from __future__ import annotations

from statistics import median

from tests.bench import places_postgres, places_sqlite
from tests.bench.drop_ground import on_sale
from tests.bench.figures import Figure, Ratio, show
from tests.bench.ground import ground
from tests.bench.places_sql import GROUP, SLOTS, Counter

CONNECTIONS = (1, 16)
CALLS = {"two": 640, "one": 640, "slots": 640, "grouped": 80 * GROUP}
ROUNDS = 5
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
WORDS = {
    "two": "UPDATE, then INSERT",
    "one": "both in one statement",
    "slots": "slots, SKIP LOCKED",
    "grouped": f"{GROUP} at once",
}


def measure(kinds: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Figure]:
    """Return the figures of both databases."""
    return [figure for kind in kinds for figure in _on(kind)]


def _on(kind: str) -> list[Figure]:
    with ground(kind) as at:
        drop = on_sale(at, 2 * SLOTS)
        driver = places_sqlite if kind == "sqlite" else places_postgres
        ways = driver.ways(at.database.url, drop)
        found = [_rounds(ways, connections) for connections in CONNECTIONS]
    return [
        _figure(kind, way, connections, rates)
        for connections, rates in zip(CONNECTIONS, found, strict=True)
        for way in rates
    ]


def _rounds(ways: dict[str, Counter], connections: int) -> dict[str, list[float]]:
    """Let all ways take turns, after a round to warm up."""
    rates: dict[str, list[float]] = {way: [] for way in ways}
    for number in range(ROUNDS + 1):
        for way, count in ways.items():
            rate = count(connections, CALLS[way])
            if number:
                rates[way].append(rate)
    return rates


def _figure(kind: str, way: str, connections: int, rates: dict[str, list[float]]) -> Figure:
    mine, usual = rates[way], rates["two"]
    ratio = Ratio(tuple(one / other for one, other in zip(mine, usual, strict=True)))
    at_once = "1 connection" if connections == 1 else f"{connections} connections"
    return Figure(
        name=f"a place, {NAMES[kind]}, {at_once}: {WORDS[way]}",
        ours=f"{median(mine):,.0f}/s ({min(mine):,.0f} to {max(mine):,.0f})",
        ceiling="" if way == "two" else f"{median(usual):,.0f}/s: {WORDS['two']}",
        ratio="" if way == "two" else str(ratio),
    )


def main() -> None:
    """Print the figures."""
    print(show(measure()))


if __name__ == "__main__":
    main()
