"""Gates of one evening that decide alone."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from tests.checkin.evening import Evening
from tests.checkin.offline.lone_gate import LoneGate, lone_gate


@pytest.fixture
def east(client: TestClient, night: Evening) -> LoneGate:
    return lone_gate(client, night, "East")


@pytest.fixture
def west(client: TestClient, night: Evening) -> LoneGate:
    return lone_gate(client, night, "West")
