"""An organizer's contract on a chain: bound once it was seen there, never taken on trust."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from passes_service.catalog.errors import ContractBound, ContractForeign, ContractMissing
from passes_service.chain import clones
from passes_service.chain.clones import Clone
from passes_service.chain.node import Node
from passes_service.core import ethereum
from passes_service.db.models import ChainContract, ChainSeries


def seen(node: Node, *, organizer_id: UUID, address: str) -> tuple[Clone, int]:
    """Ask the chain about an address: return the organizer's clone and its first block.

    The wallet that made the contract leads to it as well. Call it outside of any transaction.
    Where the node does not search so far back, the first block is the network's.

    Raises:
        AddressMalformed: It is not an address.
        ContractForeign: There is no clone of the network's contract, or another organizer's.
        NodeUnavailable, NodeRefused, ChainMismatch: The node did not answer.
    """
    plain = ethereum.normalize_address(address)
    clone = clones.inspect(node, plain)
    if clone is None and (made := clones.made_by(node, plain, organizer_id)) is not None:
        clone = clones.inspect(node, made)
    if clone is None:
        raise ContractForeign(
            f"{plain} is no contract of the factory on {node.network.name}, and has made none.",
            field="address",
        )
    if clone.organizer_id != organizer_id:
        raise ContractForeign(
            "This contract was made for another organizer; its id is in its code.", field="address"
        )
    born = clones.born_in(node, clone.address, organizer_id)
    return clone, node.network.first_block if born is None else born


def bind(
    session: Session, *, chain_id: int, clone: Clone, first_block: int, now: datetime
) -> ChainContract:
    """Store the contract that `seen` returned; binding the same one again notes its owner.

    Raises:
        ContractBound: Another one is bound on this chain, and Series are on it.
    """
    row = find(session, organizer_id=clone.organizer_id, chain_id=chain_id)
    if row is None:
        row = ChainContract(
            organizer_id=clone.organizer_id,
            chain_id=chain_id,
            address=clone.address,
            owner=clone.owner,
            first_block=first_block,
            created_at=now,
        )
    elif row.address != clone.address:
        if _carries(session, row):
            raise ContractBound(f"{row.address} is bound and has Series.", address=row.address)
        row.address, row.first_block, row.read_to = clone.address, first_block, 0
    row.owner = clone.owner
    session.add(row)
    session.flush()
    return row


def _carries(session: Session, row: ChainContract) -> bool:
    one = select(ChainSeries.series_id).where(
        ChainSeries.organizer_id == row.organizer_id, ChainSeries.contract_id == row.id
    )
    return session.exec(one.limit(1)).first() is not None


def find(session: Session, *, organizer_id: UUID, chain_id: int) -> ChainContract | None:
    """Return the organizer's contract on a chain, None if none is bound."""
    return session.exec(
        select(ChainContract).where(
            ChainContract.organizer_id == organizer_id, ChainContract.chain_id == chain_id
        )
    ).first()


def get(session: Session, *, organizer_id: UUID, chain_id: int) -> ChainContract:
    """Return the organizer's contract on a chain.

    Raises:
        ContractMissing: None is bound.
    """
    row = find(session, organizer_id=organizer_id, chain_id=chain_id)
    if row is None:
        raise ContractMissing(f"You have no contract on chain {chain_id}.", chain_id=chain_id)
    return row


def every(session: Session, *, organizer_id: UUID) -> Sequence[ChainContract]:
    """Return the organizer's contracts, by chain."""
    return session.exec(
        select(ChainContract)
        .where(ChainContract.organizer_id == organizer_id)
        .order_by(col(ChainContract.chain_id))
    ).all()
