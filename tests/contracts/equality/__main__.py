"""`make fuzz`: as many cases as asked for, or one case that was printed before.

CASES (1,000,000), SEED (of the day) and PROFILE (`production` is what is deployed) come from the
environment. `python -m tests.contracts.equality case.json` asks both sides that case again.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from tests.contracts.equality.cases import read_case
from tests.contracts.equality.compare import Difference, Tally, compare, minimal
from tests.contracts.equality.generator import cases
from tests.contracts.equality.solidity import Rules, running
from tests.judges.node import find_node

CHUNK = 20_000


def main() -> int:
    node = find_node()
    if node is None:
        print("No Node was found: run `make` first.", file=sys.stderr)
        return 1
    with running(node, profile=os.environ.get("PROFILE") or "default") as rules:
        return _again(rules, Path(sys.argv[1])) if len(sys.argv) > 1 else _fuzz(rules)


def _again(rules: Rules, path: Path) -> int:
    case = read_case(json.loads(path.read_text(encoding="utf-8")))
    found = Difference(case, case.decided()[0], rules.ask([case])[0])
    print(found)
    return int(found.python != found.solidity)


def _fuzz(rules: Rules) -> int:
    count = int(os.environ.get("CASES") or 1_000_000)
    seed = int(os.environ.get("SEED") or time.time() // 86_400)
    tally, start = Tally(), time.monotonic()
    for number, done in enumerate(range(0, count, CHUNK)):
        asked = list(cases(f"{seed}/{number}", min(CHUNK, count - done)))
        different = compare(rules, asked, tally)
        if different:
            print(f"{len(different)} differences with SEED={seed}; the first, made small:")
            print(minimal(rules, different[0]))
            return 1
        rate = (done + len(asked)) / (time.monotonic() - start)
        print(f"{done + len(asked):>12,} alike, {rate:,.0f} a second", flush=True)
    print(f"SEED={seed}. {tally}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
