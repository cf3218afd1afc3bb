"""Whether a feed that did not change says the same bytes again."""

import re

from ics_feeds.finding import Finding, finding

_STAMP = re.compile(rb"^(DTSTAMP|LAST-MODIFIED|CREATED)[:;][^\r\n]*", re.MULTILINE | re.IGNORECASE)
_UID = re.compile(rb"^UID[:;][^\r\n]*", re.MULTILINE | re.IGNORECASE)


def compare(first: bytes, second: bytes) -> list[Finding]:
    """Return why two fetches, a moment apart, have different bytes; nothing if they are equal."""
    if first == second:
        return []
    line = 1 + next(
        (
            number
            for number, pair in enumerate(
                zip(first.split(b"\n"), second.split(b"\n"), strict=False)
            )
            if pair[0] != pair[1]
        ),
        0,
    )
    if _STAMP.sub(b"", first) == _STAMP.sub(b"", second):
        return [finding("clock-in-body", line, "DTSTAMP is the time of the fetch")]
    if len(_UID.findall(first)) == len(_UID.findall(second)):
        bare = [_UID.sub(b"", _STAMP.sub(b"", body)) for body in (first, second)]
        if bare[0] == bare[1]:
            return [finding("unstable-uids", line, "UIDs are new at each fetch")]
    return [finding("unstable-body", line, "two fetches, a moment apart, have different bytes")]
