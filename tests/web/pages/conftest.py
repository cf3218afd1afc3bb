"""Signed-in browsers for tests of pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.web.deps import HOLDER_COOKIE, STAFF_COOKIE
from tests.conftest import ORIGIN
from tests.web.pages import stage as stages
from tests.web.pages.stage import Stage

HTML = "text/html,application/xhtml+xml"


@dataclass
class Answer:
    """What a page answered."""

    status: int
    text: str
    location: str
    headers: dict[str, str] = field(repr=False)

    @property
    def key(self) -> str:
        """The Idempotency-Key that the page's last form carries."""
        return str(re.findall(r'name="_key" value="([^"]+)"', self.text)[-1])


class Browser:
    """A client with a login cookie that asks for pages and sends forms."""

    def __init__(self, client: TestClient) -> None:
        self.client = client

    def get(self, path: str) -> Answer:
        return self._answer(self.client.get(path, headers={"Accept": HTML}))

    def post(self, path: str, key: str = "key-of-a-test", **values: str | list[str]) -> Answer:
        """Send a form; a name with a list stands in it once per value."""
        return self._answer(
            self.client.post(path, data={"_key": f"form-{key}"} | values, headers={"Accept": HTML})
        )

    @staticmethod
    def _answer(response: object) -> Answer:
        found: dict[str, str] = dict(response.headers)  # type: ignore[attr-defined]
        return Answer(
            response.status_code,  # type: ignore[attr-defined]
            response.text,  # type: ignore[attr-defined]
            found.get("location", ""),
            found,
        )


@pytest.fixture
def stage(services: Services) -> Stage:
    """One organizer, set up."""
    return stages.build(services)


@pytest.fixture
def other_stage(services: Services, stage: Stage) -> Stage:
    """Another organizer, whose things must stay out of sight."""
    return stages.build(services, slug="other", name="Other people", fan="other@example.org")


@pytest.fixture
def open_browser(app: FastAPI) -> Iterator[Callable[[str, str], Browser]]:
    """Make browsers with a login cookie of a kind."""
    opened: list[TestClient] = []

    def make(cookie: str, token: str) -> Browser:
        client = TestClient(app, base_url=ORIGIN, follow_redirects=False)
        client.headers["Origin"] = ORIGIN
        client.cookies.set(cookie, token)
        opened.append(client)
        return Browser(client)

    yield make
    for client in opened:
        client.close()


@pytest.fixture
def fan(open_browser: Callable[[str, str], Browser], stage: Stage) -> Browser:
    """The holder's browser."""
    return open_browser(HOLDER_COOKIE, stage.holder_token)


@pytest.fixture
def owner(open_browser: Callable[[str, str], Browser], stage: Stage) -> Browser:
    """The owner's browser."""
    return open_browser(STAFF_COOKIE, stage.owner_token)


@pytest.fixture
def visitor(open_browser: Callable[[str, str], Browser]) -> Browser:
    """Someone who is not signed in."""
    return open_browser("nothing", "here")
