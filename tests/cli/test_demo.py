"""`passes demo`: one evening in a real process, on a database of its own, on loopback only."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

import ics_feeds
from passes_service.cli.demo_client import Visitor
from tests.judges.node import expand
from tests.judges.python import expand_vobject

ROOT = Path(__file__).parent.parent.parent


def run(*arguments: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from passes_service.cli.main import main; main()",
            "demo",
            *map(str, arguments),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        found: int = listener.getsockname()[1]
    return min(found, 65000)


@pytest.fixture
def port() -> int:
    return _free_port()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> str:
    done = run("--once", "--folder", tmp_path_factory.mktemp("demo"), "--port", str(_free_port()))
    assert (done.returncode, done.stderr) == (0, "")
    return re.sub(r"\s+", " ", done.stdout)


class TestTheEvening:
    """What `make demo ONCE=1` shows."""

    @pytest.mark.parametrize(
        "line",
        [
            "Imported from her .ics file: 8 sessions; left out: 1.",
            "left out: The file has it cancelled.",
            "Terms published: 0x",
            "50 passes at EUR 60.00",
            "1 of 50 Mina wallet 0x",
            "2 of 50 Jonas guest",
            "Tom accepts. The pass is now in epoch 2",
            "Jonas's calendar: 8 sessions before, 0 now. Tom's: 0 before, 8 now.",
            "Somebody tries a minute early: drop-not-open.",
            "30 people press at the same moment: 20 hold a place each.",
            "The other 10 are told so at once: places-held.",
            "Ada types her address. Her order is completed",
            "Mina shows her code: ADMIT.",
            "A friend shows Mina's code again: DUPLICATE. “This pass already came in at",
            "Jonas tries his screenshot from this afternoon: STALE.",
            "one letter changed: BAD_SIGNATURE.",
            "you get back EUR 48.00 (80 % of EUR 60.00)",
            "EUR 48.00 is owed, requested.",
            "The free provider has settled it.",
            "A second try is refused (409)",
        ],
    )
    def test_says(self, told: str, line: str) -> None:
        assert line in told

    @pytest.mark.parametrize(
        "link",
        [
            r"Priya's pass http://127\.0\.0\.1:\d+/l/\S{80,}",
            r"Mina's feed webcal://127\.0\.0\.1:\d+/feeds/\S+\.ics",
            r"http://127\.0\.0\.1:\d+/feeds/\S+\.ics",
            r"Door http://127\.0\.0\.1:\d+/l/",
            r"Organizer http://127\.0\.0\.1:\d+/l/",
            r"The Drop http://127\.0\.0\.1:\d+/o/nora-lind/drops/twenty-more",
            r"API docs http://127\.0\.0\.1:\d+/api/docs",
        ],
    )
    def test_prints_the_link(self, told: str, link: str) -> None:
        assert re.search(link, told)


class TestRefusals:
    """Where the demo does not start."""

    @pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "example.org"])
    def test_another_address(self, host: str, tmp_path: Path) -> None:
        done = run("--once", "--host", host, "--folder", tmp_path / "demo")
        assert done.returncode != 0
        assert "demo-on-network" in done.stderr
        assert not (tmp_path / "demo").exists()

    def test_a_database_that_it_did_not_create(self, tmp_path: Path) -> None:
        path = tmp_path / "demo.sqlite"
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE precious (x)")
        connection.close()
        before = path.read_bytes()
        done = run("--once", "--folder", tmp_path)
        assert done.returncode != 0
        assert "demo-database" in done.stderr
        assert path.read_bytes() == before

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "demo.sqlite").write_text("my diary")
        done = run("--once", "--folder", tmp_path)
        assert done.returncode != 0
        assert (tmp_path / "demo.sqlite").read_text() == "my diary"


class TestServing:
    """After the play it keeps serving."""

    @pytest.fixture
    def demo(self, tmp_path: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
        process = subprocess.Popen(
            [
                sys.executable,
                "-u",
                "-c",
                "from passes_service.cli.main import main; main()",
                "demo",
                "--folder",
                str(tmp_path / "demo"),
                "--port",
                str(port),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert process.stdout is not None
        told = ""
        deadline = time.monotonic() + 90
        while "Serving until Ctrl-C" not in told and time.monotonic() < deadline:
            told += process.stdout.readline()
        yield process, told
        if process.poll() is None:
            process.kill()
        process.wait(timeout=10)
        process.stdout.close()

    @pytest.mark.node
    def test_the_calendar_of_each_holder_is_read_alike_by_others_parsers(
        self, demo: tuple[subprocess.Popen[str], str]
    ) -> None:
        _, told = demo
        origin = re.findall(r"API docs\s+(http://[^/]+)", told)[0]
        feeds = {"Mina": Visitor(origin).get(re.findall(r"\s(http://\S+\.ics)", told)[0]).body}
        for name in ("Priya", "Tom"):
            visitor = Visitor(origin)
            visitor.sign_in(re.findall(rf"{name}'s pass\s+(\S+)", told)[0])
            link = visitor.must_post("/api/v1/me/calendar-links", {"label": "Judge"})
            feeds[name] = visitor.get(link["https"]).body

        for name, sessions in (("Mina", 8), ("Priya", 0), ("Tom", 8)):
            body = feeds[name]
            assert ics_feeds.problems(body) == []
            strict = [(e["uid"], e["start"], e["end"]) for e in expand(body)]
            assert strict == [(e["uid"], e["start"], e["end"]) for e in expand_vobject(body)]
            assert len(strict) == max(sessions, 1)
            assert (b"No sessions" in body) == (sessions == 0)

    def test_its_logins_work_once_and_ctrl_c_ends_it(
        self, demo: tuple[subprocess.Popen[str], str]
    ) -> None:
        process, told = demo
        found = re.search(r"Organizer\s+(http://\S+)/l/(\S+)", told)
        assert found is not None, told
        origin, token = found.groups()

        def redeem() -> int:
            request = urllib.request.Request(
                f"{origin}/api/v1/logins/redeem",
                f'{{"token": "{token}"}}'.encode(),
                {"Content-Type": "application/json", "Origin": origin},
            )
            try:
                with urllib.request.urlopen(request, timeout=10) as answer:
                    return int(answer.status)
            except urllib.error.HTTPError as error:
                with error:
                    return error.code

        assert redeem() == 200
        assert redeem() in (404, 409, 410)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0  # on a busy machine the worker takes its time
