"""Five thousand press one button for five hundred places, beside the bare claim transaction.

`python -m tests.bench.bench_burst`. Ours answers visitors without a name, each with a key of their
own: a repeated call finds its hold, limits and phases count, the answer opens the order. The
ceiling is told the stock and takes one place of it (`bare_claim`), on PostgreSQL over the
asynchronous driver. One process each. After every burst exactly five hundred places are held, and
each becomes a pass; after the rates as many places are held as answers said.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from statistics import median

from sqlalchemy import func
from sqlmodel import col, select

from passes_service.db.models import Order, OrderLine, Pass, Payment
from tests.bench import drop_ground
from tests.bench.drop_ground import key
from tests.bench.figures import Figure, show
from tests.bench.ground import BEFORE, Ground, ground
from tests.bench.load import Load, Target, Told, press, put, request
from tests.bench.rounds import Duel, duel, say
from tests.bench.server import serving_process
from tests.checkout.ground import check_book
from tests.drops.ground import Made, look

AT_ONCE = 64
CALLS = 800
ROUNDS = 6
PLACES, BUYERS = 500, 5_000
BURSTS = 3
SHARE = 0.40
SLOWEST = 3.0
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
CEILINGS = {"sqlite": "bare UPDATE, INSERT", "postgresql": "bare UPDATE, INSERT, async driver"}


def measure(kinds: tuple[str, ...] = ("sqlite", "postgresql")) -> list[Figure]:
    """Return the figures of both databases."""
    return [figure for kind in kinds for figure in _on(kind)]


def _on(kind: str) -> list[Figure]:
    with (
        ground(kind) as mine,
        ground(kind) as theirs,
        serving_process("ours", mine, at=BEFORE) as ours,
        serving_process("bare", theirs, at=BEFORE) as bare,
    ):
        bursts, floods = [], []
        for _ in range(BURSTS):
            bursts.append(_burst(ours, mine))
            floods.append(_flood(bare, theirs))
        rates = _rates(ours, mine, bare, theirs)
    return [_rate(kind, rates), *_refusals(kind, bursts, floods)]


def _rates(ours: Target, mine: Ground, bare: Target, theirs: Ground) -> Duel:
    """Measure claims that all succeed."""
    count = (ROUNDS + 1) * CALLS
    drop, other = drop_ground.on_sale(mine, count), drop_ground.on_sale(theirs, count)
    given: list[int] = [0, 0]
    result = duel(
        lambda: _all_of(ours, drop_ground.holds(drop, CALLS), given, 0),
        lambda: _all_of(bare, _claims(other, CALLS), given, 1),
        ROUNDS,
    )
    for number, (at, made) in enumerate(((mine, drop), (theirs, other))):
        held = look(at.services, at.made.organizer_id, made.drop.id).held
        _require("held", held, given[number])
    return result


def _all_of(target: Target, requests: list[bytes], given: list[int], whose: int) -> Load:
    """Take one place for each, and count how many were given: a slow machine ends a round early."""
    load = put(target, requests, at_once=AT_ONCE, expect=201)
    given[whose] += len(load.latencies)
    return load


def _burst(target: Target, at: Ground) -> list[float]:
    """Let all press at once, then let everybody who holds a place have it, for nothing."""
    drop = drop_ground.on_sale(at, PLACES)
    told = press(target, drop_ground.holds(drop, BUYERS), at_once=AT_ONCE)
    refused = _refused(at, drop, told)
    codes = {json.loads(one.body)["code"] for one in told if one.status != 201}
    if codes != {"places-held"}:
        raise RuntimeError(f"refused for other reasons, too: {codes}")
    _place(target, [json.loads(one.body) for one in told if one.status == 201])
    _require_passes(at, drop)
    return refused


def _flood(target: Target, at: Ground) -> list[float]:
    drop = drop_ground.on_sale(at, PLACES)
    told = press(target, _claims(drop, BUYERS), at_once=AT_ONCE)
    return _refused(at, drop, told)


def _refused(at: Ground, drop: Made, told: list[Told]) -> list[float]:
    """Return how long each refusal took, in milliseconds; every place was given once."""
    statuses = Counter(one.status for one in told)
    _require("answers", dict(statuses), {201: PLACES, 409: BUYERS - PLACES})
    shop = look(at.services, at.made.organizer_id, drop.drop.id)
    _require("left and held", (shop.left, shop.held), (0, PLACES))
    with at.database.reading() as session:
        orders = session.exec(
            select(func.count()).select_from(Order).where(Order.drop_id == drop.drop.id)
        ).one()
    _require("orders", orders, PLACES)
    return [one.ms for one in told if one.status == 409]


def _place(target: Target, held: list[dict[str, str]]) -> None:
    """Name a buyer for each hold: it costs nothing, so its pass is issued."""
    requests = [
        request(
            "POST",
            f"/api/v1/orders/{one['order_id']}/place",
            headers={"Authorization": f"Bearer {one['token']}", **key()},
            body={"email": f"{secrets.token_hex(8)}@example.org"},
        )
        for one in held
    ]
    for told in press(target, requests, at_once=16):
        if told.status != 200 or json.loads(told.body)["state"] != "completed":
            raise RuntimeError(f"not completed: {told.status} {told.body[:300]!r}")


def _require_passes(at: Ground, drop: Made) -> None:
    """Require a pass for every place and every payment, and a book that agrees with itself."""
    organizer_id = at.made.organizer_id
    shop = look(at.services, organizer_id, drop.drop.id)
    _require("left, held and sold", (shop.left, shop.held, shop.sold), (0, 0, PLACES))
    with at.database.reading() as session:
        mine = (Order.organizer_id == organizer_id, Order.drop_id == drop.drop.id)
        lines = session.exec(
            select(OrderLine.pass_row_id)
            .join(Order, col(OrderLine.order_id) == col(Order.id))
            .where(*mine)
        ).all()
        passes = set(session.exec(select(Pass.id)).all())
        paid = session.exec(
            select(Payment.state).join(Order, col(Payment.order_id) == col(Order.id)).where(*mine)
        ).all()
    _require("passes", len(set(lines) & passes), PLACES)
    _require("payments", Counter(paid), Counter({"succeeded": PLACES}))
    check_book(at.services, organizer_id)


def _require(what: str, found: object, wanted: object) -> None:
    """A fast wrong answer is no figure."""
    if found != wanted:
        raise RuntimeError(f"{what}: {found} instead of {wanted}")


def _claims(drop: Made, count: int) -> list[bytes]:
    body = {
        "drop_id": str(drop.drop.id),
        "offer_id": str(drop.offer.id),
        "phase_id": str(drop.shop.phases[0].id),
        "stock_id": str(drop.stock.id),
    }
    return [
        request("POST", "/claims", body={**body, "subject": f"v:{secrets.token_hex(16)}"})
        for _ in range(count)
    ]


def _rate(kind: str, result: Duel) -> Figure:
    targeted = kind == "postgresql"
    return Figure(
        name=f"hold of one place, {NAMES[kind]}, {AT_ONCE} at once",
        ours=say(result.ours),
        ceiling=f"{say(result.ceiling)}: {CEILINGS[kind]}",
        ratio=str(result.ratio),
        target=f"{SHARE:.2f} of it" if targeted else "",
        reached=result.ratio.middle >= SHARE if targeted else None,
    )


def _refusals(kind: str, ours: list[list[float]], bare: list[list[float]]) -> list[Figure]:
    targeted = kind == "postgresql"
    name = f"burst of {BUYERS:,} on {PLACES} places, {NAMES[kind]}"
    slow, quick = _p99(ours), _p99(bare)
    return [
        Figure(
            name=name,
            ours=f"exactly {PLACES} sold, {BURSTS} times, every pass issued",
            target=f"exactly {PLACES}",
            reached=True,
        ),
        Figure(
            name=f"{name}: p99 of a refusal",
            ours=f"{slow:.0f} ms",
            ceiling=f"{quick:.0f} ms",
            ratio=f"{slow / quick:.2f}",
            target=f"at most {SLOWEST:.1f}" if targeted else "",
            reached=slow / quick <= SLOWEST if targeted else None,
        ),
    ]


def _p99(bursts: list[list[float]]) -> float:
    """Return the median of the p99 of each burst."""
    return median(sorted(one)[int(0.99 * len(one))] for one in bursts)


def main() -> None:
    """Print the figures."""
    print(show(measure()))


if __name__ == "__main__":
    main()
