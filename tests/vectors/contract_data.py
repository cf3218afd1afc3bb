"""Vectors of claims and tickets: digests, signatures, and documents with the verdict of each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from passes_service.core import ethereum, pass_id
from passes_service.core.contract_data import ContractDomain, MintClaim, SaleTicket
from passes_service.core.instants import to_seconds
from tests.vectors.common import ISSUED, SERIES, flip, wallet
from tests.vectors.vouchers import CURVE_ORDER

Json = dict[str, Any]
Document = MintClaim | SaleTicket
NOW = to_seconds(ISSUED)
HOLDER = ethereum.address_of(wallet("holder"))
DOMAIN = ContractDomain(8453, ethereum.address_of(wallet("clone")))
CLAIM = MintClaim(
    pass_id=pass_id.compose(SERIES, 137),
    to=HOLDER,
    epoch=3,
    transfers=1,
    terms_hash=bytes(range(32)),
    not_before=NOW,
    deadline=NOW + 900,
)
TICKET = SaleTicket(series=SERIES, buyer=HOLDER, quantity=2, nonce=2**255 + 7, deadline=NOW + 900)
TOP = ethereum.checksum_address(b"\xff" * 20)
CASES: dict[str, tuple[Document, ContractDomain]] = {
    "claim": (CLAIM, DOMAIN),
    "claim, largest values": (
        MintClaim(
            pass_id=pass_id.compose(2**64 - 1, 2**32 - 1),
            to=TOP,
            epoch=2**64 - 1,
            transfers=2**32 - 1,
            terms_hash=b"\xff" * 32,
            not_before=2**64 - 901,
            deadline=2**64 - 1,
        ),
        ContractDomain(2**53 - 1, TOP),
    ),
    "claim, smallest values": (
        MintClaim(
            pass_id=pass_id.compose(1, 1),
            to=ethereum.checksum_address(bytes(19) + b"\x01"),
            epoch=0,
            transfers=0,
            terms_hash=bytes(32),
            not_before=0,
            deadline=1,
        ),
        ContractDomain(1, ethereum.checksum_address(bytes(19) + b"\x01")),
    ),
    "ticket": (TICKET, DOMAIN),
    "ticket, largest values": (
        SaleTicket(
            series=2**64 - 1,
            buyer=TOP,
            quantity=2**32 - 1,
            nonce=2**256 - 1,
            deadline=2**64 - 1,
        ),
        ContractDomain(2**53 - 1, TOP),
    ),
    "ticket, smallest values": (
        SaleTicket(series=1, buyer=TOP, quantity=1, nonce=0, deadline=1),
        ContractDomain(1, TOP),
    ),
}


def build() -> Json:
    signer = wallet("claims")
    return {
        "about": "EIP-712 MintClaim and SaleTicket; domain EventPass 1, chain and clone",
        "private_key": signer.secret.hex(),
        "signer": ethereum.address_of(signer),
        "domain_separator": DOMAIN.separator().hex(),
        "cases": [_case(name, *case) for name, case in CASES.items()],
        "checks": [
            {"name": name, "verdict": verdict, "signature": signature.hex(), **data}
            for name, verdict, signature, data in _checks()
        ],
    }


def signed(said: Document, domain: ContractDomain = DOMAIN, by: str = "claims") -> bytes:
    return ethereum.sign_digest(said.digest(domain), wallet(by))


def _case(name: str, said: Document, domain: ContractDomain) -> Json:
    return {
        "name": name,
        **_shown(said.typed_data(domain)),
        "digest": said.digest(domain).hex(),
        "signature": signed(said, domain).hex(),
    }


def _shown(data: Json, **message: Any) -> Json:
    return {
        "type": data["primaryType"],
        "domain": data["domain"],
        "message": data["message"] | message,
    }


Check = tuple[str, str, bytes, Json]


def _checks() -> list[Check]:
    """List name, verdict, signature and document of each check."""
    claim, ticket = _shown(CLAIM.typed_data(DOMAIN)), _shown(TICKET.typed_data(DOMAIN))
    by_claim, by_ticket = signed(CLAIM), signed(TICKET)
    sound: list[Check] = [
        ("sound claim", "valid", by_claim, claim),
        ("sound ticket", "valid", by_ticket, ticket),
    ]
    return sound + _others(claim, by_claim, ticket, by_ticket) + _changed() + _impossible()


def _others(claim: Json, by_claim: bytes, ticket: Json, by_ticket: bytes) -> list[Check]:
    """List documents that are sound, with signatures that are not theirs."""
    bad = "bad-signature"
    high = (CURVE_ORDER - int.from_bytes(by_claim[32:64], "big")).to_bytes(32, "big")
    elsewhere = ContractDomain(10, DOMAIN.contract)
    neighbour = ContractDomain(DOMAIN.chain_id, HOLDER)
    return [
        ("stranger's key", bad, signed(CLAIM, by="thief"), claim),
        ("claim of another chain", bad, signed(CLAIM, elsewhere), claim),
        ("claim of another clone", bad, signed(CLAIM, neighbour), claim),
        ("ticket of another chain", bad, signed(TICKET, elsewhere), ticket),
        ("ticket of another clone", bad, signed(TICKET, neighbour), ticket),
        ("ticket's signature on a claim", bad, by_ticket, claim),
        ("claim's signature on a ticket", bad, by_claim, ticket),
        ("other v", bad, by_claim[:64] + bytes([55 - by_claim[64]]), claim),
        ("v of zero", bad, by_claim[:64] + b"\x00", claim),
        ("malleated s", bad, by_claim[:32] + high + bytes([55 - by_claim[64]]), claim),
        ("short signature", bad, by_claim[:64], claim),
        ("long signature", bad, by_claim + b"\x00", claim),
        ("all-zero signature", bad, bytes(64) + b"\x1b", claim),
    ]


def _changed() -> list[Check]:
    """List documents of which one field was changed after signing."""
    claims: dict[str, MintClaim] = {
        "passId": replace(CLAIM, pass_id=CLAIM.pass_id ^ 2),
        "to": replace(CLAIM, to=TOP),
        "epoch": replace(CLAIM, epoch=4),
        "transfers": replace(CLAIM, transfers=0),
        "termsHash": replace(CLAIM, terms_hash=flip(CLAIM.terms_hash, 255)),
        "notBefore": replace(CLAIM, not_before=NOW + 1),
        "deadline": replace(CLAIM, deadline=NOW + 899),
    }
    tickets: dict[str, SaleTicket] = {
        "series": replace(TICKET, series=SERIES ^ 1),
        "buyer": replace(TICKET, buyer=TOP),
        "quantity": replace(TICKET, quantity=3),
        "nonce": replace(TICKET, nonce=7),
        "deadline": replace(TICKET, deadline=NOW + 901),
    }
    of_claims: list[Check] = [
        (f"claim, {name} changed", "bad-signature", signed(CLAIM), _shown(one.typed_data(DOMAIN)))
        for name, one in claims.items()
    ]
    return of_claims + [
        (f"ticket, {name} changed", "bad-signature", signed(TICKET), _shown(one.typed_data(DOMAIN)))
        for name, one in tickets.items()
    ]


def _impossible() -> list[Check]:
    """List documents that nobody may sign, whatever their signature."""
    claim, ticket = CLAIM.typed_data(DOMAIN), TICKET.typed_data(DOMAIN)
    claims = {
        "badge instead of a pass": {"passId": str(pass_id.badge_id(1))},
        "serial of zero": {"passId": str(pass_id.compose(SERIES, 1) - 1)},
        "no address": {"to": "0x"},
        "address in one case": {"to": HOLDER.lower()},
        "epoch of 65 bits": {"epoch": str(2**64)},
        "transfers of 33 bits": {"transfers": str(2**32)},
        "short Terms hash": {"termsHash": "0x" + "ab" * 31},
        "a life of more than 15 minutes": {"deadline": str(NOW + 901)},
        "a life of no time": {"deadline": str(NOW)},
        "an end before its beginning": {"deadline": str(NOW - 1)},
    }
    tickets = {
        "no series": {"series": "0"},
        "series of 65 bits": {"series": str(2**64)},
        "no passes": {"quantity": "0"},
        "quantity of 33 bits": {"quantity": str(2**32)},
        "nonce of 257 bits": {"nonce": str(2**256)},
        "negative nonce": {"nonce": "-1"},
        "no deadline": {"deadline": "0"},
    }
    found: list[Check] = [
        (f"claim, {name}", "malformed", signed(CLAIM), _shown(claim, **fields))
        for name, fields in claims.items()
    ]
    return found + [
        (f"ticket, {name}", "malformed", signed(TICKET), _shown(ticket, **fields))
        for name, fields in tickets.items()
    ]
