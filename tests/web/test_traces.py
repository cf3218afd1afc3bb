"""With tracing switched on around the service, no span holds an address that opens something."""

from __future__ import annotations

import subprocess
import sys

# OpenTelemetry takes one provider per process, so this one is another's.
TRACED = """
import sys, tempfile, secrets
from datetime import UTC, datetime
from pathlib import Path
from opentelemetry import trace
from opentelemetry.trace import NonRecordingSpan, INVALID_SPAN_CONTEXT

seen = []

class Span(NonRecordingSpan):
    def __init__(self):
        super().__init__(INVALID_SPAN_CONTEXT)
    def set_attributes(self, attributes):
        seen.append(repr(dict(attributes)))

class Tracer(trace.Tracer):
    def start_span(self, name, context=None, kind=None, attributes=None, **_):
        seen.append(f"{name} {dict(attributes or {})}")
        return Span()
    def start_as_current_span(self, *_, **__):
        raise NotImplementedError

class Provider(trace.TracerProvider):
    def get_tracer(self, *_, **__):
        return Tracer()

trace.set_tracer_provider(Provider())

from starlette.testclient import TestClient
from passes_service import keyring
from passes_service.bootstrap import Services
from passes_service.config import Settings
from passes_service.db import migrate
from passes_service.db.engine import open_database
from passes_service.web.app import create_app

with tempfile.TemporaryDirectory() as folder:
    at = Path(folder)
    now = datetime.now(UTC)
    keyring.init(at / "keys", random=secrets.token_bytes, now=now)
    url = f"sqlite:///{at / 'traced.sqlite'}"
    database = open_database(url)
    migrate.upgrade(database)
    settings = Settings(_env_file=None, database_url=url, keys_dir=at / "keys")
    services = Services(settings, database, keyring.load(at / "keys"))
    with TestClient(create_app(services)) as client:
        secret = "A" * 64
        client.get(f"/feeds/{secret}.ics")
        client.get(f"/l/{secret}")
        client.get(f"/login?next=/x/{secret}")
        client.get("/robots.txt")
    database.close()
print("\\n".join(seen))
"""


def test_spans_hold_no_secret_address() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TRACED], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "/robots.txt" in done.stdout  # tracing was on
    assert "AAAAAA" not in done.stdout + done.stderr
