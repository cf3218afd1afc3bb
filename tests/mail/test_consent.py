"""Mail about changes: agreed to, ended by one click, and sent all the same where a right is."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlmodel import Session
from starlette.testclient import TestClient

from passes_service import keyring
from passes_service.accounts import consent, merging
from passes_service.bootstrap import Services
from passes_service.core import tokens
from passes_service.db.models import Holder
from passes_service.keyring import KeyUse
from passes_service.web.app import create_app
from tests import people, season
from tests.catalog.acts import HOUR, amend
from tests.conftest import ORIGIN
from tests.fakes import Clock
from tests.mail.acts import NO_WINDOW, refuse, stop_path, wants
from tests.mail.peer import Mailbox, drain, text
from tests.season import Season

ONE_CLICK = "List-Unsubscribe=One-Click"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def made(mailing: Services, mailbox: Mailbox, clock: Clock) -> Season:
    """A season whose moves open no right, an hour before its first session."""
    made = season.season(mailing, refund=NO_WINDOW)
    season.issue(mailing, made)
    drain(mailing)
    mailbox.take()
    clock.now = made.sessions[0].starts_at - HOUR
    return made


@pytest.fixture
def letter(mailing: Services, mailbox: Mailbox, made: Season) -> EmailMessage:
    """An urgent letter that may be stopped."""
    amend(mailing, made.sessions[0], location="The roof")
    drain(mailing)
    (mail,) = mailbox.take()
    return mail


class TestOneClick:
    def test_the_letter_carries_what_rfc_8058_asks_for(self, letter: EmailMessage) -> None:
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert len(letter.get_all("List-Unsubscribe", [])) == 1
        assert ORIGIN + stop_path(letter) in text(letter)

    def test_the_address_stands_in_the_header_as_it_is(
        self, mailbox: Mailbox, letter: EmailMessage
    ) -> None:
        """Folded as free text it would be encoded words, which no mail program undoes here."""
        line = f"List-Unsubscribe: <{ORIGIN}{stop_path(letter)}>".encode()
        assert line in mailbox.raw[-1].split(b"\r\n")
        assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in mailbox.raw[-1]

    def test_a_bare_post_stops_them_and_twice_is_once(
        self,
        client: TestClient,
        mailing: Services,
        mailbox: Mailbox,
        made: Season,
        letter: EmailMessage,
    ) -> None:
        del client.headers["Origin"]  # a mail provider's machine: no origin, no cookie
        for _ in range(2):
            answer = client.post(stop_path(letter), headers=FORM, content=ONE_CLICK)
            assert answer.status_code == 200
            assert "set-cookie" not in answer.headers
        assert not wants(mailing, made)
        amend(mailing, made.sessions[0], location="The garden")
        drain(mailing)
        assert mailbox.mails == []

    def test_looking_changes_nothing_and_its_button_does(
        self, client: TestClient, mailing: Services, made: Season, letter: EmailMessage
    ) -> None:
        path = stop_path(letter)
        shown = client.get(path)
        assert shown.status_code == 200
        assert shown.text.count("<form") == shown.text.count('<form method="post">') == 1
        assert people.GUEST not in shown.text
        assert wants(mailing, made)
        assert client.post(path, headers=FORM).status_code == 200
        assert not wants(mailing, made)

    def test_nobody_guesses_the_address(
        self, client: TestClient, mailing: Services, made: Season, letter: EmailMessage
    ) -> None:
        guest = people.holder(mailing, made.organizer_id)
        key = mailing.keyring.session_key
        other = tokens.derive(made.organizer_id, guest.id, key=key, purpose="holder-login")
        alien = tokens.derive(
            made.organizer_id, guest.id, key=secrets.token_bytes(32), purpose=consent.PURPOSE
        )
        path = stop_path(letter)
        wrong = path[:-1] + ("A" if path[-1] != "A" else "Q")
        for tried in (f"/u/{other}", f"/u/{alien}", wrong, "/u/x"):
            assert client.get(tried).status_code == 404
            assert client.post(tried).json()["code"] == "stop-link-unknown"
        assert wants(mailing, made)

    def test_an_old_letter_stops_them_after_keys_were_replaced(
        self, mailing: Services, made: Season, letter: EmailMessage, tmp_path: Path
    ) -> None:
        place = tmp_path / "keys"
        place.mkdir(mode=0o700)
        for file in Path(mailing.settings.keys_dir).iterdir():
            copy = place / file.name
            copy.write_bytes(file.read_bytes())
            copy.chmod(0o600)
        now = mailing.clock()
        keyring.rotate(
            place,
            KeyUse.SESSION,
            now=now - timedelta(days=60),
            overlap=timedelta(days=1),
            random=secrets.token_bytes,
        )
        rotated = replace(mailing, keyring=keyring.load(place))
        assert rotated.keyring.session_key != mailing.keyring.session_key
        with TestClient(create_app(rotated), base_url=ORIGIN) as client:
            assert client.post(stop_path(letter)).status_code == 200
        assert not wants(mailing, made)

    def test_the_address_goes_on_after_accounts_were_joined(
        self, client: TestClient, mailing: Services, made: Season, letter: EmailMessage
    ) -> None:
        guest = people.holder(mailing, made.organizer_id)
        other = people.holder(mailing, made.organizer_id, "second@example.org")
        with mailing.database.transaction() as session:
            merging.merge(
                session,
                organizer_id=made.organizer_id,
                survivor_id=other.id,
                merged_id=guest.id,
                now=mailing.clock(),
            )
        assert client.post(stop_path(letter)).status_code == 200
        with Session(mailing.database.reader) as session:
            assert not session.get_one(Holder, (made.organizer_id, other.id)).change_mail

    def test_without_https_no_header_promises_it(
        self, mailing: Services, mailbox: Mailbox, made: Season
    ) -> None:
        settings = mailing.settings.model_copy(update={"public_origin": "http://127.0.0.1:8000"})
        amend(mailing, made.sessions[0], location="The roof")
        drain(replace(mailing, settings=settings))
        (mail,) = mailbox.mails
        assert mail["List-Unsubscribe"] is None
        assert mail["List-Unsubscribe-Post"] is None
        assert "http://127.0.0.1:8000/u/" in text(mail)

    def test_other_letters_cannot_be_stopped(
        self, mailing: Services, mailbox: Mailbox, made: Season
    ) -> None:
        season.issue(mailing, made)
        drain(mailing)
        (mail,) = mailbox.mails
        assert mail["List-Unsubscribe"] is None
        assert "/u/" not in text(mail)


class TestChoice:
    def test_the_api_tells_and_takes_it(
        self, client: TestClient, mailing: Services, made: Season
    ) -> None:
        people.sign_in_holder(client, mailing, made.organizer_id)
        assert client.get("/api/v1/me/mail").json() == {"change_mail": True}
        body = {"change_mail": False}
        answer = client.put("/api/v1/me/mail", json=body, headers=people.keyed())
        assert answer.json() == body
        assert client.get("/api/v1/me/mail").json() == body

    def test_the_page_offers_the_other_choice(
        self, client: TestClient, mailing: Services, made: Season
    ) -> None:
        people.sign_in_holder(client, mailing, made.organizer_id)
        assert "Stop these letters" in client.get("/me").text
        form = {"_key": secrets.token_urlsafe(16), "change_mail": "no"}
        answer = client.post("/me/mail", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/me#mail")
        assert "Send me letters about changes" in client.get("/me").text
        assert not wants(mailing, made)

    def test_joined_accounts_want_mail_only_if_both_did(
        self, mailing: Services, made: Season
    ) -> None:
        guest = people.holder(mailing, made.organizer_id)
        other = people.holder(mailing, made.organizer_id, "second@example.org")
        refuse(mailing, made.organizer_id, "second@example.org")
        with mailing.database.transaction() as session:
            merging.merge(
                session,
                organizer_id=made.organizer_id,
                survivor_id=guest.id,
                merged_id=other.id,
                now=mailing.clock(),
            )
        assert not wants(mailing, made)
