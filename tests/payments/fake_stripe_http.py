"""The fake over HTTP: who may ask, Idempotency-Keys, faults on command."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import urlsplit

from tests.payments import fake_stripe_api
from tests.payments.fake_stripe_book import Book, Refused


@dataclass
class Fault:
    """Something that goes wrong with the next `times` calls of a method and path.

    `status`: answered instead of working; `kept`: and ever after to the same Idempotency-Key, as
    Stripe does once it has begun. `drop`: the connection ends, "before" or "after" the work was
    done. `seconds`: the answer is late; the work is done first.
    """

    method: str
    path: str
    times: int = 1
    status: int = 0
    kept: bool = False
    retry_after: int | None = None
    drop: str = ""
    seconds: float = 0
    error: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Call:
    """A request as it came."""

    method: str
    path: str
    key: str
    body: str
    version: str


@dataclass
class Answer:
    """A response, kept under its Idempotency-Key once there is one."""

    request: tuple[str, str, str]
    status: int = 0
    body: bytes = b""
    done: bool = False


@dataclass
class Front:
    """What the handlers of all threads share."""

    book: Book
    secret_key: str
    lock: threading.RLock = field(default_factory=threading.RLock)
    kept: dict[str, Answer] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    while_working: Callable[[Call], None] | None = None

    def fault(self, call: Call) -> Fault | None:
        """Take the next fault that is meant for this call."""
        with self.lock:
            for fault in self.faults:
                if fault.method == call.method and fault.path == call.path and fault.times > 0:
                    fault.times -= 1
                    return fault
        return None

    def work(self, call: Call) -> tuple[int, bytes, bool]:
        """Return (status, body, whether it is replayed), each Idempotency-Key worked once."""
        request = (call.method, call.path, call.body)
        if not call.key or call.method != "POST":
            return (*self.worked(call), False)
        with self.lock:
            kept = self.kept.get(call.key)
            if kept is None:
                kept = self.kept[call.key] = Answer(request)
            elif not kept.done:
                return (
                    409,
                    _error("idempotency_error", "Another request with this key runs."),
                    False,
                )
            elif kept.request != request:
                words = "Keys for idempotent requests are for the same parameters."
                return 400, _error("idempotency_error", words), False
            else:
                return kept.status, kept.body, True
        try:
            kept.status, kept.body = self.worked(call)
        finally:
            with self.lock:
                kept.done = True
                if not kept.status or kept.status in (400, 404):  # refused before it began
                    del self.kept[call.key]
        return kept.status, kept.body, False

    def worked(self, call: Call) -> tuple[int, bytes]:
        if self.while_working is not None:
            self.while_working(call)
        where = urlsplit(call.path)
        fields = fake_stripe_api.form(where.query if call.method == "GET" else call.body)
        with self.lock:
            try:
                found = fake_stripe_api.answer(self.book, call.method, where.path, fields)
                return 200, json.dumps(found, indent=2).encode()
            except Refused as error:
                return error.status, json.dumps({"error": error.error}).encode()
            except (KeyError, ValueError, AttributeError) as error:
                return 400, _error("invalid_request_error", f"Missing or wrong: {error!r}")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 60

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""

    def _answer(self, method: str) -> None:
        front = cast("Server", self.server).front
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode()
        key = self.headers.get("Idempotency-Key") or ""
        version = self.headers.get("Stripe-Version") or ""
        call = Call(method, self.path, key, body, version)
        if self.headers.get("Authorization") != f"Bearer {front.secret_key}":
            self._send(401, _error("invalid_request_error", "Invalid API Key provided."))
            return
        with front.lock:
            front.calls.append(call)
        fault = front.fault(Call(method, urlsplit(self.path).path, key, body, version))
        if fault and fault.drop == "before":
            self._drop()
        elif fault and fault.status:
            extra = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
            said = _error("api_error", "On command.", **fault.error)
            if fault.kept:
                request = (method, self.path, body)
                front.kept[key] = Answer(request, fault.status, said, done=True)
            self._send(fault.status, said, extra)
        else:
            status, answer, replayed = front.work(call)
            time.sleep(fault.seconds if fault else 0)
            if fault and fault.drop == "after":
                self._drop()
            else:
                self._send(status, answer, {"Idempotent-Replayed": "true"} if replayed else {})

    def _send(self, status: int, body: bytes, extra: dict[str, str] | None = None) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Request-Id", "req_fake")
            for name, value in (extra or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):  # the caller's patience ended
            self.close_connection = True

    def _drop(self) -> None:
        """End the connection with nothing said."""
        self.close_connection = True


class Server(ThreadingHTTPServer):
    """The fake's server, on a free port of this machine."""

    daemon_threads = True

    def __init__(self, front: Front) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.front = front


def _error(kind: str, message: str, **members: Any) -> bytes:
    return json.dumps({"error": {"type": kind, "message": message} | members}).encode()
