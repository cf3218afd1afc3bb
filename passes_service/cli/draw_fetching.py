"""Fetch a published file: plainly, by http or https, up to a size and within a time."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from typing import Final

from passes_service.core.errors import DomainError, Kind

SECONDS: Final = 20.0
_AGENT: Final = "passes draw verify"
_CHUNK: Final = 65_536


class DrawFileUnfetched(DomainError):
    """The server does not give the file."""

    code, title, kind = "draw-file-unfetched", "The file cannot be fetched", Kind.UNAVAILABLE
    next_step = "Open the address in a browser, save what it shows, and name the saved file."


class EntryUnreadable(DomainError):
    """An option of `passes draw verify` is not what it should be."""

    code, title, kind = "draw-option-unreadable", "An option does not fit", Kind.INVALID
    next_step = "Copy entry id and salt from your page of the raffle; name a node by its address."


def is_address(what: str) -> bool:
    """Tell an address from a file name."""
    return what.lower().startswith(("https://", "http://"))


def fetch(address: str, *, most: int) -> bytes:
    """Return what is at an address.

    Raises:
        DrawFileUnfetched: There is no answer, it is not 200, too long or too slow.
    """
    request = urllib.request.Request(address, headers={"User-Agent": _AGENT})  # noqa: S310
    until = time.monotonic() + SECONDS
    parts, size = [], 0
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            while part := answer.read1(_CHUNK):
                parts.append(part)
                size += len(part)
                if size > most:
                    raise DrawFileUnfetched(f"It has more than {most:,} octets.")
                if time.monotonic() > until:
                    raise DrawFileUnfetched(f"It was not complete after {SECONDS:.0f} seconds.")
    except urllib.error.HTTPError as error:
        raise DrawFileUnfetched(f"The server answered {error.code}.") from None
    except (OSError, ValueError) as error:
        raise DrawFileUnfetched(f"No answer: {type(error).__name__}.") from None
    return b"".join(parts)
