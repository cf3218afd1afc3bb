"""A voucher file reads back as it was written, and every change to it is noticed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import voucher_file
from passes_service.core.voucher import VoucherMalformed
from passes_service.core.voucher_file import VoucherVerdict
from tests.vectors.common import ISSUED, ORGANIZER
from tests.vectors.vouchers import SOUND, signed_file

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "vouchers.json").read_text(encoding="utf-8")
)
ISSUERS = (VECTORS["issuer"],)
TEXT = json.dumps(signed_file(SOUND))


@pytest.mark.parametrize("case", VECTORS["checks"], ids=lambda case: case["name"])
def test_published_files_get_their_verdict(case: dict[str, str]) -> None:
    now = datetime.fromtimestamp(int(case["now"]), UTC)

    check = voucher_file.verify(case["text"], issuer_addresses=ISSUERS, now=now)

    assert check.verdict == case["verdict"]
    assert check.ok == (case["verdict"] == "valid")
    assert check.sentence.startswith(voucher_file.SENTENCES[check.verdict])
    assert (check.file is None) == (case["verdict"] == "malformed")


def test_file_reads_back_as_written() -> None:
    file = voucher_file.read_file(json.dumps(signed_file(SOUND), indent=2))

    assert file.voucher == SOUND
    assert file.organizer_id == ORGANIZER
    assert file.issuer == VECTORS["issuer"]


def test_a_stranger_checks_the_file_with_what_is_in_it() -> None:
    document = json.loads(TEXT)
    signable = encode_typed_data(full_message=document["typedData"])

    signer = Account.recover_message(signable, signature=document["signature"])

    assert signer == document["issuer"]


def test_no_issuers_means_no_valid_voucher() -> None:
    check = voucher_file.verify(TEXT, issuer_addresses=(), now=ISSUED)

    assert check.verdict is VoucherVerdict.BAD_SIGNATURE


def test_dates_of_the_far_future_are_compared_not_converted() -> None:
    file = signed_file(SOUND)
    file["typedData"]["message"]["expiresAt"] = str(2**64 - 1)
    far = datetime.max.replace(tzinfo=UTC) - timedelta(days=1)

    check = voucher_file.verify(json.dumps(file), issuer_addresses=ISSUERS, now=far)

    assert check.verdict is VoucherVerdict.BAD_SIGNATURE


@given(st.text())
def test_any_text_gets_a_verdict(text: str) -> None:
    check = voucher_file.verify(text, issuer_addresses=ISSUERS, now=ISSUED)

    assert check.verdict is VoucherVerdict.MALFORMED


@given(st.integers(0, len(TEXT) - 1), st.characters())
def test_any_changed_character_gets_a_verdict(place: int, character: str) -> None:
    text = TEXT[:place] + character + TEXT[place + 1 :]

    check = voucher_file.verify(text, issuer_addresses=ISSUERS, now=ISSUED)

    if check.ok:  # white space, or the other case of a hexadecimal digit of the signature
        assert json.loads(text.lower()) == json.loads(TEXT.lower())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
PLACES = [
    ("format",),
    ("organizer",),
    ("issuer",),
    ("typedData",),
    ("signature",),
    ("typedData", "message"),
    ("typedData", "types"),
    ("typedData", "domain", "salt"),
    *(("typedData", "message", name) for name in signed_file(SOUND)["typedData"]["message"]),
]


@given(st.sampled_from(PLACES), json_values)
def test_any_value_in_any_place_gets_a_verdict(place: tuple[str, ...], value: Any) -> None:
    file = signed_file(SOUND)
    target = file
    for name in place[:-1]:
        target = target[name]
    target[place[-1]] = value

    check = voucher_file.verify(json.dumps(file), issuer_addresses=ISSUERS, now=ISSUED)

    assert not check.ok


@pytest.mark.parametrize("text", [None, b"{}", 7, " " * 16_385])
def test_other_things_are_refused(text: Any) -> None:
    with pytest.raises(VoucherMalformed):
        voucher_file.read_file(text)
