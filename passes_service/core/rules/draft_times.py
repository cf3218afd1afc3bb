"""Times as an organizer types them: absolute, local, or so long before the season."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from passes_service.core.rules.errors import TermsInvalid
from passes_service.core.rules.instants import in_range, whole_second
from passes_service.core.rules.portioning import SessionRef
from passes_service.core.rules.reading import integer

_MOST: Final = {"before_days": 3_660, "before_hours": 87_840, "before_minutes": 527_040}
_OF: Final = ("first_session", "last_session", "end")


@dataclass(frozen=True)
class Anchors:
    """The instants that relative times count back from."""

    first_session: datetime
    last_session: datetime
    end: datetime
    zone: ZoneInfo

    @classmethod
    def of(cls, sessions: Sequence[SessionRef], time_zone: str) -> Anchors:
        """Return the anchors of a season."""
        starts = [whole_second(one.starts_at) for one in sessions]
        end = max(whole_second(one.ends_at) for one in sessions)
        return cls(min(starts), max(starts), end, ZoneInfo(time_zone))


def resolve_time(value: object, anchors: Anchors, path: str) -> datetime:
    """Return the UTC instant that a typed time means.

    A local time that exists twice (clocks going back) means the first one; one that never exists
    means as much later as the clocks went forward.
    """
    if isinstance(value, str):
        found = _typed(value, anchors, path)
    elif isinstance(value, Mapping):
        found = _relative(value, anchors, path)
    else:
        raise TermsInvalid(path, 'must be a time or an object such as {"before_days": 7}')
    if not in_range(found):
        raise TermsInvalid(path, "must lie in the years 2000 to 2199")
    return found


def step_until(value: object, anchors: Anchors, path: str) -> tuple[datetime, bool, dict[str, Any]]:
    """Return a refund step's end, whether it was typed relatively, and its other keys."""
    if not isinstance(value, Mapping):
        raise TermsInvalid(path, "must be a JSON object")
    relative = {key: entry for key, entry in value.items() if key in _MOST or key == "of"}
    rest = {str(key): entry for key, entry in value.items() if key not in relative}
    until = rest.pop("until", None)
    if (until is None) == (not relative):
        raise TermsInvalid(path, "needs until, or one of before_days, before_hours, before_minutes")
    if until is None:
        return resolve_time(relative, anchors, path), True, rest
    return resolve_time(until, anchors, f"{path}.until"), isinstance(until, Mapping), rest


def _typed(value: str, anchors: Anchors, path: str) -> datetime:
    try:
        if "T" not in value or len(value) > 40:
            raise ValueError(value)
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=anchors.zone)
        return whole_second(moment)
    except (ValueError, OverflowError):
        raise TermsInvalid(path, "must be a date and time such as 2027-03-12T18:00") from None


def _relative(value: Mapping[Any, Any], anchors: Anchors, path: str) -> datetime:
    of = value.get("of", "first_session")
    if of not in _OF:
        raise TermsInvalid(f"{path}.of", f"must be one of {', '.join(_OF)}")
    units = [key for key in value if key != "of"]
    if len(units) != 1 or units[0] not in _MOST:
        raise TermsInvalid(path, f"needs exactly one of {', '.join(_MOST)}")
    unit = units[0]
    count = integer(value[unit], f"{path}.{unit}", 0, _MOST[unit])
    anchor: datetime = getattr(anchors, of)
    if unit == "before_hours":
        return anchor - timedelta(hours=count)
    if unit == "before_minutes":
        return anchor - timedelta(minutes=count)
    return whole_second(anchor.astimezone(anchors.zone) - timedelta(days=count))
