"""What is signed for a committed claim, and the transaction that carries it.

The order is the safety: the lock is committed first, then anybody who reads the committed row may
sign it. A process that dies between the two loses nothing, because the row says all that is
signed; the next one signs. The first signature is kept with the row, so that one claim shows one
signature whatever key is in charge later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from passes_service.chain import calls
from passes_service.core.contract_data import ContractDomain, MintClaim
from passes_service.db.models import ChainContract, Pass, PassClaim
from passes_service.keyring.signers import Signer


@dataclass(frozen=True)
class Signable:
    """A committed claim with what its document is made of."""

    claim: PassClaim
    contract: str
    pass_id: int

    @property
    def domain(self) -> ContractDomain:
        """Where the claim is good."""
        return ContractDomain(self.claim.chain_id, self.contract)

    @property
    def document(self) -> MintClaim:
        """What is signed."""
        claim = self.claim
        return MintClaim(
            pass_id=self.pass_id,
            to=claim.recipient,
            epoch=claim.epoch,
            transfers=claim.transfers,
            terms_hash=bytes.fromhex(claim.terms_hash[2:]),
            not_before=int(claim.not_before.timestamp()),
            deadline=int(claim.deadline.timestamp()),
        )


def read(session: Session, claim: PassClaim) -> Signable:
    """Return a stored claim as it is signed."""
    contract = session.get_one(ChainContract, (claim.organizer_id, claim.contract_id))
    row = session.get_one(Pass, (claim.organizer_id, claim.pass_row_id))
    return Signable(claim, contract.address, row.pass_id)


def wants_signature(claim: PassClaim, *, now: datetime) -> bool:
    """Tell whether a claim has none yet and may still have one."""
    return claim.state == "open" and not claim.signature and now < claim.deadline


def sign(signable: Signable, signers: Sequence[Signer]) -> tuple[str, str]:
    """Return who signed and the signature as 0x-text. Outside of transactions: keys may be far.

    The signer that was chosen at the lock signs, or the preferred one if that is gone.

    Raises:
        SignerUnavailable: What keeps the key did not sign.
    """
    named = [signer for signer in signers if signer.address == signable.claim.signer]
    signer = (named or list(signers))[0]
    signature = signer.sign_digest(signable.document.digest(signable.domain))
    return signer.address, "0x" + signature.hex()


def store(session: Session, claim: PassClaim, *, signer: str, signature: str) -> PassClaim:
    """Keep a signature with an open claim that has none; return the row as it is then."""
    session.execute(
        update(PassClaim)
        .where(
            col(PassClaim.organizer_id) == claim.organizer_id,
            col(PassClaim.id) == claim.id,
            col(PassClaim.state) == "open",
            col(PassClaim.signature) == "",
        )
        .values(signer=signer, signature=signature)
    )
    return session.get_one(PassClaim, (claim.organizer_id, claim.id), populate_existing=True)


def transaction(signable: Signable) -> dict[str, Any]:
    """Return the call that mints a signed claim, for any wallet: it mints to the recipient only."""
    document = signable.document
    struct = (
        document.pass_id,
        document.to,
        document.epoch,
        document.transfers,
        document.terms_hash,
        document.not_before,
        document.deadline,
    )
    signature = bytes.fromhex(signable.claim.signature[2:])
    return {
        "chainId": signable.claim.chain_id,
        "to": signable.contract,
        "data": calls.encode("claim", struct, signature),
        "value": "0x0",
    }
