"""How a feed is served, to every client's habits."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.core import tokens
from passes_service.feeds import delivery
from passes_service.feeds.copies import Stored
from passes_service.feeds.delivery import Asked
from tests import people
from tests.feeds.subscriber import Device, subscribe
from tests.season import Season, issue, season

JOIN = "https://live.example/room/very-secret"


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def phone(client: TestClient, services: Services, made: Season) -> Device:
    held = issue(services, made)
    return subscribe(client, services, made.organizer_id, held.row.holder_id)


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
    stored = Stored(gzip.compress(body), '"x"', datetime(2027, 1, 1, tzinfo=UTC))
    data, headers = delivery.body(stored, Asked(accept_encoding=field))
    assert ("content-encoding" in headers) == packed
    assert (gzip.decompress(data) if packed else data) == body
    assert headers["content-length"] == str(len(data))


def test_robots_may_fetch_feeds_and_index_none(client: TestClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.status_code == 200
    assert "Disallow: /feeds" not in answer.text


@pytest.mark.parametrize(
    "since",
    [
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Mon, 01 Jan 2026 00:00:00 +99999999999999999999",
        *("Mon, 01 Jan 2026 00:00:00 -0000", "Mon", "0", "1 Jan", "x"),
    ],
)
def test_a_date_that_no_clock_has_is_no_error(phone: Device, since: str) -> None:
    phone.fetch()
    assert phone.fetch(If_Modified_Since=since).status_code in (200, 304)
