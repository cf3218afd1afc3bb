"""A letter about a right or money reaches also who wants no mail about changes, and says why."""

from __future__ import annotations

import pytest

from passes_service.bootstrap import Services
from passes_service.passes import service as passes
from tests import people, season
from tests.catalog.acts import HOUR, amend, cancel, later, paired
from tests.fakes import Clock
from tests.mail.acts import NO_WINDOW, refuse, stop_path
from tests.mail.peer import Mailbox, drain, text
from tests.season import Season


@pytest.fixture
def made(mailing: Services, mailbox: Mailbox, clock: Clock) -> Season:
    """A season whose moves open no right, an hour before its first session."""
    made = season.season(mailing, refund=NO_WINDOW)
    season.issue(mailing, made)
    drain(mailing)
    mailbox.take()
    clock.now = made.sessions[0].starts_at - HOUR
    return made


def test_a_move_window_reaches_who_wants_no_mail_and_says_why(
    mailing: Services, mailbox: Mailbox
) -> None:
    made = season.season(mailing)
    season.issue(mailing, made)
    refuse(mailing, made.organizer_id)
    drain(mailing)
    mailbox.take()
    later(mailing, made.sessions[0], HOUR)
    drain(mailing)
    (mail,) = mailbox.mails
    assert mail["Subject"] == "New time: Evening 1"
    assert mail["List-Unsubscribe"] is None
    assert "/u/" not in text(mail)
    assert "whether or not you want mail about changes" in text(mail)


def test_a_cancelled_portion_reaches_them_too(
    mailing: Services, mailbox: Mailbox, made: Season
) -> None:
    refuse(mailing, made.organizer_id)
    cancel(mailing, made.sessions[0])
    drain(mailing)
    (mail,) = mailbox.mails
    assert mail["Subject"] == "Today: Evening 1 is cancelled"
    assert "you may take EUR 19.99" in text(mail)
    assert mail["List-Unsubscribe"] is None


def test_a_cancelled_session_that_owes_nothing_does_not(
    mailing: Services, mailbox: Mailbox
) -> None:
    made = paired(mailing)
    season.issue(mailing, made, "quiet@example.org")
    season.issue(mailing, made)
    refuse(mailing, made.organizer_id, "quiet@example.org")
    drain(mailing)
    mailbox.take()
    cancel(mailing, made.sessions[0])
    drain(mailing)
    assert [mail["To"] for mail in mailbox.mails] == [people.GUEST]
    assert stop_path(mailbox.mails[0])


def test_a_move_without_a_window_does_not(
    mailing: Services, mailbox: Mailbox, made: Season
) -> None:
    refuse(mailing, made.organizer_id)
    later(mailing, made.sessions[0], HOUR)
    drain(mailing)
    assert mailbox.mails == []


def test_a_window_for_a_pass_that_cost_nothing_does_not(
    mailing: Services, mailbox: Mailbox
) -> None:
    made = season.season(mailing)
    guest = people.holder(mailing, made.organizer_id)
    with mailing.database.transaction() as session:
        passes.issue(
            session,
            organizer_id=made.organizer_id,
            series_id=made.series.id,
            holder_id=guest.id,
            paid_minor=0,
            actor="test",
            now=mailing.clock(),
        )
    refuse(mailing, made.organizer_id)
    drain(mailing)
    mailbox.take()
    later(mailing, made.sessions[0], HOUR)
    drain(mailing)
    assert mailbox.mails == []


def test_a_new_place_never_does_even_while_a_window_is_open(
    mailing: Services, mailbox: Mailbox, clock: Clock
) -> None:
    made = season.season(mailing)
    season.issue(mailing, made)
    refuse(mailing, made.organizer_id)
    clock.now = made.sessions[0].starts_at - 30 * HOUR
    row = later(mailing, made.sessions[0], HOUR)
    drain(mailing)
    mailbox.take()
    amend(mailing, row, location="The roof")
    drain(mailing)
    assert mailbox.mails == []
