"""Every figure beside its ceiling: `make bench`, or `python -m tests.bench [issue feed ...]`.

Figures are shown, never asserted: a machine that is busy with something else misses a target
without anybody having broken anything. The ratio to a ceiling of the same run says more than a
rate; the range says how far to trust it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from tests.bench import (
    bench_bundle,
    bench_burst,
    bench_checkin,
    bench_checkout,
    bench_codes,
    bench_demo,
    bench_feed,
    bench_gate,
    bench_index,
    bench_issue,
    bench_merge,
    bench_places,
    bench_queue,
    bench_voucher,
)
from tests.bench.figures import Figure, show

BENCHES: dict[str, Callable[[], list[Figure]]] = {
    "voucher": bench_voucher.measure,
    "issue": bench_issue.measure,
    "feed": bench_feed.measure,
    "checkin": bench_checkin.measure,
    "bundle": bench_bundle.measure,
    "gate": bench_gate.measure,
    "merge": bench_merge.measure,
    "codes": bench_codes.measure,
    "queue": bench_queue.measure,
    "demo": bench_demo.measure,
    "index": bench_index.measure,
    "places": bench_places.measure,
    "burst": bench_burst.measure,
    "checkout": bench_checkout.measure,
}


def main(*asked: str) -> int:
    """Print one table of what was asked for, or of everything."""
    unknown = sorted(set(asked) - set(BENCHES))
    if unknown:
        print(f"No such bench: {', '.join(unknown)}. There are {', '.join(BENCHES)}.")
        return 2
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start", flush=True)
    figures: list[Figure] = []
    for name in asked or BENCHES:
        print(f"measuring: {name} ...", flush=True)
        figures += BENCHES[name]()
    print(f"\n{show(figures)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
