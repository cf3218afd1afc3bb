"""A small HTTP client for the play: it speaks to the service as everybody else does."""

from __future__ import annotations

import http.cookiejar
import json
import secrets
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    body: bytes
    etag: str

    @property
    def json(self) -> Any:
        """Return the decoded body."""
        return json.loads(self.body)


class Visitor:
    """One person's browser, with cookies of its own."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        jar = http.cookiejar.CookieJar()
        self._open = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),  # loopback never goes through a proxy
            urllib.request.HTTPCookieProcessor(jar),
        ).open

    def get(self, path: str, *, etag: str = "") -> Answer:
        """Fetch a path of the service."""
        return self._send("GET", path, None, {"If-None-Match": etag} if etag else {})

    def post(
        self,
        path: str,
        body: Any = None,
        *,
        media_type: str = "application/json",
        method: str = "POST",
        bearer: str = "",
    ) -> Answer:
        """Send a change under a fresh Idempotency-Key."""
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        headers = {
            "Content-Type": media_type,
            "Origin": self.origin,
            "Idempotency-Key": secrets.token_urlsafe(16),
        }
        if bearer:
            headers["Authorization"] = f"Bearer {bearer}"
        return self._send(method, path, data, headers)

    def must_post(self, path: str, body: Any = None, **kwargs: Any) -> Any:
        """Send a change that has to succeed; return its JSON.

        Raises:
            RuntimeError: The service refused; its own words are in the message.
        """
        answer = self.post(path, body, **kwargs)
        if answer.status >= 400:
            raise RuntimeError(f"{path}: {answer.status} {answer.body.decode()[:500]}")
        return answer.json

    def must_put(self, path: str, body: Any) -> Any:
        """Put something where it belongs; as `must_post`."""
        return self.must_post(path, body, method="PUT")

    def sign_in(self, link_path: str) -> None:
        """Use up a single-use link."""
        self.must_post("/api/v1/logins/redeem", {"token": link_path.rsplit("/", 1)[1]})

    def _send(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        url = path if path.startswith("http") else self.origin + path
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - ours
        try:
            with self._open(request, timeout=30) as response:
                return Answer(response.status, response.read(), response.headers.get("ETag", ""))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read(), error.headers.get("ETag", ""))
