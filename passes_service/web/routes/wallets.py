"""Wallet sign-in (EIP-4361): ask for a nonce, send back the signed message."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, StringConstraints

from passes_service.accounts import holders, logins, organizers, wallets
from passes_service.accounts.errors import NotFound, RateLimited
from passes_service.bootstrap import Services
from passes_service.core import ethereum, siwe
from passes_service.db.models import Organizer, SiweNonce
from passes_service.web import cookies, problems
from passes_service.web.deps import Now, TheServices
from passes_service.web.routes.logins import LoginOpened, Slug, opened

router = APIRouter(prefix="/api/v1/logins/siwe", tags=["Logins"])

# A wallet has the same address on all of them; nothing is read from any chain to sign in.
CHAIN_IDS = frozenset({1, 10, 137, 8453, 42161, 11155111, 31337})
REFUSALS = (
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
    """A message as it was signed, and the signature: 0x and 130 hexadecimal digits."""

    model_config = ConfigDict(extra="forbid")

    message: Annotated[str, StringConstraints(min_length=1, max_length=siwe.MAX_LENGTH)]
    signature: Annotated[str, StringConstraints(min_length=132, max_length=132)]


class SignInProof(Proof):
    """A proof to sign in with."""

    organizer: Slug


def given(
    nonce: SiweNonce, organizer: Organizer, wallet: WalletNamed, services: Services
) -> NonceGiven:
    """Answer with a nonce and, if the wallet is known, with the message around it.

    Raises:
        SiweChainRefused: We take no wallets on this chain.
        AddressMalformed: The wallet's address is not one.
    """
    if wallet.chain_id not in CHAIN_IDS:
        raise siwe.SiweChainRefused("This chain is not served here.", expected=sorted(CHAIN_IDS))
    text = None
    if wallet.address is not None:
        text = wallets.message(
            nonce,
            organizer,
            address=wallet.address,
            chain_id=wallet.chain_id,
            domain=services.settings.domain,
            origin=services.settings.origin,
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
    with services.database.transaction() as session:
        organizer = organizers.by_slug(session, body.organizer)
        address = wallets.prove(
            session,
            organizer_id=organizer.id,
            holder_id=None,
            text=body.message,
            signature=body.signature,
            domain=services.settings.domain,
            origin=services.settings.origin,
            chain_ids=CHAIN_IDS,
            now=now,
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
