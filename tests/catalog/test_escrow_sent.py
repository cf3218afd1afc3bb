"""What the organizer's wallet sends does what it says, and the page knows what is still to send."""

from __future__ import annotations

from datetime import timedelta

import pytest

from passes_service.bootstrap import Services
from passes_service.catalog import chain_due, contracts, onchain
from passes_service.catalog.errors import RefusedOnChain
from tests.catalog.acts import DAY, cancel, later
from tests.chain.local import LocalChain
from tests.chain_orders import ground
from tests.chain_orders.ground import Sale
from tests.season import season

pytestmark = pytest.mark.node


@pytest.fixture
def services(services: Services, chain: LocalChain) -> Services:
    """The wiring, with the chain connected."""
    return ground.on(chain, services)


class TestThePreparedTransactions:
    def test_do_what_they_say(self, services: Services, chain: LocalChain) -> None:
        sale = ground.sale(services, chain)
        clone, found = onchain.clone_of(sale.found), sale.found
        first = found.document.portions[0]
        signer = chain.accounts[9]
        for each in (
            onchain.set_signer(clone, signer=signer, cap=7, window=timedelta(hours=2)),
            onchain.move_portion(
                found, index=0, doors_at=first.doors_at + DAY, ends_at=first.ends_at + DAY
            ),
            onchain.cancel_portion(found, index=1),
            onchain.pause(clone, length=timedelta(hours=3)),
            onchain.unpause(clone),
        ):
            assert onchain.dry_run(chain.node, each, sale.owner) is None, each.act
            chain.send(sale.owner, each.to, each.data)

        assert chain.view(sale.contract, "signerOf", signer)[:2] == (7, 7200)
        moved, cancelled, _ = chain.view(sale.contract, "portionsOf", sale.series.series_no)
        assert moved["doorsAt"] == int((first.doors_at + DAY).timestamp())
        assert moved["settlesAt"] == int((first.settles_at + DAY).timestamp())
        assert cancelled["cancelled"]

    def test_of_somebody_else_are_refused_in_words(
        self, services: Services, chain: LocalChain
    ) -> None:
        sale = ground.sale(services, chain)
        cancels = onchain.cancel_series(sale.found)

        refused = onchain.dry_run(chain.node, cancels, sale.buyer)

        assert refused is not None
        assert (refused.name, refused.next) == ("NotOwner", "Use the owner's wallet.")

    def test_pay_out_only_what_nobody_can_be_owed(
        self, services: Services, chain: LocalChain
    ) -> None:
        sale = ground.sale(services, chain)
        sale.pay(sale.order())
        take = onchain.withdraw(sale.found, amount=1, to=sale.owner)

        said = "ETH 0.000000000000000001 were asked for and ETH 0 are free"
        with pytest.raises(RefusedOnChain, match=said):
            onchain.require(chain.node, take, sale.owner)

    def test_make_a_contract_with_a_name_that_fits(
        self, services: Services, chain: LocalChain
    ) -> None:
        made, owner = season(services), chain.accounts[1]
        create = onchain.create(
            chain.network,
            organizer_id=made.organizer_id,
            owner=owner,
            name="Ä" * 40,
            slug="a-very-long-short-name",
        )

        chain.send(owner, create.to, create.data)

        clone, _ = contracts.seen(chain.node, organizer_id=made.organizer_id, address=owner)
        address = clone.address
        assert chain.view(address, "name") == "Ä" * 16
        assert chain.view(address, "symbol") == "A-VERY-LONG-SHOR"


class TestWhatIsDueOnChain:
    def due(self, sale: Sale) -> list[tuple[int, str]]:
        with sale.services.database.reading() as session:
            return [(one.index, one.kind) for one in chain_due.due(session, sale.found)]

    def test_is_nothing_while_the_calendar_stays(
        self, services: Services, chain: LocalChain
    ) -> None:
        assert self.due(ground.sale(services, chain)) == []

    def test_is_a_cancellation_until_the_contract_knows(
        self, services: Services, chain: LocalChain
    ) -> None:
        sale = ground.sale(services, chain)
        cancel(services, sale.season.sessions[1])
        assert self.due(sale) == [(1, "cancel")]

        tell = onchain.cancel_portion(sale.found, index=1)
        chain.send(sale.owner, tell.to, tell.data)
        sale.read()
        assert self.due(sale) == []

    def test_is_a_move_until_the_contract_knows(
        self, services: Services, chain: LocalChain
    ) -> None:
        sale = ground.sale(services, chain)
        later(services, sale.season.sessions[0], DAY)
        with services.database.reading() as session:
            (one,) = chain_due.due(session, sale.found)
        assert (one.index, one.kind) == (0, "move")

        tell = onchain.move_portion(sale.found, index=0, doors_at=one.doors_at, ends_at=one.ends_at)
        chain.send(sale.owner, tell.to, tell.data)
        sale.read()
        assert self.due(sale) == []

    def test_names_a_move_to_earlier_which_the_contract_never_takes(
        self, services: Services, chain: LocalChain
    ) -> None:
        sale = ground.sale(services, chain)
        later(services, sale.season.sessions[0], -DAY)

        assert self.due(sale) == [(0, "earlier")]
