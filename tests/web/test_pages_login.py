"""Signing in and out with a browser's forms."""

from __future__ import annotations

from sqlmodel import Session, select
from starlette.testclient import TestClient

from passes_service.accounts import links
from passes_service.bootstrap import Services
from passes_service.db.models import HolderEmail, LoginSession, MagicLink
from tests import people

HTML = {"Accept": "text/html"}


def _form(email: str = people.GUEST, **more: str) -> dict[str, str]:
    return {"organizer": "nocturne", "email": email, "kind": "holder", "next": ""} | more


class TestAsking:
    def test_with_one_organizer_nobody_needs_to_name_it(
        self, client: TestClient, services: Services
    ) -> None:
        people.organizer(services)
        answer = client.get("/login?next=/org/series")
        assert answer.status_code == 303
        assert answer.headers["location"] == "/o/nocturne/login?next=%2Forg%2Fseries"
        form = client.get(answer.headers["location"])
        assert 'value="staff" checked' in form.text

    def test_with_several_the_page_asks(self, client: TestClient, services: Services) -> None:
        people.organizer(services)
        people.organizer(services, "other")
        assert '<label for="organizer">' in client.get("/login").text

    def test_the_answer_is_the_same_for_every_address(
        self, client: TestClient, services: Services
    ) -> None:
        people.organizer(services)
        known = client.post("/login", data=_form(people.OWNER, kind="staff"))
        unknown = client.post("/login", data=_form("nobody@example.org", kind="staff"))
        assert (known.status_code, known.headers["location"]) == (
            303,
            "/login/sent?organizer=nocturne",
        )
        assert (unknown.status_code, unknown.headers["location"], unknown.content) == (
            known.status_code,
            known.headers["location"],
            known.content,
        )
        assert "on its way" in client.get(known.headers["location"]).text

    def test_a_malformed_address_is_shown_beside_its_field(
        self, client: TestClient, services: Services
    ) -> None:
        people.organizer(services)
        answer = client.post("/login", data=_form("no address"), headers=HTML)
        assert answer.status_code == 422
        assert 'id="email-wrong"' in answer.text

    def test_a_page_that_needs_a_login_leads_back_to_itself(
        self, client: TestClient, services: Services
    ) -> None:
        people.organizer(services)
        answer = client.get("/org/people", headers=HTML)
        assert answer.status_code == 303
        assert answer.headers["location"] == "/login?next=%2Forg%2Fpeople"

    def test_no_address_elsewhere_is_kept_as_the_goal(
        self, client: TestClient, services: Services
    ) -> None:
        people.organizer(services)
        for goal in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"):
            client.post("/login", data=_form(next=goal))
        with Session(services.database.reader) as session:
            assert set(session.exec(select(MagicLink.next_path))) == {"/me"}


class TestLink:
    def test_looking_at_a_link_does_not_use_it_up(
        self, client: TestClient, services: Services
    ) -> None:
        organizer, _ = people.organizer(services)
        link = people.new_link(services, organizer.id, next_path="/me")
        token = people.token_of(services, link)
        for _ in range(3):
            shown = client.get(f"/l/{token}")
            assert shown.status_code == 200
            assert f"Sign in as {people.GUEST}" in shown.text
            assert "set-cookie" not in shown.headers
        used = client.post(f"/l/{token}")
        assert used.status_code == 303
        assert used.headers["location"] == "/me"
        assert client.get(f"/l/{token}", headers=HTML).status_code == 410
        assert client.post(f"/l/{token}", headers=HTML).status_code == 410

    def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
        self, client: TestClient, services: Services
    ) -> None:
        organizer, _ = people.organizer(services)
        token = people.token_of(services, people.new_link(services, organizer.id))
        cookie = client.post(f"/l/{token}").headers["set-cookie"]
        assert cookie.startswith("passes_holder=")
        parts = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"httponly", "samesite=lax", "secure", "path=/"} <= parts
        assert not any(part.startswith("domain=") for part in parts)

    def test_a_form_on_another_site_cannot_use_it(
        self, client: TestClient, services: Services
    ) -> None:
        organizer, _ = people.organizer(services)
        token = people.token_of(services, people.new_link(services, organizer.id))
        foreign = client.post(f"/l/{token}", headers={"Origin": "https://evil.example"})
        assert foreign.status_code == 403
        assert client.post(f"/l/{token}").status_code == 303

    def test_a_guest_gets_an_account_with_a_verified_address(
        self, client: TestClient, services: Services
    ) -> None:
        organizer, _ = people.organizer(services)
        token = people.token_of(services, people.new_link(services, organizer.id))
        client.post(f"/l/{token}")
        with Session(services.database.reader) as session:
            row = session.exec(select(HolderEmail)).one()
            assert (row.email, row.verified_at) == (people.GUEST, services.clock())


