"""Only points of P-256, and each in one spelling."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from passes_service.core import device_key
from passes_service.core.device_key import DeviceKeyMalformed
from tests.phones import Phone

# Always the same one: it names the tests below, and every worker has to find them alike.
KEY = Phone(key=ec.derive_private_key(20270116, ec.SECP256R1())).public_key


def test_key_comes_back_as_it_was_written() -> None:
    text = device_key.to_text(KEY)

    assert len(text) == 87
    assert device_key.parse(text) == KEY


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        KEY[:-1],
        KEY + b"\0",
        bytes([2 + KEY[-1] % 2]) + KEY[1:33],  # the same point, compressed
        bytes([6 + KEY[-1] % 2]) + KEY[1:],  # the same point, hybrid
        b"\x02" + KEY[1:],  # compressed by its mark, not by its length
        KEY[:-1] + bytes([KEY[-1] ^ 1]),  # beside the curve
        b"\x04" + bytes(64),
        b"\x04" + b"\xff" * 64,  # coordinates beyond the field
    ],
)
def test_what_is_no_uncompressed_point_is_refused(raw: bytes) -> None:
    with pytest.raises(DeviceKeyMalformed):
        device_key.parse(device_key.to_text(raw))


def test_padding_and_a_second_spelling_of_the_same_bytes_are_refused() -> None:
    text = device_key.to_text(KEY)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same_bytes = text[:-1] + letters[letters.index(text[-1]) + 1]

    for other in (text + "=", same_bytes, text + "\n", " " + text):
        with pytest.raises(DeviceKeyMalformed):
            device_key.parse(other)


@given(st.text(max_size=100))
def test_no_text_does_anything_but_be_refused(text: str) -> None:
    with pytest.raises(DeviceKeyMalformed):
        device_key.parse(text)
