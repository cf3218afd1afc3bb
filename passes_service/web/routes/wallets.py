"""Wallet sign-in (EIP-4361): ask for a nonce, send back the signed message."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from passes_service.accounts import holders, logins, organizers, wallets
from passes_service.accounts.errors import NotFound, RateLimited
from passes_service.bootstrap import Services
from passes_service.chain import smart_accounts
from passes_service.chain.errors import ChainMismatch, NodeUnavailable
from passes_service.core import ethereum, siwe
from passes_service.db.models import Organizer, SiweNonce
from passes_service.web import cookies, problems
from passes_service.web.deps import Now, TheServices
from passes_service.web.routes.logins import LoginOpened, Slug, opened

router = APIRouter(prefix="/api/v1/logins/siwe", tags=["Logins"])

REFUSALS = (
    NodeUnavailable,
    ChainMismatch,
    RateLimited,
    siwe.SiweMalformed,
    siwe.SiweDomainRefused,
    siwe.SiweUriRefused,
    siwe.SiweChainRefused,
    siwe.SiweExpired,
    siwe.SiweNotYet,
    siwe.SiweNonceRefused,
    siwe.SiweSignatureRefused,
    ethereum.SignatureMalformed,
)
Address = Annotated[str, StringConstraints(min_length=42, max_length=42)]


class WalletNamed(BaseModel):
    """The wallet that will sign; with it the answer holds the whole message."""

    model_config = ConfigDict(extra="forbid")

    address: Address | None = None
    chain_id: int = 1


class NonceAsked(WalletNamed):
    """Who wants to sign in, and where."""

    organizer: Slug


class NonceGiven(BaseModel):
    """A nonce for one sign-in, and the message to sign if the wallet was named."""

    nonce: str
    message: str | None
    expires_at: datetime


class Proof(BaseModel):
    """A message as it was signed, and the signature as the wallet returned it, in hexadecimal.

    65 bytes (or 64, EIP-2098) of a key; up to 8,192 of a contract wallet (ERC-1271, ERC-6492).
    """

    model_config = ConfigDict(extra="forbid")

    message: Annotated[str, StringConstraints(min_length=1, max_length=siwe.MAX_LENGTH)]
    signature: Annotated[
        str, StringConstraints(min_length=2, max_length=2 + 2 * smart_accounts.LONGEST)
    ]


class SignInProof(Proof):
    """A proof to sign in with."""

    organizer: Slug


def site_of(services: Services) -> wallets.Site:
    """Return what a message must be for to be for this installation."""
    names = {number: network.name for number, network in services.networks.items()}
    return wallets.Site(services.settings.domain, services.settings.origin, names)


def proven(
    body: Proof,
    request: Request,
    services: Services,
    now: datetime,
    *,
    organizer_id: UUID,
    holder_id: UUID | None,
) -> wallets.Proof:
    """Return a proof that was found good but for its nonce, which the caller still uses up.

    Not inside a transaction: for a contract wallet a node is asked, for 2 seconds at most.

    Raises:
        DomainError: One of `REFUSALS`.
    """
    site = site_of(services)
    proof = wallets.read(body.message, body.signature)
    wallets.check(proof, site=site, now=now)
    if not proof.by_key:
        with services.database.transaction() as session:
            wallets.admit_contract(
                session,
                proof,
                organizer_id=organizer_id,
                holder_id=holder_id,
                site=site,
                client=cookies.client_of(request),
                now=now,
            )
        wallets.check_contract(proof, services.node(proof.message.chain_id))
    return proof


def given(
    nonce: SiweNonce, organizer: Organizer, wallet: WalletNamed, services: Services
) -> NonceGiven:
    """Answer with a nonce and, if the wallet is known, with the message around it.

    Raises:
        SiweChainRefused: We take no wallets on this chain.
        AddressMalformed: The wallet's address is not one.
    """
    site = site_of(services)
    if wallet.chain_id not in site.chain_ids:
        raise siwe.SiweChainRefused(
            "This chain is not served here.", expected=sorted(site.chain_ids)
        )
    text = None
    if wallet.address is not None:
        text = wallets.message(
            nonce,
            organizer,
            address=wallet.address,
            chain_id=wallet.chain_id,
            domain=site.domain,
            origin=site.origin,
        )
    return NonceGiven(nonce=nonce.nonce, message=text, expires_at=nonce.expires_at)


@router.post(
    "/nonce",
    status_code=201,
    responses=problems.declare(
        NotFound, RateLimited, siwe.SiweChainRefused, ethereum.AddressMalformed
    ),
)
def ask(body: NonceAsked, request: Request, services: TheServices, now: Now) -> NonceGiven:
    """Get a nonce for one sign-in within ten minutes."""
    with services.database.transaction() as session:
        organizer = organizers.by_slug(session, body.organizer)
        nonce = wallets.issue_nonce(
            session,
            organizer_id=organizer.id,
            holder_id=None,
            client=cookies.client_of(request),
            random=services.random_bytes,
            now=now,
        )
        return given(nonce, organizer, body, services)


@router.post("", responses=problems.declare(NotFound, *REFUSALS))
def sign_in(
    body: SignInProof, request: Request, response: Response, services: TheServices, now: Now
) -> LoginOpened:
    """Sign in as the holder of a wallet; a wallet seen for the first time gets an account."""
    with services.database.reading() as session:
        organizer = organizers.by_slug(session, body.organizer)
    proof = proven(body, request, services, now, organizer_id=organizer.id, holder_id=None)
    with services.database.transaction() as session:
        address = wallets.use_nonce(
            session, proof, organizer_id=organizer.id, holder_id=None, now=now
        )
        holder = holders.for_wallet(session, organizer_id=organizer.id, address=address, now=now)
        signed_in = logins.open_login(
            session,
            organizer_id=organizer.id,
            kind="holder",
            subject_id=holder.id,
            random=services.random_bytes,
            label=cookies.label_of(request),
            ttl=timedelta(days=services.settings.session_ttl_days),
            now=now,
        )
    return opened(response, signed_in, services)
