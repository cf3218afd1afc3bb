"""The published file of a draw (`draw.json`): its fields, read strictly. See docs/draws.md."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from passes_service.core.errors import DomainError, Kind

FORMAT: Final = "EventPass draw 1"
STATES: Final = ("entered", "won", "waiting", "lapsed", "taken")
MOST_BYTES: Final = 64 * 1024 * 1024
_HASH: Final = 32
_FIELDS: Final = frozenset(
    (
        "format", "organizer_id", "drop_id", "commitment", "source", "entries_close_at",
        "closed_at", "entries", "root", "block", "randomness", "secret", "seed", "drawn_at",
        "leaves",
    )
)  # fmt: skip


class DrawFileUnreadable(DomainError):
    """The bytes are no published draw."""

    code, title, kind = "draw-file-unreadable", "This is not the file of a draw", Kind.INVALID
    next_step = "Save draw.json from the organizer's page of the raffle again, as it is."


@dataclass(frozen=True, slots=True)
class Source:
    """Where randomness comes from: the first final block of a chain after an instant, or none."""

    kind: str
    chain_id: int | None = None
    after: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is published: its leaf, what was entered for, and after the draw its rank."""

    leaf: bytes
    offer_id: UUID
    rank: int | None
    state: str


@dataclass(frozen=True, slots=True)
class Block:
    """The block that gave the randomness."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class DrawFile:
    """What a published file says. What comes later is None or empty before."""

    organizer_id: UUID
    drop_id: UUID
    commitment: bytes
    source: Source
    entries_close_at: datetime
    closed_at: datetime | None
    entries: int | None
    root: bytes
    block: Block | None
    randomness: bytes
    secret: bytes
    seed: bytes
    drawn_at: datetime | None
    leaves: tuple[Entry, ...]


def render(file: DrawFile) -> str:
    """Return the text of a file; the same draw gives the same bytes."""
    said = file.source
    document = {
        "format": FORMAT,
        "organizer_id": str(file.organizer_id),
        "drop_id": str(file.drop_id),
        "commitment": file.commitment.hex(),
        "source": {"kind": said.kind, "chain_id": said.chain_id, "after": _time(said.after)},
        "entries_close_at": _time(file.entries_close_at),
        "closed_at": _time(file.closed_at),
        "entries": file.entries,
        "root": file.root.hex(),
        "block": file.block and {"number": file.block.number, "hash": file.block.hash.hex()},
        "randomness": file.randomness.hex(),
        "secret": file.secret.hex(),
        "seed": file.seed.hex(),
        "drawn_at": _time(file.drawn_at),
        "leaves": [
            {
                "leaf": one.leaf.hex(),
                "offer_id": str(one.offer_id),
                "rank": one.rank,
                "state": one.state,
            }
            for one in file.leaves
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def parse(text: str) -> DrawFile:
    """Read a file; every field must be there, known, and spelled as `render` spells it.

    Raises:
        DrawFileUnreadable: It is something else; the sentence says what.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise DrawFileUnreadable("It is no JSON.") from None
    said = _Reader(document, _FIELDS, "")
    if said.of("format") != FORMAT:
        raise DrawFileUnreadable(f"Its format is not “{FORMAT}”.")
    source = _Reader(said.of("source"), frozenset(("kind", "chain_id", "after")), "source.")
    if source.of("kind") not in ("block", "none"):
        raise DrawFileUnreadable("`source.kind` is neither block nor none.")
    return DrawFile(
        organizer_id=said.id("organizer_id"),
        drop_id=said.id("drop_id"),
        commitment=said.hash("commitment"),
        source=Source(source.of("kind"), source.number("chain_id"), source.time("after")),
        entries_close_at=said.needed_time("entries_close_at"),
        closed_at=said.time("closed_at"),
        entries=said.number("entries"),
        root=said.hash("root", empty=True),
        block=_block(said.of("block")),
        randomness=said.hash("randomness", empty=True),
        secret=said.hash("secret", empty=True),
        seed=said.hash("seed", empty=True),
        drawn_at=said.time("drawn_at"),
        leaves=tuple(_entry(one, at) for at, one in enumerate(said.list("leaves"))),
    )


def _entry(document: Any, at: int) -> Entry:
    said = _Reader(document, frozenset(("leaf", "offer_id", "rank", "state")), f"leaves[{at}].")
    state = said.of("state")
    if state not in STATES:
        raise DrawFileUnreadable(f"`leaves[{at}].state` is no state of an entry.")
    return Entry(said.hash("leaf"), said.id("offer_id"), said.number("rank"), state)


def _block(document: Any) -> Block | None:
    if document is None:
        return None
    said = _Reader(document, frozenset(("number", "hash")), "block.")
    number = said.number("number")
    if number is None:
        raise DrawFileUnreadable("`block.number` is no number.")
    return Block(number, said.hash("hash"))


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


class _Reader:
    """Fields of one object, none missing and none unknown."""

    def __init__(self, document: Any, fields: frozenset[str], where: str) -> None:
        if not isinstance(document, dict) or set(document) != fields:
            odd = fields ^ set(document) if isinstance(document, dict) else fields
            named = ", ".join(f"`{where}{one}`" for one in sorted(odd)[:5])
            raise DrawFileUnreadable(f"Fields are missing or unknown: {named}.")
        self._document, self._where = document, where

    def of(self, name: str) -> Any:
        return self._document[name]

    def hash(self, name: str, *, empty: bool = False) -> bytes:
        text = self.of(name)
        try:
            found = bytes.fromhex(text)
        except (TypeError, ValueError):
            found = b"?"
        if text != found.hex() or (len(found) != _HASH and not (empty and not found)):
            raise self._odd(name, "64 hexadecimal digits")
        return found

    def id(self, name: str) -> UUID:
        text = self.of(name)
        try:
            found = UUID(text)
        except (TypeError, ValueError, AttributeError):
            raise self._odd(name, "an id") from None
        if str(found) != text:
            raise self._odd(name, "an id")
        return found

    def number(self, name: str) -> int | None:
        found = self.of(name)
        if found is None or (type(found) is int and 0 <= found < 2**53):
            return found
        raise self._odd(name, "a whole number")

    def time(self, name: str) -> datetime | None:
        text = self.of(name)
        if text is None:
            return None
        try:
            found = datetime.fromisoformat(text)
        except (TypeError, ValueError):
            raise self._odd(name, "an instant in UTC") from None
        if found.tzinfo is None or _time(found) != text:
            raise self._odd(name, "an instant in UTC")
        return found

    def needed_time(self, name: str) -> datetime:
        found = self.time(name)
        if found is None:
            raise self._odd(name, "an instant in UTC")
        return found

    def list(self, name: str) -> list[Any]:
        found = self.of(name)
        if not isinstance(found, list):
            raise self._odd(name, "a list")
        return found

    def _odd(self, name: str, what: str) -> DrawFileUnreadable:
        return DrawFileUnreadable(f"`{self._where}{name}` is not {what}.")
