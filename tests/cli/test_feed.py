"""`passes feed check`: where, what, why and what to do, for files and for real servers."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from passes_service.cli import fetching
from passes_service.feeds import check as checking
from tests.cli.feed_server import Served, serving
from tests.cli.installed import Installed, free_port
from tests.ics_feeds.faults import SOUND, put

TOKEN = "qK9_x2fM-40bUu7yYw3hRt6LzPd1NcEv"
SECRET = f"/feeds/{TOKEN}.ics"
FLOATING = SOUND.replace(b"DTSTART;TZID=Europe/Berlin:", b"DTSTART:")
WARNED = put(b"VERSION:2.0\r\n", b"VERSION:2.0\r\nMETHOD:PUBLISH\r\n")


def saved(at: Installed, body: bytes) -> str:
    path: Path = at.folder / "feed.ics"
    path.write_bytes(body)
    return str(path)


def checked(at: Installed, what: str, code: int, *words: str, typed: bytes | None = None) -> str:
    result = at.run("feed", "check", what, *words, typed=typed)
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result.stdout


def codes(url: str) -> set[str]:
    """Return the codes of what is found at an address, without the second of patience."""
    return {one.code for one in checking.check_visit(fetching.visit(url, pause=0)).findings}


class TestFile:
    def test_a_clean_one_is_praised_in_one_line_with_counts(self, empty: Installed) -> None:
        said = checked(empty, saved(empty, SOUND), 0)
        assert said == (
            "A feed that calendar apps will believe: 2 events, 1 zone (Europe/Berlin), "
            "1 Jul 2026 to 1 Jul 2026. Nothing to mend.\n"
        )
        assert list(empty.folder.iterdir()) == [empty.folder / "feed.ics"]

    def test_standard_input(self, empty: Installed) -> None:
        assert checked(empty, "-", 0, typed=SOUND).startswith("A feed that calendar apps")

    def test_an_error_says_where_what_why_and_what_to_do(self, empty: Installed) -> None:
        said = checked(empty, saved(empty, FLOATING), 1)
        lines = said.splitlines()
        where = 1 + FLOATING.split(b"\r\n").index(b"DTSTART:20260701T190000")
        assert f"  line {where}: DTSTART is a floating time, in no zone  [floating]" in lines
        text = " ".join(said.split())
        assert "Why: RFC 5545 3.3.5. Google takes it for UTC" in text
        assert "Do: Write UTC (Z) or a TZID." in text
        assert "2 errors, 0 warnings." in text

    def test_warnings_alone_are_no_failure(self, empty: Installed) -> None:
        said = checked(empty, saved(empty, WARNED), 0)
        assert "WARNINGS" in said
        assert "ERRORS" not in said
        assert "0 errors, 1 warning." in said

    def test_errors_come_before_warnings_and_one_kind_is_told_once(self, empty: Installed) -> None:
        body = FLOATING.replace(b"VERSION:2.0", b"VERSION:2.0\r\nMETHOD:PUBLISH")
        said = checked(empty, saved(empty, body), 1)
        assert said.index("ERRORS") < said.index("[floating]") < said.index("WARNINGS")
        assert said.count("[floating]") == 1
        assert "and at line " in said

    def test_json_for_programs(self, empty: Installed) -> None:
        told = json.loads(checked(empty, saved(empty, FLOATING), 1, "--json"))
        assert (told["events"], told["zones"], told["first"]) == (
            2,
            ["Europe/Berlin"],
            "2026-07-01",
        )
        assert (told["errors"], told["warnings"], len(told["findings"])) == (2, 0, 2)
        assert set(told["findings"][0]) == {
            *("code", "line", "severity", "message", "section", "suffers", "remedy")
        }

    def test_a_page_instead_of_a_feed(self, empty: Installed) -> None:
        said = checked(empty, saved(empty, b"<!doctype html><title>Log in</title>"), 1)
        assert "[not-a-calendar]" in said
        assert "0 events" in said

    def test_what_a_feed_quotes_moves_no_cursor(self, empty: Installed) -> None:
        body = SOUND.replace(b"UID:session-1", b"UID:a\x1b]2;owned\x07").replace(
            b"UID:session-2", b"UID:a\x1b]2;owned\x07"
        )
        said = checked(empty, saved(empty, body), 1)
        assert "\x1b" not in said
        assert "U+001B" in said

    def test_what_is_no_file(self, empty: Installed) -> None:
        empty.refused("feed", "check", "nowhere.ics", code="file-unreadable")
        empty.refused("feed", "check", saved(empty, b"x" * 20_000_001), code="file-unreadable")


class TestAddress:
    def test_a_feed_that_is_served_well(self, empty: Installed) -> None:
        said = Served([SOUND])
        with serving(said) as origin:
            told = checked(empty, origin + SECRET, 0)
            assert told.startswith("A feed that calendar apps will believe: 2 events")
            webcal = origin.replace("http:", "webcal:")
            assert checked(empty, webcal + SECRET, 0) == told
        assert [method for method, _ in said.asked[:5]] == ["GET", "GET", "GET", "HEAD", "GET"]

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"headers": {"Content-Type": "text/html"}}, "content-type"),
            ({"headers": {"Content-Type": None}}, "content-type"),
            ({"headers": {"Content-Type": "text/calendar"}}, "no-charset"),
            ({"headers": {"ETag": None}}, "no-etag"),
            ({"knows_304": False}, "no-304"),
            ({"compresses": False}, "no-gzip"),
            ({"zipped": gzip.compress(b"other")}, "gzip-differs"),
            ({"head": 405}, "no-head"),
            ({"headers": {"Set-Cookie": "a=b"}}, "cookie"),
            ({"headers": {"Cache-Control": None}}, "cacheable"),
            ({"headers": {"Cache-Control": "public"}}, "cacheable"),
            ({"headers": {"Cache-Control": "private, max-age=86400"}}, "long-cache"),
            ({"redirects": 2}, "redirect"),
            (
                {"bodies": [SOUND, SOUND.replace(b"DTSTAMP:2026", b"DTSTAMP:2027")]},
                "clock-in-body",
            ),
            ({"bodies": [SOUND, SOUND.replace(b"UID:", b"UID:x")]}, "unstable-uids"),
            ({"bodies": [SOUND, SOUND.replace(b"Second", b"2nd")]}, "unstable-body"),
            ({"bodies": [put(b"Second", TOKEN.encode())]}, "own-secret"),
        ],
    )
    def test_each_bad_manner_is_told(self, change: dict[str, Any], code: str) -> None:
        with serving(Served(**{"bodies": [SOUND], **change})) as origin:
            found = codes(origin + SECRET)
        assert found == {code} | ({"no-etag"} if "ETag" in change.get("headers", {}) else set())

    def test_an_address_too_long_for_google(self) -> None:
        with serving(Served([SOUND])) as origin:
            assert codes(origin + "/x" * 140) == {"long-address"}

    def test_a_public_feed_may_be_cached(self) -> None:
        with serving(Served([SOUND], {"Cache-Control": "public, max-age=300"})) as origin:
            assert codes(origin + "/summer-season-2026.ics") == set()

    def test_the_secret_path_is_never_printed(self, empty: Installed) -> None:
        body = put(b"Second", TOKEN.encode())
        for said in (
            Served([body], redirects=1),
            Served([body], status=503),
            Served([body], redirects=9),
        ):
            with serving(said) as origin:
                for words in ((), ("--json",)):
                    result = empty.run("feed", "check", origin + SECRET, *words)
                    assert result.exit_code in (1, 8), result.output
                    assert TOKEN not in result.output
        assert checking.public_part("https://a:b@e.org:8443/feeds/x.ics") == "https://e.org:8443/…"

    def test_a_clock_in_the_body_is_seen_because_it_asks_again_later(
        self, empty: Installed
    ) -> None:
        ticking = SOUND.replace(b"DTSTAMP:20260501T083000Z", b"DTSTAMP:%(now)s")
        with serving(Served([ticking])) as origin:
            said = checked(empty, origin + SECRET, 1)
        assert "[clock-in-body]" in said
        assert "No app is ever told that nothing changed (304)" in " ".join(said.split())

    def test_octets_that_drip_are_not_waited_for(
        self, empty: Installed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(fetching, "SECONDS", 0.6)  # the limit itself, for a test's patience
        with serving(Served([SOUND], drips=True)) as origin:
            empty.refused("feed", "check", origin + SECRET, code="feed-unfetched")

    @pytest.mark.parametrize(
        "change", [{"status": 404}, {"status": 503}, {"redirects": 9}, {"zipped": b"no gzip"}]
    )
    def test_what_cannot_be_fetched_is_refused(
        self, empty: Installed, change: dict[str, Any]
    ) -> None:
        with serving(Served([SOUND], **change)) as origin:
            empty.refused("feed", "check", origin + SECRET, code="feed-unfetched")

    def test_nobody_there_and_no_address(self, empty: Installed) -> None:
        for address in (
            *(f"http://127.0.0.1:{free_port()}/x.ics", "https://", "http://e.org:port/x"),
            *("webcal:///x.ics", "http://[::1/x", "http://127.0.0.1:1/a b\x00"),
        ):
            empty.refused("feed", "check", address, code="feed-unfetched")

    def test_a_flood_is_cut_off(self, empty: Installed) -> None:
        flood = b"x" * (fetching.MOST_BYTES + 1)
        with serving(Served([flood])) as origin:
            empty.refused("feed", "check", origin + SECRET, code="feed-too-large")
        with serving(Served([SOUND], zipped=gzip.compress(flood))) as origin:
            empty.refused("feed", "check", origin + SECRET, code="feed-too-large")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("webcal://e.org/x", "https://e.org/x"),
        ("webcals://e.org/x", "https://e.org/x"),
        ("WEBCAL://localhost:8000/x", "http://localhost:8000/x"),
        ("https://e.org/x", "https://e.org/x"),
        (" http://e.org/x\n", "http://e.org/x"),
    ],
)
def test_webcal_means_https_but_on_this_machine(typed: str, meant: str) -> None:
    assert fetching.normal(typed) == meant
