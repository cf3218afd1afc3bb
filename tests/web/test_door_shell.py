"""The service worker of the door page: every file that the page needs, and nothing personal."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

STATIC = Path(__file__).parents[2] / "passes_service" / "web" / "static"
_IMPORT = re.compile(r'(?:from|import) "(\.{1,2}/[\w./-]+\.js)"')


def shell(client: TestClient) -> dict[str, Any]:
    first = client.get("/door/sw.js").text.splitlines()[0]
    said: dict[str, Any] = json.loads(first.removeprefix("const SHELL = ").removesuffix(";"))
    return said


def test_worker_is_asked_for_anew_and_may_serve_the_page(client: TestClient) -> None:
    answer = client.get("/door/sw.js")

    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["service-worker-allowed"] == "/door"


def test_every_file_is_there_and_every_import_among_them(client: TestClient) -> None:
    files = shell(client)["files"]

    assert [file for file in files if client.get(file).status_code != 200] == []
    for file in files:
        path = STATIC / file.removeprefix("/static/")
        if path.suffix != ".js" or "vendor" in file:
            continue
        for found in _IMPORT.findall(path.read_text(encoding="utf-8")):
            needed = (path.parent / found).resolve().relative_to(STATIC)
            assert f"/static/{needed}" in files, (file, found)


def test_page_names_nothing_that_is_not_kept(client: TestClient) -> None:
    page, files = client.get("/door").text, shell(client)["files"]

    named = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert set(named) <= set(files)


def test_no_answer_of_the_service_is_kept(client: TestClient) -> None:
    assert all(file.startswith("/static/") for file in shell(client)["files"])


def test_page_can_be_installed(client: TestClient) -> None:
    said = client.get("/static/door/manifest.json").json()

    assert (said["start_url"], said["scope"], said["display"]) == ("/door", "/door", "standalone")
    assert all(client.get(icon["src"]).status_code == 200 for icon in said["icons"])
