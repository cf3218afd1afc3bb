"""Libraries that are not ours sign what we accept, and accept what we sign."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from coincurve import PrivateKey
from starlette.testclient import TestClient

from passes_service.bootstrap import Services
from passes_service.chain import smart_accounts
from passes_service.claims import signing
from passes_service.core import ethereum, siwe, voucher
from tests import people
from tests.chain import contract_wallets as accounts
from tests.chain.clients import LIBRARIES, ask, said
from tests.chain.local import CHAIN_ID, LocalChain
from tests.claims import stage as claims
from tests.vectors import contract_data, vouchers
from tests.vectors import siwe as siwe_vectors
from tests.vectors.common import ORGANIZER

pytestmark = pytest.mark.node
KEY = PrivateKey(b"\x51" * 32)
ADDRESS = ethereum.address_of(KEY)
HEX_KEY = "0x" + KEY.secret.hex()
VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "contract_data.json").read_text("utf-8")
)
SIGN_IN = "/api/v1/logins/siwe"


def documents() -> dict[str, tuple[dict[str, Any], bytes]]:
    """Return typed data and digest, as Python makes them, of all that is ever signed here."""
    found = {
        f"voucher {name}": (voucher.typed_data(one, ORGANIZER), voucher.digest(one, ORGANIZER))
        for name, one in vouchers.CASES.items()
    }
    for name, (document, domain) in contract_data.CASES.items():
        found[name] = (document.typed_data(domain), document.digest(domain))
    return found


@pytest.mark.parametrize("library", LIBRARIES)
class TestTypedData:
    def test_is_hashed_as_we_hash_it(self, library: str) -> None:
        made = documents()
        hashes = said(
            *({"library": library, "act": "hashTyped", "data": data} for data, _ in made.values())
        )

        assert dict(zip(made, hashes, strict=True)) == {
            name: "0x" + digest.hex() for name, (_, digest) in made.items()
        }

    def test_is_signed_so_that_we_accept_it(self, library: str) -> None:
        made = documents()
        signatures = said(
            *(
                {"library": library, "act": "signTyped", "key": HEX_KEY, "data": data}
                for data, _ in made.values()
            )
        )

        for (_, digest), signature in zip(made.values(), signatures, strict=True):
            raw = ethereum.parse_signature(signature)
            assert ethereum.recover_signer(digest, raw) == ADDRESS
            assert raw == ethereum.sign_digest(digest, KEY)  # RFC 6979: the very same bytes

    def test_that_we_sign_is_accepted(self, library: str) -> None:
        signers = said(
            *(
                {
                    "library": library,
                    "act": "recoverTyped",
                    "data": data,
                    "signature": "0x" + ethereum.sign_digest(digest, KEY).hex(),
                }
                for data, digest in documents().values()
            )
        )

        assert set(signers) == {ADDRESS}


def typed(shown: dict[str, Any]) -> dict[str, Any]:
    """Return what a wallet is given for a vector."""
    document, domain = contract_data.CASES["claim" if shown["type"] == "MintClaim" else "ticket"]
    whole = document.typed_data(domain)
    return whole | {"domain": shown["domain"], "message": shown["message"]}


@pytest.mark.parametrize("library", LIBRARIES)
class TestVectors:
    def test_have_the_same_digest_and_signer_there(self, library: str) -> None:
        cases = VECTORS["cases"]
        hashes = said(
            *({"library": library, "act": "hashTyped", "data": typed(case)} for case in cases)
        )
        assert hashes == ["0x" + case["digest"] for case in cases]
        key = "0x" + VECTORS["private_key"]
        signatures = said(
            *(
                {"library": library, "act": "signTyped", "key": key, "data": typed(case)}
                for case in cases
            )
        )
        assert signatures == ["0x" + case["signature"] for case in cases]

    def test_that_are_valid_are_the_signers_there_and_no_other_is(self, library: str) -> None:
        checks = [one for one in VECTORS["checks"] if one["verdict"] != "malformed"]
        answers = ask(
            *(
                {
                    "library": library,
                    "act": "recoverTyped",
                    "data": typed(check),
                    "signature": "0x" + check["signature"],
                }
                for check in checks
            )
        )

        ours = {check["name"] for check in checks if check["verdict"] == "valid"}
        theirs = {
            check["name"]
            for check, answer in zip(checks, answers, strict=True)
            if answer.get("value") == VECTORS["signer"]
        }
        # They are looser in spelling: v of 0 or 1, EIP-2098, a high s. We take one spelling only.
        spellings = {"v of zero", "short signature", "malleated s", "long signature"}
        assert ours <= theirs <= ours | spellings


@pytest.mark.parametrize("library", LIBRARIES)
class TestLogins:
    def test_that_a_library_signs_are_accepted(
        self, library: str, client: TestClient, services: Services
    ) -> None:
        people.organizer(services)
        asked = {"organizer": "nocturne", "address": ADDRESS}
        text = client.post(f"{SIGN_IN}/nonce", json=asked).json()["message"]
        (signature,) = said({"library": library, "act": "signText", "key": HEX_KEY, "text": text})

        body = {"organizer": "nocturne", "message": text, "signature": signature}
        assert client.post(SIGN_IN, json=body).status_code == 200
        me = client.get("/api/v1/me").json()
        assert [row["value"] for row in me["wallets"]] == [ADDRESS]

    def test_that_we_sign_are_accepted(self, library: str) -> None:
        texts = [siwe_vectors.FULL, siwe_vectors.SHORT, siwe_vectors.PORT, "Grüße, 世界"]
        signers = said(
            *(
                {
                    "library": library,
                    "act": "recoverText",
                    "text": text,
                    "signature": "0x" + ethereum.sign_digest(ethereum.text_digest(text), KEY).hex(),
                }
                for text in texts
            )
        )

        assert signers == [ADDRESS] * len(texts)


class TestViem:
    def test_writes_login_messages_that_we_read(self) -> None:
        issued = datetime(2027, 3, 1, 12, 0, tzinfo=UTC)
        fields = {
            "domain": "passes.test",
            "address": ADDRESS,
            "uri": "https://passes.test/o/nocturne",
            "version": "1",
            "chainId": CHAIN_ID,
            "nonce": "a1b2c3d4e5f6a7b8",
            "statement": "Sign in to nocturne. This costs nothing and moves nothing.",
            "issuedAt": issued.isoformat(),
            "expirationTime": (issued + timedelta(minutes=10)).isoformat(),
        }
        (text,) = said({"library": "viem", "act": "writeSiwe", "fields": fields})

        found = siwe.parse(text)
        assert (found.domain, found.address, found.chain_id) == ("passes.test", ADDRESS, CHAIN_ID)
        assert (found.issued_at, found.nonce) == (issued, "a1b2c3d4e5f6a7b8")
        assert found.statement == fields["statement"]

    def test_reads_login_messages_that_we_write(self) -> None:
        message = siwe.SiweMessage(
            domain="passes.test",
            address=ADDRESS,
            uri="https://passes.test/o/nocturne",
            chain_id=CHAIN_ID,
            nonce="a1b2c3d4e5f6a7b8",
            issued_at=datetime(2027, 3, 1, 12, 0, tzinfo=UTC),
            expiration_time=datetime(2027, 3, 1, 12, 10, tzinfo=UTC),
            statement="Sign in to nocturne. This costs nothing and moves nothing.",
        )
        (found,) = said({"library": "viem", "act": "readSiwe", "text": siwe.build(message)})

        assert found == {
            "domain": message.domain,
            "address": ADDRESS,
            "uri": message.uri,
            "version": "1",
            "chainId": CHAIN_ID,
            "nonce": message.nonce,
            "statement": message.statement,
            "issuedAt": "2027-03-01T12:00:00.000Z",
            "expirationTime": "2027-03-01T12:10:00.000Z",
        }

    def test_compact_signatures_sign_in(self, client: TestClient, services: Services) -> None:
        people.organizer(services)
        asked = {"organizer": "nocturne", "address": ADDRESS}
        text = client.post(f"{SIGN_IN}/nonce", json=asked).json()["message"]
        signature = "0x" + ethereum.sign_digest(ethereum.text_digest(text), KEY).hex()
        (compact,) = said({"library": "viem", "act": "compact", "signature": signature})

        assert len(compact) == 2 + 128
        body = {"organizer": "nocturne", "message": text, "signature": compact}
        assert client.post(SIGN_IN, json=body).status_code == 200

    def test_wraps_signatures_of_coming_wallets_as_we_unwrap_them(self, chain: LocalChain) -> None:
        coming = accounts.Coming(chain)
        (brought,) = said(
            {
                "library": "viem",
                "act": "wrap",
                "factory": coming.factory,
                "preparation": "0x" + coming.creation.hex(),
                "signature": "0x" + accounts.sign().hex(),
            }
        )

        raw = smart_accounts.parse(brought)
        assert smart_accounts.verify(chain.node, coming.address, accounts.DIGEST, raw)

    def test_and_we_accept_the_same_wallets(self, chain: LocalChain) -> None:
        """viem asks by another validator, that of ERC-6492 itself."""
        wallet, coming = accounts.wallet(chain), accounts.Coming(chain)
        wrapped = accounts.wrapped(coming.factory, coming.creation, accounts.sign())
        theirs = accounts.wrapped(coming.factory, coming.creation, accounts.sign(accounts.STRANGER))
        asked = [
            (accounts.OWNER_ADDRESS, accounts.sign()),
            (accounts.OWNER_ADDRESS, accounts.sign(accounts.STRANGER)),
            (wallet, accounts.sign()),
            (wallet, accounts.sign(accounts.STRANGER)),
            (wallet, wrapped),
            (coming.address, wrapped),
            (coming.address, theirs),
            (coming.address, accounts.sign()),
            (accounts.odd(chain, "Yes"), b"any bytes" * 20),
            (accounts.odd(chain, "Reverts"), accounts.sign()),
            (accounts.odd(chain, "Word"), accounts.sign()),
        ]
        answers = said(
            *(
                {
                    "library": "viem",
                    "act": "accepts",
                    "url": chain.url,
                    "address": address,
                    "hash": "0x" + accounts.DIGEST.hex(),
                    "signature": "0x" + signature.hex(),
                }
                for address, signature in asked
            )
        )

        ours = [
            smart_accounts.verify(chain.node, address, accounts.DIGEST, signature)
            for address, signature in asked
        ]
        assert ours == answers
        assert ours.count(True) == 5


class TestTheContract:
    @pytest.mark.parametrize("library", LIBRARIES)
    def test_mints_a_claim_that_a_library_signed(
        self, library: str, services: Services, chain: LocalChain
    ) -> None:
        here = claims.on_chain(services, chain)
        chain.act(here.owner, here.contract.address, "setSigner", ADDRESS, 5, 3600)
        found = here.open(signer=ADDRESS)
        data = found.document.typed_data(found.domain)
        asked = {"library": library, "act": "signTyped", "key": HEX_KEY, "data": data}
        (found.claim.signature,) = said(asked)

        sent = signing.transaction(found)
        chain.send(chain.accounts[6], sent["to"], sent["data"])
        minted = chain.view(here.contract.address, "passOf", found.pass_id)
        assert minted["holder"] == here.wallet
