"""A personal feed, unchanged (304) and whole (200), beside bare stored bytes.

`python -m tests.bench.bench_feed`. The ceiling makes one indexed read and sends the same bytes;
ours also asks whether what the holder holds or a calendar has changed since they were rendered.
"""

from __future__ import annotations

import http.client

from tests.bench.figures import Figure, show
from tests.bench.ground import BEFORE, ground
from tests.bench.load import Load, Target, put, request
from tests.bench.rounds import duel, say
from tests.bench.server import serving_process

AT_ONCE = 16
CALLS = 400
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def measure(kinds: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Figure]:
    """Return the figures of both databases."""
    return [figure for kind in kinds for figure in _on(kind)]


def _on(kind: str) -> list[Figure]:
    found = []
    with ground(kind) as at:
        path = f"/feeds/{at.feed_token()}.ics"
        with (
            serving_process("ours", at, at=BEFORE) as ours,
            serving_process("bare", at, at=BEFORE) as bare,
        ):
            etag = _etag(ours, path)
            for status, headers in ((304, {"If-None-Match": etag}), (200, {})):
                one = request("GET", path, headers=headers)
                result = duel(
                    lambda one=one, status=status: _get(ours, one, status),  # type: ignore[misc]
                    lambda one=one, status=status: _get(bare, one, status),  # type: ignore[misc]
                )
                found.append(
                    Figure(
                        name=f"feed {status}, {NAMES[kind]}, {AT_ONCE} at once",
                        ours=say(result.ours),
                        ceiling=f"{say(result.ceiling)}: bare FastAPI, one read",
                        ratio=str(result.ratio),
                    )
                )
    return found


def _etag(target: Target, path: str) -> str:
    """Ask once, so that the bytes are rendered and stored; return their ETag."""
    connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=30)
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {answer.read(300)!r}")
    answer.read()
    connection.close()
    return str(answer.headers["ETag"])


def _get(target: Target, one: bytes, status: int) -> Load:
    return put(target, [one] * CALLS, at_once=AT_ONCE, expect=status)


def main() -> None:
    """Print the figures."""
    print(show(measure()))


if __name__ == "__main__":
    main()
