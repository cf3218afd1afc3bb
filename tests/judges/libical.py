"""libical, the parser of Evolution and KDE: a small C program, compiled when it is first asked."""

import atexit
import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

HERE = Path(__file__).parent
HEADER = Path("/usr/include/libical/ical.h")


def require_libical() -> None:
    """Skip the test that asked where libical-dev is not installed; in CI that fails."""
    if HEADER.exists() and shutil.which("cc"):
        return
    missing = "libical cannot judge: install libical-dev and a C compiler"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


@cache
def _program() -> Path:
    place = mkdtemp(prefix="libical-judge-")
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    program = Path(place) / "judge"
    flags = ("-std=c11", "-O1", "-Wall", "-Wextra", "-Werror")
    built = subprocess.run(
        ["cc", *flags, str(HERE / "libical.c"), "-lical", "-o", str(program)],
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert built.returncode == 0, built.stderr.decode()
    return program


def expand_libical(bodies: Sequence[bytes]) -> list[list[dict[str, Any]]]:
    """Return what libical reads in each feed; an unmet restriction of RFC 5545 or 5546 fails."""
    require_libical()
    run = subprocess.run(
        [str(_program())],
        input=b"".join(bodies),
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr.decode("utf-8", "replace")
    told: list[list[dict[str, Any]]] = [[] for _ in bodies]
    for event in json.loads(run.stdout):
        told[event["calendar"]].append(event)
    return told
