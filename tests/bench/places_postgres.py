"""`bench_places` over psycopg's asynchronous connections: one task for each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any

import psycopg
from psycopg import AsyncConnection

from tests.bench import places_sql as sql
from tests.bench.places_sql import Counter, Rows
from tests.drops.ground import Made

Way = Callable[[AsyncConnection[Any], Rows], Awaitable[int]]
TAKE_SLOT = sql.TAKE_SLOT.format(lock="FOR UPDATE SKIP LOCKED")


def ways(url: str, drop: Made) -> dict[str, Counter]:
    """Make the slots and return every way."""
    plain = url.replace("postgresql+psycopg:", "postgresql:", 1)
    with psycopg.connect(plain) as connection:
        for statement in sql.MAKE_SLOTS:
            connection.execute(statement)
        fill = f"INSERT INTO bench_slot (serial) SELECT generate_series(1, {sql.SLOTS})"
        connection.execute(fill)
    rows = Rows(drop, lambda value: value)
    every: dict[str, Way] = {"two": _two, "one": _one, "slots": _slots, "grouped": _grouped}
    return {name: _counter(plain, rows, way) for name, way in every.items()}


def _counter(url: str, rows: Rows, way: Way) -> Counter:
    return lambda connections, calls: asyncio.run(_rate(url, rows, way, connections, calls))


async def _rate(url: str, rows: Rows, way: Way, connections: int, calls: int) -> float:
    opened = [await AsyncConnection.connect(url, autocommit=True) for _ in range(connections)]
    began = perf_counter()
    counts = await asyncio.gather(*(_some(one, rows, way, calls // connections) for one in opened))
    rate = sum(counts) / (perf_counter() - began)
    for one in opened:
        await one.close()
    return rate


async def _some(connection: AsyncConnection[Any], rows: Rows, way: Way, calls: int) -> int:
    done = 0
    while done < calls:
        done += await way(connection, rows)
    return done


async def _two(connection: AsyncConnection[Any], rows: Rows) -> int:
    async with connection.transaction():
        sql.taken(await (await connection.execute(sql.TAKE, rows.stock)).fetchone())
        await connection.execute(sql.WRITE, rows.fresh())
    return 1


async def _one(connection: AsyncConnection[Any], rows: Rows) -> int:
    values = (*rows.stock, *rows.fresh())
    sql.taken(await (await connection.execute(sql.TAKE_AND_WRITE, values)).fetchone())
    return 1


async def _slots(connection: AsyncConnection[Any], rows: Rows) -> int:
    async with connection.transaction():
        sql.taken(await (await connection.execute(TAKE_SLOT)).fetchone())
        await connection.execute(sql.WRITE, rows.fresh())
    return 1


async def _grouped(connection: AsyncConnection[Any], rows: Rows) -> int:
    async with connection.transaction():
        sql.enough(await (await connection.execute(sql.LOCK, rows.stock)).fetchone())
        await connection.execute(sql.TAKE_MANY, rows.stock)
        await connection.execute(sql.WRITE_MANY, rows.many())
    return sql.GROUP
