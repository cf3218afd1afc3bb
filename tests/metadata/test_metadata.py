"""Metadata as wallets and marketplaces read it: complete, true, cacheable, nothing personal."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.core.pass_id import metadata_hex
from passes_service.metadata import refresh
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from tests import people
from tests.season import Season, issue, season


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def held(services: Services, made: Season) -> Held:
    return issue(services, made)


def path(made: Season, held: Held, suffix: str = ".json") -> str:
    return f"/o/0x{made.organizer_id.hex}/tokens/{metadata_hex(held.row.pass_id)}{suffix}"


def read(client: TestClient, address: str) -> dict[str, Any]:
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


class TestTheJson:
    def test_has_what_wallets_show(self, client: TestClient, made: Season, held: Held) -> None:
        found = read(client, path(made, held))

        assert found["name"] == "Season pass, 1 of 5"
        assert "Evening 1: 21 March 2027, 20:00 CET" in found["description"]
        assert "You can transfer this pass to someone else." in found["description"]
        assert found["image"].startswith("https://passes.test/o/0x")
        assert "{id}" not in json.dumps(found)
        assert found["decimals"] == 0
        assert found["properties"]["terms_hash"] == made.series.terms_hash
        assert found["external_url"] == f"https://passes.test/o/nocturne/passes/{held.row.pass_id}"
        traits = {one["trait_type"]: one for one in found["attributes"]}
        first = traits["First session"]
        assert (first["display_type"], first["value"]) == (
            "date",
            int(made.sessions[0].starts_at.timestamp()),
        )
        assert (traits["Number"]["value"], traits["Number"]["max_value"]) == (1, 5)
        assert traits["State"]["value"] == "Valid"

    def test_names_nobody_and_opens_no_door(
        self, client: TestClient, made: Season, held: Held
    ) -> None:
        text = client.get(path(made, held)).text

        assert people.GUEST not in text
        assert str(held.row.holder_id) not in text
        assert "EP1:" not in text

    def test_every_address_in_it_answers(
        self, client: TestClient, made: Season, held: Held
    ) -> None:
        found = read(client, path(made, held))
        German = found["localization"]["uri"].replace("{locale}", "de")  # noqa: N806
        for address in (
            *(found["image"], found["external_url"], found["properties"]["terms_url"]),
            German,
        ):
            assert client.get(address).status_code == 200, address

    def test_speaks_the_languages_that_it_names(
        self, client: TestClient, made: Season, held: Held
    ) -> None:
        found = read(client, path(made, held, ".de.json"))

        assert found["name"] == "Season pass, 1 von 5"
        assert client.get(path(made, held, ".xx.json")).status_code == 404
        assert read(client, path(made, held))["localization"]["locales"] == ["de", "en"]

    def test_of_a_revoked_pass_says_so_first(
        self, client: TestClient, services: Services, made: Season, held: Held
    ) -> None:
        before = read(client, path(made, held))
        with services.database.transaction() as session:
            passes.void(session, held.row, reason="our reason", actor="", now=services.clock())

        found = read(client, path(made, held))

        assert found["description"].startswith("REVOKED")
        assert found["properties"]["state"] == "void"
        assert found["image"] != before["image"]  # caches must not keep the old picture
        assert "our reason" not in json.dumps(found)

    def test_shows_a_session_that_moved(
        self, client: TestClient, services: Services, made: Season, held: Held
    ) -> None:
        old = client.get(path(made, held))
        moved = made.sessions[0].starts_at + timedelta(days=1)
        with services.database.transaction() as session:
            sessions.change(
                session,
                organizer_id=made.organizer_id,
                session_id=made.sessions[0].id,
                details=replace(
                    sessions.details_of(made.sessions[0]),
                    starts_at=moved,
                    ends_at=moved + timedelta(hours=2),
                ),
                now=services.clock(),
            )

        new = client.get(path(made, held), headers={"If-None-Match": old.headers["ETag"]})

        assert new.status_code == 200
        assert "22 March 2027" in new.text


class TestCaching:
    def test_the_same_bytes_are_not_sent_twice(
        self, client: TestClient, made: Season, held: Held
    ) -> None:
        for suffix in (".json", ".png"):
            first = client.get(path(made, held, suffix))
            again = client.get(
                path(made, held, suffix), headers={"If-None-Match": first.headers["ETag"]}
            )
            head = client.head(path(made, held, suffix))

            assert (again.status_code, again.content) == (304, b"")
            assert head.headers["ETag"] == first.headers["ETag"]
            assert head.headers["Content-Length"] == str(len(first.content))
            assert head.content == b""
            assert first.headers["Cache-Control"].startswith("public, max-age=")
            assert first.headers["Access-Control-Allow-Origin"] == "*"


class TestThePicture:
    def test_is_a_square_png_of_its_own(
        self, client: TestClient, services: Services, made: Season, held: Held
    ) -> None:
        other = issue(services, made, "else@example.org")
        first = client.get(path(made, held, ".png"))
        second = client.get(path(made, other, ".png"))

        assert first.headers["Content-Type"] == "image/png"
        image = Image.open(BytesIO(first.content))
        assert image.size == (800, 800)
        assert first.content != second.content


class TestTheContract:
    def test_has_its_own_metadata(self, client: TestClient, made: Season) -> None:
        root = f"/o/0x{made.organizer_id.hex}"
        found = read(client, f"{root}/contract.json")

        assert found["name"] == "Nocturne"
        assert client.get(found["image"]).headers["Content-Type"] == "image/png"
        assert client.get(found["external_link"]).status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "/o/0x00000000000000000000000000000000/contract.json",
        "/o/0xzz/contract.json",
        "/o/{root}/tokens/1.json",
        "/o/{root}/tokens/" + "F" * 64 + ".json",
        "/o/{root}/tokens/" + "0" * 64 + ".json",
        "/o/{root}/tokens/" + "f" * 64 + ".png",
    ],
)
def test_what_was_never_issued_has_none(client: TestClient, made: Season, address: str) -> None:
    answer = client.get(address.replace("{root}", f"0x{made.organizer_id.hex}"))

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_the_public_page_says_what_a_buyer_must_know(
    client: TestClient, services: Services, made: Season, held: Held
) -> None:
    address = f"/o/nocturne/passes/{held.row.pass_id}"
    page = client.get(address)

    assert page.status_code == 200
    assert "Season pass, 1 of 5" in page.text
    assert people.GUEST not in page.text
    with services.database.transaction() as session:
        passes.void(session, held.row, reason="our reason", actor="", now=services.clock())
    assert "Do not buy it" in client.get(address).text


def test_nothing_is_stale_before_there_is_a_token(services: Services, made: Season) -> None:
    with services.database.reading() as session:
        assert not refresh.stale(session, organizer_id=made.organizer_id, chain_id=31337)