class TestAddingAnAddress:
    def test_needs_the_login_and_the_mail(self, client: TestClient, services: Services) -> None:
        organizer, _ = people.organizer(services)
        mine = people.holder(services, organizer.id)
        link = people.new_link(
            services,
            organizer.id,
            purpose=links.HOLDER_EMAIL,
            email="second@example.org",
            subject_id=mine.id,
        )
        token = people.token_of(services, link)
        assert client.get(f"/l/{token}", headers=HTML).status_code == 410
        people.sign_in_holder(client, services, organizer.id, "stranger@example.org")
        assert client.get(f"/l/{token}", headers=HTML).status_code == 410
        people.sign_in_holder(client, services, organizer.id)
        shown = client.get(f"/l/{token}")
        assert "Add second@example.org to your account?" in shown.text
        form = {"_key": "0123456789abcdef", "token": token}
        assert client.post("/account/emails/confirm", data=form).status_code == 303
        values = [row["value"] for row in client.get("/api/v1/me").json()["emails"]]
        assert values == [people.GUEST, "second@example.org"]

    def test_an_address_with_an_account_asks_before_joining(
        self, client: TestClient, services: Services
    ) -> None:
        organizer, _ = people.organizer(services)
        mine = people.holder(services, organizer.id)
        people.holder(services, organizer.id, "second@example.org")
        people.sign_in_holder(client, services, organizer.id)
        link = people.new_link(
            services,
            organizer.id,
            purpose=links.HOLDER_EMAIL,
            email="second@example.org",
            subject_id=mine.id,
        )
        token = people.token_of(services, link)
        assert "cannot be undone" in client.get(f"/l/{token}").text
        silent = client.post(
            "/account/emails/confirm",
            data={"_key": "0123456789abcdef", "token": token},
            headers=HTML,
        )
        assert silent.status_code == 409
        assert "Join both accounts" in silent.text
        yes = {"_key": "fedcba9876543210", "token": token, "merge": "yes"}
        assert client.post("/account/emails/confirm", data=yes).status_code == 303
        assert len(client.get("/api/v1/me").json()["emails"]) == 2


class TestLogins:
    def test_one_sees_and_ends_ones_own(self, client: TestClient, services: Services) -> None:
        organizer, _ = people.organizer(services)
        people.sign_in_holder(client, services, organizer.id)
        people.sign_in_holder(client, services, organizer.id)
        shown = client.get("/account/logins")
        assert shown.text.count("this browser") == 1
        ended = client.post("/account/logins/holder/others/end", data={"_key": "0123456789abcdef"})
        assert ended.status_code == 303
        assert "Sign out there" not in client.get("/account/logins").text

    def test_signing_out_ends_the_login_and_takes_the_cookie(
        self, client: TestClient, services: Services
    ) -> None:
        _, owner = people.organizer(services)
        people.sign_in_staff(client, services, owner)
        kept = client.cookies.get("passes_staff")
        assert kept is not None
        out = client.post("/logout")
        assert out.status_code == 303
        assert "passes_staff" not in client.cookies
        people.use_cookie(client, "passes_staff", kept)
        assert client.get("/api/v1/organizer").status_code == 401
        with Session(services.database.reader) as session:
            assert session.exec(select(LoginSession.revoked_at)).one() == services.clock()


class TestPeople:
    def test_an_owner_adds_someone_and_makes_a_key(
        self, client: TestClient, services: Services
    ) -> None:
        _, owner = people.organizer(services)
        people.sign_in_staff(client, services, owner)
        form = {"_key": "0123456789abcdef", "name": "Bo", "email": "bo@x.example", "role": "door"}
        assert client.post("/org/people/invite", data=form).status_code == 303
        assert "bo@x.example" in client.get("/org/people").text
        key = {"_key": "fedcba9876543210", "key_name": "Shop", "scopes": ["catalog:read"]}
        made = client.post("/org/people/keys", data=key)
        assert made.status_code == 201
        assert "ps_key_" in made.text
        listed = client.get("/org/people").text
        assert "Shop" in listed
        assert "ps_key_" not in listed

    def test_the_last_owner_is_told_why_not(self, client: TestClient, services: Services) -> None:
        _, owner = people.organizer(services)
        people.sign_in_staff(client, services, owner)
        answer = client.post(
            f"/org/people/{owner.id}/remove", data={"_key": "0123456789abcdef"}, headers=HTML
        )
        assert answer.status_code == 409
        assert "The last owner stays" in answer.text

    def test_a_door_person_has_no_business_here(
        self, client: TestClient, services: Services
    ) -> None:
        organizer, _ = people.organizer(services)
        people.sign_in_staff(client, services, people.member(services, organizer.id, "door"))
        assert client.get("/org/people", headers=HTML).status_code == 403
