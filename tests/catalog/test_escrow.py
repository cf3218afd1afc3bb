"""A Series with its money on chain: bound contracts, places, what the contract would refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from passes_service.accounts.errors import NotFound
from passes_service.bootstrap import Services
from passes_service.catalog import contracts, escrow, onchain, series
from passes_service.catalog.errors import (
    ContractBound,
    ContractForeign,
    ContractMissing,
    CurrencyNotServed,
    EscrowNotHere,
    EscrowOnly,
    NotClaimable,
    OnChainAlready,
    PriceTooLarge,
    RefusedOnChain,
    SaleOnChain,
    TermsSold,
)
from passes_service.chain import calls
from passes_service.chain.networks import ETHER
from passes_service.core.money import Money
from passes_service.db.models import ChainContract
from passes_service.web import chain_calls
from tests.chain.local import LocalChain
from tests.chain_orders import ground
from tests.chain_orders.ground import ETH
from tests.season import Season, season

pytestmark = pytest.mark.node


@pytest.fixture
def services(services: Services, chain: LocalChain) -> Services:
    """The wiring, with the chain connected."""
    return ground.on(chain, services)


@pytest.fixture
def made(services: Services) -> Season:
    return season(services)


@pytest.fixture
def owner(chain: LocalChain) -> str:
    return chain.accounts[1]


def bind(services: Services, chain: LocalChain, made: Season, address: str) -> ChainContract:
    clone, first = contracts.seen(chain.node, organizer_id=made.organizer_id, address=address)
    with services.database.transaction() as session:
        return contracts.bind(
            session, chain_id=31337, clone=clone, first_block=first, now=services.clock()
        )


class TestAContract:
    def test_is_bound_with_its_owner_and_first_block(
        self, services: Services, chain: LocalChain, made: Season, owner: str
    ) -> None:
        chain.mine(3)
        address = chain.contract_for(owner, made.organizer_id)

        row = bind(services, chain, made, address)

        assert (row.address, row.owner, row.first_block) == (address, owner, chain.height())

    def test_is_found_by_the_wallet_that_made_it(
        self, services: Services, chain: LocalChain, made: Season, owner: str
    ) -> None:
        address = chain.contract_for(owner, made.organizer_id)

        assert bind(services, chain, made, owner).address == address

    def test_notes_a_new_owner_when_it_is_bound_again(
        self, services: Services, chain: LocalChain, made: Season, owner: str
    ) -> None:
        address = chain.contract_for(owner, made.organizer_id)
        bind(services, chain, made, address)
        heir = chain.accounts[5]
        chain.act(owner, address, "transferOwnership", heir)
        chain.act(heir, address, "acceptOwnership")

        assert bind(services, chain, made, address).owner == heir

    def test_of_another_organizer_is_refused(
        self, services: Services, chain: LocalChain, made: Season, owner: str
    ) -> None:
        address = chain.contract_for(owner, uuid4())

        with pytest.raises(ContractForeign, match="another organizer"):
            bind(services, chain, made, address)

    @pytest.mark.parametrize("what", ["wallet", "factory", "implementation", "token"])
    def test_of_another_kind_is_refused(
        self, services: Services, chain: LocalChain, made: Season, what: str
    ) -> None:
        addresses: dict[str, Callable[[], str]] = {
            "wallet": lambda: chain.accounts[7],
            "factory": lambda: chain.factory,
            "implementation": lambda: str(
                calls.view(chain.node, chain.factory, "implementation", contract="EventPassFactory")
            ),
            "token": lambda: ground.coin(chain),
        }

        with pytest.raises(ContractForeign):
            bind(services, chain, made, addresses[what]())

    def test_stays_once_it_carries_a_series(
        self, services: Services, chain: LocalChain, made: Season, owner: str
    ) -> None:
        ground.prepared(services, chain, made, owner)
        other = chain.contract_for(chain.accounts[6], made.organizer_id)

        with pytest.raises(ContractBound):
            bind(services, chain, made, other)


def opened(services: Services, made: Season, *, price: Money = ETH, **draft: Any) -> escrow.Placed:
    now = services.clock()
    with services.database.transaction() as session:
        return escrow.open_series(
            session,
            organizer_id=made.organizer_id,
            terms_hash=ground.published(session, made, now=now, **draft),
            price=price,
            network=ground.network_of(services),
            ticketed=False,
            now=now,
        )


class TestAnEscrowSeries:
    def test_waits_for_the_owners_wallet(
        self, services: Services, chain: LocalChain, made: Season, owner: str
    ) -> None:
        found = ground.prepared(services, chain, made, owner)

        assert (found.series.funding, found.place.state) == ("escrow", "prepared")
        create = onchain.create_series(found)
        chain.send(owner, create.to, create.data)
        kept = chain.view(found.contract.address, "termsOf", found.series.series_no)
        assert kept["termsHash"] == found.series.terms_hash
        assert (kept["price"], kept["currency"]) == (ETH.minor, ETHER)

    def test_needs_a_contract(self, services: Services, made: Season) -> None:
        with pytest.raises(ContractMissing):
            opened(services, made)

    def test_is_priced_in_what_the_chain_takes(self, services: Services, made: Season) -> None:
        with pytest.raises(CurrencyNotServed) as refused:
            opened(services, made, price=Money(100, "EUR"))

        assert refused.value.members["served"] == ["ETH"]

    def test_fits_the_books_of_the_contract(
        self, services: Services, chain: LocalChain, made: Season, owner: str
    ) -> None:
        bind(services, chain, made, chain.contract_for(owner, made.organizer_id))

        with pytest.raises(PriceTooLarge):
            opened(services, made, price=Money(2**94, "ETH"))

    def test_sells_alone_under_its_terms(
        self, services: Services, chain: LocalChain, made: Season, owner: str
    ) -> None:
        ground.prepared(services, chain, made, owner)

        with pytest.raises(TermsSold):
            opened(services, made)

    def test_is_opened_for_no_other_funding(
        self, services: Services, chain: LocalChain, made: Season, owner: str
    ) -> None:
        bind(services, chain, made, chain.contract_for(owner, made.organizer_id))

        with pytest.raises(EscrowOnly):
            opened(services, made, funding="external", title="Elsewhere")
        with services.database.transaction() as session:
            name = ground.published(session, made, now=services.clock())
        with services.database.transaction() as session, pytest.raises(EscrowNotHere):
            series.open_series(
                session,
                organizer_id=made.organizer_id,
                terms_hash=name,
                price=ETH,
                now=services.clock(),
            )

    def test_is_refused_first_where_the_contract_would_refuse(
        self, services: Services, chain: LocalChain, made: Season, owner: str
    ) -> None:
        token = ground.coin(chain)
        services = ground.on(chain, services, USDC=token)
        bind(services, chain, made, chain.contract_for(owner, made.organizer_id))
        with services.database.transaction() as session:
            name = ground.published(session, made, now=services.clock())

        with pytest.raises(RefusedOnChain, match="does not accept the currency"):
            chain_calls.check_series(
                services,
                organizer_id=made.organizer_id,
                terms_hash=name,
                price=ground.USDC,
                chain_id=31337,
                ticketed=False,
            )

    def test_is_closed_by_the_owners_wallet_only(
        self, services: Services, chain: LocalChain
    ) -> None:
        sale = ground.sale(services, chain)

        with services.database.transaction() as session, pytest.raises(SaleOnChain):
            series.close(
                session,
                organizer_id=sale.organizer_id,
                series_id=sale.series.id,
                now=services.clock(),
            )


class TestASeriesOfTheBook:
    def place(self, services: Services, made: Season) -> escrow.Placed:
        with services.database.transaction() as session:
            return escrow.put_on_chain(
                session,
                organizer_id=made.organizer_id,
                series_id=made.series.id,
                network=ground.network_of(services),
                now=services.clock(),
            )

    def test_may_be_claimed_on_chain_without_a_price_there(
        self, services: Services, chain: LocalChain, made: Season, owner: str
    ) -> None:
        bind(services, chain, made, chain.contract_for(owner, made.organizer_id))

        create = onchain.create_series(self.place(services, made))
        chain.send(owner, create.to, create.data)

        kept = chain.view(create.to, "termsOf", made.series.series_no)
        assert (kept["escrow"], kept["price"]) == (False, 0)
        with pytest.raises(OnChainAlready):
            self.place(services, made)

    def test_with_a_fee_stays_in_the_book(
        self, services: Services, chain: LocalChain, owner: str
    ) -> None:
        fee = {"allowed": True, "fee_minor": 300, "fee_currency": "EUR"}
        made = season(services, transfer=fee)
        bind(services, chain, made, chain.contract_for(owner, made.organizer_id))

        with pytest.raises(NotClaimable):
            self.place(services, made)

    def test_of_nobody_is_not_there(self, services: Services, made: Season) -> None:
        with services.database.reading() as session, pytest.raises(NotFound):
            escrow.placed(session, organizer_id=made.organizer_id, series_id=made.series.id)
