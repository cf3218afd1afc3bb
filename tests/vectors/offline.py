"""Vectors of a gate that decides alone: what it knows, what is shown, what it must say.

The answers come from the real rules (`rules.decide`, the readers of codes, `entry_order.play`), put
in the order that docs/offline-gate.md gives.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from passes_service.core import pass_id, qr_step
from passes_service.core.instants import from_seconds, to_seconds
from passes_service.core.rules.terms import EntryMode
from tests.core.rules.examples import rules
from tests.vectors import bound, codes
from tests.vectors.common import ORGANIZER, SERIES
from tests.vectors.offline_rules import expected
from tests.vectors.offline_worlds import (
    EPOCH,
    GATES,
    Event,
    Known,
    Record,
    Scan,
    World,
    numbered,
    secret_of,
)

ZONES: Final = (  # the clocks change in the night after the first day of some of them
    ("Europe/Berlin", (2027, 3, 27, 19, 0), "Europe/Berlin"),
    ("America/New_York", (2027, 3, 13, 20, 30), "America/New_York"),
    ("Pacific/Auckland", (2027, 4, 3, 18, 0), "Pacific/Auckland"),
    ("Europe/London", (2027, 6, 4, 22, 0), "Asia/Kolkata"),
)
WAYS: Final[tuple[tuple[EntryMode, bool], ...]] = (
    ("once_per_session", False),
    ("once_per_session", True),
    ("per_day", False),
    ("per_day", True),
    ("unlimited", False),
)
SESSION: Final = UUID("01940000-0000-7000-8000-000000005e55")
CANCELLED: Final = len(WAYS)


def worlds() -> tuple[World, ...]:
    """Return a world per zone, and one whose session is cancelled."""
    made = []
    for zone, start, day_zone in ZONES:
        terms = tuple(
            replace(
                rules(entry={"mode": mode, "reentry": reentry, "doors_minutes_before": 30}),
                time_zone=day_zone,
            )
            for mode, reentry in (*WAYS, WAYS[0])
        )
        begins = datetime(*start, tzinfo=ZoneInfo(zone))
        made.append(World(zone, terms, begins, frozenset({CANCELLED})))
    return (*made, replace(made[0], cancelled=True))


def build() -> dict[str, Any]:
    """Make every situation; the same ones at every run."""
    draw = random.Random(20270327)
    made = worlds()
    return {
        "about": "A gate alone: worlds are bundles, scans say what is shown and what follows.",
        "gate": {
            "organizer": str(ORGANIZER),
            "issuer_keys": [codes.PUBLIC.hex()],
            "id": str(GATES[0][0]),
        },
        "worlds": [_world(world) for world in made],
        "scans": [_told(made, scan) for scan in _scans(draw, made)],
    }


def _world(world: World) -> dict[str, Any]:
    return {
        "session": {
            "id": str(SESSION),
            "title": "Nocturne",
            "starts_at": to_seconds(world.starts_at),
            "ends_at": to_seconds(world.ends_at),
            "time_zone": world.zone,
            "location": "",
            "capacity": None,
            "cancelled": world.cancelled,
        },
        "series": [
            {
                "series": str(SERIES + index),
                "title": f"Series {index}",
                "cap": 600,
                "terms_hash": "",
                "mode": terms.entry.mode,
                "reentry": terms.entry.reentry,
                "doors_at": to_seconds(world.doors_at),
                "day_zone": terms.time_zone,
                "cancelled": index in world.cancelled_series,
            }
            for index, terms in enumerate(world.terms)
        ],
        "gates": [{"id": str(key), "name": name} for key, name in GATES],
        "records": [
            [index, one.serial, EPOCH, _FLAGS[one.kind], _short(one)]
            for index in range(len(world.terms))
            for one in world.records(index)
        ],
        "step_secrets": [
            [index, one.serial, EPOCH, secret_of(index, one.serial).hex()]
            for index in range(len(world.terms))
            for one in world.records(index)
            if one.kind == "step"
        ],
    }


_FLAGS: Final = {"plain": 1, "bound": 1, "step": 1, "gone": 0, "reserved": 2}


def _short(one: Record) -> str:
    if one.kind != "bound":
        return ""
    return bytes([2 + (bound.DEVICE_KEY[-1] & 1), *bound.DEVICE_KEY[1:33]]).hex()


def _told(made: tuple[World, ...], scan: Scan) -> dict[str, Any]:
    return {
        "world": made.index(scan.world),
        "now": to_seconds(scan.now),
        "way": scan.way,
        "text": scan.text,
        "entries": [
            [one.number, to_seconds(one.at), to_seconds(one.exited_at) if one.exited_at else 0, 1]
            for one in scan.known
        ],
        "events": [
            {"at": to_seconds(one.at), "leaving": one.leaving, "forced": one.forced}
            for one in scan.events
        ],
        "of": [scan.index, scan.serial],
        "says": expected(scan),
    }


def _moments(draw: random.Random, world: World) -> datetime:
    """Return an instant, every edge of the rules to the second among them."""
    second = timedelta(seconds=1)
    midnight = datetime.combine(world.starts_at.date() + timedelta(days=1), datetime.min.time())
    night = midnight.replace(tzinfo=world.starts_at.tzinfo)
    day_zone = ZoneInfo(world.terms[2].time_zone)
    other = midnight.replace(tzinfo=day_zone)
    within = world.starts_at + timedelta(seconds=draw.randrange(55 * 3600))
    edges = [world.doors_at, world.ends_at, night, other]
    picked = draw.choice([*edges, within, within, within])
    return picked + draw.choice((-second, second * 0, second))


def _history(draw: random.Random, now: datetime) -> tuple[tuple[Known, ...], tuple[Event, ...]]:
    """Return what a bundle says of the pass, and what the gate did itself since, before `now`."""
    count = draw.choice((0, 0, 1, 1, 2, 3))
    times = sorted(draw.sample(range(3, 40 * 3600, 7), 2 * count + 3), reverse=True)
    at = [now - timedelta(seconds=ago) for ago in times]
    known = tuple(
        Known(number, at[2 * number - 2], at[2 * number - 1] if draw.random() < 0.6 else None)
        for number in range(1, count + 1)
    )
    events = tuple(
        Event(moment, leaving=draw.random() < 0.4, forced=draw.random() < 0.15)
        for moment in at[2 * count :]
        if draw.random() < 0.35
    )
    return known, events


def _scans(draw: random.Random, made: tuple[World, ...]) -> Iterator[Scan]:
    for _ in range(520):
        world = draw.choice((*made[:4], *made[:4], *made))
        index = draw.choice((*range(len(WAYS)), *range(len(WAYS)), CANCELLED))
        record = draw.choice((*world.records(index)[:3], *world.records(index)))
        now = _moments(draw, world)
        text = _shown(draw, world, index, record, to_seconds(now))
        known, events = _history(draw, now)
        known = numbered(known, world.terms[index])
        way = "out" if draw.random() < 0.15 else "in"
        yield Scan(world, index, record.serial, now, way, text, known, events)


def _shown(draw: random.Random, world: World, index: int, record: Record, now: int) -> str:
    """Return the text of a code or number of a pass, most often a good one."""
    kind = {"bound": "B", "step": "T"}.get(record.kind, "S")
    kind = draw.choice((*[kind] * 9, "S", "B", "T", "number", "number", "number", "id"))
    if kind == "number":
        return draw.choice((f"{record.serial}", f"No {record.serial}", f"#{record.serial}", "99"))
    if kind == "id":
        return str(pass_id.compose(SERIES + index, record.serial))
    said = {
        "series": SERIES + index if draw.random() < 0.97 else SERIES - 1,
        "serial": record.serial if draw.random() < 0.97 else 444,
        "epoch": EPOCH if draw.random() < 0.9 else draw.choice((2, 4)),
    }
    text = _code(draw, kind, said, now)
    if draw.random() < 0.04:
        return draw.choice((text[:-1], text.lower(), "EP1:", "https://passes.example/1"))
    return text


def _code(draw: random.Random, kind: str, said: dict[str, int], now: int) -> str:
    skew = draw.choice((*[0] * 8, -45, 45, -46, 46))
    forged = draw.random() < 0.05
    if kind == "S":
        ends = now + draw.choice((*[3600] * 8, 1, 0))
        body = codes.body(**said, issued=now - 7200, expires=ends)
        return codes.text(codes.signed(body, codes.THIEF if forged else codes.ISSUER))
    if kind == "B":
        body = bound.body(**said, made_at=now + skew)
        return codes.text(bound.signed(body, bound.THIEF if forged else bound.PHONE))
    made = qr_step.make_time_step(
        secret=secret_of(said["series"] - SERIES, said["serial"], said["epoch"]),
        pass_number=pass_id.compose(said["series"], said["serial"]),
        epoch=said["epoch"],
        organizer_id=ORGANIZER,
        now=from_seconds(now + skew),
    )
    return made[:-1] + str((int(made[-1]) + 1) % 10) if forged else made
