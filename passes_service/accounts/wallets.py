"""Wallets: proof of control by a signed message (EIP-4361), each nonce good for one proof.

In this order: `read` and `check` the message; if the wallet's own key did not sign,
`admit_contract` in one transaction and then, outside of any, `check_contract`; at last `use_nonce`
in the transaction that acts on the proof. What is proved is an address, never a name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, update
from sqlmodel import Session, col, select

from passes_service.accounts import rates
from passes_service.chain import smart_accounts
from passes_service.chain.node import Node
from passes_service.core import ethereum, siwe
from passes_service.db.models import Organizer, SiweNonce

NONCE_LIFE = timedelta(minutes=10)
PER_CLIENT = rates.Rate("wallet-client", 60, timedelta(minutes=15))
PER_CHECKER = rates.Rate("wallet-check", 20, timedelta(minutes=15))
CHAIN_IDS: Final = frozenset({1, 10, 137, 8453, 42161, 11155111, 31337})
"""A key has the same address on all of them, and nothing is read from a chain to check it; so
these are taken whether or not we have a node there."""
_NONCE_BYTES = 16
_USED = "This nonce was used, has expired, or is not from here."


@dataclass(frozen=True, slots=True)
class Site:
    """Where a message must be for: our host, our origin, the names of the chains we read."""

    domain: str
    origin: str
    networks: Mapping[int, str]

    @property
    def chain_ids(self) -> frozenset[int]:
        """Return the chains that a message may name."""
        return CHAIN_IDS | self.networks.keys()

    @property
    def wallet_chains(self) -> list[int]:
        """Return them for a page: the first is named where a wallet is on none of them."""
        return [*sorted(self.networks), *sorted(CHAIN_IDS - self.networks.keys())]


@dataclass(frozen=True, slots=True)
class Proof:
    """A message and its signature; `by_key` if the wallet's own key made it, so that it is good.

    Any other signature proves nothing until `check_contract` has found it good.
    """

    message: siwe.SiweMessage
    digest: bytes
    signature: bytes = field(repr=False)
    by_key: bool


def issue_nonce(
    session: Session,
    *,
    organizer_id: UUID,
    holder_id: UUID | None,
    client: str,
    random: Callable[[int], bytes],
    now: datetime,
) -> SiweNonce:
    """Give out a nonce: to sign in, or with `holder_id` to link a wallet to that account.

    Raises:
        RateLimited: This client asked too often.
    """
    rates.take(session, organizer_id=organizer_id, rate=PER_CLIENT, subject=client, now=now)
    nonce = SiweNonce(
        organizer_id=organizer_id,
        nonce=random(_NONCE_BYTES).hex(),
        holder_id=holder_id,
        expires_at=now + NONCE_LIFE,
        created_at=now,
    )
    session.add(nonce)
    session.flush()
    return nonce


def message(
    nonce: SiweNonce, organizer: Organizer, *, address: str, chain_id: int, domain: str, origin: str
) -> str:
    """Return the text for the wallet to sign; it says which of the two the signature is for.

    Raises:
        AddressMalformed: It is not an address.
    """
    act = "Sign in to" if nonce.holder_id is None else "Add this wallet to your account at"
    return siwe.build(
        siwe.SiweMessage(
            domain=domain,
            address=ethereum.normalize_address(address),
            uri=f"{origin}/o/{organizer.slug}",
            chain_id=chain_id,
            nonce=nonce.nonce,
            issued_at=nonce.created_at.replace(microsecond=0),
            expiration_time=nonce.expires_at.replace(microsecond=0),
            statement=f"{act} {organizer.slug}. This costs nothing and moves nothing.",
        )
    )


def read(text: str, signature: str) -> Proof:
    """Return a message with its signature, as far as both can be read without asking anybody.

    Raises:
        SiweMalformed, SignatureMalformed: Not in a form that could prove anything.
    """
    message = siwe.parse(text)
    signed = smart_accounts.parse(signature)
    digest = ethereum.text_digest(text)
    by_key = smart_accounts.by_key(message.address, digest, signed)
    return Proof(message, digest, signed, by_key)


def check(proof: Proof, *, site: Site, now: datetime) -> None:
    """Refuse a message that is not for this site and this moment.

    Raises:
        SiweDomainRefused, SiweUriRefused, SiweChainRefused, SiweExpired, SiweNotYet: It is not.
    """
    siwe.check(
        proof.message,
        domain=site.domain,
        uri_origin=site.origin,
        chain_ids=site.chain_ids,
        now=now,
        max_age=NONCE_LIFE,
    )


def admit_contract(
    session: Session,
    proof: Proof,
    *,
    organizer_id: UUID,
    holder_id: UUID | None,
    site: Site,
    client: str,
    now: datetime,
) -> None:
    """Let a message that the wallet's own key did not sign go on to the check by a node.

    Only with a nonce of ours that is still good, only where we have a node, only so often: who
    sends rubbish makes no work for the node.

    Raises:
        SiweSignatureRefused: We have no node on the message's chain, so only keys count there.
        SiweNonceRefused: As `use_nonce`.
        RateLimited: This client had too many signatures checked.
    """
    if proof.message.chain_id not in site.networks:
        served = ", ".join(f"{name} ({number})" for number, name in site.networks.items())
        where = f"on {served}" if served else "on no chain"
        raise siwe.SiweSignatureRefused(
            "Another wallet signed this message. A contract wallet's signature can be checked "
            f"{where} here, and the message names chain {proof.message.chain_id}.",
            served=sorted(site.networks),
        )
    waiting = session.exec(
        select(SiweNonce.id).where(*_good(proof, organizer_id, holder_id, now))
    ).first()
    if waiting is None:
        raise siwe.SiweNonceRefused(_USED)
    rates.take(session, organizer_id=organizer_id, rate=PER_CHECKER, subject=client, now=now)


def check_contract(proof: Proof, node: Node) -> None:
    """Have the chain say whether a contract wallet signed. Never inside a transaction.

    Raises:
        SiweSignatureRefused: The account says no, or there is none at this address.
        NodeUnavailable, ChainMismatch: It cannot be said now.
    """
    if not smart_accounts.verify(node, proof.message.address, proof.digest, proof.signature):
        raise siwe.SiweSignatureRefused("Another wallet signed this message.")


def use_nonce(
    session: Session, proof: Proof, *, organizer_id: UUID, holder_id: UUID | None, now: datetime
) -> str:
    """Use up the nonce of a message whose signature was found good, and return the wallet.

    The nonce must have been given out here, by this organizer, for the same act (signing in,
    or linking to this very holder). Of several uses at once the database lets one through.

    Raises:
        SiweNonceRefused: Used, expired, or not from here.
    """
    used = session.execute(
        update(SiweNonce)
        .where(*_good(proof, organizer_id, holder_id, now))
        .values(used_at=now)
        .returning(col(SiweNonce.id))
    ).first()
    if used is None:
        raise siwe.SiweNonceRefused(_USED)
    return proof.message.address


def _good(
    proof: Proof, organizer_id: UUID, holder_id: UUID | None, now: datetime
) -> tuple[ColumnElement[bool], ...]:
    return (
        col(SiweNonce.organizer_id) == organizer_id,
        col(SiweNonce.nonce) == proof.message.nonce,
        col(SiweNonce.used_at).is_(None),
        col(SiweNonce.expires_at) > now,
        col(SiweNonce.holder_id).is_(None)
        if holder_id is None
        else col(SiweNonce.holder_id) == holder_id,
    )
