"""Programs started here end here."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_GRACE_SECONDS = 15


@contextmanager
def ended(child: subprocess.Popen[Any]) -> Iterator[None]:
    """End a program that leads a session of its own, and all that it started."""
    try:
        yield
    finally:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(_GRACE_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait(_GRACE_SECONDS)
