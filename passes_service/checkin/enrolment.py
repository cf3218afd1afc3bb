"""A phone becomes a gate: the first one that opens the link, with keys that it made itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from passes_service.accounts.authenticate import GATE_KEY_PREFIX
from passes_service.accounts.errors import FieldRefused, NotSignedIn
from passes_service.checkin.errors import GateEnrolledElsewhere, GateProofWrong
from passes_service.checkin.gates import Enrolled
from passes_service.core import enrolment, tokens
from passes_service.db.models import Gate


@dataclass(frozen=True, kw_only=True)
class PhoneKeys:
    """What a phone brings: two public keys, the proof that they are its own, a secret.

    Attributes:
        public_key, agreement_key: Uncompressed points of P-256, 65 bytes.
        secret: 32 random bytes; the gate's token is made of them.
    """

    public_key: bytes
    agreement_key: bytes
    proof: bytes
    secret: bytes = field(repr=False)


def of_link(session: Session, token: str) -> Gate:
    """Return the gate that a link is for, whether or not a phone took it already.

    Raises:
        NotSignedIn: Nobody made this link, or the gate was revoked.
    """
    parsed = tokens.parse(token, prefix=GATE_KEY_PREFIX)
    found = None
    if parsed is not None:
        found = session.exec(
            select(Gate)
            .where(
                Gate.organizer_id == parsed.organizer_id,
                or_(
                    col(Gate.link_digest) == parsed.digest,
                    # Made before links were kept apart: its token is its link.
                    col(Gate.link_digest).is_(None) & (col(Gate.token_digest) == parsed.digest),
                ),
                col(Gate.revoked_at).is_(None),
            )
            .execution_options(populate_existing=True)
        ).first()
    if found is None:
        raise NotSignedIn("This gate is unknown or revoked.")
    return found


def take(session: Session, *, link: str, phone: PhoneKeys, now: datetime) -> Enrolled:
    """Make a phone the gate of a link; the same phone gets the same answer again.

    Raises:
        NotSignedIn: As for `of_link`.
        GateProofWrong: The proof is not by the key, for this link and these keys.
        GateEnrolledElsewhere: Another phone was first.
        FieldRefused: The secret is the link's own or in use already.
    """
    gate = of_link(session, link)
    token = tokens.mint(gate.organizer_id, random=phone.secret, prefix=GATE_KEY_PREFIX)
    if token == link:
        raise FieldRefused("Choose a secret of your own, not the one in the link.", field="secret")
    if not enrolment.proven(
        phone.proof,
        token=link,
        public_key=phone.public_key,
        agreement_key=phone.agreement_key,
    ):
        raise GateProofWrong("The proof does not belong to these keys and this link.")
    digest = tokens.digest(token, prefix=GATE_KEY_PREFIX)
    link_digest = tokens.digest(link, prefix=GATE_KEY_PREFIX)
    try:
        with session.begin_nested():
            _take_if_free(session, gate, phone, digest, link_digest, now)
    except IntegrityError as error:
        raise FieldRefused("This secret is in use; draw another one.", field="secret") from error
    gate = of_link(session, link)  # whoever was first: it is written there
    if (gate.token_digest, gate.public_key, gate.agreement_key) != (
        digest,
        phone.public_key,
        phone.agreement_key,
    ):
        raise GateEnrolledElsewhere("Another phone opened this link first.")
    return Enrolled(gate, token)


def _take_if_free(
    session: Session,
    gate: Gate,
    phone: PhoneKeys,
    digest: bytes,
    link_digest: bytes,
    now: datetime,
) -> None:
    """Of two phones at the same moment the second waits here, and then changes nothing."""
    session.execute(
        update(Gate)
        .where(
            col(Gate.organizer_id) == gate.organizer_id,
            col(Gate.id) == gate.id,
            col(Gate.enrolled_at).is_(None),
            col(Gate.revoked_at).is_(None),
        )
        .values(
            token_digest=digest,
            link_digest=link_digest,
            public_key=phone.public_key,
            agreement_key=phone.agreement_key,
            enrolled_at=now,
        )
        .execution_options(synchronize_session=False)
    )
