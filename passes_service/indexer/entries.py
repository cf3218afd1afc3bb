"""From decoded events to lines of the chain log, and back: one line for each token that moved."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from passes_service.chain.logs import ChainEvent
from passes_service.core import pass_id
from passes_service.db import bulk
from passes_service.db.models import ChainLog

_SERIES_MASK: Final = 2**64 - 1
_ENCODER: Final = json.JSONEncoder(separators=(",", ":"))
COLUMNS: Final = (
    *("organizer_id", "chain_id", "block_number", "block_hash", "block_time", "log_index"),
    *("position", "transaction_hash", "name", "token_id", "series_no", "args"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the chain log. `args` as decoded; a batch has one entry for each of its ids."""

    organizer_id: UUID
    chain_id: int
    block_number: int
    block_hash: str
    block_time: datetime
    log_index: int
    position: int
    transaction_hash: str
    name: str
    token_id: int | None
    series_no: int | None
    args: dict[str, Any]

    @property
    def order(self) -> tuple[int, int, int]:
        """Its place in the chain."""
        return self.block_number, self.log_index, self.position

    @property
    def identity(self) -> tuple[str, int, int]:
        """What makes it this very line, whatever chain it is in."""
        return self.block_hash, self.log_index, self.position

    @property
    def is_pass(self) -> bool:
        """Tell whether it is about a pass, not about a badge or a Series as a whole."""
        return self.token_id is not None and self.series_no is not None


def of_events(
    events: Sequence[ChainEvent],
    *,
    chain_id: int,
    times: Mapping[int, datetime],
    organizers: Mapping[str, UUID],
) -> list[Entry]:
    """Return the entries of events, in the order of the chain; `organizers` by contract."""
    return [
        entry
        for event in events
        for entry in _of_event(
            event, organizers[event.address], chain_id, times[event.block_number]
        )
    ]


def _of_event(
    event: ChainEvent, organizer_id: UUID, chain_id: int, time: datetime
) -> Iterator[Entry]:
    for position, args in enumerate(_split(event)):
        token_id = args.get("id")
        yield Entry(
            organizer_id,
            chain_id,
            event.block_number,
            event.block_hash.lower(),
            time,
            event.log_index,
            position,
            event.transaction_hash,
            event.name,
            token_id,
            _series_of(token_id, args),
            args,
        )


def _split(event: ChainEvent) -> Iterator[dict[str, Any]]:
    if event.name != "TransferBatch":
        yield event.args
        return
    shared = {name: event.args[name] for name in ("operator", "from", "to")}
    for token_id, value in zip(event.args["ids"], event.args["values"], strict=True):
        yield {**shared, "id": token_id, "value": value}


def _series_of(token_id: int | None, args: dict[str, Any]) -> int | None:
    if token_id is None:
        series: int | None = args.get("series")
        return series
    is_pass = token_id >> 96 == pass_id.PASS_KIND
    return token_id >> 32 & _SERIES_MASK if is_pass else None


def rows(entries: Iterable[Entry]) -> list[bulk.Row]:
    """Return the entries as rows to store."""
    return [
        {
            "organizer_id": each.organizer_id,
            "chain_id": each.chain_id,
            "block_number": each.block_number,
            "block_hash": each.block_hash,
            "block_time": each.block_time,
            "log_index": each.log_index,
            "position": each.position,
            "transaction_hash": each.transaction_hash,
            "name": each.name,
            "token_id": each.token_id,
            "series_no": each.series_no,
            "args": _ENCODER.encode(each.args),
        }
        for each in entries
    ]


def stored(*where: Any) -> Any:
    """Return the statement that finds stored entries, in the order of the chain."""
    table = bulk.table_of(ChainLog)
    order = (table.c.block_number, table.c.log_index, table.c.position)
    columns = [table.c[name] for name in COLUMNS]
    return table.select().with_only_columns(*columns).where(*where).order_by(*order)


def of_rows(found: Iterable[Sequence[Any]]) -> list[Entry]:
    """Return rows of `stored` as entries."""
    return [Entry(*(*row[:11], json.loads(row[11]))) for row in found]
