"""An evening's logs of two gates that were alone: uploaded in batches over HTTP, and merged.

`python -m tests.bench.bench_merge`. Each entry's signature and each code's is checked, what two
gates let in twice is named, and every batch is one durable transaction. The ceiling is the driver
alone, inserting the rows that came of it, in as many transactions, in this process.
"""

from __future__ import annotations

import http.client
import json
import time
from datetime import timedelta
from statistics import median
from typing import Any

from passes_service.db.bulk import table_of
from passes_service.db.models import CheckIn, GateEntry, OutboxEvent, Scan
from tests.bench import merge_ground
from tests.bench.figures import Figure, Ratio, show
from tests.bench.ground import Ground, ground
from tests.bench.load import Target
from tests.bench.merge_ground import TWICE, Logs
from tests.bench.server import serving_process

SCANS = 2_000
ROUNDS = 3
TARGET_SECONDS = 3.0
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
TABLES = tuple(table_of(model).name for model in (CheckIn, Scan, GateEntry, OutboxEvent))
"""In an order in which rows can be inserted; deleted in the other one."""
Rows = dict[str, list[tuple[Any, ...]]]


def measure(kinds: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Figure]:
    """Return the figure of both databases."""
    found: list[Figure] = []
    for kind in kinds:
        with ground(kind) as at:
            _empty(at)  # of the events that making the season wrote
            logs = merge_ground.logs(at, SCANS)
            _empty(at)
            after = at.doors_open + timedelta(hours=3)
            with serving_process("ours", at, at=after) as server:
                _upload(server, logs)  # the first one meets a cold server
                _empty(at)
                found.append(_rounds(at, kind, server, logs))
    return found


def _rounds(at: Ground, kind: str, server: Target, logs: Logs) -> Figure:
    took, bare, batches = [], [], len(logs.batches())
    for _ in range(ROUNDS):
        took.append(_upload(server, logs))
        rows = _rows(at)
        _empty(at)
        bare.append(_insert(at, rows, batches))
        _empty(at)
    ratio = Ratio(tuple(one / other for one, other in zip(bare, took, strict=True)))
    return Figure(
        name=f"{SCANS:,} scans of two gates alone uploaded and merged, {NAMES[kind]}",
        ours=f"{median(took):.2f} s, at most {max(took):.2f} s",
        ceiling=f"{median(bare):.2f} s: the driver inserts the same rows",
        ratio=str(ratio),
        target=f"under {TARGET_SECONDS:.0f} s",
        reached=max(took) < TARGET_SECONDS,
    )


def _upload(server: Target, logs: Logs) -> float:
    """Send both logs, one batch after the other; return how long the answers took."""
    asked = [
        (f"Bearer {token}", json.dumps({"entries": entries})) for token, entries in logs.batches()
    ]
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    began = time.perf_counter()
    for token, body in asked:
        headers = {"Authorization": token, "Content-Type": "application/json"}
        client.request("POST", "/api/v1/gate/entries", body, headers)
        answer = client.getresponse()
        said = json.loads(answer.read())
        if answer.status != 200 or any(one["state"] != "merged" for one in said["results"]):
            raise RuntimeError(f"not merged: {answer.status} {said}")
    took = time.perf_counter() - began
    client.close()
    return took


def _rows(at: Ground) -> Rows:
    """Return what the upload came to, as the driver has it."""
    found: Rows = {}
    with at.database.reader.connect() as connection:
        for table in TABLES:
            found[table] = [
                tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table}")
            ]
        twice = connection.exec_driver_sql(
            "SELECT count(*) FROM check_in WHERE conflict_code = 'DUPLICATE'"
        ).scalar()
    counts = [len(found[table]) for table in TABLES[:3]]
    if counts != [SCANS] * 3 or twice != TWICE:
        raise RuntimeError(f"something else was merged: {counts}, {twice} in conflict")
    return found


def _insert(at: Ground, rows: Rows, batches: int) -> float:
    """Insert the rows by the driver's own means, in as many transactions as there were uploads."""
    engine, began = at.database.writer, time.perf_counter()
    mark = "?" if at.database.is_sqlite else "%s"
    for batch in range(batches):
        with engine.begin() as connection:
            cursor: Any = connection.connection.cursor()
            for table, every in rows.items():
                size = -(-len(every) // batches)
                some = every[batch * size : (batch + 1) * size]
                if some:
                    marks = ", ".join([mark] * len(some[0]))
                    cursor.executemany(f"INSERT INTO {table} VALUES ({marks})", some)
            cursor.close()
    return time.perf_counter() - began


def _empty(at: Ground) -> None:
    with at.database.transaction() as session:
        for table in reversed(TABLES):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")


if __name__ == "__main__":
    print(show(measure()))
