"""The demo's Drop: thirty people press one button at once, and twenty places are there."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from passes_service.cli.demo_client import Answer, Visitor
from passes_service.cli.demo_clock import DemoClock
from passes_service.cli.demo_seed import World
from passes_service.cli.demo_tell import Teller

PLACES, CROWD = 20, 30
SLUG = "twenty-more"


def drop(teller: Teller, clock: DemoClock, world: World) -> str:
    """Schedule a Drop, let a crowd come at its opening, complete one order; return its address."""
    now = clock()
    opens = now + timedelta(minutes=1)
    teller.scene("A little later: a Drop of twenty places")
    made = world.owner.must_post("/api/v1/drops", _plan(world, opens))
    teller.tell(f"Nora schedules {PLACES} places, one a person, a gift. Nobody else can sell them.")
    path = f"/api/v1/drops/{made['id']}/holds"
    early = _press(world, path)
    teller.tell(f"Somebody tries a minute early: {early.json['code']}. “{early.json['detail']}”")
    clock.jump_to(opens)
    with ThreadPoolExecutor(CROWD) as crowd:
        answers = list(crowd.map(lambda _: _press(world, path), range(CROWD)))
    got = [one.json for one in answers if one.status == 201]
    others = Counter(one.json["code"] for one in answers if one.status != 201)
    teller.tell(f"{CROWD} people press at the same moment: {len(got)} hold a place each.")
    for code, count in others.items():
        teller.tell(f"The other {count} are told so at once: {code}. Not paid in time, it is back.")
    done = _name(world, got[0])
    teller.tell(f"Ada types her address. Her order is {done['state']}: pass, code, feed are there.")
    return f"/o/nora-lind/drops/{SLUG}"


def _plan(world: World, opens: datetime) -> dict[str, Any]:
    return {
        "title": "Twenty more at the kiln",
        "slug": SLUG,
        "summary": "Twenty places for people who have not been here before.",
        "proof": "Last season every place was taken within an hour.",
        "opens_at": opens.isoformat(),
        "closes_at": (opens + timedelta(days=1)).isoformat(),
        "per_holder": 1,
        "stocks": [{"series_id": world.series["id"], "quantity": PLACES, "prices": {"EUR": "0"}}],
    }


def _press(world: World, path: str) -> Answer:
    visitor = Visitor(world.owner.origin)
    return visitor.post(path, {"organizer_id": str(world.organizer_id)})


def _name(world: World, held: dict[str, Any]) -> dict[str, Any]:
    visitor = Visitor(world.owner.origin)
    path = f"/api/v1/orders/{held['order_id']}/place"
    made: dict[str, Any] = visitor.must_post(
        path, {"email": "ada@fans.example", "name": "Ada"}, bearer=held["token"]
    )
    return made
