"""Wallets: proof of control by a signed message (EIP-4361), each nonce good for one proof."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col

from passes_service.accounts import rates
from passes_service.core import ethereum, siwe
from passes_service.db.models import Organizer, SiweNonce

NONCE_LIFE = timedelta(minutes=10)
PER_CLIENT = rates.Rate("wallet-client", 60, timedelta(minutes=15))
_NONCE_BYTES = 16


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


def prove(
    session: Session,
    *,
    organizer_id: UUID,
    holder_id: UUID | None,
    text: str,
    signature: str,
    domain: str,
    origin: str,
    chain_ids: Collection[int],
    now: datetime,
) -> str:
    """Return the wallet that signed a message for this site, and use its nonce up.

    The nonce must have been given out here, by this organizer, for the same act (signing in,
    or linking to this very holder). Of several uses at once the database lets one through.

    Raises:
        SiweMalformed, SiweDomainRefused, SiweUriRefused, SiweChainRefused, SiweExpired,
        SiweNotYet, SiweSignatureRefused, SignatureMalformed, SiweNonceRefused: Not a proof.
    """
    parsed = siwe.parse(text)
    siwe.check(
        parsed,
        domain=domain,
        uri_origin=origin,
        chain_ids=chain_ids,
        now=now,
        max_age=NONCE_LIFE,
    )
    siwe.verify_signature(text, parsed, ethereum.parse_signature(signature))
    same_act = (
        col(SiweNonce.holder_id).is_(None)
        if holder_id is None
        else col(SiweNonce.holder_id) == holder_id
    )
    used = session.execute(
        update(SiweNonce)
        .where(
            col(SiweNonce.organizer_id) == organizer_id,
            col(SiweNonce.nonce) == parsed.nonce,
            col(SiweNonce.used_at).is_(None),
            col(SiweNonce.expires_at) > now,
            same_act,
        )
        .values(used_at=now)
        .returning(col(SiweNonce.id))
    ).first()
    if used is None:
        raise siwe.SiweNonceRefused("This nonce was used, has expired, or is not from here.")
    return parsed.address
