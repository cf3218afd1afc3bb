"""Wallets that were only seen on a chain: whoever proves one has what is in it, and no more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from httpx2 import Response
from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.accounts import merging, seen_wallets
from passes_service.bootstrap import Services
from passes_service.db.models import Holder, HolderEmail, HolderWallet, Pass, PassEvent
from tests import people, season
from tests.accounts.test_wallets import ADDRESS, ask, send, sign
from tests.season import Season


@pytest.fixture
def made(services: Services) -> Season:
    return season.season(services)


def seen(services: Services, made: Season) -> Pass:
    """Put a pass into the wallet as its token, as the chain tells it."""
    issued = season.issue(services, made, "first@example.org")
    with services.database.transaction() as session:
        scope: Any = {"organizer_id": made.organizer_id, "now": services.clock()}
        owner = seen_wallets.holders_of(session, addresses=[ADDRESS], **scope)[ADDRESS]
        row = session.get_one(Pass, (made.organizer_id, issued.row.id))
        row.holder_id, row.wallet, row.state, row.epoch = owner, ADDRESS, "on_chain", 2
        session.add(row)
    return row


def link(client: TestClient, **more: Any) -> Response:
    asked = client.post("/api/v1/me/wallets/nonce", json={"address": ADDRESS})
    text = asked.json()["message"]
    body = {"message": text, "signature": sign(text)} | more
    return client.post("/api/v1/me/wallets", json=body, headers=people.keyed())


def attach(services: Services, made: Season, holder_id: UUID) -> None:
    """Hang the unproved wallet on somebody's account, which nothing of ours should ever do."""
    with services.database.transaction() as session:
        row = merging.lock_wallet(session, organizer_id=made.organizer_id, address=ADDRESS)
        assert row is not None
        row.holder_id = holder_id
        session.add(row)
        for held in session.exec(select(Pass).where(Pass.wallet == ADDRESS)):
            held.holder_id = holder_id
            session.add(held)


def the_pass(services: Services) -> Pass:
    with Session(services.database.reader) as session:
        return session.exec(select(Pass).where(Pass.wallet == ADDRESS)).one()


