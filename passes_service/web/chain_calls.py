"""What routes and pages ask a chain: outside of any transaction, for two seconds at most."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from passes_service.bootstrap import Services
from passes_service.catalog import contracts, escrow, onchain, terms
from passes_service.catalog.escrow import Placed
from passes_service.catalog.live import LiveContract, look
from passes_service.catalog.onchain import Clone
from passes_service.chain.errors import ChainUnknown
from passes_service.chain.networks import Network
from passes_service.chain.series_terms import series_terms
from passes_service.core.errors import DomainError
from passes_service.core.money import Money
from passes_service.db.models import ChainContract
from passes_service.keyring import KeyUse
from passes_service.keyring.signers import Signer


def network_of(services: Services, chain_id: int) -> Network:
    """Return a chain that is served here.

    Raises:
        ChainUnknown: It is not.
    """
    found = services.networks.get(chain_id)
    if found is None:
        raise ChainUnknown(f"Chain {chain_id} is not served here.", field="chain_id")
    return found


def claim_signer(services: Services) -> Signer:
    """Return the key that signs SaleTickets now; signing may be a network call.

    Raises:
        KeyNotMade, SignerBroken, SignerUnavailable: There is none that could.
    """
    return services.signers(KeyUse.CLAIM)[0]


def signer_addresses(services: Services) -> list[str]:
    """Return the accounts that sign claims and tickets, the present one first.

    Raises:
        KeyNotMade, SignerBroken, SignerUnavailable: There is none that could.
    """
    return [signer.address for signer in services.signers(KeyUse.CLAIM)]


def check_series(
    services: Services,
    *,
    organizer_id: UUID,
    terms_hash: str,
    price: Money,
    chain_id: int,
    ticketed: bool,
) -> Network:
    """Let the contract say whether it would take a Series, before one is opened for it.

    Raises:
        ChainUnknown, ContractMissing, CurrencyNotServed, PriceTooLarge, NotFound: As `escrow`.
        RefusedOnChain: The contract would refuse, in its words.
        NodeUnavailable, ChainMismatch: The node did not answer.
    """
    network = network_of(services, chain_id)
    token = escrow.currency_on(network, price.currency)
    with services.database.reading() as session:
        contract = contracts.get(session, organizer_id=organizer_id, chain_id=chain_id)
        document = terms.get(session, organizer_id=organizer_id, terms_hash=terms_hash)
    escrow.check_price(price, document.cap)
    if document.funding != "escrow":
        return network  # the book refuses it, with its own words
    struct = series_terms(
        document, price_minor=price.minor, currency_address=token, ticketed=ticketed
    )
    tried = onchain.probe(Clone(chain_id, contract.address), struct)
    onchain.require(services.node(chain_id), tried, contract.owner)
    return network


def live(
    services: Services, contract: ChainContract, series: Sequence[Placed]
) -> LiveContract | DomainError:
    """Return what a contract says right now, or why that cannot be told."""
    try:
        signers = signer_addresses(services)
    except DomainError:  # no key yet, or one that is away: the rest can be shown
        signers = []
    try:
        node = services.node(contract.chain_id)
        return look(node, contract.address, series=series, signers=signers)
    except DomainError as error:
        return error
