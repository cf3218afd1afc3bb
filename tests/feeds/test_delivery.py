"""How a feed is served, to every client's habits."""

from __future__ import annotations

import gzip
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

import ics_feeds
from passes_service.bootstrap import Services
from passes_service.catalog import calendars, sessions
from passes_service.core import tokens
from passes_service.db.models import FeedCopy
from passes_service.feeds import delivery, links, service
from passes_service.feeds.memory import LastServed
from passes_service.feeds.service import Served
from tests import people
from tests.feeds.subscriber import Device, subscribe
from tests.season import Season, issue, season

IDS = [UUID(int=n) for n in range(3)]
JOIN = "https://live.example/room/very-secret"


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def phone(client: TestClient, services: Services, made: Season) -> Device:
    held = issue(services, made)
    return subscribe(client, services, made.organizer_id, held.row.holder_id)


def touch(services: Services, made: Season) -> None:
    """Change something, so that the stored bytes are old."""
    with services.database.transaction() as session:
        calendars.bump(session, organizer_id=made.organizer_id, calendar_id=made.calendar.id)


def test_unknown_malformed_and_overlong_addresses_get_the_same_404(
    client: TestClient, services: Services, phone: Device, made: Season
) -> None:
    unknown = tokens.mint(made.organizer_id, random=services.random_bytes(32))
    nobody = tokens.mint(phone.row.id, random=services.random_bytes(32))
    names = [
        unknown,
        nobody,
        phone.token[:-1],
        phone.token + "A",
        phone.token.swapcase(),
        "x",
        "a" * 5_000,
        "%00",
        "%ff%fe",
        "..%2f..%2fetc",
        f"{phone.token}/more",
        "%F0%9F%8E%9F",
        "' OR 1=1 --",
    ]
    answers = [client.get(f"/feeds/{name}.ics") for name in names]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    varying = ("date", "content-length")
    headers = [{k: v for k, v in a.headers.items() if k not in varying} for a in answers]
    assert all(one == headers[0] for one in headers)
    assert unknown not in answers[0].text
    assert answers[0].json()["instance"] == "/feeds"


def test_nothing_secret_is_in_body_or_headers(
    client: TestClient, services: Services, made: Season, phone: Device
) -> None:
    with services.database.transaction() as session:
        sessions.amend(
            session,
            organizer_id=made.organizer_id,
            session_id=made.sessions[0].id,
            fields={"join_link": JOIN, "title": "With a stream"},
            now=services.clock(),
        )
    held = issue(services, made)
    answer = phone.fetch()
    assert "With a stream" in answer.text
    unfolded = answer.text.replace("\r\n ", "")
    whole = unfolded + "\n".join(f"{k}: {v}" for k, v in answer.headers.items())
    for secret in (
        phone.token,
        people.GUEST,
        JOIN,
        str(held.row.holder_id),
        str(held.row.pass_id),
        str(made.organizer_id),
    ):
        assert secret not in whole
    assert "set-cookie" not in answer.headers
    assert "access-control-allow-origin" not in answer.headers


def test_headers_say_private_strong_and_not_for_search_engines(phone: Device) -> None:
    headers = phone.fetch().headers
    assert headers["content-type"] == "text/calendar; charset=utf-8"
    assert headers["cache-control"].startswith("private")
    assert headers["vary"] == "Accept-Encoding"
    assert headers["x-robots-tag"] == "noindex"
    assert headers["content-disposition"].startswith("inline")
    assert headers["etag"].startswith('"')


@pytest.mark.parametrize("accept", [None, "text/html", "*/*", "application/json", "text/calendar"])
def test_whatever_is_accepted_the_calendar_is_served(phone: Device, accept: str | None) -> None:
    phone.client.headers.pop("accept", None)
    answer = phone.fetch(**({"Accept": accept} if accept else {}))
    assert answer.status_code == 200
    assert answer.content.startswith(b"BEGIN:VCALENDAR\r\n")


def test_head_is_get_without_the_body(phone: Device) -> None:
    got = phone.fetch()
    head = phone.client.head(phone.path, headers={"Accept-Encoding": "identity"})
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-type", "content-length", "vary", "cache-control"):
        assert head.headers[name] == got.headers[name]
    unchanged = phone.client.head(
        phone.path, headers={"Accept-Encoding": "identity", "If-None-Match": got.headers["etag"]}
    )
    assert unchanged.status_code == 304


def test_post_is_refused_and_does_not_repeat_the_address(phone: Device) -> None:
    answer = phone.client.post(phone.path)
    assert answer.status_code == 405
    assert phone.token not in answer.text


def test_a_stale_cookie_makes_no_difference(phone: Device) -> None:
    plain = phone.fetch()
    phone.client.cookies.set("passes_holder", "no-longer-valid")
    again = phone.client.get(phone.path, headers={"Accept-Encoding": "identity"})
    assert (again.status_code, again.content) == (200, plain.content)


def test_if_none_match_takes_lists_weak_tags_and_a_star(phone: Device) -> None:
    tag = phone.fetch().headers["etag"]
    for field in (tag, f"W/{tag}", f'"other", {tag}', f'"a","b" ,W/{tag}', "*"):
        answer = phone.fetch(If_None_Match=field)
        assert (answer.status_code, answer.content) == (304, b""), field
        assert answer.headers["etag"] == tag
        assert answer.headers["vary"] == "Accept-Encoding"
    for field in ('"other"', tag.strip('"'), "nonsense, ,"):
        assert phone.fetch(If_None_Match=field).status_code == 200, field


