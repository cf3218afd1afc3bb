"""What a hub remembers: its gates, who came in where, and the logs on their way to the service."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_TABLES: Final = """
CREATE TABLE IF NOT EXISTS gate (
    token_digest BLOB PRIMARY KEY, token TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
    organizer TEXT NOT NULL, revoked INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS claim (
    organizer TEXT NOT NULL, pass TEXT NOT NULL, scope TEXT NOT NULL, number INTEGER NOT NULL,
    gate TEXT NOT NULL,
    gate_name TEXT NOT NULL, nonce TEXT NOT NULL, at INTEGER NOT NULL, check_in TEXT NOT NULL,
    PRIMARY KEY (organizer, pass, scope, number));
CREATE INDEX IF NOT EXISTS claim_nonce ON claim (gate, nonce);
CREATE TABLE IF NOT EXISTS entry (
    cursor INTEGER PRIMARY KEY AUTOINCREMENT, organizer TEXT NOT NULL,
    gate TEXT NOT NULL, gate_name TEXT NOT NULL,
    digest BLOB NOT NULL, text TEXT NOT NULL, signature TEXT NOT NULL,
    forwarded INTEGER NOT NULL DEFAULT 0, UNIQUE (gate, digest));
CREATE INDEX IF NOT EXISTS entry_waiting ON entry (gate) WHERE forwarded = 0;
"""
MOST_AT_ONCE: Final = 200


@dataclass(frozen=True)
class HubGate:
    """A gate that was signed in to the service when the hub last heard."""

    id: str
    name: str
    token: str
    organizer: str


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A gate is about to let somebody in, or the service did: the place of an admission.

    `at` is in milliseconds; `check_in` is the service's admission, where it was the one.
    """

    pass_id: str
    scope: str
    number: int
    nonce: str
    at: int
    check_in: str = ""


@dataclass(frozen=True)
class Taken:
    """Who has the place: the gate that asks, or another."""

    granted: bool
    gate: str
    at: int


class Ledger:
    """One SQLite file. Methods may be called from any thread; each is one transaction.

    Gates hear of gates of their own organizer only: whoever is on the network may bring another.
    """

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    def know(self, token: str, *, gate_id: str, name: str, organizer: str) -> None:
        """Remember a gate that the service has just answered."""
        self._run(
            "INSERT INTO gate VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT (token_digest) DO UPDATE "
            "SET id = excluded.id, name = excluded.name, revoked = 0",
            (_digest(token), token, gate_id, name, organizer),
        )

    def forget(self, token: str) -> None:
        """Serve a gate no longer that the service refuses; its log is still brought there."""
        self._run("UPDATE gate SET revoked = 1 WHERE token_digest = ?", (_digest(token),))

    def gate(self, token: str) -> HubGate | None:
        """Return the gate behind a token."""
        row = self._one(
            "SELECT id, name, token, organizer FROM gate WHERE token_digest = ? AND NOT revoked",
            (_digest(token),),
        )
        return None if row is None else HubGate(*row)

    def gates(self) -> list[HubGate]:
        """Return every gate, those too that were revoked."""
        rows = self._all("SELECT id, name, token, organizer FROM gate", ())
        return [HubGate(*row) for row in rows]

    def claim(self, gate: HubGate, claim: Claim) -> Taken:
        """Give a place to the first gate that asks; the same nonce again is the same claim."""
        with self._lock:
            self._db.execute(
                "INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    gate.organizer,
                    claim.pass_id,
                    claim.scope,
                    claim.number,
                    gate.id,
                    gate.name,
                    claim.nonce,
                    claim.at,
                    claim.check_in,
                ),
            )
            row = self._db.execute(
                "SELECT gate, gate_name, nonce, at FROM claim "
                "WHERE organizer = ? AND pass = ? AND scope = ? AND number = ?",
                (gate.organizer, claim.pass_id, claim.scope, claim.number),
            ).fetchone()
        return Taken((row[0], row[2]) == (gate.id, claim.nonce), row[1], row[3])

    def free(self, token: str, check_in: str) -> None:
        """Free the place of an admission that the service has just taken back for a gate."""
        gate = self.gate(token)
        if gate is not None and check_in:
            self._run(
                "DELETE FROM claim WHERE organizer = ? AND check_in = ?", (gate.organizer, check_in)
            )

    def add(self, gate: HubGate, entries: Sequence[tuple[str, str]]) -> int:
        """Keep entries of a gate's log; return how many were new. An annulled place is free.

        What does not say that it is this gate's is left out: the other gates would believe it.
        """
        fresh = 0
        for text, signature in entries:
            said = _object(text)
            if said.get("gate") != gate.id:
                continue
            digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
            fresh += self._run(
                "INSERT INTO entry (organizer, gate, gate_name, digest, text, signature) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (gate.organizer, gate.id, gate.name, digest, text, signature),
            )
            if said.get("kind") == "annul":
                self._run(
                    "DELETE FROM claim WHERE gate = ? AND nonce = ?", (gate.id, str(said.get("of")))
                )
        return fresh

    def after(self, organizer: str, cursor: int) -> tuple[int, list[tuple[str, str]]]:
        """Return (cursor, [(name of the gate, what it did)]) of what came after a cursor.

        Codes and names of guests are left out: no other gate needs them, and some may not have
        them.
        """
        rows = self._all(
            "SELECT cursor, gate_name, text FROM entry WHERE organizer = ? AND cursor > ? "
            "ORDER BY cursor LIMIT ?",
            (organizer, cursor, MOST_AT_ONCE),
        )
        return (rows[-1][0] if rows else cursor), [(row[1], _for_others(row[2])) for row in rows]

    def waiting(self, gate: HubGate) -> list[tuple[int, str, str]]:
        """Return what of a gate's log the service has not taken yet: (cursor, text, signature)."""
        return self._all(
            "SELECT cursor, text, signature FROM entry WHERE gate = ? AND forwarded = 0 "
            "ORDER BY cursor LIMIT ?",
            (gate.id, MOST_AT_ONCE),
        )

    def waiting_count(self) -> int:
        """Return how many entries the service has not taken yet."""
        return int(self._one("SELECT count(*) FROM entry WHERE forwarded = 0", ())[0])

    def forwarded(self, cursors: Sequence[int]) -> None:
        """Mark entries as taken by the service."""
        with self._lock:
            self._db.executemany(
                "UPDATE entry SET forwarded = 1 WHERE cursor = ?", [(one,) for one in cursors]
            )

    def _run(self, sql: str, values: tuple[Any, ...]) -> int:
        with self._lock:
            return self._db.execute(sql, values).rowcount

    def _one(self, sql: str, values: tuple[Any, ...]) -> Any:
        with self._lock:
            return self._db.execute(sql, values).fetchone()

    def _all(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _for_others(text: str) -> str:
    said = _object(text)
    return json.dumps({name: said[name] for name in said if name not in ("text", "name")})


def _object(text: str) -> dict[str, Any]:
    with suppress(ValueError, RecursionError):
        found = json.loads(text)
        if isinstance(found, dict):
            return found
    return {}