class TestSigningIn:
    def test_gives_the_account_that_has_the_tokens_and_proves_the_wallet(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        token = seen(services, made)

        assert send(client, ask(client)).status_code == 200
        me = client.get("/api/v1/me").json()
        assert me["id"] == str(token.holder_id)
        assert me["wallets"][0]["verified_at"] is not None
        assert the_pass(services).epoch == token.epoch

    def test_never_opens_an_account_that_has_other_addresses(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        token = seen(services, made)
        victim = people.holder(services, made.organizer_id, "victim@example.org")
        attach(services, made, victim.id)

        assert send(client, ask(client)).status_code == 200
        me = client.get("/api/v1/me").json()
        assert me["id"] != str(victim.id)
        assert (me["emails"], [row["value"] for row in me["wallets"]]) == ([], [ADDRESS])
        moved = the_pass(services)
        assert (str(moved.holder_id), moved.epoch) == (me["id"], token.epoch + 1)
        with Session(services.database.reader) as session:
            events = session.exec(select(PassEvent.kind).where(PassEvent.pass_row_id == moved.id))
            assert "accounts-parted" in events.all()

    def test_seeing_a_proved_wallet_again_takes_no_proof_away(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        assert send(client, ask(client)).status_code == 200
        mine = client.get("/api/v1/me").json()

        assert str(seen(services, made).holder_id) == mine["id"]
        assert client.get("/api/v1/me").json() == mine


class TestLinking:
    def test_brings_the_tokens_along_without_asking(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        token = seen(services, made)
        people.sign_in_holder(client, services, made.organizer_id)

        added = link(client)
        assert added.status_code == 200, added.text
        assert [row["value"] for row in added.json()["wallets"]] == [ADDRESS]
        assert added.json()["wallets"][0]["verified_at"] is not None
        moved = the_pass(services)
        assert (str(moved.holder_id), moved.epoch) == (added.json()["id"], token.epoch)
        with Session(services.database.reader) as session:
            old = session.get_one(Holder, (made.organizer_id, token.holder_id))
        assert str(old.merged_into) == added.json()["id"]

    @pytest.mark.parametrize("merge", [False, True])
    def test_never_joins_an_account_that_has_other_addresses(
        self, client: TestClient, services: Services, made: Season, merge: bool
    ) -> None:
        seen(services, made)
        victim = people.holder(services, made.organizer_id, "victim@example.org")
        attach(services, made, victim.id)
        people.sign_in_holder(client, services, made.organizer_id)

        added = link(client, merge=merge)
        assert added.status_code == 200, added.text
        assert [row["value"] for row in added.json()["emails"]] == [people.GUEST]
        assert str(the_pass(services).holder_id) == added.json()["id"]
        with Session(services.database.reader) as session:
            kept = session.exec(select(HolderEmail).where(HolderEmail.holder_id == victim.id))
            assert [row.email for row in kept] == ["victim@example.org"]
            assert session.get_one(Holder, (made.organizer_id, victim.id)).merged_into is None

    def test_another_proved_account_is_joined_only_when_asked_to(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        seen(services, made)
        assert send(client, ask(client)).status_code == 200  # proved: it is somebody's now
        people.sign_in_holder(client, services, made.organizer_id)

        assert link(client).json()["code"] == "other-account"
        assert link(client, merge=True).status_code == 200


class TestRemoving:
    def add(self, client: TestClient, services: Services, made: Season) -> dict[str, Any]:
        people.sign_in_holder(client, services, made.organizer_id)
        added: dict[str, Any] = link(client).json()
        return added

    def remove(self, client: TestClient, kind: str, row: dict[str, Any]) -> Response:
        return client.delete(f"/api/v1/me/{kind}/{row['id']}", headers=people.keyed())

    def test_a_wallet_goes_and_may_open_an_account_of_its_own(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        me = self.add(client, services, made)

        gone = self.remove(client, "wallets", me["wallets"][0])
        assert (gone.status_code, gone.json()["wallets"]) == (200, [])
        client.cookies.clear()
        assert send(client, ask(client)).status_code == 200
        assert client.get("/api/v1/me").json()["id"] != me["id"]

    def test_logins_elsewhere_end_with_it(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        me = self.add(client, services, made)
        here = dict(client.cookies)
        client.cookies.clear()
        assert send(client, ask(client)).status_code == 200
        there = dict(client.cookies)
        client.cookies.clear()
        client.cookies.update(here)

        assert self.remove(client, "wallets", me["wallets"][0]).status_code == 200
        assert client.get("/api/v1/me").status_code == 200
        client.cookies.clear()
        client.cookies.update(there)
        assert client.get("/api/v1/me").status_code == 401

    def test_the_last_confirmed_address_stays(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        me = self.add(client, services, made)
        assert self.remove(client, "emails", me["emails"][0]).status_code == 200

        last = self.remove(client, "wallets", me["wallets"][0])
        assert (last.status_code, last.json()["code"]) == (409, "last-address")

    def test_a_wallet_with_passes_in_it_stays(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        seen(services, made)
        me = self.add(client, services, made)

        kept = self.remove(client, "wallets", me["wallets"][0])
        assert (kept.status_code, kept.json()["code"]) == (409, "wallet-in-use")
        assert self.remove(client, "emails", me["emails"][0]).status_code == 200

    def test_what_is_anothers_is_not_found(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        me = self.add(client, services, made)
        people.sign_in_holder(client, services, made.organizer_id, "other@example.org")

        wrong = self.remove(client, "wallets", me["wallets"][0])
        assert (wrong.status_code, wrong.json()["code"]) == (404, "not-found")
        with Session(services.database.reader) as session:
            assert len(session.exec(select(HolderWallet)).all()) == 1

    def test_the_page_offers_what_can_be_removed(
        self, client: TestClient, services: Services, made: Season
    ) -> None:
        people.sign_in_holder(client, services, made.organizer_id)
        assert "/remove" not in client.get("/me").text
        added = link(client).json()
        path = f"/account/wallets/{added['wallets'][0]['id']}/remove"
        assert f'action="{path}"' in client.get("/me").text

        answer = client.post(path, data={"_key": "a-key-of-the-form"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/me#account")
        assert client.get("/api/v1/me").json()["wallets"] == []
