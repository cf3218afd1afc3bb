"""Claims outside of transactions: sign what was locked, release what has lapsed."""

from __future__ import annotations

import json
from datetime import datetime
from uuid import UUID

import structlog

from passes_service.bootstrap import Services
from passes_service.chain.node import WORKER_SECONDS
from passes_service.claims import release, service, signing
from passes_service.claims.signing import Signable
from passes_service.core.errors import DomainError
from passes_service.db.models import OutboxEvent
from passes_service.keyring import KeyUse
from passes_service.relay import queue

log = structlog.get_logger("claims")


def sign(services: Services, envelope: OutboxEvent, now: datetime) -> None:
    """Sign a claim that was locked, in case whoever locked it died before; relay it if asked to."""
    claim_id = UUID(json.loads(envelope.payload)["claim_id"])
    with services.database.reading() as session:
        claim = service.get(session, organizer_id=envelope.organizer_id, claim_id=claim_id)
        signable = signing.read(session, claim)
    done = signed(services, signable, now)
    claim = done.claim
    if not (claim.relayed and claim.signature and claim.state == "open" and now < claim.deadline):
        return
    call = signing.transaction(done)
    with services.database.transaction() as session:
        queue.enqueue(
            session,
            organizer_id=claim.organizer_id,
            chain_id=claim.chain_id,
            purpose=service.PURPOSE,
            subject_id=claim.id,
            to=call["to"],
            data=call["data"],
            expires_at=claim.deadline,
            now=now,
        )


def signed(services: Services, signable: Signable, now: datetime) -> Signable:
    """Return a claim with its signature, if it has one or may still have one."""
    if not signing.wants_signature(signable.claim, now=now):
        return signable
    signer, signature = signing.sign(signable, services.signers(KeyUse.CLAIM))
    with services.database.transaction() as session:
        kept = signing.store(session, signable.claim, signer=signer, signature=signature)
    return Signable(kept, signable.contract, signable.pass_id)


def release_lapsed(services: Services, now: datetime) -> None:
    """Give back every pass whose claim can no longer mint, as far as nodes can be asked."""
    with services.database.reading() as session:
        due = release.lapsed(session)
    for one in due:
        try:
            node = services.node(one.claim.chain_id, seconds=WORKER_SECONDS)
            free = release.unminted(node, one)
        except DomainError as error:
            log.warning("not released", claim_id=str(one.claim.id), kind=error.code)
            continue
        if not free:
            continue
        with services.database.transaction() as session:
            release.release(session, one, now=now)