def test_gzip_and_identity_are_equal_with_tags_of_their_own(phone: Device) -> None:
    plain = phone.fetch()
    packed = phone.fetch(Accept_Encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.content == plain.content  # the client unpacks
    assert packed.headers["etag"] != plain.headers["etag"]
    assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    again = phone.fetch(Accept_Encoding="gzip", If_None_Match=packed.headers["etag"])
    assert again.status_code == 304
    crossed = phone.fetch(Accept_Encoding="gzip", If_None_Match=plain.headers["etag"])
    assert crossed.status_code == 200


@pytest.mark.parametrize(
    ("field", "packed"),
    [
        ("gzip", True),
        ("GZIP;Q=0.5", True),
        ("br, gzip ; q=1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, deflate", False),
        ("identity", False),
        ("", False),
        ("*;q=0", False),
    ],
)
def test_who_says_no_to_gzip_gets_none(field: str, packed: bool) -> None:
    body = b"BEGIN:VCALENDAR\r\n" * 100
    found = delivery.answer(body, '"x"', if_none_match="", accept_encoding=field)
    assert ("Content-Encoding" in found.headers) == packed
    assert (gzip.decompress(found.body) if packed else found.body) == body
    assert found.headers["Content-Length"] == str(len(found.body))


def test_robots_may_fetch_feeds_and_index_none(client: TestClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.status_code == 200
    assert "Disallow: /feeds" not in answer.text


class TestTrouble:
    """An address that we gave out never sees an error."""

    def test_a_render_error_serves_the_stored_bytes(
        self, phone: Device, services: Services, made: Season, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = phone.fetch()
        touch(services, made)

        def broken(_: Any) -> bytes:
            raise AssertionError("a value that the renderer did not foresee")

        # No input that breaks the renderer is known, so the break itself is put in its place.
        with monkeypatch.context() as patch:
            patch.setattr(ics_feeds, "render", broken)
            answer = phone.fetch()
            assert (answer.status_code, answer.content) == (200, before.content)
            tag = before.headers["etag"]
            assert phone.fetch(If_None_Match=tag).status_code == 304
        assert phone.fetch().status_code == 200

    def test_a_database_that_is_away_serves_the_last_bytes_of_this_process(
        self, phone: Device, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = phone.fetch()

        def away(*_: Any, **__: Any) -> None:
            with services.database.reading() as session:
                session.connection().exec_driver_sql("SELECT nothing FROM nowhere")

        # A real error of the real driver; a server cannot be stopped for one test of many.
        monkeypatch.setattr(links, "find", away)
        answer = phone.fetch()
        assert (answer.status_code, answer.content) == (200, before.content)
        assert phone.fetch(If_None_Match=before.headers["etag"]).status_code == 304
        # An address of which this process knows nothing: the answer that apps survive.
        other = Device(phone.client, phone.row, tokens.mint(phone.row.id, random=bytes(32)))
        assert other.fetch().status_code == 404

    def test_a_copy_that_cannot_be_stored_is_served_all_the_same(
        self, phone: Device, services: Services, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(session: Any, _: FeedCopy) -> None:
            session.execute(text("INSERT INTO no_such_table VALUES (1)"))

        # As above: the disk of a test is never full.
        monkeypatch.setattr(service, "keep", full)
        assert phone.fetch().status_code == 200

    def test_logs_hold_no_address(
        self, phone: Device, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
    ) -> None:
        def broken(*_: Any, **__: Any) -> None:
            raise RuntimeError(f"cannot open {phone.path}")

        monkeypatch.setattr(links, "find", broken)  # the error that would betray the address
        phone.fetch()
        printed = capfd.readouterr()
        assert "feed not read" in printed.out + printed.err
        assert phone.token not in printed.out + printed.err


def test_two_devices_that_fetch_first_at_once_both_get_the_feed(
    client: TestClient, services: Services, made: Season
) -> None:
    """Both render, both store: the second replaces the first instead of failing."""
    holder = people.holder(services, made.organizer_id)
    device = subscribe(client, services, made.organizer_id, holder.id)
    copies = []
    for _ in range(2):
        with services.database.reading() as session:
            found = service.serve(
                session, link=device.row, origin="https://x.example", now=services.clock()
            )
        assert found.fresh is not None
        copies.append(found.fresh)
    assert copies[0].body == copies[1].body
    for copy in copies:
        with services.database.transaction() as session:
            service.keep(session, copy)


def test_memory_forgets_the_least_recent_when_it_is_full() -> None:
    memory = LastServed(room=250)
    names = [
        tokens.mint(organizer_id, random=bytes([n] * 32)) for n, organizer_id in enumerate(IDS)
    ]
    for name in names:
        memory.remember(name, Served(b"x" * 100, '"t"'))
    assert memory.recall(names[0]) is None
    assert memory.recall(names[1]) is not None
    memory.remember(names[1], Served(b"y" * 100, '"u"'))
    memory.remember(names[0], Served(b"x" * 100, '"t"'))
    found = memory.recall(names[1])
    assert found is not None
    assert found.body == b"y" * 100
    assert memory.recall(names[2]) is None
    assert memory.recall("no token of ours") is None
