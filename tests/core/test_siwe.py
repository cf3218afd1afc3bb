"""Signing in with a wallet works for this site, now, and for nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_defunct
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import siwe
from passes_service.core.errors import DomainError
from passes_service.core.ethereum import ZERO_ADDRESS, SignatureMalformed
from passes_service.core.siwe import SiweMalformed, SiweMessage
from tests.vectors.siwe import FULL, PORT, SHORT

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "siwe.json").read_text(encoding="utf-8")
)
NOW = datetime.fromisoformat(VECTORS["now"])
SITE: dict[str, Any] = {
    "domain": "passes.example",
    "uri_origin": "https://passes.example",
    "chain_ids": {1, 8453},
    "max_age": timedelta(minutes=10),
}


def sign_in(text: str, *, now: datetime = NOW, **changed: Any) -> SiweMessage:
    message = siwe.parse(text)
    siwe.check(message, now=now, **(SITE | changed))
    return message


@pytest.mark.parametrize("case", VECTORS["hostile"], ids=lambda case: case["name"])
def test_hostile_messages_are_refused(case: dict[str, str]) -> None:
    assert case["text"] != FULL
    with pytest.raises(DomainError) as refused:
        sign_in(case["text"])

    assert refused.value.code == case["refusal"]


@pytest.mark.parametrize("case", VECTORS["sound"], ids=lambda case: case["name"])
def test_sound_messages_are_read_and_their_signer_found(case: dict[str, str]) -> None:
    signature = bytes.fromhex(case["signature"])
    message = siwe.parse(case["text"])
    signed = Account.sign_message(encode_defunct(text=case["text"]), VECTORS["private_key"])

    assert siwe.build(message) == case["text"].replace(".123Z", ".123000Z")
    assert bytes(signed.signature) == signature
    assert siwe.recover(case["text"], signature) == message.address == VECTORS["address"]
    siwe.verify_signature(case["text"], message, signature)
    siwe.verify_signature(case["text"], message, signature[:64] + bytes([signature[64] - 27]))


def test_every_field_is_read() -> None:
    assert sign_in(FULL, nonce="a1B2c3D4e5F6") == SiweMessage(
        domain="passes.example",
        address=VECTORS["address"],
        statement="Sign in to see your passes.",
        uri="https://passes.example/sign-in",
        chain_id=1,
        nonce="a1B2c3D4e5F6",
        issued_at=datetime(2027, 1, 15, 18, 0, tzinfo=UTC),
        expiration_time=datetime(2027, 1, 15, 18, 10, tzinfo=UTC),
        not_before=datetime(2027, 1, 15, 18, 0, tzinfo=UTC),
        request_id="r-1",
        resources=(
            "https://passes.example/terms",
            "ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/",
        ),
    )


def test_other_sound_messages() -> None:
    assert sign_in(SHORT).statement is None
    assert sign_in(PORT, domain="localhost:8000", uri_origin="http://localhost:8000")
    assert sign_in("https://" + SHORT).scheme == "https"
    assert sign_in(SHORT.replace("URI: https://passes.example", "URI: https://passes.example?a=b"))
    assert sign_in(SHORT + "\nResources:").resources == ()
    assert sign_in(SHORT + "\nRequest ID: ").request_id == ""
    assert sign_in(SHORT.replace("00.123Z", "00.123456789+00:00")).issued_at.microsecond == 123456
    offset = SHORT.replace("18:00:00.123Z", "20:00:00+02:00")
    assert sign_in(offset).issued_at == datetime(2027, 1, 15, 18, tzinfo=UTC)


def test_nonce_must_be_the_one_given_out() -> None:
    with pytest.raises(siwe.SiweNonceRefused):
        sign_in(FULL, nonce="another0")


def test_edges_of_time() -> None:
    issued, second = datetime(2027, 1, 15, 18, 0, tzinfo=UTC), timedelta(seconds=1)
    short = SHORT.replace(".123", "")

    sign_in(short, now=issued - siwe.CLOCK_SKEW)
    with pytest.raises(siwe.SiweNotYet):
        sign_in(short, now=issued - siwe.CLOCK_SKEW - second)
    sign_in(short, now=issued + SITE["max_age"] - second)
    with pytest.raises(siwe.SiweExpired):
        sign_in(short, now=issued + SITE["max_age"])


def test_signature_of_somebody_else_is_refused() -> None:
    message = siwe.parse(FULL)
    stranger = Account.sign_message(encode_defunct(text=FULL), b"\x07" * 32).signature

    for signature in (bytes(stranger), b"", bytes(65), bytes(64), b"\xff" * 65):
        with pytest.raises(siwe.SiweSignatureRefused):
            siwe.verify_signature(FULL, message, signature)


def test_signature_of_another_text_is_refused() -> None:
    case = VECTORS["sound"][0]
    other = FULL.replace("your passes", "my passes")

    with pytest.raises(siwe.SiweSignatureRefused):
        siwe.verify_signature(other, siwe.parse(other), bytes.fromhex(case["signature"]))


ALNUM = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
instants = st.datetimes(timezones=st.just(UTC))
uris = st.text(ALNUM + "/?#:@[]!$&'()*+,;=-._~", max_size=20).map(lambda rest: "https:" + rest)
messages = st.builds(
    SiweMessage,
    scheme=st.none() | st.sampled_from(["http", "https", "a+b-1.c"]),
    domain=st.from_regex(r"[a-z0-9.-]{1,20}(:[0-9]{1,5})?", fullmatch=True),
    address=st.sampled_from([ZERO_ADDRESS, VECTORS["address"]]),
    statement=st.none() | st.text(ALNUM + " .,:;!?'()[]/", min_size=1, max_size=40),
    uri=uris,
    chain_id=st.integers(0, 2**256 - 1),
    nonce=st.text(ALNUM, min_size=8, max_size=64),
    issued_at=instants,
    expiration_time=st.none() | instants,
    not_before=st.none() | instants,
    request_id=st.none() | st.from_regex(r"([a-z:@]|%[0-9A-F]{2})*", fullmatch=True),
    resources=st.none() | st.lists(uris, max_size=3).map(tuple),
)


@given(messages)
def test_built_messages_read_back(message: SiweMessage) -> None:
    assert siwe.parse(siwe.build(message)) == message


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    for attempt in (text, FULL.replace("your passes", text), FULL + text):
        try:
            siwe.parse(attempt)
        except SiweMalformed:
            continue


@given(st.binary(max_size=70))
def test_any_bytes_are_a_signature_or_refused(signature: bytes) -> None:
    try:
        siwe.recover(FULL, signature)
    except SignatureMalformed:
        return


@pytest.mark.parametrize(
    "changed",
    [
        {"domain": "https://passes.example"},
        {"domain": ""},
        {"statement": ""},
        {"statement": "a\nURI: https://evil.example"},
        {"nonce": "short"},
        {"chain_id": -1},
        {"uri": "no uri"},
        {"request_id": "a\nb"},
        {"resources": ("https://a\n- https://b",)},
        {"issued_at": datetime(2027, 1, 1)},  # noqa: DTZ001
    ],
)
def test_fields_that_would_read_back_differently_are_not_built(changed: dict[str, Any]) -> None:
    with pytest.raises(SiweMalformed):
        siwe.build(replace(siwe.parse(FULL), **changed))


@pytest.mark.parametrize("value", [None, 5, b"text"])
def test_other_things_are_refused(value: Any) -> None:
    with pytest.raises(SiweMalformed):
        siwe.parse(value)
