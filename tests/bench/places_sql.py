"""The statements of `bench_places`, with `%s` for values as psycopg has them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from passes_service.db.models import new_id
from tests.bench.ground import BEFORE
from tests.drops.ground import Made

GROUP = 32
SLOTS = 40_000
Counter = Callable[[int, int], float]
"""Takes so many connections and calls; returns places per second."""

TAKE = """
    UPDATE drop_stock SET held = held + 1
    WHERE organizer_id = %s AND id = %s AND quantity - sold - held >= 1 RETURNING id
"""
INTO = """
    INSERT INTO sale_order
        (organizer_id, id, drop_id, offer_id, phase_id, subject, quantity, takes, key_digest,
         fingerprint, state, hold_until, currency, total_minor, price, channel, end_reason,
         created_at)
"""
ROW = "%s, %s, %s, %s, %s, %s, 1, %s, %s, %s, 'held', %s, '', 0, '{}', 'web', '', %s"
WRITE = f"{INTO} VALUES ({ROW})"
TAKE_AND_WRITE = f"WITH taken AS ({TAKE}) {INTO} SELECT {ROW} FROM taken RETURNING id"
LOOK = "SELECT quantity, sold, held FROM drop_stock WHERE organizer_id = %s AND id = %s"
LOCK = f"{LOOK} FOR UPDATE"
TAKE_MANY = f"UPDATE drop_stock SET held = held + {GROUP} WHERE organizer_id = %s AND id = %s"
WRITE_MANY = f"{INTO} VALUES {', '.join([f'({ROW})'] * GROUP)}"
MAKE_SLOTS = (
    "CREATE TABLE bench_slot (serial INTEGER PRIMARY KEY, taken BOOLEAN NOT NULL DEFAULT FALSE)",
    "CREATE INDEX bench_slot_free ON bench_slot (serial) WHERE NOT taken",
)
FILL_SLOTS = "INSERT INTO bench_slot (serial) VALUES (%s)"
TAKE_SLOT = """
    UPDATE bench_slot SET taken = TRUE WHERE serial =
        (SELECT serial FROM bench_slot WHERE NOT taken ORDER BY serial LIMIT 1 {lock})
    RETURNING serial
"""


@dataclass(frozen=True)
class Rows:
    """Values for the statements, as one driver wants them."""

    drop: Made
    plain: Callable[[object], object]

    @property
    def stock(self) -> tuple[object, ...]:
        """Return what names the stock."""
        return self._as((self.drop.drop.organizer_id, self.drop.stock.id))

    def fresh(self) -> tuple[object, ...]:
        """Return the values of one more order."""
        drop, now = self.drop, BEFORE
        return self._as(
            (
                drop.drop.organizer_id,
                new_id(),
                drop.drop.id,
                drop.offer.id,
                drop.shop.phases[0].id,
                f"v:{secrets.token_hex(16)}",
                f'[["{drop.stock.id}", 1]]',
                secrets.token_bytes(32),
                secrets.token_bytes(32),
                now + timedelta(minutes=10),
                now,
            )
        )

    def many(self) -> tuple[object, ...]:
        """Return the values of one order for each of a group."""
        return tuple(value for _ in range(GROUP) for value in self.fresh())

    def _as(self, values: tuple[object, ...]) -> tuple[object, ...]:
        return tuple(self.plain(value) for value in values)


def taken(found: object) -> None:
    """A fast refusal is no figure."""
    if found is None:
        raise RuntimeError("no place was left")


def enough(found: tuple[int, int, int] | None) -> None:
    """Require places for a whole group."""
    if found is None or found[0] - found[1] - found[2] < GROUP:
        raise RuntimeError("too few places were left")
