"""What Python says to the contract is what the contract understands."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from passes_service.bootstrap import Services
from passes_service.catalog import terms
from passes_service.chain import calls, logs
from passes_service.chain.errors import ChainMismatch, NodeRefused, NodeUnavailable
from passes_service.chain.networks import ETHER, Network
from passes_service.chain.node import Node
from passes_service.chain.series_terms import series_terms
from passes_service.core import ethereum
from passes_service.core.contract_data import ContractDomain, MintClaim, SaleTicket
from passes_service.core.pass_id import compose
from tests.chain.local import LocalChain
from tests.season import season

pytestmark = pytest.mark.node
SERIES = 0x1122334455667788


class TestACloneOnChain:
    def test_hashes_claims_and_tickets_as_python_does(self, chain: LocalChain) -> None:
        owner = chain.accounts[1]
        clone = chain.contract_for(owner, uuid4())
        domain = ContractDomain(31337, clone)
        claim = MintClaim(
            pass_id=compose(SERIES, 7),
            to=chain.accounts[2],
            epoch=3,
            transfers=2,
            terms_hash=b"\xab" * 32,
            not_before=100,
            deadline=1_000,
        )
        ticket = SaleTicket(
            series=SERIES, buyer=chain.accounts[2], quantity=2, nonce=2**255, deadline=9
        )

        struct = (claim.pass_id, claim.to, 3, 2, claim.terms_hash, 100, 1_000)
        hashed = chain.view(clone, "hashMintClaim", struct)
        assert hashed == "0x" + claim.digest(domain).hex()
        struct2 = (SERIES, ticket.buyer, 2, 2**255, 9)
        hashed = chain.view(clone, "hashSaleTicket", struct2)
        assert hashed == "0x" + ticket.digest(domain).hex()

    def test_keeps_published_terms_as_they_were_written(
        self, chain: LocalChain, services: Services
    ) -> None:
        made = season(services)
        with services.database.reading() as session:
            document = terms.get(
                session, organizer_id=made.organizer_id, terms_hash=made.series.terms_hash
            )
        owner = chain.accounts[1]
        clone = chain.contract_for(owner, made.organizer_id)
        struct = series_terms(document, price_minor=0, currency_address=ETHER, ticketed=False)

        chain.act(owner, clone, "createSeries", made.series.series_no, struct)

        kept = chain.view(clone, "termsOf", made.series.series_no)
        assert kept["termsHash"] == made.series.terms_hash
        assert kept["cap"] == document.cap
        assert [part["weightBp"] for part in kept["portions"]] == [
            part.weight_bp for part in document.portions
        ]
        first = chain.network.first_block
        (created, *_) = logs.fetch(chain.node, [clone], first, chain.height())
        assert created.name == "SeriesCreated"
        assert created.args["series"] == made.series.series_no
        assert created.args["termsHash"] == made.series.terms_hash

    def test_refuses_in_its_own_words(self, chain: LocalChain) -> None:
        clone = chain.contract_for(chain.accounts[1], uuid4())

        with pytest.raises(NodeRefused) as refused:
            chain.view(clone, "termsOf", SERIES)

        assert calls.refusal(refused.value) == ("UnknownSeries", {"series": SERIES})


class TestANode:
    def test_of_another_chain_is_not_believed(self, chain: LocalChain) -> None:
        wrong = Network(chain_id=1, name="Main", rpc=(chain.url,), factory=chain.factory)

        with pytest.raises(ChainMismatch):
            Node(wrong).call("eth_blockNumber")

    def test_that_is_down_is_passed_over_for_the_next(self, chain: LocalChain) -> None:
        dead = "http://127.0.0.1:9"
        network = chain.network.model_copy(update={"rpc": (dead, chain.url)})

        assert int(Node(network).call("eth_blockNumber"), 16) == chain.height()

    def test_alone_and_down_says_so(self, chain: LocalChain) -> None:
        network = chain.network.model_copy(update={"rpc": ("http://127.0.0.1:9",)})

        with pytest.raises(NodeUnavailable):
            Node(network).call("eth_blockNumber")

    def test_can_be_taken_back_to_what_was(self, chain: LocalChain) -> None:
        before = chain.height()
        snapshot = chain.snapshot()
        chain.mine(5)
        chain.revert(snapshot)

        assert chain.height() == before
        assert chain.now() + timedelta(hours=2) > chain.now()
        assert ethereum.normalize_address(chain.factory) == chain.factory
