"""Files named on the command line, or standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from passes_service.cli.errors import FileUnreadable


def read(name: str, *, most: int) -> bytes:
    """Return what a file holds, or standard input if the name is a single hyphen.

    Raises:
        FileUnreadable: It is not there, is no plain file, or is longer than `most` bytes.
    """
    try:
        if name == "-":
            content = sys.stdin.buffer.read(most + 1)
        else:
            with Path(name).open("rb") as file:
                content = file.read(most + 1)
    except OSError as error:
        raise FileUnreadable(f"{name}: {error.strerror}.") from None
    if len(content) > most:
        raise FileUnreadable(f"{name} is longer than {most:,} bytes.")
    return content
