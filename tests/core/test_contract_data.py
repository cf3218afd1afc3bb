"""Claims and tickets against the published vectors and against another library's encoder."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from passes_service.core import ethereum
from passes_service.core.contract_data import (
    ContractDataMalformed,
    ContractDomain,
    MintClaim,
    SaleTicket,
)
from passes_service.core.errors import DomainError
from tests.vectors.contract_data import CASES, CLAIM, DOMAIN, TICKET

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "contract_data.json").read_text("utf-8")
)


def read(shown: dict[str, Any]) -> tuple[MintClaim | SaleTicket, ContractDomain]:
    """Return the document of a vector; raises DomainError for one that cannot be."""
    domain = ContractDomain(shown["domain"]["chainId"], shown["domain"]["verifyingContract"])
    said = shown["message"]
    if shown["type"] == "MintClaim":
        claim = MintClaim(
            pass_id=int(said["passId"]),
            to=said["to"],
            epoch=int(said["epoch"]),
            transfers=int(said["transfers"]),
            terms_hash=bytes.fromhex(said["termsHash"][2:]),
            not_before=int(said["notBefore"]),
            deadline=int(said["deadline"]),
        )
        return claim, domain
    ticket = SaleTicket(
        series=int(said["series"]),
        buyer=said["buyer"],
        quantity=int(said["quantity"]),
        nonce=int(said["nonce"]),
        deadline=int(said["deadline"]),
    )
    return ticket, domain


def verdict(shown: dict[str, Any]) -> str:
    try:
        document, domain = read(shown)
    except DomainError:
        return "malformed"
    try:
        signer = ethereum.recover_signer(document.digest(domain), bytes.fromhex(shown["signature"]))
    except ethereum.SignatureMalformed:
        return "bad-signature"
    return "valid" if signer == VECTORS["signer"] else "bad-signature"


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
class TestCases:
    def test_have_the_published_digest_and_signature(self, case: dict[str, Any]) -> None:
        document, domain = read(case)

        assert document.digest(domain).hex() == case["digest"]
        key = bytes.fromhex(VECTORS["private_key"])
        assert ethereum.sign_digest(document.digest(domain), key).hex() == case["signature"]
        assert verdict(case) == "valid"

    def test_read_back_as_they_were(self, case: dict[str, Any]) -> None:
        assert read(case) == CASES[case["name"]]

    def test_are_what_another_encoder_hashes(self, case: dict[str, Any]) -> None:
        limit = sys.getrecursionlimit()
        from eth_account.messages import _hash_eip191_message, encode_typed_data

        sys.setrecursionlimit(limit)  # eth_account raises it at import
        document, domain = read(case)
        signable = encode_typed_data(full_message=document.typed_data(domain))
        assert _hash_eip191_message(signable) == document.digest(domain)


@pytest.mark.parametrize("check", VECTORS["checks"], ids=lambda check: check["name"])
def test_each_document_gets_its_verdict(check: dict[str, Any]) -> None:
    assert verdict(check) == check["verdict"]


def test_the_vectors_have_every_verdict_for_both_documents() -> None:
    found = {(check["type"], check["verdict"]) for check in VECTORS["checks"]}
    verdicts = ("valid", "bad-signature", "malformed")
    assert found == {(kind, one) for kind in ("MintClaim", "SaleTicket") for one in verdicts}


def test_the_domain_is_the_published_one() -> None:
    assert DOMAIN.separator().hex() == VECTORS["domain_separator"]


def test_a_claim_and_a_ticket_never_share_a_digest() -> None:
    assert CLAIM.digest(DOMAIN) != TICKET.digest(DOMAIN)


def test_a_refusal_names_the_field() -> None:
    with pytest.raises(ContractDataMalformed) as refused:
        SaleTicket(series=1, buyer=TICKET.buyer, quantity=0, nonce=0, deadline=1)
    assert refused.value.members["field"] == "quantity"
