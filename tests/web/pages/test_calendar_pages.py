"""Pages about calendars, without scripts: links and their options, colours, other languages."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import select

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.db.models import FeedLink
from passes_service.feeds import links, words
from passes_service.feeds.fragments import CANCELLED_FOR
from passes_service.web.pages import holder_links
from passes_service.web.pages.calendar_apps import APPS
from passes_service.web.pages.filters import ago, minutes_words
from passes_service.web.pages.subscribing import subscribing
from tests.fakes import Clock
from tests.web.pages.conftest import Browser
from tests.web.pages.stage import Stage

LINKS = "/me/calendar-links"


def options_of(services: Services) -> list[links.Options]:
    with services.database.reading() as session:
        rows = session.exec(select(FeedLink).order_by(FeedLink.label))
        return [links.Options.of(row) for row in rows]


class TestLinks:
    def test_one_is_made_with_options_and_shown_to_nobody_else(
        self, services: Services, fan: Browser
    ) -> None:
        typed: dict[str, Any] = {
            "language": "de",
            "reminders": ["60", "1440"],
            "deadlines": "yes",
        }
        answer = fan.post(LINKS, label="Google", **typed)
        assert answer.status == 200
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert re.findall(r"<(?:script|link|img)[^>]+(?:src|href)=\"(?!/)", answer.text) == []
        assert "<form" not in answer.text  # browsers would send `Origin: null` with it
        address = re.findall(r"https://passes\.test(/feeds/[\w-]+\.ics)", answer.text)[0]
        assert "hand the address to that company" in answer.text
        found = links.Options(language="de", reminders=(60, 1440), deadlines=True)
        assert options_of(services) == [found]
        home = fan.get("/me").text
        assert address not in home
        assert "Reminds 1 hour and 1 day before; with deadlines" in home
        assert "Deutsch" in home

    def test_the_list_says_which_app_asked_and_when(
        self, services: Services, fan: Browser, clock: Clock
    ) -> None:
        answer = fan.post(LINKS, label="Phone")
        assert "No app has asked yet" in fan.get("/me").text
        address = re.findall(r"https://passes\.test(/feeds/[\w-]+\.ics)", answer.text)[0]
        fan.client.get(address, headers={"User-Agent": "Mozilla/5.0 Thunderbird/153.0"})
        clock.forward(hours=3, minutes=10)
        deadline = datetime.now(UTC) + timedelta(seconds=10)
        while "No app has asked yet" in (home := fan.get("/me").text):
            assert datetime.now(UTC) < deadline
        assert re.search(r"Thunderbird, asked <time [^>]+>3 hours ago<", home)

    def test_options_are_changed_and_others_stay(self, services: Services, fan: Browser) -> None:
        fan.post(LINKS, "make-one", label="A", reminders=["15"])
        fan.post(LINKS, "make-two", label="B", deadlines="yes")
        first = re.findall(rf'href="({LINKS}/[0-9a-f-]+)"', fan.get("/me").text)[0]
        form = fan.get(first)
        assert form.status == 200
        assert re.findall(r'value="(\d+)" checked', form.text) == ["15"]
        answer = fan.post(first, "choose-one", reminders=["10080"], language="fr")
        assert (answer.status, answer.location) == (303, "/me#calendar")
        assert options_of(services) == [
            links.Options(language="fr", reminders=(10080,)),
            links.Options(deadlines=True),
        ]
        assert "1 week before" in fan.get("/me").text

    @pytest.mark.parametrize(
        "typed", [{"reminders": ["7"]}, {"reminders": ["²"]}, {"language": "x"}]
    )
    def test_what_is_not_offered_comes_back_in_words(
        self, services: Services, fan: Browser, typed: dict[str, Any]
    ) -> None:
        fan.post(LINKS, "make-one", label="A", reminders=["15"])
        path = re.findall(rf'href="({LINKS}/[0-9a-f-]+)"', fan.get("/me").text)[0]
        answer = fan.post(path, "choose-one", **typed)
        assert answer.status == 422
        assert "There is no such" in answer.text
        assert options_of(services) == [links.Options(reminders=(15,))]
        assert fan.post(LINKS, "make-two", label="B", **typed).status == 422
        assert len(options_of(services)) == 1

    def test_the_options_of_others_are_not_found(
        self, services: Services, fan: Browser, other_stage: Stage
    ) -> None:
        with services.database.transaction() as session:
            theirs = links.create(
                session,
                organizer_id=other_stage.organizer_id,
                holder_id=other_stage.holder_id,
                label="Theirs",
                random=services.random_bytes(32),
                now=services.clock(),
            ).row
        assert fan.get(f"{LINKS}/{theirs.id}").status == 404
        assert fan.post(f"{LINKS}/{theirs.id}", language="de").status == 404

    def test_with_as_many_as_there_can_be_no_form_is_offered(
        self, services: Services, fan: Browser, stage: Stage
    ) -> None:
        with services.database.transaction() as session:
            for number in range(links.MOST_LINKS):
                links.create(
                    session,
                    organizer_id=stage.organizer_id,
                    holder_id=stage.holder_id,
                    label=f"Device {number}",
                    random=services.random_bytes(32),
                    now=services.clock(),
                )
        home = fan.get("/me").text
        assert "as many as there can be" in home
        assert "Make a calendar link" not in home
        refused = fan.post(LINKS, label="One more")
        assert refused.status == 409
        assert "Remove a link that no device uses any more." in refused.text

    def test_every_language_of_feeds_has_its_name(self) -> None:
        assert set(holder_links.LANGUAGES) == set(words.LANGUAGES)

    def test_one_session_is_offered_only_where_it_can_still_be_added(
        self, services: Services, fan: Browser, stage: Stage
    ) -> None:
        with services.database.transaction() as session:
            sessions.cancel(
                session,
                organizer_id=stage.organizer_id,
                session_id=stage.session_ids[0],
                now=services.clock(),
            )
        shown = fan.get(f"/me/passes/{stage.pass_ids[0]}").text
        offered = re.findall(r"/me/sessions/([0-9a-f-]+)\.ics", shown)
        assert offered == [str(one) for one in stage.session_ids[1:]]
        assert re.findall(r'action="/me/sessions/([0-9a-f-]+)/invitation"', shown) == offered


class TestApps:
    def test_anybody_can_read_how_each_app_behaves(self, visitor: Browser) -> None:
        answer = visitor.get("/calendar-apps")
        assert answer.status == 200
        for app in APPS:
            assert html.escape(app.name) in answer.text
        assert CANCELLED_FOR.days == 3
        assert "until three days after its start" in answer.text
        assert 'href="/calendar-apps"' in visitor.get("/").text

    def test_buttons_carry_the_whole_address(self) -> None:
        to = subscribing("https://passes.test/feeds/a-b_c.ics", "Ada & Söhne")
        assert to.webcal == "webcal://passes.test/feeds/a-b_c.ics"
        assert to.google.endswith("?cid=webcal%3A%2F%2Fpasses.test%2Ffeeds%2Fa-b_c.ics")
        tail = "?url=https%3A%2F%2Fpasses.test%2Ffeeds%2Fa-b_c.ics&name=Ada%20%26%20S%C3%B6hne"
        assert to.outlook == f"https://outlook.live.com/calendar/0/addfromweb{tail}"
        assert to.office == f"https://outlook.office.com/calendar/0/addfromweb{tail}"

    def test_times_are_said_as_roughly_as_they_are_known(self) -> None:
        now = datetime(2027, 3, 1, tzinfo=UTC)
        said = [ago(now - timedelta(hours=hours), now) for hours in (0.9, 1, 47, 48, 80)]
        assert said == [
            "within the last hour",
            "1 hour ago",
            "47 hours ago",
            "2 days ago",
            "3 days ago",
        ]
        lengths = [minutes_words(one) for one in (*links.REMINDERS, 90)]
        assert lengths == ["15 minutes", "1 hour", "1 day", "1 week", "90 minutes"]
