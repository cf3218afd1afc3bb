"""Raffles over HTTP and as a page: enter, wait, see, check; and the command that checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from passes_service.bootstrap import Services
from passes_service.cli.main import app as commands
from passes_service.drops import raffle
from passes_service.drops.raffle_errors import NoRaffle
from passes_service.worker import raffles
from tests import people
from tests.drops import raffle_ground
from tests.drops.raffle_ground import Raffle
from tests.fakes import Clock
from tests.season import season


def entries_path(made: Raffle) -> str:
    return f"/api/v1/drops/{made.drop.id}/raffle/entries"


def page_path(made: Raffle) -> str:
    return f"/o/nocturne/drops/{made.drop.slug}"


def sign_in(client: TestClient, services: Services, made: Raffle, name: str = "fan") -> None:
    email = f"{name}@example.org"
    people.holder(services, made.drop.organizer_id, email)
    people.sign_in_holder(client, services, made.drop.organizer_id, email)


def test_entering_over_the_api(client: TestClient, services: Services) -> None:
    made = raffle_ground.raffle(services)
    assert client.post(entries_path(made), json={}, headers=people.keyed()).status_code == 401
    sign_in(client, services, made)
    assert client.get(f"{entries_path(made)}/mine").json()["code"] == "raffle-not-entered"
    first = client.post(entries_path(made), json={}, headers=people.keyed())
    assert first.status_code == 201, first.text
    again = client.post(entries_path(made), json={}, headers=people.keyed())
    assert again.json() == first.json() == client.get(f"{entries_path(made)}/mine").json()
    assert (first.json()["state"], first.json()["rank"]) == ("entered", None)


def test_the_published_file_tells_nothing_too_early(
    client: TestClient, services: Services, clock: Clock
) -> None:
    made = raffle_ground.raffle(services)
    made.enter_many(4)
    row = made.row()
    where = f"{page_path(made)}/draw.json"
    open_ = client.get(where).json()
    assert (open_["leaves"], open_["root"], open_["secret"]) == ([], "", "")
    assert open_["commitment"] == row.commitment
    made.close()
    closed = client.get(where).json()
    assert len(closed["leaves"]) == closed["entries"] == 4
    assert (closed["secret"], closed["seed"]) == ("", "")
    made.draw()
    answer = client.get(where)
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.json()["secret"] == row.secret.hex()
    for one in made.entries():  # what is published must not tell whose entry is whose
        for secret in (str(one.holder_id), str(one.id), one.salt.hex()):
            assert secret not in answer.text
    assert client.get(f"/api/v1/drops/{made.drop.id}/draw.json").text == answer.text


def test_the_page_leads_from_entering_to_the_draw(
    client: TestClient, services: Services, clock: Clock
) -> None:
    made = raffle_ground.raffle(services, places=1, pay_seconds=3600)
    where = f"{page_path(made)}/raffle"
    assert "Sign in to enter" in client.get(where).text
    sign_in(client, services, made)
    assert "Enter the raffle" in client.get(where).text
    sent = client.post(where, data={"_key": "k" * 20})
    assert (sent.status_code, sent.headers["location"]) == (303, where)
    page = client.get(where).text
    assert "You have entered" in page
    assert "1 person has entered" in page
    entry = client.get(f"{entries_path(made)}/mine").json()
    assert entry["salt"] in page
    clock.now = made.closes_at
    raffles.advance(services, clock.now)  # closes, and draws: there is nothing to wait for
    assert "You were drawn" in client.get(where).text
    clock.forward(hours=1)
    raffles.advance(services, clock.now)
    assert "did not buy in time" in client.get(where).text
    client.cookies.clear()
    assert entry["salt"] not in client.get(where).text


def test_the_page_says_when_the_organizer_could_steer_it(
    client: TestClient, services: Services
) -> None:
    made = raffle_ground.raffle(services)
    assert "The organizer could influence this draw" in client.get(f"{page_path(made)}/raffle").text
    other = raffle_ground.raffle(
        services, made.made, slug="block", source="block", chain_id=1, opened=False
    )
    page = client.get(f"{page_path(other)}/raffle").text
    assert "could influence" not in page
    assert "first final one of chain 1" in page


def test_late_entries_come_back_as_a_page_in_words(
    client: TestClient, services: Services, clock: Clock
) -> None:
    made = raffle_ground.raffle(services)
    clock.now = made.closes_at
    sign_in(client, services, made)
    answer = client.post(
        f"{page_path(made)}/raffle",
        data={"_key": "k" * 20},
        headers={"Accept": "text/html"},
    )
    assert answer.status_code == 410
    assert "Entries have closed" in answer.text


def test_a_holder_of_another_organizer_cannot_enter(client: TestClient, services: Services) -> None:
    made = raffle_ground.raffle(services)
    other = season(services, slug="matinee")
    people.holder(services, other.organizer_id)
    people.sign_in_holder(client, services, other.organizer_id)
    assert client.post(entries_path(made), json={}, headers=people.keyed()).status_code == 404
    sent = client.post(f"{page_path(made)}/raffle", data={"_key": "k" * 20})
    assert sent.status_code == 401
    assert made.entries() == []


def test_staff_commit_to_a_draw_and_cannot_change_it(
    client: TestClient, services: Services
) -> None:
    made = season(services)
    drop, _ = raffle_ground.drop_with_phase(services, made)
    people.sign_in_staff(client, services, made.owner)
    where = f"/api/v1/drops/{drop.id}/draw"
    unknown = client.post(where, json={"source": "block", "chain_id": 5}, headers=people.keyed())
    assert unknown.status_code == 404
    first = client.post(where, json={"source": "none"}, headers=people.keyed())
    assert first.status_code == 201, first.text
    again = client.post(where, json={"source": "none", "pay_seconds": 600}, headers=people.keyed())
    assert again.json() == first.json()


def test_a_raffle_that_nobody_committed_to_is_committed_to_before_it_opens(
    services: Services, clock: Clock
) -> None:
    drop, _ = raffle_ground.drop_with_phase(services)
    raffles.advance(services, clock.now)
    with services.database.reading() as session, pytest.raises(NoRaffle):
        raffle.draw_of(session, drop)
    clock.forward(minutes=55)
    raffles.advance(services, clock.now)
    with services.database.reading() as session:
        assert raffle.draw_of(session, drop).source == "none"


def verify(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(commands, ["draw", "verify", *args])
    return result.exit_code, result.output


@pytest.fixture
def published(services: Services, clock: Clock, tmp_path: Path) -> tuple[Raffle, Path]:
    """A drawn raffle, and its file."""
    made = raffle_ground.raffle(services)
    made.enter_many(8)
    made.close()
    made.draw()
    file = tmp_path / "draw.json"
    file.write_text(_text(services, made), encoding="utf-8")
    return made, file


def _text(services: Services, made: Raffle) -> str:
    from passes_service.core import draw_file
    from passes_service.drops import raffle_file

    with services.database.reading() as session:
        return draw_file.render(raffle_file.of(session, made.drop))


def test_the_command_says_yes_and_finds_an_entry(published: tuple[Raffle, Path]) -> None:
    made, file = published
    mine = next(one for one in made.entries() if one.rank == 2)
    code, said = verify(str(file), "--entry", str(mine.id), "--salt", mine.salt.hex())
    assert (code, said.split(".")[0]) == (0, "VALID")
    assert "rank 2 of 8, won" in said
    assert "could have influenced this draw" in said
    code, said = verify(str(file), "--entry", str(mine.id), "--salt", "00" * 32)
    assert code == 1
    assert "Your entry is not among these leaves" in said


def test_the_command_says_no_and_why(published: tuple[Raffle, Path]) -> None:
    _, file = published
    document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    document["leaves"][0]["rank"], document["leaves"][1]["rank"] = (
        document["leaves"][1]["rank"],
        document["leaves"][0]["rank"],
    )
    file.write_text(json.dumps(document), encoding="utf-8")
    code, said = verify(str(file))
    assert (code, said.split(".")[0]) == (1, "NOT VALID")
    assert "2 ranks are not as the seed draws them" in said


def test_the_command_compares_with_a_copy_from_before(
    services: Services, clock: Clock, tmp_path: Path
) -> None:
    made = raffle_ground.raffle(services)
    made.enter_many(3)
    made.close()
    before, after = tmp_path / "before.json", tmp_path / "after.json"
    before.write_text(_text(services, made), encoding="utf-8")
    code, said = verify(str(before))
    assert (code, said.split(".")[0]) == (1, "NOT DRAWN YET")
    made.draw()
    after.write_text(_text(services, made), encoding="utf-8")
    assert verify(str(after), "--before", str(before))[0] == 0
    document = json.loads(before.read_text(encoding="utf-8"))
    document["commitment"] = "00" * 32
    before.write_text(json.dumps(document), encoding="utf-8")
    code, said = verify(str(after), "--before", str(before))
    assert code == 1
    assert "`commitment` is not what the earlier copy says" in said


@pytest.mark.parametrize(
    "args", [("--entry", "x"), ("--entry", "x", "--salt", "y"), ("--salt", "00")]
)
def test_options_that_make_no_sense(published: tuple[Raffle, Path], args: tuple[str, ...]) -> None:
    assert verify(str(published[1]), *args)[0] == 2


def test_what_is_no_draw_is_refused_calmly(tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    file.write_text("[1, 2]", encoding="utf-8")
    code, said = verify(str(file))
    assert (code, "draw-file-unreadable" in said) == (2, True)
    assert verify(str(tmp_path / "none.json"))[0] == 2
