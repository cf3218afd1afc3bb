"""A session as an invitation: what arrives over SMTP when it is asked for, changes and ends."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from sqlmodel import select

from passes_service.accounts import holders, merging
from passes_service.bootstrap import Services
from passes_service.db.models import HolderEmail
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from passes_service.refunds import service as refunds
from passes_service.worker import invitations as following
from tests import people, season
from tests.catalog.acts import HOUR, amend, cancel, fresh, later, reinstate
from tests.fakes import Clock
from tests.invitations import acts
from tests.invitations.acts import ask, calendar_of, invitations, withdraw
from tests.judges.node import expand
from tests.judges.python import expand_icalendar, expand_vobject
from tests.mail.peer import Mailbox, drain, text
from tests.season import Season
from tests.transfers.acts import FRIEND, act, offer


@pytest.fixture
def made(mailing: Services) -> Season:
    return season.season(mailing)


@pytest.fixture
def held(mailing: Services, made: Season) -> Held:
    return season.issue(mailing, made)


@pytest.fixture
def first(mailing: Services, mailbox: Mailbox, made: Season, held: Held) -> EmailMessage:
    """The mail with the invitation that the guest has asked for."""
    ask(mailing, made.sessions[0])
    drain(mailing)
    (mail,) = [each for each in mailbox.take() if calendar_of(each)]
    return mail


def come(services: Services, mailbox: Mailbox) -> list[EmailMessage]:
    """Let the worker do all, and return the mails that carry an invitation."""
    drain(services)
    return [mail for mail in mailbox.take() if calendar_of(mail)]


def hand_over(services: Services, held: Held, to: str) -> None:
    taker = people.holder(services, held.row.organizer_id, to)
    act(services, "accept", offer(services, fresh(services, held), to), taker.id)


class TestTheMail:
    def test_it_is_what_mail_programs_know_as_an_invitation(
        self, first: EmailMessage, made: Season
    ) -> None:
        assert first.get_content_type() == "multipart/alternative"
        plain, calendar = first.iter_parts()
        assert plain.get_content_type() == "text/plain"
        assert calendar.get_content_type() == "text/calendar"
        said = dict(calendar["Content-Type"].params)
        assert (said["method"], said["charset"].lower()) == ("REQUEST", "utf-8")
        assert calendar["Content-Transfer-Encoding"] == "base64"
        ((to, method, event),) = invitations([first])
        assert (to, method) == (people.GUEST, "REQUEST")
        assert event["ORGANIZER"] == "mailto:no-reply@passes.test"
        assert event["ORGANIZER"].params["CN"] == "Nocturne"
        assert first["From"] == "Nocturne <no-reply@passes.test>"
        assert event["ATTENDEE"] == f"mailto:{people.GUEST}"
        assert event["UID"] == str(made.sessions[0].id)
        assert first["List-Unsubscribe"] is None
        assert first["Subject"] == "Invitation: Evening 1"
        assert "Sunday, 21 March 2027 from 20:00 to 22:00 (Europe/Berlin)" in text(first)

    def test_every_parser_reads_the_same_session(self, first: EmailMessage, made: Season) -> None:
        body = calendar_of(first)
        assert body is not None
        assert b"\r\n" in body
        row = made.sessions[0]
        for (seen,) in (expand_icalendar(body), expand_vobject(body), expand(body)):
            assert seen["uid"] == str(row.id)
            assert seen["start"] == f"{row.starts_at:%Y-%m-%dT%H:%M:%SZ}"
            assert seen["summary"] == "Evening 1"
            assert seen["status"] == "CONFIRMED"

    def test_odd_text_arrives_as_it_was(
        self, mailing: Services, mailbox: Mailbox, made: Season, held: Held
    ) -> None:
        title = "Zoë 👩‍👩‍👧 night; a, b\\n " + "ü" * 60
        amend(mailing, made.sessions[1], title=title, location="Über\r\nEND:VEVENT")
        ask(mailing, made.sessions[1])
        ((_, _, event),) = invitations(come(mailing, mailbox))
        assert event["SUMMARY"] == title
        assert event["LOCATION"] == "Über\nEND:VEVENT"


class TestChanges:
    def test_moves_names_and_places_come_with_higher_numbers(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season, first: EmailMessage
    ) -> None:
        seen = [event for _, _, event in invitations([first])]
        row = later(mailing, made.sessions[0], HOUR)
        seen += [event for _, _, event in invitations(come(mailing, mailbox))]
        amend(mailing, row, title="Night")
        seen += [event for _, _, event in invitations(come(mailing, mailbox))]
        amend(mailing, row, title="Night", location="The roof")
        seen += [event for _, _, event in invitations(come(mailing, mailbox))]
        assert [event["SEQUENCE"] for event in seen] == [0, 1, 2, 3]
        stamps = [event.decoded("DTSTAMP") for event in seen]
        assert stamps == sorted(set(stamps))
        assert {str(event["UID"]) for event in seen} == {str(row.id)}
        assert seen[1].decoded("DTSTART") == row.starts_at
        assert (seen[3]["SUMMARY"], seen[3]["LOCATION"]) == ("Night", "The roof")

    def test_what_no_calendar_shows_sends_nothing(
        self, mailing: Services, mailbox: Mailbox, made: Season, first: EmailMessage
    ) -> None:
        amend(mailing, made.sessions[0], capacity=50, join_link="https://x.test")
        assert come(mailing, mailbox) == []

    def test_off_and_on_again(
        self, mailing: Services, mailbox: Mailbox, made: Season, first: EmailMessage
    ) -> None:
        cancel(mailing, made.sessions[0])
        ((to, method, event),) = invitations(come(mailing, mailbox))
        assert (to, method, event["STATUS"]) == (people.GUEST, "CANCEL", "CANCELLED")
        assert event["SEQUENCE"] == 1
        reinstate(mailing, made.sessions[0])
        ((_, method, event),) = invitations(come(mailing, mailbox))
        assert (method, event["STATUS"], event["SEQUENCE"]) == ("REQUEST", "CONFIRMED", 2)

    def test_only_who_asked_hears_and_only_of_that_session(
        self, mailing: Services, mailbox: Mailbox, made: Season, first: EmailMessage
    ) -> None:
        season.issue(mailing, made, "feed@example.org")
        acts.subscribe(mailing, made, "feed@example.org")
        later(mailing, made.sessions[0], HOUR)
        later(mailing, made.sessions[1], HOUR)
        mails = come(mailing, mailbox)
        assert [mail["To"] for mail in mails] == [people.GUEST]

    def test_several_changes_before_the_worker_are_one_update(
        self, mailing: Services, mailbox: Mailbox, made: Season, first: EmailMessage
    ) -> None:
        row = later(mailing, made.sessions[0], HOUR)
        cancel(mailing, row)
        row = reinstate(mailing, row)
        amend(mailing, row, location="The roof")
        ((_, method, event),) = invitations(come(mailing, mailbox))
        assert (method, event["SEQUENCE"], event["LOCATION"]) == ("REQUEST", 4, "The roof")

    def test_numbers_only_grow_when_the_clock_steps_back(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season, first: EmailMessage
    ) -> None:
        ((_, _, before),) = invitations([first])
        later(mailing, made.sessions[0], HOUR)
        clock.forward(minutes=-5)
        following.follow_all(mailing, mailing.clock())
        clock.forward(minutes=5)
        ((_, _, after),) = invitations(come(mailing, mailbox))
        assert after["SEQUENCE"] > before["SEQUENCE"]
        assert after.decoded("DTSTAMP") > before.decoded("DTSTAMP")

    def test_a_message_that_waited_too_long_is_not_sent_after_its_successor(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season, first: EmailMessage
    ) -> None:
        mailbox.refusals = 4  # two letters, one with and one without a calendar, each twice
        later(mailing, made.sessions[0], HOUR)
        drain(mailing)
        row = amend(mailing, made.sessions[0], title="Night")
        drain(mailing)
        for _ in range(8):
            clock.forward(minutes=1)
            drain(mailing)
        seen = [event["SEQUENCE"] for _, _, event in invitations(mailbox.take())]
        assert seen == [row.sequence]


class TestLoss:
    def lost(self, services: Services, mailbox: Mailbox) -> int:
        """Take the one message: an end for this attendee alone. Return its number."""
        ((to, method, event),) = invitations(come(services, mailbox))
        assert (to, method) == (people.GUEST, "CANCEL")
        assert "STATUS" not in event
        assert event["ATTENDEE"] == f"mailto:{people.GUEST}"
        return int(event["SEQUENCE"])

    def test_a_refund_ends_it_for_this_attendee_alone(
        self, mailing: Services, mailbox: Mailbox, held: Held, first: EmailMessage
    ) -> None:
        with mailing.database.transaction() as session:
            refunds.request(session, fresh(mailing, held), actor="test", now=mailing.clock())
        assert self.lost(mailing, mailbox) == 1

    def test_a_withdrawn_pass_too(
        self, mailing: Services, mailbox: Mailbox, held: Held, first: EmailMessage
    ) -> None:
        with mailing.database.transaction() as session:
            row = fresh(mailing, held).row
            passes.void(session, row, reason="disputed", actor="test", now=mailing.clock())
        assert self.lost(mailing, mailbox) == 1

    def test_a_transfer_too_and_the_way_back_invites_again(
        self, mailing: Services, mailbox: Mailbox, made: Season, held: Held, first: EmailMessage
    ) -> None:
        hand_over(mailing, held, FRIEND)
        assert self.lost(mailing, mailbox) == 1
        later(mailing, made.sessions[0], HOUR)
        assert come(mailing, mailbox) == []
        hand_over(mailing, held, people.GUEST)
        ((to, method, event),) = invitations(come(mailing, mailbox))
        assert (to, method, event["SEQUENCE"]) == (people.GUEST, "REQUEST", 2)

    def test_a_second_pass_to_the_same_session_keeps_it(
        self, mailing: Services, mailbox: Mailbox, made: Season, held: Held, first: EmailMessage
    ) -> None:
        season.issue(mailing, made)
        hand_over(mailing, held, FRIEND)
        assert come(mailing, mailbox) == []

    def test_what_is_lost_and_cancelled_is_said_once(
        self, mailing: Services, mailbox: Mailbox, made: Season, held: Held, first: EmailMessage
    ) -> None:
        hand_over(mailing, held, FRIEND)
        self.lost(mailing, mailbox)
        cancel(mailing, made.sessions[0])
        assert come(mailing, mailbox) == []

    def test_after_its_end_nothing_is_said(
        self,
        mailing: Services,
        mailbox: Mailbox,
        clock: Clock,
        held: Held,
        first: EmailMessage,
        made: Season,
    ) -> None:
        clock.now = made.sessions[0].ends_at
        with mailing.database.transaction() as session:
            row = fresh(mailing, held).row
            passes.void(session, row, reason="disputed", actor="test", now=mailing.clock())
        assert come(mailing, mailbox) == []

    def test_an_address_that_left_the_account_hears_the_end_by_the_clock(
        self, mailing: Services, mailbox: Mailbox, made: Season, first: EmailMessage
    ) -> None:
        """No event tells of it; the timetable finds it."""
        guest = people.holder(mailing, made.organizer_id)
        with mailing.database.transaction() as session:
            other = holders.for_wallet(
                session,
                organizer_id=made.organizer_id,
                address="0x" + "ab" * 20,
                now=mailing.clock(),
            )
            found = select(HolderEmail).where(HolderEmail.holder_id == guest.id)
            session.exec(found).one().holder_id = other.id
        following.follow_all(mailing, mailing.clock())
        assert self.lost(mailing, mailbox) == 1
        following.follow_all(mailing, mailing.clock())
        assert come(mailing, mailbox) == []

    def test_joined_accounts_keep_it(
        self, mailing: Services, mailbox: Mailbox, made: Season, held: Held, first: EmailMessage
    ) -> None:
        other = people.holder(mailing, made.organizer_id, "second@example.org")
        with mailing.database.transaction() as session:
            merging.merge(
                session,
                organizer_id=made.organizer_id,
                survivor_id=other.id,
                merged_id=held.row.holder_id,
                now=mailing.clock(),
            )
        following.follow_all(mailing, mailing.clock())
        assert come(mailing, mailbox) == []
        later(mailing, made.sessions[0], HOUR)
        ((to, method, _),) = invitations(come(mailing, mailbox))
        assert (to, method) == (people.GUEST, "REQUEST")


class TestGivingItBack:
    def test_it_ends_and_can_be_asked_for_anew_with_higher_numbers(
        self, mailing: Services, mailbox: Mailbox, made: Season, first: EmailMessage
    ) -> None:
        withdraw(mailing, made.sessions[0])
        ((_, method, event),) = invitations(come(mailing, mailbox))
        assert (method, event["SEQUENCE"], "STATUS" in event) == ("CANCEL", 1, False)
        later(mailing, made.sessions[0], HOUR)
        assert come(mailing, mailbox) == []
        ask(mailing, made.sessions[0])
        ((_, method, event),) = invitations(come(mailing, mailbox))
        assert (method, event["SEQUENCE"]) == ("REQUEST", 2)
