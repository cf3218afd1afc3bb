"""The bundle of a full house: how large, how quickly made, how quickly taken in by a phone.

`python -m tests.bench.bench_bundle`. The ceiling of making it is the driver alone, reading the same
rows with the same statement in the same process; the scanner page loads it in headless Chromium.
"""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import update
from sqlmodel import col

from passes_service.bootstrap import Services
from passes_service.db.models import DoorBundle, Pass
from passes_service.web import bundling
from tests.bench import bundle_ground
from tests.bench.figures import Figure, Ratio, show
from tests.bench.ground import Ground, ground
from tests.bench.load import Target
from tests.bench.server import serving_process

PASSES = 50_000
ROUNDS = 5
CHANGED = 100
MB = 1_000_000
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
CHROMIUM = Path(os.environ.get("PASSES_CHROMIUM", "/usr/bin/chromium"))
_BARE = (
    "SELECT p.series_id, p.serial, p.epoch, p.state, d.public_key FROM pass p "
    "LEFT JOIN pass_device d ON d.organizer_id = p.organizer_id AND d.pass_row_id = p.id "
    "AND d.epoch = p.epoch"
)
# What the scanner page does with a bundle: fetch, take apart, check the signature and the state.
_LOAD = """async ({ session, token, pinned, organizer, now }) => {
  const { split, readBundle, PassList } = await import("/static/door/bundle.js");
  const began = performance.now();
  const answer = await fetch(`/api/v1/gate/bundles/${session}`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  const [bytes] = split(new Uint8Array(await answer.arrayBuffer()));
  const fetched = performance.now();
  const found = new PassList(await readBundle(bytes, {
    issuerKeys: pinned, organizer, session, heldSequence: null, now,
  }));
  const series = BigInt(found.header.series[0].series);
  const loaded = performance.now();
  return {
    count: found.count, key: found.find(series, found.count).deviceKey.length,
    fetched: fetched - began, loaded: loaded - began,
  };
}"""


def measure(kinds: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Figure]:
    """Return the figures of both databases, and of the page."""
    found: list[Figure] = []
    for kind in kinds:
        with ground(kind) as at:
            ids = bundle_ground.fill(at, PASSES)
            found += _building(at, kind, ids)
            if kind == kinds[0]:
                found.append(_loading(at))
    return found


def _building(at: Ground, kind: str, ids: list[UUID]) -> list[Figure]:
    took, bare, row = [], [], _build(at)
    full = row.full or b""
    for number in range(ROUNDS):
        with at.database.transaction() as session:
            session.execute(
                update(Pass)
                .where(col(Pass.id).in_(ids[number * CHANGED : (number + 1) * CHANGED]))
                .values(epoch=3)
            )
        bare.append(_seconds(lambda: _bare(at)))
        took.append(_seconds(lambda: _build(at)))
    delta = _build(at).delta or b""
    ratio = Ratio(tuple(one / other for one, other in zip(bare, took, strict=True)))
    return [
        Figure(
            name=f"bundle of {PASSES:,} passes with devices, {NAMES[kind]}",
            ours=f"{len(full) / MB:.2f} MB, {len(gzip.compress(full, 1)) / MB:.2f} MB gzip; "
            f"delta of {CHANGED} changed {len(delta) / 1000:.1f} kB",
            target="under 2.5 MB",
            reached=len(full) < 2.5 * MB,
        ),
        Figure(
            name=f"made anew after {CHANGED} changed, full and delta, {NAMES[kind]}",
            ours=f"{median(took):.2f} s, at most {max(took):.2f} s",
            ceiling=f"{median(bare):.2f} s: the driver reads the rows",
            ratio=str(ratio),
            target="under 2 s",
            reached=max(took) < 2,
        ),
    ]


def _build(at: Ground) -> DoorBundle:
    return bundling.current(
        Services(at.services.settings, at.database, at.services.keyring, clock=at.services.clock),
        organizer_id=at.made.organizer_id,
        session_id=at.made.sessions[0].id,
        now=at.services.clock(),
        refresh=timedelta(),
    )


def _bare(at: Ground) -> None:
    with at.database.reader.connect() as connection:
        cursor: Any = connection.connection.cursor()
        cursor.execute(_BARE)
        if len(cursor.fetchall()) != PASSES:
            raise RuntimeError("the driver read something else")
        cursor.close()


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _loading(at: Ground) -> Figure:
    name = f"bundle of {PASSES:,} passes: fetched, checked, ready, headless Chromium"
    if not CHROMIUM.exists():
        return Figure(name=name, ours=f"no browser at {CHROMIUM}", target="under 1.5 s")
    now = at.services.clock()
    asked = {
        "session": str(at.made.sessions[0].id),
        "token": at.gate_key,
        "pinned": [key.hex() for key in at.services.keyring.gate_public_keys(now)],
        "organizer": str(at.made.organizer_id),
        "now": int(now.timestamp()),
    }
    with serving_process("ours", at, at=now) as server, open_page(server) as page:
        rounds = [page.evaluate(_LOAD, asked) for _ in range(ROUNDS)]
    if any((one["count"], one["key"]) != (PASSES, 65) for one in rounds):
        raise RuntimeError(f"the page read something else: {rounds[0]}")
    loaded = [one["loaded"] / 1000 for one in rounds]
    fetched = median(one["fetched"] for one in rounds) / 1000
    return Figure(
        name=name,
        ours=f"{median(loaded):.2f} s, at most {max(loaded):.2f} s",
        ceiling=f"{fetched:.2f} s: fetched from this machine, nothing checked",
        ratio=str(Ratio(tuple(one["fetched"] / one["loaded"] for one in rounds))),
        target="under 1.5 s",
        reached=max(loaded) < 1.5,
    )


@contextmanager
def open_page(server: Target) -> Iterator[Page]:
    """Open the scanner page in a browser of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM))
        try:
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{server.port}/door")
            yield page
        finally:
            browser.close()


def main() -> None:
    """Print the figures."""
    print(show(measure()))


if __name__ == "__main__":
    main()
