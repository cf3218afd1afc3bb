"""Addresses and signatures have one spelling, and it is everybody else's."""

from __future__ import annotations

from typing import Any

import pytest
from coincurve import PrivateKey
from eth_account import Account
from eth_account.messages import encode_defunct
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import ethereum
from passes_service.core.ethereum import AddressMalformed, SignatureMalformed

EIP_55_EXAMPLES = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]
KEY = PrivateKey(b"\x07" * 32)


@pytest.mark.parametrize("text", EIP_55_EXAMPLES)
def test_examples_of_eip_55(text: str) -> None:
    assert ethereum.checksum_address(ethereum.address_bytes(text)) == text
    assert ethereum.normalize_address(text.lower()) == text
    assert ethereum.normalize_address("0x" + text[2:].upper()) == text


@given(st.binary(min_size=20, max_size=20))
def test_checksum_is_that_of_eth_utils(raw: bytes) -> None:
    assert ethereum.checksum_address(raw) == to_checksum_address(raw)


@pytest.mark.parametrize(
    "text", ["", "0x", "0x" + "0" * 39, "0x" + "0" * 41, "0X" + "0" * 40, "0" * 42, None, 5]
)
def test_what_is_no_address_is_refused(text: Any) -> None:
    with pytest.raises(AddressMalformed):
        ethereum.address_bytes(text)
    with pytest.raises(AddressMalformed):
        ethereum.normalize_address(text)


def test_wrong_case_is_refused_but_a_single_case_can_be_completed() -> None:
    wrong = "0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"

    for read in (ethereum.address_bytes, ethereum.normalize_address):
        with pytest.raises(AddressMalformed):
            read(wrong)
    with pytest.raises(AddressMalformed):
        ethereum.address_bytes(wrong.lower())
    with pytest.raises(AddressMalformed):
        ethereum.checksum_address(b"\x00" * 19)


@given(st.text())
def test_text_digest_is_that_of_personal_sign(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    signed = Account.sign_message(encode_defunct(text=text), KEY.secret)

    assert bytes(signed.message_hash) == ethereum.text_digest(text)
    assert bytes(signed.signature) == ethereum.sign_digest(ethereum.text_digest(text), KEY)


@given(st.binary(min_size=32, max_size=32))
def test_signatures_are_low_and_recover(digest: bytes) -> None:
    signature = ethereum.sign_digest(digest, KEY)
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    s = int.from_bytes(signature[32:64], "big")
    twin = signature[:32] + (order - s).to_bytes(32, "big") + bytes([55 - signature[64]])

    assert ethereum.recover_signer(digest, signature) == ethereum.address_of(KEY)
    assert s <= order // 2
    with pytest.raises(SignatureMalformed, match="twin"):
        ethereum.recover_signer(digest, twin)


@pytest.mark.parametrize("text", ["", "0x", "0x" + "0" * 129, "0x" + "g" * 130, "0" * 130, None])
def test_what_is_no_signature_is_refused(text: Any) -> None:
    with pytest.raises(SignatureMalformed):
        ethereum.parse_signature(text)


def test_signature_is_read_in_either_case() -> None:
    assert ethereum.parse_signature("0x" + "aB" * 65) == b"\xab" * 65
