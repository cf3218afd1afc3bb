"""From what an organizer types to Terms: relative times become absolute, gaps become defaults.

A *draft* is a JSON object with the keys of a Terms document, of which only `organizer`,
`calendar`, `pass_type`, `title`, `time_zone` and `cap` must be there, plus `preset`. Differences:

- a time is an RFC 3339 instant with any offset, a local time without offset in `time_zone`
  (`2027-03-12T18:00`), or an object such as `{"before_days": 7}`;
- a refund step carries `until`, or `before_days` and the like itself, beside `share_bp`;
- relative keys are `before_days` (same local wall-clock time, that many days earlier),
  `before_hours`, `before_minutes`, and `of`: `first_session` (the default), `last_session`
  (both mean its start) or `end` (the end of the last session);
- `preset` names the rules that fill what `transfer`, `refund` and `entry` leave out;
- `portions` may be left out, or be objects of `session_ids` and optional `title`, `weight_bp`;
- `settle_hours` after the end of a Portion the organizer can no longer cancel it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from passes_service.core.rules import schema
from passes_service.core.rules.draft_times import Anchors, resolve_time, step_until
from passes_service.core.rules.errors import TermsInvalid
from passes_service.core.rules.instants import format_instant
from passes_service.core.rules.portioning import (
    DEFAULT_SETTLE_HOURS,
    SessionRef,
    build_portion,
    default_portions,
    weights,
)
from passes_service.core.rules.presets import PRESETS
from passes_service.core.rules.reading import Reader, integer, items
from passes_service.core.rules.terms import MAX_PORTIONS, VERSION, Portion, Terms

_TRANSFER: Final[Mapping[str, Any]] = {
    "allowed": True,
    "opens_at": None,
    "closes_at": None,
    "max_count": None,
    "frozen_minutes": 0,
    "fee_minor": 0,
    "fee_currency": None,
}
_OPTIONAL: Final[Mapping[str, Any]] = {
    "conveys": (),
    "excludes": (),
    "funding": "external",
    "amends": None,
}
_REQUIRED: Final = ("organizer", "calendar", "pass_type", "title", "time_zone", "cap")
_KNOWN: Final = frozenset(
    {*_REQUIRED, *_OPTIONAL, "version", "preset", "transfer", "refund", "entry", "portions"}
    | {"settle_hours", "sale_closes_at"}
)


def resolve(draft: object, sessions: Sequence[SessionRef]) -> Terms:
    """Return the absolute Terms that `draft` means for these sessions.

    Raises:
        TermsInvalid: With the path of the field, in the draft's own shape where it differs.
    """
    read = Reader(draft)
    typed = _known(draft)
    zone = read.time_zone("time_zone")
    if not sessions:
        raise TermsInvalid("portions", "needs at least one session")
    anchors = Anchors.of(sessions, zone)
    preset = _preset(typed)
    entry = _section(typed, "entry", preset["entry"])
    doors = integer(entry.get("doors_minutes_before"), "entry.doors_minutes_before", 0, 1440)
    settle = integer(typed.get("settle_hours", DEFAULT_SETTLE_HOURS), "settle_hours", 0, 24 * 90)
    portions = _portions(typed.get("portions"), sessions, doors, settle)
    sale = typed.get("sale_closes_at")
    closes = (
        resolve_time(sale, anchors, "sale_closes_at")
        if sale is not None
        else max(portion.doors_at for portion in portions)
    )
    document: dict[str, Any] = {key: read.take(key) for key in _REQUIRED}
    document |= {key: typed.get(key, default) for key, default in _OPTIONAL.items()}
    document |= {
        "version": typed.get("version", VERSION),
        "transfer": _transfer(_section(typed, "transfer", preset["transfer"]), anchors),
        "refund": _refund(_section(typed, "refund", preset["refund"]), anchors),
        "entry": entry,
        "portions": [schema.portion_document(portion) for portion in portions],
        "sale_closes_at": format_instant(closes),
    }
    return schema.parse(document)


def _known(draft: object) -> Mapping[str, Any]:
    if not isinstance(draft, Mapping):
        raise TermsInvalid("", "must be a JSON object")
    for key in draft:
        if key not in _KNOWN:
            raise TermsInvalid(str(key)[:64], "is not a field of a draft")
    return draft


def _preset(typed: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    name = typed.get("preset") or "standard"
    preset = PRESETS.get(name) if isinstance(name, str) else None
    if preset is None:
        raise TermsInvalid("preset", f"must be one of {', '.join(PRESETS)}")
    return {"transfer": preset.transfer, "refund": preset.refund, "entry": preset.entry}


def _section(typed: Mapping[str, Any], key: str, default: Mapping[str, Any]) -> dict[str, Any]:
    given = typed.get(key)
    if given is None:
        return dict(default)
    if not isinstance(given, Mapping):
        raise TermsInvalid(key, "must be a JSON object")
    if key == "transfer" and given.get("allowed") is False:
        return dict(given)  # a preset's limits make no sense for a pass that never moves
    return {**default, **given}


def _transfer(section: dict[str, Any], anchors: Anchors) -> dict[str, Any]:
    whole = {**_TRANSFER, **section}
    for key in ("opens_at", "closes_at"):
        if whole[key] is not None:
            whole[key] = format_instant(resolve_time(whole[key], anchors, f"transfer.{key}"))
    return whole


def _refund(section: dict[str, Any], anchors: Anchors) -> dict[str, Any]:
    steps: list[dict[str, Any]] = []
    last: datetime | None = None
    for path, value in items(section.get("steps"), "refund.steps", 0, schema.MAX_STEPS):
        until, relative, rest = step_until(value, anchors, path)
        if relative and last is not None and until <= last:
            continue  # in a short season it ends before a more generous one: it never applies
        last = until
        steps.append({**rest, "until": format_instant(until)})
    return {**section, "steps": steps}


def _portions(
    typed: object, sessions: Sequence[SessionRef], doors: int, settle: int
) -> tuple[Portion, ...]:
    if typed is None:
        return default_portions(sessions, doors_minutes_before=doors, settle_hours=settle)
    known = {one.id: one for one in sessions}
    rows: list[tuple[list[SessionRef], str | None, int | None]] = []
    for path, value in items(typed, "portions", 1, MAX_PORTIONS):
        read = Reader(value, path)
        members = []
        for place, session_id in enumerate(read.texts("session_ids", 1, 1000, 100)):
            if session_id not in known:
                raise TermsInvalid(f"{path}.session_ids[{place}]", "is not one of these sessions")
            members.append(known[session_id])
        title = read.text("title") if read.has("title") else None
        weight = read.integer("weight_bp", 1, 10_000) if read.has("weight_bp") else None
        read.finish()
        rows.append((members, title, weight))
    shares = weights([len(members) for members, _, _ in rows])
    if any(weight is not None for _, _, weight in rows):
        for number, (_, _, weight) in enumerate(rows):
            if weight is None:
                raise TermsInvalid(f"portions[{number}].weight_bp", "is missing: give all or none")
            shares[number] = weight
    return tuple(
        build_portion(
            number,
            members,
            weight_bp=shares[number],
            doors_minutes_before=doors,
            settle_hours=settle,
            title=title,
        )
        for number, (members, title, _) in enumerate(rows)
    )
