"""Idempotency-Key: a call under one key happens once, and its answer can be had again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel
from sqlalchemy import Connection, bindparam, delete, update
from sqlmodel import Session

from passes_service.accounts.callers import Caller
from passes_service.bootstrap import Services
from passes_service.core.errors import DomainError, Kind
from passes_service.db.models import IdempotentCall, new_id
from passes_service.db.upsert import insert_if_absent
from passes_service.web import problems

LEASE = timedelta(seconds=30)
Intent = TypeVar("Intent")
Answer = TypeVar("Answer")
Done = TypeVar("Done")

# Built once and on the table, not on the class: every change of ours passes here twice, and the
# ORM would build each statement anew and look for objects to bring up to date.
_TABLE: Any = IdempotentCall.__table__  # type: ignore[attr-defined]  # SQLModel adds it
_HELD = (
    (_TABLE.c.organizer_id == bindparam("of_organizer"))
    & (_TABLE.c.caller == bindparam("of_caller"))
    & (_TABLE.c.key == bindparam("of_key"))
    & (_TABLE.c.lease_token == bindparam("of_lease"))
)
_TAKE = (
    update(_TABLE)
    .where(_HELD)
    .values(lease_token=bindparam("new_lease"), lease_until=bindparam("new_until"))
    .returning(_TABLE.c.key)
)
_FINISH = (
    update(_TABLE)
    .where(_HELD, _TABLE.c.status.is_(None))
    .values(
        status=bindparam("new_status"),
        media_type=bindparam("new_media_type"),
        location=bindparam("new_location"),
        body=bindparam("new_body"),
    )
    .returning(_TABLE.c.key)
)
_FORGET = delete(_TABLE).where(_HELD)
_REPLAYED = (Kind.INVALID, Kind.FORBIDDEN, Kind.NOT_FOUND, Kind.CONFLICT, Kind.GONE)


class KeyMissing(DomainError):
    """A call that creates or moves something came without a key."""

    code, title, kind = "idempotency-key-missing", "Idempotency-Key missing", Kind.INVALID
    next_step = "Send a fresh random Idempotency-Key (16 to 200 characters) and reuse it to retry."


class KeyReused(DomainError):
    """The key was used for another call."""

    code, title, kind = "idempotency-key-reused", "Idempotency-Key reused", Kind.INVALID
    next_step = "Use a new key for a new call; repeat a call with the same method, path and body."


class CallRunning(DomainError):
    """The same call is being worked on right now."""

    code, title, kind = "call-running", "The same call is still running", Kind.CONFLICT
    next_step = "Wait for the seconds in Retry-After, then repeat the call with the same key."


@dataclass(frozen=True)
class Reply:
    """What a finished call answers; stored and replayed byte for byte."""

    status: int
    body: bytes = b""
    media_type: str = "application/json"
    location: str = ""

    def response(self, *, replayed: bool = False) -> Response:
        """Build the HTTP response."""
        headers = {"Cache-Control": "no-store"}
        if self.location:
            headers["Location"] = self.location
        if replayed:
            headers["Idempotency-Replayed"] = "true"
        return Response(self.body, self.status, headers, self.media_type or None)


def created(body: BaseModel, location: str = "", *, status: int = 201) -> Reply:
    """Answer with a new resource."""
    return Reply(status, body.model_dump_json().encode(), location=location)


def ok(body: BaseModel) -> Reply:
    """Answer with the outcome of a change."""
    return created(body, status=200)


def see_other(path: str) -> Reply:
    """Send a browser on after a form."""
    return Reply(303, media_type="", location=path)


@dataclass(frozen=True)
class Call:
    """One request under a key, bound to caller, method, path and body."""

    services: Services
    request: Request
    caller: Caller
    key: str
    fingerprint: bytes
    now: datetime

    @property
    def _is_form(self) -> bool:
        kind = self.request.headers.get("content-type", "")
        return kind.startswith("application/x-www-form-urlencoded")

    def _held(self, lease: UUID) -> dict[str, Any]:
        return {
            "of_organizer": self.caller.organizer_id,
            "of_caller": self.caller.actor,
            "of_key": self.key,
            "of_lease": lease,
        }

    def finished(self) -> Response | None:
        """Return the stored answer of this very call, if it has been done.

        For calls that ask somebody else before their transaction: a repetition asks nobody.
        """
        with self.services.database.reading() as session:
            held = session.get(
                IdempotentCall, (self.caller.organizer_id, self.caller.actor, self.key)
            )
        if held is None or held.status is None or held.fingerprint != self.fingerprint:
            return None
        return Reply(held.status, held.body, held.media_type, held.location).response(replayed=True)

    def run(self, work: Callable[[Session], Reply]) -> Response:
        """Do `work` in one transaction together with storing its answer, or replay it.

        A process that dies leaves nothing behind but a lease; when that has run out the
        same call starts over.
        """
        lease = new_id()
        with self.services.database.connected() as connection:
            finished = self._reserve(connection, lease)
            if finished is not None:
                return finished.response(replayed=True)
            reply = self._guarded(connection, lease, work)
        return reply.response()

    def run_around(
        self,
        before: Callable[[Session], Intent | Reply],
        ask: Callable[[Intent], Answer],
        after: Callable[[Session, Intent, Answer], Reply],
    ) -> Response:
        """Do a call that asks somebody else in between: intent, question, answer.

        `before` writes the intent and finds it again when it was written before; with a Reply the
        call is finished. `ask` runs outside of any transaction and has to be safe to repeat. A
        process that dies leaves its lease: the same call goes on from the intent when it has run
        out.
        """
        lease = new_id()
        with self.services.database.connected() as connection:
            finished = self._reserve(connection, lease)
            if finished is not None:
                return finished.response(replayed=True)
            intent = self._guarded(connection, lease, before)
        if isinstance(intent, Reply):
            return intent.response()
        try:
            answer = ask(intent)
        except Exception:
            with self.services.database.connected() as connection:
                self._forget(connection, lease)
            raise
        with self.services.database.connected() as connection:
            reply = self._guarded(connection, lease, lambda session: after(session, intent, answer))
        return reply.response()

    def _guarded(
        self, connection: Connection, lease: UUID, work: Callable[[Session], Done]
    ) -> Done:
        """Do `work` in one transaction, with its answer if it is one; store a refusal to replay."""
        try:
            with self.services.database.transaction(connection) as session:
                done = work(session)
                if isinstance(done, Reply):
                    self._finish(session, lease, done)
                return done
        except DomainError as error:
            if error.kind not in _REPLAYED or self._is_form:
                self._forget(connection, lease)  # a refused form is shown again, to correct
                raise
            status, body = problems.document(error, self.request.url.path)
            reply = Reply(status, json.dumps(body, default=str).encode(), problems.MEDIA_TYPE)
            with self.services.database.transaction(connection) as session:
                self._finish(session, lease, reply)
            raise
        except Exception:
            self._forget(connection, lease)
            raise

    def _reserve(self, connection: Connection, lease: UUID) -> Reply | None:
        with self.services.database.transaction(connection) as session:
            fresh = {
                "organizer_id": self.caller.organizer_id,
                "caller": self.caller.actor,
                "key": self.key,
                "fingerprint": self.fingerprint,
                "lease_token": lease,
                "lease_until": self.now + LEASE,
                "created_at": self.now,
                "media_type": "",
                "location": "",
                "body": b"",
            }
            if insert_if_absent(session, IdempotentCall, fresh):
                return None
            held = session.get(
                IdempotentCall, (self.caller.organizer_id, self.caller.actor, self.key)
            )
            if held is None:
                raise self._running(1)
            if held.fingerprint != self.fingerprint:
                raise KeyReused("This Idempotency-Key belongs to another method, path or body.")
            if held.status is not None:
                return Reply(held.status, held.body, held.media_type, held.location)
            left = (held.lease_until - self.now).total_seconds()
            if left > 0:
                raise self._running(int(left) + 1)
            taken = session.execute(
                _TAKE,
                self._held(held.lease_token) | {"new_lease": lease, "new_until": self.now + LEASE},
            ).first()
            if taken is None:
                raise self._running(1)
        return None

    def _running(self, seconds: int) -> CallRunning:
        return CallRunning("A call with this key has not finished.", retry_after=seconds)

    def _finish(self, session: Session, lease: UUID, reply: Reply) -> None:
        answer = {
            "new_status": reply.status,
            "new_media_type": reply.media_type,
            "new_location": reply.location,
            "new_body": reply.body,
        }
        kept = session.execute(_FINISH, self._held(lease) | answer).first()
        if kept is None:  # too slow: another process took the lease, its answer counts
            raise self._running(1)

    def _forget(self, connection: Connection, lease: UUID) -> None:
        with self.services.database.transaction(connection) as session:
            session.execute(_FORGET, self._held(lease))


def open_call(
    services: Services, request: Request, caller: Caller, key: str | None, now: datetime
) -> Call:
    """Bind a request to its key; refuse a key that is missing or of the wrong size."""
    if key is None or not 8 <= len(key) <= 200 or not key.isprintable():
        raise KeyMissing("This call needs an Idempotency-Key header.", field="Idempotency-Key")
    text = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    body: bytes = request.state.body_digest
    return Call(services, request, caller, key, hashlib.sha256(text + body).digest(), now)
