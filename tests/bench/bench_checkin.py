"""Scans at the door beside a bare endpoint that only inserts the admission.

`python -m tests.bench.bench_checkin`. Every scan is of another pass's static code and is an
admission. Ours reads the code and checks its signature, reads pass, Terms and changes, decides,
writes scan, admission and event, and signs a receipt; the ceiling is told the row and inserts it,
on PostgreSQL over the asynchronous driver. One process each.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from itertools import islice
from statistics import median

from sqlmodel import col, select

from passes_service.db.models import CheckIn, Gate, Pass
from tests.bench.figures import Figure, show
from tests.bench.ground import Ground, ground
from tests.bench.load import Load, Target, percentile, put, request
from tests.bench.rounds import Duel, duel, say
from tests.bench.server import serving_process

AT_ONCE = 32
CALLS = 400
ROUNDS = 6
SHARE = 0.40
SLOWEST = 3.0
PRETIX = 21.0
"""Scans per second of pretix on two such cores, measured once; issue asks for forty times that."""
TIMES_PRETIX = 40
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
CEILINGS = {"sqlite": "bare INSERT", "postgresql": "bare INSERT, async driver"}


def measure(kinds: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Figure]:
    """Return the figures of both databases."""
    return [figure for kind in kinds for figure in _on(kind)]


def _on(kind: str) -> list[Figure]:
    with ground(kind) as mine, ground(kind) as theirs:
        scans, inserts = _scans(mine), _inserts(theirs)
        with (
            serving_process("ours", mine, at=mine.doors_open) as ours,
            serving_process("bare", theirs, at=theirs.doors_open) as bare,
        ):
            result = duel(_round(ours, scans, 200), _round(bare, inserts, 201), ROUNDS)
        _require_admitted(mine)
    return _figures(kind, result)


def _figures(kind: str, result: Duel) -> list[Figure]:
    targeted = kind == "postgresql"
    rate = median(one.rate for one in result.ours)
    slow, quick = percentile(result.ours, 0.99), percentile(result.ceiling, 0.99)
    usual, usually = percentile(result.ours, 0.5), percentile(result.ceiling, 0.5)
    name = f"scan at the door, {NAMES[kind]}, {AT_ONCE} at once"
    return [
        Figure(
            name=name,
            ours=say(result.ours),
            ceiling=f"{say(result.ceiling)}: {CEILINGS[kind]}",
            ratio=str(result.ratio),
            target=f"{SHARE:.2f} of it" if targeted else "",
            reached=result.ratio.middle >= SHARE if targeted else None,
        ),
        Figure(
            name=f"{name}: p99",
            ours=f"{slow:.0f} ms (median {usual:.0f})",
            ceiling=f"{quick:.0f} ms (median {usually:.0f})",
            ratio=f"{slow / quick:.2f}",
            target=f"at most {SLOWEST:.1f}" if targeted else "",
            reached=slow / quick <= SLOWEST if targeted else None,
        ),
        Figure(
            name=f"{name}: beside pretix",
            ours=f"{rate:,.0f}/s",
            ceiling=f"{PRETIX:.0f}/s, measured once elsewhere",
            ratio=f"{rate / PRETIX:.0f}",
            target=f"{TIMES_PRETIX} times" if targeted else "",
            reached=rate / PRETIX >= TIMES_PRETIX if targeted else None,
        ),
    ]


def _round(target: Target, waiting: Iterator[bytes], status: int) -> Callable[[], Load]:
    return lambda: put(target, list(islice(waiting, CALLS)), at_once=AT_ONCE, expect=status)


def _scans(at: Ground) -> Iterator[bytes]:
    headers = {"Authorization": f"Bearer {at.gate_key}"}
    session_id = str(at.made.sessions[0].id)
    codes = at.codes((ROUNDS + 1) * CALLS)
    for code in codes:
        body = {"session_id": session_id, "text": code, "nonce": secrets.token_urlsafe(12)}
        yield request("POST", "/api/v1/check-ins", headers=headers, body=body)


def _inserts(at: Ground) -> Iterator[bytes]:
    at.codes((ROUNDS + 1) * CALLS)
    with at.database.reading() as session:
        passes = session.exec(select(Pass.id).order_by(col(Pass.id))).all()
        gate = session.exec(select(Gate.id)).one()
    for one in passes:
        body = {"pass_row_id": str(one), "session_id": str(at.made.sessions[0].id)}
        yield request("POST", "/check-ins", body={**body, "gate_id": str(gate)})


def _require_admitted(at: Ground) -> None:
    """A fast refusal is no figure: every scan must have been an admission."""
    with at.database.reading() as session:
        admitted = len(session.exec(select(CheckIn.id)).all())
    if admitted != (ROUNDS + 1) * CALLS:
        raise RuntimeError(f"only {admitted} of {(ROUNDS + 1) * CALLS} scans let somebody in")


def main() -> None:
    """Print the figures."""
    print(show(measure()))


if __name__ == "__main__":
    main()
