"""A voucher is what any Ethereum tool takes it for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from coincurve import PrivateKey
from eth_account import Account
from eth_account.messages import encode_typed_data
from eth_utils.crypto import keccak
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import ethereum, pass_id, voucher
from passes_service.core.errors import DomainError
from passes_service.core.voucher import PassVoucher, VoucherMalformed
from tests.vectors.common import ORGANIZER, flip, wallet
from tests.vectors.vouchers import SOUND

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "vouchers.json").read_text(encoding="utf-8")
)
uint64 = st.integers(0, 2**64 - 1)
vouchers = st.builds(
    lambda number, serial, holder, epoch, dates, terms: PassVoucher(
        pass_id=pass_id.compose(number, serial),
        holder=ethereum.checksum_address(holder),
        epoch=epoch,
        issued_at=min(dates),
        expires_at=max(dates),
        terms_hash=terms,
    ),
    st.integers(1, 2**64 - 1),
    st.integers(1, 2**32 - 1),
    st.binary(min_size=20, max_size=20),
    uint64,
    st.sets(uint64, min_size=2, max_size=2),
    st.binary(min_size=32, max_size=32),
)


def oracle_digest(typed: dict[str, Any]) -> bytes:
    """eth-account's own hash of typed data."""
    signable = encode_typed_data(full_message=typed)
    return keccak(b"\x19" + signable.version + signable.header + signable.body)


@given(vouchers, st.uuids())
def test_digest_is_what_eth_account_signs(said: PassVoucher, organizer: UUID) -> None:
    typed = voucher.typed_data(said, organizer)

    assert voucher.digest(said, organizer) == oracle_digest(typed)
    assert json.loads(json.dumps(typed)) == typed


@given(vouchers, st.uuids(), st.binary(min_size=32, max_size=32))
def test_signatures_are_the_same_as_eth_accounts(
    said: PassVoucher, organizer: UUID, secret: bytes
) -> None:
    key = PrivateKey(b"\x01" + secret[1:])
    typed = voucher.typed_data(said, organizer)
    digest = voucher.digest(said, organizer)

    ours = voucher.sign(digest, key)
    theirs = Account.sign_typed_data(key.secret, full_message=typed)

    assert ours == bytes(theirs.signature)
    assert ours == voucher.sign(digest, key.secret)
    assert voucher.recover(digest, ours) == ethereum.address_of(key)
    assert ethereum.address_of(key) == Account.from_key(key.secret).address
    signable = encode_typed_data(full_message=typed)
    assert Account.recover_message(signable, signature=ours) == ethereum.address_of(key)


@pytest.mark.parametrize("case", VECTORS["cases"], ids=lambda case: case["name"])
def test_published_vectors_hold_for_eth_account(case: dict[str, Any]) -> None:
    typed = voucher.typed_data(SOUND, UUID(VECTORS["organizer"])) | {"message": case["message"]}
    signable = encode_typed_data(full_message=typed)

    assert oracle_digest(typed).hex() == case["digest"]
    assert signable.header.hex() == VECTORS["domain_separator"]
    signed = Account.sign_typed_data("0x" + VECTORS["private_key"], full_message=typed)
    assert bytes(signed.signature).hex() == case["signature"]
    assert Account.recover_message(signable, signature=case["signature"]) == VECTORS["issuer"]


def test_organizers_do_not_share_vouchers() -> None:
    other = UUID(int=ORGANIZER.int + 1)

    assert voucher.digest(SOUND, ORGANIZER) != voucher.digest(SOUND, other)
    assert "chainId" not in voucher.typed_data(SOUND, ORGANIZER)["domain"]


@given(st.integers(0, 65 * 8 - 1))
def test_no_flipped_bit_of_a_signature_recovers_the_signer(bit: int) -> None:
    digest = voucher.digest(SOUND, ORGANIZER)
    signature = flip(voucher.sign(digest, wallet("issuer")), bit)

    try:
        signer = voucher.recover(digest, signature)
    except ethereum.SignatureMalformed:
        return
    assert signer != ethereum.address_of(wallet("issuer"))


@given(st.binary(max_size=70))
def test_any_bytes_recover_an_address_or_are_refused(signature: bytes) -> None:
    digest = voucher.digest(SOUND, ORGANIZER)
    try:
        ethereum.address_bytes(voucher.recover(digest, signature))
    except ethereum.SignatureMalformed:
        return


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pass_id", 1),
        ("holder", "0x0"),
        ("holder", SOUND.holder.lower()),
        ("epoch", -1),
        ("epoch", 2**64),
        ("issued_at", -1),
        ("expires_at", 2**64),
        ("expires_at", SOUND.issued_at),
        ("terms_hash", b"\x00" * 31),
        ("terms_hash", b"\x00" * 33),
    ],
)
def test_fields_out_of_range_are_refused(field: str, value: Any) -> None:
    fields = {name: getattr(SOUND, name) for name in PassVoucher.__dataclass_fields__}

    with pytest.raises(DomainError):
        PassVoucher(**(fields | {field: value}))


def test_refusal_names_the_field() -> None:
    with pytest.raises(VoucherMalformed) as refused:
        PassVoucher(pass_id=SOUND.pass_id, epoch=-1, issued_at=0, expires_at=1, terms_hash=b"")

    assert refused.value.members == {"field": "epoch"}
