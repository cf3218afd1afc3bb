"""Two accounts of one person become one: nothing is lost, nothing doubles, nobody else gains."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import UUID

import pytest
from sqlmodel import Session, SQLModel, col, select
from starlette.testclient import TestClient

from passes_service.accounts import holders, merging
from passes_service.accounts.errors import HolderMerged
from passes_service.bootstrap import Services
from passes_service.core.errors import DomainError
from passes_service.db.models import Holder, HolderEmail, Pass, PassEvent, TransferOffer
from passes_service.transfers import service as transfers
from tests import people, season
from tests.season import Season

SECOND = "second@example.org"


@pytest.fixture
def made(services: Services) -> Season:
    return season.season(services)


def merge(services: Services, organizer_id: UUID, survivor: UUID, merged: UUID) -> Holder:
    with services.database.transaction() as session:
        return merging.merge(
            session,
            organizer_id=organizer_id,
            survivor_id=survivor,
            merged_id=merged,
            now=services.clock(),
        )


def offer(services: Services, made: Season, row: Pass, recipient: str) -> TransferOffer:
    with services.database.transaction() as session:
        return transfers.offer(
            session,
            organizer_id=made.organizer_id,
            holder_id=row.holder_id,
            pass_id=row.pass_id,
            recipient=recipient,
            now=services.clock(),
        )


def test_passes_addresses_and_logins_move_and_codes_stay_good(
    client: TestClient, services: Services, made: Season
) -> None:
    kept = season.issue(services, made)
    moved = season.issue(services, made, SECOND)
    people.sign_in_holder(client, services, made.organizer_id, SECOND)
    survivor = merge(services, made.organizer_id, kept.row.holder_id, moved.row.holder_id)

    me = client.get("/api/v1/me").json()  # the cookie of the merged account
    assert me["id"] == str(survivor.id)
    assert {row["value"] for row in me["emails"]} == {people.GUEST, SECOND}
    with Session(services.database.reader) as session:
        rows = session.exec(select(Pass).order_by(col(Pass.serial))).all()
    assert {row.holder_id for row in rows} == {survivor.id}
    assert {row.payer_id for row in rows} == {survivor.id}
    assert [row.epoch for row in rows] == [kept.row.epoch, moved.row.epoch]


def test_the_feed_is_outdated_and_the_history_says_what_happened(
    services: Services, made: Season
) -> None:
    kept = season.issue(services, made)
    moved = season.issue(services, made, SECOND)
    with services.database.reading() as session:
        before = holders.get(
            session, organizer_id=made.organizer_id, holder_id=kept.row.holder_id
        ).feed_version
    survivor = merge(services, made.organizer_id, kept.row.holder_id, moved.row.holder_id)
    assert survivor.feed_version > before
    with Session(services.database.reader) as session:
        lines = session.exec(select(PassEvent).where(PassEvent.kind == "accounts-joined")).all()
    assert [line.pass_row_id for line in lines] == [moved.row.id]
    assert "stayed with the same person" in lines[0].sentence


def test_offers_between_the_two_end_and_others_stay(services: Services, made: Season) -> None:
    kept = season.issue(services, made)
    moved = season.issue(services, made, SECOND)
    between = offer(services, made, moved.row, people.GUEST)
    outward = offer(services, made, kept.row, "third@example.org")
    merge(services, made.organizer_id, kept.row.holder_id, moved.row.holder_id)
    with Session(services.database.reader) as session:
        states = {row.id: row.state for row in session.exec(select(TransferOffer))}
    assert states == {between.id: "withdrawn", outward.id: "offered"}


def test_an_account_that_was_joined_leads_to_the_one_that_lives_on(
    services: Services, made: Season
) -> None:
    ids = [people.holder(services, made.organizer_id, f"{name}@example.org").id for name in "abc"]
    merge(services, made.organizer_id, ids[1], ids[0])
    merge(services, made.organizer_id, ids[2], ids[1])
    with services.database.reading() as session:
        found = [
            holders.get(session, organizer_id=made.organizer_id, holder_id=each).id for each in ids
        ]
    assert found == [ids[2]] * 3
    with pytest.raises(HolderMerged):
        merge(services, made.organizer_id, ids[0], ids[2])


def test_two_merges_the_opposite_way_at_once_lose_nobody(services: Services, made: Season) -> None:
    one = season.issue(services, made).row.holder_id
    two = season.issue(services, made, SECOND).row.holder_id
    start = Barrier(2)

    def attempt(pair: tuple[UUID, UUID]) -> bool:
        start.wait()
        try:
            merge(services, made.organizer_id, *pair)
        except DomainError:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(attempt, [(one, two), (two, one)])) == [False, True]
    with Session(services.database.reader) as session:
        alive = select(Holder.id).where(col(Holder.merged_into).is_(None))
        (survivor,) = session.exec(alive).all()
        assert set(session.exec(select(Pass.holder_id))) == {survivor}
        assert set(session.exec(select(HolderEmail.holder_id))) == {survivor}


@pytest.mark.parametrize("round_", range(4))
def test_a_pass_accepted_during_a_merge_never_lands_in_the_dead_account(
    services: Services, made: Season, round_: int
) -> None:
    given = season.issue(services, made, "giver@example.org")
    taker = people.holder(services, made.organizer_id, SECOND).id
    survivor = people.holder(services, made.organizer_id).id
    held_out = offer(services, made, given.row, SECOND)
    start = Barrier(2)

    def accept() -> bool:
        start.wait()
        try:
            with services.database.transaction() as session:
                transfers.accept(
                    session,
                    organizer_id=made.organizer_id,
                    holder_id=taker,
                    offer_id=held_out.id,
                    now=services.clock(),
                )
        except DomainError:
            return False
        return True

    def join() -> bool:
        start.wait()
        merge(services, made.organizer_id, survivor, taker)
        return True

    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(accept), pool.submit(join)]
        accepted, _ = (job.result() for job in jobs)
    with Session(services.database.reader) as session:
        owner = session.exec(select(Pass.holder_id)).one()
    assert owner == (survivor if accepted else given.row.holder_id)


def test_another_organizers_holder_cannot_be_joined(services: Services, made: Season) -> None:
    other, _ = people.organizer(services, "other")
    mine = people.holder(services, made.organizer_id).id
    theirs = people.holder(services, other.id).id
    with pytest.raises(HolderMerged):
        merge(services, made.organizer_id, mine, theirs)


def test_every_table_that_names_a_holder_follows_the_person() -> None:
    moved = {(model.__tablename__, column.key) for model, column in merging.POINTERS}
    left_behind = {("feed_copy", "holder_id")}  # rendered again for the survivor
    named = {
        (table.name, constraint.column_keys[-1])
        for table in SQLModel.metadata.sorted_tables
        for constraint in table.foreign_key_constraints
        if constraint.referred_table.name == "holder"
    }
    by_hand = {("sale_order", "holder_id"), ("raffle_entry", "holder_id")}  # merging_sales
    assert named - left_behind - by_hand <= moved
