"""What the API and the pages of claims share: ask the contract, lock, and sign after the commit."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from passes_service.accounts.callers import Caller
from passes_service.bootstrap import Services
from passes_service.claims import readiness, service, signing
from passes_service.claims.errors import ClaimNotThere
from passes_service.claims.signing import Signable
from passes_service.db.models import ChainTransaction, PassClaim
from passes_service.keyring import KeyUse
from passes_service.passes import queries
from passes_service.passes.queries import Held
from passes_service.relay import budget
from passes_service.relay import queue as relay
from passes_service.web.chain_calls import network_of
from passes_service.web.idempotency import Call


def held_by(session: Session, caller: Caller, number: int) -> Held:
    """Return a pass of the caller.

    Raises:
        NotFound: There is none, or it is someone else's.
    """
    return queries.of_holder(
        session, organizer_id=caller.organizer_id, holder_id=caller.id, pass_id=number
    )


def ask_contract(
    services: Services, caller: Caller, number: int, *, chain_id: int, now: datetime
) -> str:
    """Return the address that will sign a claim, as the contract allows it now.

    Outside of any transaction, for two seconds at most. Where the book refuses anyway, and where
    the same call was answered before, nobody is asked.

    Raises:
        ChainUnknown: This chain is not served here.
        ClaimSeriesAbsent: The Series is not open there.
        ClaimSignerUnset, ClaimSignerSpent, ClaimsPaused: The contract would refuse.
        NodeUnavailable, ChainMismatch: The chain cannot be asked.
        KeyNotMade, SignerBroken, SignerUnavailable: There is no key to sign with.
    """
    network_of(services, chain_id)
    with services.database.reading() as session:
        held = held_by(session, caller, number)
        if not service.check(session, held, now=now).allowed:
            return ""
        where = service.ground(session, held, chain_id=chain_id)
    signers = services.signers(KeyUse.CLAIM)
    node = services.node(chain_id)
    return readiness.choose_signer(node, where.contract.address, signers, now=now).address


def lock(
    session: Session,
    call: Call,
    number: int,
    *,
    chain_id: int,
    wallet: str,
    relayed: bool,
    signer: str,
) -> tuple[PassClaim, Held]:
    """Open a claim in the transaction of a call.

    Raises:
        ClaimRefused, ClaimSeriesAbsent, ClaimWalletUnproven, PassMoved: As `open_claim`.
        RelayOff, RelayBudgetSpent: We do not pay the gas.
    """
    held = held_by(session, call.caller, number)
    if relayed and held.row.state == "active":
        budget.require(
            session,
            organizer_id=call.caller.organizer_id,
            network=network_of(call.services, chain_id),
            now=call.now,
        )
    claim = service.open_claim(
        session,
        held=held,
        recipient=wallet,
        chain_id=chain_id,
        relayed=relayed,
        signer=signer,
        actor=call.caller.actor,
        now=call.now,
    )
    return claim, held


def signed(services: Services, claim: PassClaim, *, now: datetime) -> Signable:
    """Return a committed claim with its signature; signs it where that has not happened yet.

    Raises:
        KeyNotMade, SignerBroken, SignerUnavailable: There is no key to sign with just now.
    """
    with services.database.reading() as session:
        found = service.get(session, organizer_id=claim.organizer_id, claim_id=claim.id)
        signable = signing.read(session, found)
    if not signing.wants_signature(found, now=now):
        return signable
    signer, signature = signing.sign(signable, services.signers(KeyUse.CLAIM))
    with services.database.transaction() as session:
        kept = signing.store(session, found, signer=signer, signature=signature)
    return Signable(kept, signable.contract, signable.pass_id)


def latest(session: Session, held: Held) -> tuple[Signable, ChainTransaction | None]:
    """Return the newest claim of a pass, and our transaction for it if we relay it.

    Raises:
        ClaimNotThere: There never was one.
    """
    claim = service.latest(session, held)
    if claim is None:
        raise ClaimNotThere("This pass was never on its way to a wallet.")
    return signing.read(session, claim), relay.about(
        session,
        organizer_id=claim.organizer_id,
        purpose=service.PURPOSE,
        subject_id=claim.id,
    )
