"""Book against chain: nothing differs after an evening, and each planted difference has a name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import Session, select

from passes_service.db.models import ChainContract, ChainSeries, Pass, Series
from passes_service.worker import audit
from tests.indexer.ground import CHAIN_ID, Ground

pytestmark = pytest.mark.node


def differences(here: Ground) -> list[str]:
    found = audit.compare(here.services, CHAIN_ID)
    assert found is not None
    assert found.unread == ()
    return [str(one) for one in found.differences]


@pytest.fixture
def evening(here: Ground) -> Ground:
    """Bought, handed on, given up, claimed, surrendered."""
    ann, bob = here.chain.accounts[2:4]
    here.buy(ann, 3)
    here.transfer(ann, bob, here.token(1))
    here.refund(ann, here.token(2))
    held, claim = here.lock(recipient=ann)
    here.claim(claim, held.row.pass_id)
    other, claim = here.lock("else@example.org", recipient=bob)
    here.claim(claim, other.row.pass_id)
    here.chain.act(bob, here.contract, "surrender", other.row.pass_id)
    here.lock("third@example.org", recipient=bob)
    here.read()
    return here


def test_an_evening_leaves_no_difference(evening: Ground) -> None:
    assert differences(evening) == []


def test_what_the_chain_did_since_is_no_difference(evening: Ground) -> None:
    evening.buy(evening.chain.accounts[2])

    assert differences(evening) == []


@pytest.mark.differs
def test_a_contract_that_joined_late_is_not_called_different(evening: Ground) -> None:
    change(evening, evening.token(1), transfers=7)
    with evening.services.database.transaction() as session:
        contract = session.exec(select(ChainContract)).one()
        contract.read_to -= 1
        session.add(contract)

    found = audit.compare(evening.services, CHAIN_ID)

    assert found is not None
    assert found.differences == ()
    assert found.unread == (evening.contract,)


def change(here: Ground, token: int, **values: object) -> None:
    with here.services.database.transaction() as session:
        row = session.get_one(Pass, (here.organizer_id, here.row(token).id))
        for name, value in values.items():
            setattr(row, name, value)
        session.add(row)


@pytest.mark.differs
@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (lambda here: change(here, here.token(1), wallet="0x" + "1" * 40), "holder"),
        (lambda here: change(here, here.token(1), transfers=7), "transfers"),
        (lambda here: change(here, here.token(1), state="refunded"), "a live token"),
        (lambda here: change(here, here.token(1), paid_back_minor=5), "paid back"),
        (lambda here: change(here, here.token(2), state="on_chain"), "burned"),
        (lambda here: change(here, here.token(3), state="active"), "a token"),
        (lambda here: count(here, minted=4), "minted"),
        (lambda here: count(here, burned=0), "burned"),
        (lambda here: count(here, escrow_minor=1), "escrow"),
        (lambda here: count(here, state="prepared"), "not there as agreed"),
        (lambda here: issued(here), "issued"),
    ],
)
def test_a_planted_difference_is_named(
    evening: Ground, plant: Callable[[Ground], None], said: str
) -> None:
    plant(evening)

    found = differences(evening)

    assert len(found) == 1, found
    assert said in found[0]
    assert "the book says" in found[0]


def count(here: Ground, **values: object) -> None:
    with here.services.database.transaction() as session:
        _set(session, ChainSeries, here, values)


def issued(here: Ground) -> None:
    with here.services.database.transaction() as session:
        row = session.get_one(Series, (here.organizer_id, here.sold.series.id))
        row.issued += 1
        session.add(row)


def _set(
    session: Session, model: type[ChainSeries], here: Ground, values: dict[str, object]
) -> None:
    row = session.get_one(model, (here.organizer_id, here.sold.series.id))
    for name, value in values.items():
        setattr(row, name, value)
    session.add(row)


def test_a_chain_that_was_never_read_is_not_called_equal(here: Ground) -> None:
    assert audit.compare(here.services, CHAIN_ID) is None
