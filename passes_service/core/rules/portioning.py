"""Default Portions from a list of Sessions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from passes_service.core.money import BASIS_POINTS
from passes_service.core.rules.instants import seconds, whole_second
from passes_service.core.rules.reading import tidy
from passes_service.core.rules.terms import MAX_PORTIONS, Portion

DEFAULT_SETTLE_HOURS = 24


@dataclass(frozen=True, kw_only=True)
class SessionRef:
    """What Terms need to know of a Session when they are resolved."""

    id: str
    title: str
    starts_at: datetime
    ends_at: datetime


def in_order(sessions: Sequence[SessionRef]) -> list[SessionRef]:
    """Return the sessions by start, then id."""
    return sorted(sessions, key=lambda one: (whole_second(one.starts_at), one.id))


def group(sessions: Sequence[SessionRef]) -> list[list[SessionRef]]:
    """Split the sessions, by start, into at most 16 runs as even as possible, longer ones first."""
    ordered = in_order(sessions)
    count = min(len(ordered), MAX_PORTIONS)
    size, extra = divmod(len(ordered), count) if count else (0, 0)
    groups, start = [], 0
    for number in range(count):
        end = start + size + (number < extra)
        groups.append(ordered[start:end])
        start = end
    return groups


def weights(counts: Sequence[int]) -> list[int]:
    """Return weights in basis points proportional to `counts`, summing to exactly 10000.

    Cumulative rounding down: each weight is within one basis point of its exact value, and what
    is rounded off moves to later Portions, which are refundable for longer.
    """
    total, done, given = sum(counts), 0, 0
    found = []
    for count in counts:
        done += count
        upto = BASIS_POINTS * done // total
        found.append(upto - given)
        given = upto
    return found


def build_portion(
    index: int,
    sessions: Sequence[SessionRef],
    *,
    weight_bp: int,
    doors_minutes_before: int,
    settle_hours: int = DEFAULT_SETTLE_HOURS,
    title: str | None = None,
) -> Portion:
    """Return the Portion of some sessions: first doors, last end, settled some hours later."""
    ordered = in_order(sessions)
    ends_at = max(whole_second(one.ends_at) for one in ordered)
    return Portion(
        index=index,
        title=title or _title(ordered),
        session_ids=tuple(one.id for one in ordered),
        weight_bp=weight_bp,
        doors_at=whole_second(ordered[0].starts_at) - seconds(60 * doors_minutes_before),
        ends_at=ends_at,
        settles_at=ends_at + seconds(3600 * settle_hours),
    )


def default_portions(
    sessions: Sequence[SessionRef],
    *,
    doors_minutes_before: int,
    settle_hours: int = DEFAULT_SETTLE_HOURS,
) -> tuple[Portion, ...]:
    """Return one Portion per session, or 16 runs of sessions when there are more than 16."""
    groups = group(sessions)
    shares = weights([len(members) for members in groups])
    return tuple(
        build_portion(
            index,
            members,
            weight_bp=weight,
            doors_minutes_before=doors_minutes_before,
            settle_hours=settle_hours,
        )
        for index, (members, weight) in enumerate(zip(groups, shares, strict=True))
    )


def _title(sessions: Sequence[SessionRef]) -> str:
    if len(sessions) == 1:
        return tidy(sessions[0].title, 200, "Session")
    first, last = (tidy(one.title, 85, "Session") for one in (sessions[0], sessions[-1]))
    name = first if first == last else f"{first} to {last}"
    return f"{name} ({len(sessions)} sessions)"
