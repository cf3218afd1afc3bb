"""A group of scans comes out as if they had come one after the other, and no two ways differ."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest

from passes_service.bootstrap import Services
from passes_service.catalog import sessions
from passes_service.checkin import gates, identify, many
from passes_service.checkin.errors import NonceReused
from passes_service.checkin.gates import Enrolled
from passes_service.checkin.outcome import Outcome
from passes_service.passes import service as passes
from passes_service.passes.queries import Held
from tests.checkin.evening import Evening, evening, nonce
from tests.checkin.grouped import asked, codes, settle
from tests.fakes import Clock
from tests.phones import Phone

MODES = ("once_per_session", "per_day", "unlimited")
Step = tuple[str, int, int, int, str]


def limit(night: Evening, capacity: int) -> None:
    """Give the first session so many places."""
    with night.services.database.transaction() as session:
        night.made.sessions[0] = sessions.change(
            session,
            organizer_id=night.organizer_id,
            session_id=night.first.id,
            details=replace(sessions.details_of(night.first), capacity=capacity),
            now=night.services.clock(),
        )


class TestOneGroup:
    def test_one_pass_twice_is_one_entry_and_one_duplicate(self, night: Evening) -> None:
        code = night.code(night.issue())
        side = night.enrol("Side door")

        found = settle(night, [asked(night, code), asked(night, code, gate=side)])

        assert codes(found) == ["ADMIT", "DUPLICATE"]
        assert found[0] is not None
        assert found[1] is not None
        assert found[1].sentence == "This pass already came in at 19:50 at Main door."
        assert found[1].first is not None
        assert found[1].first.check_in_id == found[0].check_in_id
        assert len(night.admissions()) == night.events().count("pass.admitted") == 1
        assert len(night.scans()) == 2

    def test_one_nonce_twice_is_decided_once(self, night: Evening) -> None:
        code, once = night.code(night.issue()), nonce()

        found = settle(night, [asked(night, code, nonce=once), asked(night, code, nonce=once)])

        assert codes(found) == ["ADMIT", "-"]
        assert night.scan(code, nonce=once) == found[0]
        assert len(night.admissions()) == len(night.scans()) == 1

    def test_nonce_that_was_used_before_goes_the_ordinary_way(self, night: Evening) -> None:
        code, once = night.code(night.issue()), nonce()
        first = night.scan(code, nonce=once)

        assert codes(settle(night, [asked(night, code, nonce=once), asked(night, "9")])) == [
            "-",
            "UNKNOWN",
        ]
        assert night.scan(code, nonce=once) == first

    def test_two_gates_may_draw_the_same_nonce(self, night: Evening) -> None:
        once, side = nonce(), night.enrol("Side door")

        found = settle(
            night, [asked(night, "8", nonce=once), asked(night, "9", nonce=once, gate=side)]
        )

        assert codes(found) == ["UNKNOWN", "UNKNOWN"]

    def test_room_takes_as_many_as_it_holds(self, night: Evening) -> None:
        texts = [night.code(night.issue(f"fan{one}@example.org")) for one in range(5)]
        limit(night, 3)
        night.scan(texts[0])

        found = settle(night, [asked(night, text) for text in texts])

        assert codes(found) == ["DUPLICATE", "ADMIT", "ADMIT", "FULL", "FULL"]
        assert found[3] is not None
        assert found[3].sentence.startswith("The room is full: 3 of 3 are inside.")

    def test_unlimited_entries_are_numbered_through(self, services: Services, clock: Clock) -> None:
        rules = {"mode": "unlimited", "reentry": False, "doors_minutes_before": 30}
        night = evening(services, clock, entry=rules)
        code = night.code(night.issue())

        found = settle(night, [asked(night, code) for _ in range(4)])

        assert [one.number for one in found if one] == [1, 2, 3, 4]
        assert sorted(one.number for one in night.admissions()) == [1, 2, 3, 4]

    def test_what_the_gate_hears_is_what_is_read_again(self, night: Evening) -> None:
        code = night.code(night.issue())
        group = [asked(night, text) for text in (code, code, "EP1:", "77")]

        found = settle(night, group)

        again = [night.scan(one.text, nonce=one.nonce) for one in group]
        assert found == again


class TestGoesTheOrdinaryWay:
    def test_scan_of_a_revoked_gate(self, night: Evening) -> None:
        code, side = night.code(night.issue()), night.enrol("Side door")
        with night.services.database.transaction() as session:
            gates.revoke(
                session,
                organizer_id=night.organizer_id,
                gate_id=side.gate.id,
                now=night.services.clock(),
            )

        found = settle(night, [asked(night, code, gate=side), asked(night, code)])

        assert codes(found) == ["-", "ADMIT"]

    def test_scan_for_a_session_of_other_gates_or_of_nobody(self, night: Evening) -> None:
        later = night.enrol("Later", night.made.sessions[1].id)

        found = settle(
            night,
            [asked(night, "1", gate=later), asked(night, "1", session_id=UUID(int=7))],
        )

        assert codes(found) == ["-", "-"]
        assert night.scans() == []

    def test_pass_that_somebody_holds_just_now_keeps_nobody_else_waiting(
        self, night: Evening
    ) -> None:
        if night.services.database.is_sqlite:
            pytest.skip("one writer at a time")
        held = night.issue()
        code, other = night.code(held), night.code(night.issue("other@example.org"))

        with night.services.database.transaction() as session:
            passes.void(session, held.row, reason="r", actor="t", now=night.services.clock())
            found = settle(night, [asked(night, code), asked(night, other)])

        assert codes(found) == ["-", "ADMIT"]
        assert night.scan(code).code == "REVOKED"

    def test_text_that_breaks_the_reader_leaves_its_neighbours_alone(
        self, night: Evening, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        code, sound = night.code(night.issue()), identify.read

        def breaking(text: str, **known: Any) -> Any:
            if text == "odd":
                raise RuntimeError(text)
            return sound(text, **known)

        monkeypatch.setattr(many, "read", breaking)  # no text is known that does this

        assert codes(settle(night, [asked(night, "odd"), asked(night, code)])) == ["-", "ADMIT"]


class _Twin:
    """An evening that exists twice, so that two ways of scanning can be compared."""

    def __init__(self, services: Services, clock: Clock, slug: str, draw: Random) -> None:
        rules = {"mode": draw.choice(MODES), "reentry": draw.random() < 0.5}
        start = clock.now
        self.night = evening(
            services, clock, slug, cap=9, entry={**rules, "doors_minutes_before": 30}
        )
        tonight, clock.now = clock.now, start
        self.phone = Phone()
        self.held = [self.night.issue(f"fan{one}@example.org") for one in range(6)]
        for held in self.held[:2]:
            self.phone.bind(services, held)
        clock.now = tonight
        if draw.random() < 0.5:
            limit(self.night, draw.randint(1, 4))
        self.gates = [self.night.main, self.night.enrol("Side"), self.night.enrol("Back")]
        self.printed = [self.night.code(held) for held in self.held]

    def text(self, kind: str, number: int, shift: int) -> str:
        held: Held = self.night.again(self.held[number])
        now = self.night.services.clock() + timedelta(seconds=shift)
        match kind:
            case "live":
                return self.phone.code(held, held.row.epoch, now)
            case "old":
                return self.phone.code(held, held.row.epoch - 1, now)
            case "number":
                return str(held.row.pass_id)
            case "serial":
                return str(held.row.serial)
            case "torn":
                return self.printed[number][:-3] + "000"
        return self.printed[number]

    def ask(self, step: Step) -> dict[str, Any]:
        kind, number, shift, place, once = step
        at = self.night.made.sessions[min(place, 1)]
        return {"text": self.text(kind, number, shift), "session_id": at.id, "nonce": once}

    def gate(self, step: Step) -> Enrolled:
        return self.gates[step[1] % 3]

    def alone(self, step: Step) -> tuple[object, ...]:
        """Scan by itself, as the ordinary route does."""
        try:
            return plain(self.night.scan(gate=gates.ref(self.gate(step).gate), **self.ask(step)))
        except NonceReused:
            return ("refused",)

    def kept(self) -> list[tuple[object, ...]]:
        numbers = {held.row.id: n for n, held in enumerate(self.held)}
        mine = [one for one in self.night.scans() if one.organizer_id == self.night.organizer_id]
        return [
            (
                *(one.nonce, one.code, one.sentence, one.decided_by),
                *(one.epoch, one.made_at, one.typed, one.scope[:8]),
                numbers.get(one.pass_row_id) if one.pass_row_id else None,
            )
            for one in sorted(mine, key=lambda one: one.nonce)
        ]


def plain(outcome: Outcome) -> tuple[object, ...]:
    """Return what two evenings can have in common of a decision."""
    first = outcome.first
    return (
        *(outcome.code, outcome.sentence, outcome.decided_by, outcome.decided_at),
        *(outcome.pass_label, outcome.holder_name, outcome.number, outcome.typed),
        *(outcome.forced, outcome.forceable, outcome.scope[:8]),
        (first.gate, first.at) if first else None,
    )


def drawn(draw: Random, number: int) -> list[Step]:
    """Draw the scans of one moment."""
    kinds = ("printed", "printed", "live", "live", "old", "number", "serial", "torn")
    return [
        (
            draw.choice(kinds),
            draw.randrange(6),
            draw.choice((0, 0, 0, -60)),
            draw.choice((0, 0, 0, 1)),
            f"nonce-{number}-{draw.randrange(2 if draw.random() < 0.2 else 1000)}",
        )
        for _ in range(draw.randint(1, 8))
    ]


@pytest.mark.parametrize("seed", range(4))
def test_random_evening_comes_out_the_same_both_ways(
    services: Services, clock: Clock, seed: int
) -> None:
    start = clock.now
    one = _Twin(services, clock, "one", Random(seed))
    clock.now = start
    two = _Twin(services, clock, "many", Random(seed))
    draw = Random(seed + 100)
    for moment in range(5):
        steps = drawn(draw, moment)
        singly = [one.alone(step) for step in steps]
        found = settle(two.night, [asked(two.night, gate=two.gate(s), **two.ask(s)) for s in steps])
        together = [
            two.alone(step) if outcome is None else plain(outcome)
            for outcome, step in zip(found, steps, strict=True)
        ]
        assert together == singly, steps
        leaving, gone = draw.randrange(6), draw.randrange(6)
        for twin in (one, two):
            number = str(twin.held[leaving].row.pass_id)
            twin.night.leave(number, nonce=f"leaving-{moment}")
            if moment == 2:
                twin.night.reissue(twin.held[gone])
        clock.forward(minutes=3)
    assert one.kept() == two.kept()
