"""The one read that a calendar app's poll costs: many addresses at once, over the driver itself.

Calendar apps ask all day whether anything is new, and nearly always nothing is. So this is SQL
over psycopg or sqlite3 and not the ORM, which would cost ten times the statement.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from passes_service.core import tokens
from passes_service.feeds.copies import Stored
from passes_service.feeds.delivery import Validators

NOBODY: Final = UUID(int=0)
_COLUMNS: Final = """
    l.organizer_id, l.id, l.revoked_at, l.last_fetched_at, h.feed_version, c.rendered_from,
    c.fresh_until, c.etag, c.changed_at
"""
_JOINS: Final = """
    JOIN holder h ON h.organizer_id = l.organizer_id AND h.id = l.holder_id
    LEFT JOIN feed_copy c ON c.organizer_id = l.organizer_id AND c.link_id = l.id
"""
# `asked` first: PostgreSQL then goes to one index entry per address.
_POSTGRESQL: Final = f"""
    SELECT asked.place, {_COLUMNS}
    FROM unnest(%s::uuid[], %s::bytea[]) WITH ORDINALITY AS asked(organizer, digest, place)
    JOIN feed_link l ON l.organizer_id = asked.organizer AND l.token_digest = asked.digest {_JOINS}
"""  # noqa: S608 - only constants of this module
_SQLITE: Final = f"""
    SELECT {_COLUMNS} FROM feed_link l {_JOINS}
    WHERE l.organizer_id = ? AND l.token_digest = ?
"""  # noqa: S608 - only constants of this module
_BODY: Final = (
    "SELECT body, etag, changed_at FROM feed_copy WHERE organizer_id = {0} AND link_id = {0}"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a feed would be, if we gave this address out."""

    organizer_id: UUID
    digest: bytes

    @classmethod
    def of(cls, token: str) -> Address:
        """Return the address; one that is not spelled as ours leads to nobody, at the same cost."""
        parsed = tokens.parse(token)
        return cls(NOBODY, bytes(32)) if parsed is None else cls(parsed.organizer_id, parsed.digest)


@dataclass(frozen=True, slots=True)
class Found:
    """A link as it is stored, and what is known of its copy."""

    organizer_id: UUID
    link_id: UUID
    revoked_at: datetime | None
    last_fetched_at: datetime | None
    feed_version: int
    rendered_from: int | None
    fresh_until: datetime | None
    validators: Validators | None

    def clean(self, now: datetime) -> bool:
        """Tell whether the stored copy still says what the feed would say."""
        return (
            self.rendered_from == self.feed_version
            and self.fresh_until is not None
            and self.fresh_until > now
        )


def find(connection: Any, addresses: Sequence[Address]) -> list[Found | None]:
    """Return the link behind each address, over a DBAPI connection of either driver."""
    if _is_sqlite(connection):
        return [_one_of_sqlite(connection, each) for each in addresses]
    rows = connection.execute(
        _POSTGRESQL,
        ([each.organizer_id for each in addresses], [each.digest for each in addresses]),
    ).fetchall()
    found: list[Found | None] = [None] * len(addresses)
    for place, *row in rows:
        found[place - 1] = _found(row, lambda value: value, _as_is)
    return found


def body(connection: Any, organizer_id: UUID, link_id: UUID) -> Stored | None:
    """Return a stored copy, whatever its age."""
    if _is_sqlite(connection):
        row = connection.execute(_BODY.format("?"), (organizer_id.hex, link_id.hex)).fetchone()
        changed_at = _read_instant(row[2]) if row else None
    else:
        row = connection.execute(_BODY.format("%s"), (organizer_id, link_id)).fetchone()
        changed_at = row[2] if row else None
    return None if changed_at is None else Stored(bytes(row[0]), str(row[1]), changed_at)


def _is_sqlite(connection: Any) -> bool:
    return type(connection).__module__.startswith("sqlite3")


def _one_of_sqlite(connection: Any, address: Address) -> Found | None:
    key = (address.organizer_id.hex, address.digest)
    row = connection.execute(_SQLITE, key).fetchone()
    return None if row is None else _found(row, UUID, _read_instant)


def _found(
    row: Sequence[Any],
    key: Callable[[Any], UUID],
    instant: Callable[[Any], datetime | None],
) -> Found:
    changed_at = instant(row[8])
    return Found(
        organizer_id=key(row[0]),
        link_id=key(row[1]),
        revoked_at=instant(row[2]),
        last_fetched_at=instant(row[3]),
        feed_version=row[4],
        rendered_from=row[5],
        fresh_until=instant(row[6]),
        validators=Validators(row[7], changed_at) if row[7] and changed_at else None,
    )


def _as_is(value: Any) -> datetime | None:
    found: datetime | None = value
    return found


def _read_instant(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value).replace(tzinfo=UTC)
