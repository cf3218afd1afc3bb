"""From what an organizer wants to do on chain to a transaction for their own wallet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import Field, StringConstraints

from passes_service.accounts import organizers
from passes_service.accounts.errors import FieldRefused
from passes_service.bootstrap import Services
from passes_service.catalog import contracts, escrow, onchain
from passes_service.catalog.errors import ContractMissing
from passes_service.catalog.escrow import Placed
from passes_service.catalog.onchain import Clone, Prepared
from passes_service.chain.errors import ChainMismatch, NodeUnavailable
from passes_service.chain.networks import Network
from passes_service.core import ethereum
from passes_service.metadata import refresh
from passes_service.web import chain_calls, shapes

T = TypeVar("T")
Address = Annotated[str, StringConstraints(min_length=42, max_length=42)]
Act = Literal[
    "create",
    "create-series",
    "set-signer",
    "set-currency",
    "close-sale",
    "cancel-portion",
    "cancel-series",
    "move-portion",
    "withdraw",
    "pause",
    "unpause",
    "refresh-metadata",
]


class Wanted(shapes.Body):
    """What shall be prepared; each act takes the members that it needs."""

    act: Act
    series_id: UUID | None = None
    owner: Address | None = Field(default=None, description="create: who shall own the contract")
    cap: int = Field(default=500, ge=0, lt=2**32, description="set-signer: passes per window")
    window_hours: int = Field(default=24, ge=1, le=24 * 31)
    currency: str | None = Field(default=None, max_length=4)
    closes_at: shapes.Instant | None = None
    portion: int | None = Field(default=None, ge=0, lt=16)
    doors_at: shapes.Instant | None = None
    ends_at: shapes.Instant | None = None
    amount_minor: str | None = Field(default=None, pattern="^[0-9]{1,30}$")
    to: Address | None = None
    pause_hours: int = Field(default=24, ge=1, le=24 * 7)


def prepare(
    services: Services, network: Network, organizer_id: UUID, wanted: Wanted
) -> tuple[Prepared, str]:
    """Return the transaction that is wanted and the account that has to send it.

    Raises:
        FieldRefused, AddressMalformed: A member is missing or does not fit; `field` names it.
        ContractMissing, NotFound: There is no contract, or no such Series on this chain.
        CurrencyNotServed: The chain has no such currency here.
        KeyNotMade, SignerBroken, SignerUnavailable: There is no signer to name.
    """
    if wanted.act == "create":
        return _create(services, network, organizer_id, wanted)
    with services.database.reading() as session:
        contract = contracts.get(session, organizer_id=organizer_id, chain_id=network.chain_id)
        found = (
            escrow.placed(session, organizer_id=organizer_id, series_id=wanted.series_id)
            if wanted.series_id is not None
            else None
        )
    if found is not None and found.contract.id != contract.id:
        raise ContractMissing("This Series is on another chain.", field="series_id")
    clone = Clone(contract.chain_id, contract.address)
    made = _of_contract(services, network, organizer_id, clone, wanted)
    if made is None:
        made = _of_series(_given(found, "series_id"), wanted, contract.owner)
    return made, contract.owner


def refused(services: Services, found: Prepared, sender: str) -> str | None:
    """Return in words why the contract would refuse now; None if it would not, or nobody knows."""
    try:
        said = onchain.dry_run(services.node(found.chain_id), found, sender)
    except (NodeUnavailable, ChainMismatch) as error:
        return f"{error.detail} Whether the contract would take it could not be tried."
    return None if said is None else f"{said.sentence} {said.next}"


def _create(
    services: Services, network: Network, organizer_id: UUID, wanted: Wanted
) -> tuple[Prepared, str]:
    owner = ethereum.normalize_address(_given(wanted.owner, "owner"))
    with services.database.reading() as session:
        organizer = organizers.get(session, organizer_id=organizer_id)
    made = onchain.create(
        network, organizer_id=organizer_id, owner=owner, name=organizer.name, slug=organizer.slug
    )
    return made, owner


def _of_contract(
    services: Services, network: Network, organizer_id: UUID, clone: Clone, wanted: Wanted
) -> Prepared | None:
    match wanted.act:
        case "set-signer":
            signer = chain_calls.signer_addresses(services)[0]
            window = timedelta(hours=wanted.window_hours)
            return onchain.set_signer(clone, signer=signer, cap=wanted.cap, window=window)
        case "set-currency":
            name = _given(wanted.currency, "currency")
            token = escrow.currency_on(network, name)
            return onchain.set_currency(clone, currency=name, token=token)
        case "pause":
            return onchain.pause(clone, length=timedelta(hours=wanted.pause_hours))
        case "unpause":
            return onchain.unpause(clone)
        case "refresh-metadata":
            return onchain.refresh_metadata(clone, ids=_stale(services, organizer_id, clone))
        case _:
            return None


def _stale(services: Services, organizer_id: UUID, clone: Clone) -> Sequence[int]:
    with services.database.reading() as session:
        found = refresh.stale(session, organizer_id=organizer_id, chain_id=clone.chain_id)
    if not found:
        raise FieldRefused("Wallets have been told of everything that changed.", field="act")
    return found


def _of_series(found: Placed, wanted: Wanted, owner: str) -> Prepared:
    match wanted.act:
        case "create-series":
            return onchain.create_series(found)
        case "close-sale":
            return onchain.close_sale(found, closes_at=_given(wanted.closes_at, "closes_at"))
        case "cancel-series":
            return onchain.cancel_series(found)
        case "cancel-portion":
            return onchain.cancel_portion(found, index=_portion(found, wanted))
        case "move-portion":
            return onchain.move_portion(
                found,
                index=_portion(found, wanted),
                doors_at=_given(wanted.doors_at, "doors_at"),
                ends_at=_given(wanted.ends_at, "ends_at"),
            )
        case _:
            return onchain.withdraw(
                found,
                amount=int(_given(wanted.amount_minor, "amount_minor")),
                to=ethereum.normalize_address(wanted.to or owner),
            )


def _portion(found: Placed, wanted: Wanted) -> int:
    index = _given(wanted.portion, "portion")
    if index >= len(found.document.portions):
        raise FieldRefused("This Series has no such part.", field="portion")
    return index


def _given(value: T | None, field: str) -> T:
    if value is None:
        raise FieldRefused(f"This needs the member {field}.", field=field)
    return value
