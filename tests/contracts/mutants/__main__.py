"""`make mutants`: every mutant before every suite, and the table of what became of them.

SAMPLE=n tries n of them, spread evenly, and writes no table; JOBS (2) at a time. Answers are kept
in .var/mutants, so an interrupted run goes on where it ended.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from types import FrameType
from typing import NoReturn

from tests.contracts.mutants import report
from tests.contracts.mutants.generate import Mutant
from tests.contracts.mutants.project import Project, project
from tests.contracts.mutants.targets import everyone
from tests.contracts.mutants.trial import Outcome, check_original, outcome
from tests.judges.node import find_node


def main() -> int:
    node = find_node()
    if node is None:
        print("No Node was found: run `make` first.", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, _interrupt)  # what was started is ended then too
    size = int(os.environ.get("SAMPLE") or 0)
    chosen = sample(everyone(), size) if size else everyone()
    with ExitStack() as stack:
        projects: SimpleQueue[Project] = SimpleQueue()
        jobs = int(os.environ.get("JOBS") or 2)
        for _ in range(jobs):
            folder = Path(stack.enter_context(TemporaryDirectory()))
            projects.put(stack.enter_context(project(node, folder)))
        found = _try_all(chosen, projects, jobs)
    table = report.table(found)
    print(table)
    for row in report.survivors(found):
        print(f"survived {row.mutant.key} {row.mutant}")
    if not size:
        report.write(found)
    return report.judgement(found)


def sample(mutants: list[Mutant], size: int) -> list[Mutant]:
    """Return `size` mutants, one at random of each of as many equal stretches."""
    dice = random.Random(0)
    edges = [len(mutants) * i // size for i in range(size + 1)]
    stretches = [(start, stop) for start, stop in pairwise(edges) if start < stop]
    return [mutants[dice.randrange(*stretch)] for stretch in stretches]


def _interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _try_all(chosen: list[Mutant], projects: SimpleQueue[Project], jobs: int) -> list[Outcome]:
    start = time.monotonic()

    def attempt(numbered: tuple[int, Mutant]) -> Outcome:
        mine = projects.get()
        try:
            found = outcome(mine, numbered[1])
        finally:
            projects.put(mine)
        place = f"{numbered[0]:>4}/{len(chosen)} {time.monotonic() - start:6.0f} s"
        print(f"{place} {found.kind:<12} {found.suite:<20} {found.mutant}", flush=True)
        return found

    first = projects.get()
    check_original(first)
    projects.put(first)
    with ThreadPoolExecutor(jobs) as pool:
        try:
            return list(pool.map(attempt, enumerate(chosen, 1)))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


if __name__ == "__main__":
    raise SystemExit(main())
