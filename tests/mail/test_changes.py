"""A changed session: who hears of it, when it is urgent, and what the letter says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.db.models import CalendarSession
from passes_service.mail.urgency import URGENT
from tests import season
from tests.catalog.acts import amend, cancel, later, reinstate
from tests.fakes import Clock
from tests.mail.acts import NO_WINDOW
from tests.mail.peer import Mailbox, drain, text
from tests.season import Season

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CALENDAR = "https://passes.test/o/nocturne/login?next=/me%23calendar"


@pytest.fixture
def made(mailing: Services, mailbox: Mailbox) -> Season:
    """A season whose moves open no right, with one holder who has read the first letter."""
    made = season.season(mailing, refund=NO_WINDOW)
    season.issue(mailing, made)
    drain(mailing)
    mailbox.take()
    return made


def before(clock: Clock, row: CalendarSession, by: timedelta) -> None:
    """Go to an instant before a session starts."""
    clock.now = row.starts_at - by


def subjects(mailbox: Mailbox) -> list[str]:
    return [str(mail["Subject"]) for mail in mailbox.mails]


class TestUrgent:
    def test_another_place_tomorrow_is_told_with_both_places(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        before(clock, made.sessions[0], 30 * HOUR)
        amend(mailing, made.sessions[0], location="The roof")
        drain(mailing)
        (mail,) = mailbox.mails
        assert mail["Subject"] == "Tomorrow: new place for Evening 1"
        said = text(mail)
        assert "was The cellar, now The roof; same time: Sunday, 21 March 2027 at 20:00" in said
        assert "(Europe/Berlin)" in said
        assert "calendar apps may need up to a day to show it" in said
        assert CALENDAR in said
        assert "/feeds/" not in said

    def test_another_time_today_is_told_beside_the_old_one(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        before(clock, made.sessions[0], 2 * HOUR)
        later(mailing, made.sessions[0], HOUR)
        drain(mailing)
        (mail,) = mailbox.mails
        assert mail["Subject"] == "Today: new time for Evening 1"
        assert (
            "was Sunday, 21 March 2027 at 20:00, now Sunday, 21 March 2027 at 21:00 "
            "(Europe/Berlin); same place: The cellar"
        ) in text(mail)

    def test_a_new_end_is_told_as_one(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        before(clock, made.sessions[0], 2 * HOUR)
        amend(mailing, made.sessions[0], ends_at=made.sessions[0].ends_at + HOUR)
        drain(mailing)
        said = text(mailbox.mails[0])
        assert "20:00 to 22:00, now Sunday, 21 March 2027 from 20:00 to 23:00" in said

    @pytest.mark.parametrize(
        ("ahead", "subject"),
        [
            (URGENT, []),
            (URGENT - timedelta(seconds=1), ["Soon: new place for Evening 1"]),
            (21 * HOUR, ["Tomorrow: new place for Evening 1"]),
            (20 * HOUR, ["Today: new place for Evening 1"]),
            (-HOUR, ["Today: new place for Evening 1"]),
        ],
    )
    def test_urgent_begins_48_hours_before_and_days_are_those_of_the_place(
        self,
        mailing: Services,
        mailbox: Mailbox,
        clock: Clock,
        made: Season,
        ahead: timedelta,
        subject: list[str],
    ) -> None:
        before(clock, made.sessions[0], ahead)
        amend(mailing, made.sessions[0], location="The roof")
        drain(mailing)
        assert subjects(mailbox) == subject

    @pytest.mark.parametrize("by", [20 * DAY, -19 * DAY])
    def test_the_old_start_counts_as_well_as_the_new(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season, by: timedelta
    ) -> None:
        row = made.sessions[1] if by < timedelta() else made.sessions[0]
        near = row.starts_at + min(by, timedelta())
        clock.now = near - 30 * HOUR
        later(mailing, row, by)
        drain(mailing)
        assert subjects(mailbox) == [f"Tomorrow: new time for {row.title}"]

    def test_off_and_on_again_say_so_at_once(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        before(clock, made.sessions[0], 30 * HOUR)
        cancel(mailing, made.sessions[0])
        drain(mailing)
        reinstate(mailing, made.sessions[0])
        drain(mailing)
        assert subjects(mailbox) == [
            "Tomorrow: Evening 1 is cancelled",
            "Tomorrow: Evening 1 takes place after all",
        ]

    def test_the_day_is_that_of_writing_not_of_publishing(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        before(clock, made.sessions[0], 30 * HOUR)
        amend(mailing, made.sessions[0], location="The roof")
        clock.forward(hours=20)
        drain(mailing)
        assert subjects(mailbox) == ["Today: new place for Evening 1"]

    def test_what_is_over_when_the_worker_comes_is_told_to_nobody(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        before(clock, made.sessions[0], HOUR)
        amend(mailing, made.sessions[0], location="The roof")
        clock.forward(hours=4)
        drain(mailing)
        assert mailbox.mails == []

    def test_an_all_day_session_has_a_day_and_no_clock(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        first = made.sessions[0].starts_at.replace(hour=23) - DAY  # midnight in Berlin
        amend(mailing, made.sessions[0], starts_at=first, ends_at=first + 2 * DAY, all_day=True)
        drain(mailing)
        said = text(mailbox.mails[0])
        assert "now Sunday, 21 March 2027 to Monday, 22 March 2027 (Europe/Berlin)" in said


class TestNotUrgent:
    def test_what_was_long_over_and_comes_back_far_ahead_does_not_press(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        """As an import does it: a cancelled session gets a new time after the old one passed."""
        row = cancel(mailing, made.sessions[0])
        drain(mailing)
        mailbox.take()
        clock.now = row.ends_at + DAY
        far = replace(
            sessions.details_of(row),
            starts_at=row.starts_at + 90 * DAY,
            ends_at=row.ends_at + 90 * DAY,
        )
        with mailing.database.transaction() as session:
            held = sessions.lock(session, organizer_id=row.organizer_id, session_id=row.id)
            sessions.bring_back(session, held, far, now=clock.now)
        drain(mailing)
        (mail,) = mailbox.mails
        assert mail["Subject"] == "On again: Evening 1"
        assert "19 June 2027 at 21:00 (Europe/Berlin), and not as before on Sunday" in text(mail)

    @pytest.mark.parametrize("fields", [{"location": "The roof"}, {"title": "Night"}])
    def test_place_and_title_are_left_to_the_feed(
        self, mailing: Services, mailbox: Mailbox, made: Season, fields: dict[str, Any]
    ) -> None:
        amend(mailing, made.sessions[0], **fields)
        drain(mailing)
        assert mailbox.mails == []

    def test_a_new_time_is_told_without_alarm(
        self, mailing: Services, mailbox: Mailbox, made: Season
    ) -> None:
        later(mailing, made.sessions[0], HOUR)
        drain(mailing)
        (mail,) = mailbox.mails
        assert mail["Subject"] == "New time: Evening 1"
        assert "follows by itself." in text(mail)
        assert CALENDAR not in text(mail)

    def test_a_title_today_is_no_news(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        before(clock, made.sessions[0], HOUR)
        amend(mailing, made.sessions[0], title="Night", description="Bring a coat")
        drain(mailing)
        assert mailbox.mails == []


class TestOneLetterForSeveralChanges:
    def test_the_letter_tells_the_last_state_beside_the_first(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        before(clock, made.sessions[0], 5 * HOUR)
        for _ in range(3):
            row = later(mailing, made.sessions[0], HOUR)
            made.sessions[0] = row
            clock.forward(minutes=2)
        amend(mailing, row, location="The roof")
        amend(mailing, row, title="Night")
        drain(mailing)
        (mail,) = mailbox.mails
        assert mail["Subject"] == "Today: new time for Night"
        assert "at 20:00, now Sunday, 21 March 2027 at 23:00" in text(mail)
        assert "new place: was The cellar, now The roof" in text(mail)

    def test_what_was_told_is_the_next_before(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        before(clock, made.sessions[0], 5 * HOUR)
        row = later(mailing, made.sessions[0], HOUR)
        drain(mailing)
        later(mailing, row, HOUR)
        drain(mailing)
        assert "at 21:00, now Sunday, 21 March 2027 at 22:00" in text(mailbox.mails[1])
        assert len(mailbox.mails) == 2

    def test_after_a_silence_of_the_mail_server_only_the_last_letter_goes_out(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        before(clock, made.sessions[0], 5 * HOUR)
        row = made.sessions[0]
        mailbox.refusals = 3
        for _ in range(3):
            row = later(mailing, row, HOUR)
            drain(mailing)
            clock.forward(seconds=1)
        assert mailbox.mails == []
        for _ in range(8):
            clock.forward(minutes=1)
            drain(mailing)
        (mail,) = mailbox.mails
        assert "now Sunday, 21 March 2027 at 23:00" in text(mail)

    def test_there_and_back_again_is_no_news(
        self, mailing: Services, mailbox: Mailbox, clock: Clock, made: Season
    ) -> None:
        before(clock, made.sessions[0], 5 * HOUR)
        row = later(mailing, made.sessions[0], HOUR)
        later(mailing, row, -HOUR)
        drain(mailing)
        assert mailbox.mails == []

    def test_there_and_back_again_is_told_if_it_opened_a_window(
        self, mailing: Services, mailbox: Mailbox, clock: Clock
    ) -> None:
        made = season.season(mailing)
        season.issue(mailing, made)
        drain(mailing)
        mailbox.take()
        row = later(mailing, made.sessions[0], HOUR)
        row = later(mailing, row, -HOUR)
        amend(mailing, row, description="Bring a coat")
        drain(mailing)
        (mail,) = mailbox.mails
        assert mail["Subject"] == "New time: Evening 1"
        assert "was moved and is back at its time: Sunday, 21 March 2027 at 20:00" in text(mail)
        assert "whether or not you want mail about changes" in text(mail)

    def test_a_return_before_anybody_was_told_still_tells_of_the_money(
        self, mailing: Services, mailbox: Mailbox, made: Season
    ) -> None:
        cancel(mailing, made.sessions[0])
        row = reinstate(mailing, made.sessions[0])
        amend(mailing, row, title="Night")
        drain(mailing)
        (mail,) = mailbox.mails
        assert mail["Subject"] == "On again: Night"
        assert "you may take EUR 19.99" in text(mail)

    def test_a_later_change_of_words_does_not_repeat_a_letter_about_rights(
        self, mailing: Services, mailbox: Mailbox
    ) -> None:
        made = season.season(mailing)
        season.issue(mailing, made)
        row = later(mailing, made.sessions[0], HOUR)
        drain(mailing)
        mailbox.take()
        amend(mailing, row, title="Night")
        drain(mailing)
        assert mailbox.mails == []
