"""Many who ask at once, while everything changes."""

from __future__ import annotations

from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest
from starlette.testclient import TestClient

from passes_service.accounts import versions
from passes_service.bootstrap import Services
from passes_service.feeds import copies
from tests.feeds.subscriber import events, subscribe
from tests.feeds.test_following import change
from tests.season import issue, season


def test_many_who_ask_at_once_for_an_outdated_feed_cause_one_rendering(
    services: Services, two: list[TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = season(services)
    held = issue(services, made)
    device = subscribe(two[0], services, made.organizer_id, held.row.holder_id)
    device.fetch()
    with services.database.transaction() as session:
        versions.bump(session, organizer_id=made.organizer_id, holder_ids=[held.row.holder_id])
    change(services, made.sessions[0], title="Another evening")
    whole = copies._render
    count: list[int] = []
    answers: list[bytes] = []
    together = Barrier(8)

    def counted(*args: Any, **named: Any) -> Any:
        count.append(1)
        return whole(*args, **named)

    monkeypatch.setattr(copies, "_render", counted)  # counts, and does the work

    def ask(client: TestClient) -> None:
        together.wait()
        answers.append(client.get(device.path).content)

    threads = [Thread(target=ask, args=(two[n % 2],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert b"Another evening" in answers[0]
    assert len(count) == 1


def test_who_asks_while_everything_changes_never_sees_a_counter_go_back(
    services: Services, two: list[TestClient]
) -> None:
    made = season(services)
    held = issue(services, made)
    device = subscribe(two[0], services, made.organizer_id, held.row.holder_id)
    device.fetch()
    over: list[bool] = []
    wrong: list[tuple[str, int, int]] = []
    polls: list[int] = []

    def follow(client: TestClient) -> None:
        last: dict[str, int] = {}
        while not over:
            found = events(client.get(device.path).content)
            for uid, one in found.items():
                count = int(one["SEQUENCE"])
                if count < last.get(uid, 0):
                    wrong.append((uid, last[uid], count))
                last[uid] = count
            polls.append(1)

    readers = [Thread(target=follow, args=(client,)) for client in two]
    for reader in readers:
        reader.start()
    for number in range(30):
        change(services, made.sessions[number % 3], title=f"Evening {number}")
    over.append(True)
    for reader in readers:
        reader.join(60)
    assert wrong == []
    assert len(polls) >= 2
    for client in two:
        titles = replace(device, client=client).titles()
        assert titles == ["Evening 27", "Evening 28", "Evening 29"]
