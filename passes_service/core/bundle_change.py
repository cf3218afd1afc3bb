"""From one bundle of a session to the next: whether there is one, and what a gate needs for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from passes_service.core import bundle
from passes_service.core.bundle import (
    ENTRY,
    ENTRY_KEY,
    NO_CHAIN,
    RECORD,
    RECORD_KEY,
    Content,
    Facts,
    Header,
    facts_json,
)
from passes_service.core.bundle_read import Bundle, pieces

HOUR: Final = 3600
LONGEST: Final = 36 * HOUR
AFTER_END: Final = 12 * HOUR
SHORTEST: Final = 2 * HOUR
RENEW_WITHIN: Final = 6 * HOUR
WORTH_RENEWING: Final = HOUR
_GONE: Final = bytes(ENTRY.size - ENTRY_KEY)


@dataclass(frozen=True, slots=True)
class Made:
    """A new bundle as it is stored and sent; `delta` is None where only the full one will do."""

    header: Header
    full: bytes
    delta: bytes | None


def not_after(issued_at: int, ends_at: int) -> int:
    """Return until when a gate may decide by a bundle: a day and a half, half a day after the end.

    Whoever asks later than that gets two hours: an uploading gate still has to know its passes.
    """
    return max(min(issued_at + LONGEST, ends_at + AFTER_END), issued_at + SHORTEST)


def due(last: Header | None, facts: Facts, state: bytes, *, now: int) -> bool:
    """Tell whether a session needs a new bundle: something changed, or the last one is ending."""
    if last is None or last.state != state or facts_json(last.facts) != facts_json(facts):
        return True
    longer = not_after(now, facts.session.ends_at) - last.not_after
    return last.not_after - now < RENEW_WITHIN and longer >= WORTH_RENEWING


def make(
    last: Bundle | None, facts: Facts, content: Content, *, now: int, key: Ed25519PrivateKey
) -> Made:
    """Return the bundle after `last`, issued at the Unix second `now`."""
    sequence = 1 if last is None else last.header.sequence + 1
    previous = NO_CHAIN if last is None else last.header.chain
    header = Header(
        kind="full",
        base=None,
        facts=facts,
        sequence=sequence,
        issued_at=now,
        not_after=not_after(now, facts.session.ends_at),
        previous=previous,
        chain=bundle.chain_of(previous, sequence, now, content.state),
        state=content.state,
        count=content.count,
        entries=content.entry_count,
    )
    change = None if last is None else difference(last, facts, content)
    delta = None if change is None else bundle.write(delta_header(header, change), change, key=key)
    return Made(header, bundle.write(header, content, key=key), delta)


def delta_header(header: Header, change: Content) -> Header:
    """Return the header of the delta that leads from the bundle before to this one."""
    return Header(
        kind="delta",
        base=header.sequence - 1,
        facts=header.facts,
        sequence=header.sequence,
        issued_at=header.issued_at,
        not_after=header.not_after,
        previous=header.previous,
        chain=header.chain,
        state=header.state,
        count=change.count,
        entries=change.entry_count,
    )


def difference(last: Bundle, facts: Facts, content: Content) -> Content | None:
    """Return what is new or changed, or None if no delta can say it.

    Records name their Series by its place in the header and are never taken out: another list of
    Series, or a record that is gone, such as a reserved number that came back, takes a full bundle.
    """
    if [one.series for one in last.header.facts.series] != [one.series for one in facts.series]:
        return None
    before = last.content
    records, gone = _changed(before.records, content.records, RECORD.size, RECORD_KEY)
    if gone:
        return None
    entries, gone = _changed(before.entries, content.entries, ENTRY.size, ENTRY_KEY)
    return bundle.content(records, [*entries, *(key + _GONE for key in gone)])


def _changed(before: bytes, after: bytes, size: int, key: int) -> tuple[set[bytes], set[bytes]]:
    """Return what is new or changed, and the keys of what is gone."""
    if before == after:
        return set(), set()
    old, new = set(pieces(before, size)), set(pieces(after, size))
    fresh = new - old
    gone = {one[:key] for one in old - new} - {one[:key] for one in fresh}
    return fresh, gone
