"""What cancelling or moving a session would mean, before it is done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import select

from passes_service.accounts import holders
from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.core.rules.actions import Draw
from passes_service.core.rules.decide import decide
from passes_service.db.models import CalendarSession, Pass, SeriesSession
from passes_service.passes import directory, facts, impact
from passes_service.passes import service as passes
from tests.fakes import Clock
from tests.web.pages import stage as stages
from tests.web.pages.stage import Stage


def _look(
    services: Services, stage: Stage, number: int, kind: impact.Change, **to: Any
) -> impact.Impact:
    with services.database.reading() as session:
        return impact.of_session(
            session,
            organizer_id=stage.organizer_id,
            session_id=stage.session_ids[number],
            kind=kind,
            now=services.clock(),
            **to,
        )


class TestCancel:
    def test_it_foretells_to_the_cent_what_may_then_be_drawn(self, services: Services) -> None:
        stage = stages.build(services, passes_for_fan=3)
        _give_one_to_a_friend(services, stage)

        foretold = _look(services, stage, 1, "cancel")
        with services.database.transaction() as session:
            sessions.cancel(
                session,
                organizer_id=stage.organizer_id,
                session_id=stage.session_ids[1],
                now=services.clock(),
            )

        assert (foretold.holders, foretold.passes) == (2, 4)
        with services.database.reading() as session:
            rows = session.exec(select(Pass.id)).all()
            held = directory.by_rows(session, organizer_id=stage.organizer_id, ids=rows)
            due = sum(
                decide(Draw(), facts.of(session, one), now=services.clock()).amount
                for one in held.values()
            )
        assert foretold.owed_minor == {"EUR": due}
        assert any("its sale closes at once" in line for line in foretold.sentences)

    def test_a_part_that_keeps_another_session_owes_nothing_yet(self, services: Services) -> None:
        stage = stages.build(services)
        with services.database.transaction() as session:
            first = session.get_one(CalendarSession, (stage.organizer_id, stage.session_ids[0]))
            link = session.get_one(
                SeriesSession, (stage.organizer_id, stage.series_id, stage.session_ids[1])
            )
            link.portion = 0
            session.add(link)
            assert first.status == "scheduled"

        found = _look(services, stage, 0, "cancel")

        assert found.owed_minor == {}
        assert any("keeps 1 other session" in line for line in found.sentences)

    def test_nobody_holds_a_pass(self, services: Services) -> None:
        stage = stages.build(services, passes_for_fan=0)

        found = _look(services, stage, 0, "cancel")

        assert (found.holders, found.passes, found.owed_minor) == (0, 0, {})
        assert found.sentences[0].startswith("Nobody holds a pass")


class TestMove:
    def test_it_counts_what_the_window_adds_after_the_steps_have_fallen(
        self, services: Services, clock: Clock
    ) -> None:
        stage = stages.build(services)
        clock.forward(days=17, hours=12)  # past the last step, before the first doors
        later = _start_of(services, stage, 2) + timedelta(days=1)

        found = _look(
            services, stage, 2, "move", starts_at=later, ends_at=later + timedelta(hours=3)
        )

        assert found.holders == 1
        assert found.owed_minor == {"EUR": 4_000}
        assert "at most EUR 40.00 more" in found.sentences[1]

    def test_while_everything_comes_back_anyway_it_adds_nothing(self, services: Services) -> None:
        stage = stages.build(services)
        later = _start_of(services, stage, 2) + timedelta(days=1)

        found = _look(
            services, stage, 2, "move", starts_at=later, ends_at=later + timedelta(hours=3)
        )

        assert found.owed_minor == {}
        assert "no more than their Terms pay" in found.sentences[1]


def _start_of(services: Services, stage: Stage, number: int) -> datetime:
    with services.database.reading() as session:
        return sessions.get(
            session, organizer_id=stage.organizer_id, session_id=stage.session_ids[number]
        ).starts_at


def _give_one_to_a_friend(services: Services, stage: Stage) -> None:
    now = services.clock()
    with services.database.transaction() as session:
        friend = holders.for_email(
            session, organizer_id=stage.organizer_id, email="friend@example.org", now=now
        )
        passes.issue(
            session,
            organizer_id=stage.organizer_id,
            series_id=stage.series_id,
            holder_id=friend.id,
            paid_minor=9_999,
            actor="test",
            now=now,
        )
