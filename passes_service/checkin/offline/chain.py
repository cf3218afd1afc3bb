"""A gate's log as a chain: what is here, what is new, what contradicts it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from sqlmodel import Session, col, func, select

from passes_service.core.gate_log import NO_ENTRY, LogEntry
from passes_service.db import bulk
from passes_service.db.models import Gate, GateEntry

Key = tuple[int, bytes]
"""Sequence and digest: by these an entry is the same."""


@dataclass
class Chain:
    """The part of a log around some entries.

    Attributes:
        here: Every stored entry there, forks too.
        links: Digest of the entry that holds a place, and what it names as the one before.
    """

    here: dict[Key, GateEntry]
    links: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)

    def add(self, entry: LogEntry) -> bool:
        """Give a new entry its place; False if the log says something else there: it forks."""
        before, after = self.links.get(entry.sequence - 1), self.links.get(entry.sequence + 1)
        if (
            entry.sequence in self.links
            or (entry.sequence == 1 and entry.previous != NO_ENTRY)
            or (before is not None and before[0] != entry.previous)
            or (after is not None and after[1] != entry.digest)
        ):
            return False
        self.links[entry.sequence] = (entry.digest, entry.previous)
        return True


def around(session: Session, gate: Gate, sequences: Collection[int]) -> Chain:
    """Return what is stored at these places of a log and beside them."""
    near = {number + step for number in sequences for step in (-1, 0, 1)}
    found = Chain({})
    for some in bulk.slices(sorted(near)):
        rows = session.exec(
            select(GateEntry).where(
                GateEntry.organizer_id == gate.organizer_id,
                GateEntry.gate_id == gate.id,
                col(GateEntry.sequence).in_(some),
            )
        )
        for row in rows:
            found.here[row.sequence, row.digest] = row
            if row.state != "forked":
                found.links[row.sequence] = (row.digest, row.previous)
    return found


def counted(session: Session, gate: Gate) -> tuple[int, int]:
    """Return how many places of the log are here, and up to which there is no gap."""
    mine = (GateEntry.organizer_id == gate.organizer_id, GateEntry.gate_id == gate.id)
    stored, begins, ends = session.exec(
        select(
            func.count(func.distinct(GateEntry.sequence)),
            func.min(GateEntry.sequence),
            func.max(GateEntry.sequence),
        ).where(*mine)
    ).one()
    if begins != 1 or ends == stored:
        return int(stored), int(ends) if begins == 1 else 0
    # With a window and not by a join: as yet unknown to the planner, a log was read once per entry.
    following = func.lead(GateEntry.sequence).over(order_by=col(GateEntry.sequence))
    places = (
        select(col(GateEntry.sequence).label("here"), following.label("next"))
        .where(*mine)
        .subquery()
    )
    before_gap = select(func.min(places.c.here)).where(places.c.next > places.c.here + 1)
    return int(stored), int(session.exec(before_gap).one())
