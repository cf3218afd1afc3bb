"""Codes that change: what a device or a wallet app makes, a gate reads, for 45 seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from passes_service.core import pass_id, qr_bound, qr_image, qr_step
from passes_service.core.errors import DomainError
from passes_service.core.instants import from_seconds
from passes_service.core.qr_form import MAX_UINT32, CodeMalformed, CodeVerdict
from tests.core.door_vectors import NO_KEYS, VECTORS, naming
from tests.vectors import bound, steps
from tests.vectors.common import ORGANIZER

NOW = from_seconds(bound.MADE)
numbers = st.builds(pass_id.compose, st.integers(1, 2**64 - 1), st.integers(1, MAX_UINT32))
uint32 = st.integers(0, MAX_UINT32)
RFC_6238_SECRET = b"12345678901234567890"


@settings(deadline=None)
@given(numbers, uint32, st.uuids(), uint32, st.integers(-46, 46))
def test_a_bound_code_reads_back(
    number: int, epoch: int, organizer: UUID, second: int, skew: int
) -> None:
    made = from_seconds(second)
    text = qr_bound.sign_bound(
        pass_number=number, epoch=epoch, organizer_id=organizer, now=made, key=bound.PHONE
    )

    code = qr_bound.read(text)
    found = qr_bound.verify(
        code,
        device_key=bound.DEVICE_KEY,
        epoch=epoch,
        organizer_id=organizer,
        now=made + timedelta(seconds=skew),
    )

    assert code.identity == (number, epoch, second)
    assert found.verdict == (CodeVerdict.STALE if abs(skew) > 45 else CodeVerdict.VALID)


@settings(deadline=None)
@given(numbers, uint32, st.uuids(), uint32, st.binary(min_size=32, max_size=32))
def test_a_time_step_code_reads_back(
    number: int, epoch: int, organizer: UUID, second: int, issuer_secret: bytes
) -> None:
    secret = qr_step.pass_secret(
        issuer_secret, pass_number=number, epoch=epoch, organizer_id=organizer
    )
    said: dict[str, Any] = {"pass_number": number, "epoch": epoch, "organizer_id": organizer}
    text = qr_step.make_time_step(secret=secret, now=from_seconds(second), **said)
    pattern = qr_step.value_pattern(secret=secret, **said)

    code = qr_step.read(text)
    found = qr_step.verify(
        code, secret=secret, epoch=epoch, organizer_id=organizer, now=from_seconds(second)
    )

    assert found.ok
    assert code.identity == (number, epoch, second // 15 * 15)
    # As the wallet app does it: two substitutions, nothing else.
    filled = pattern.replace("{totp_timestamp_seconds}", f"{second:010d}")
    assert filled.replace("{totp_value_0}", text[-8:]) == text


@settings(max_examples=20, deadline=None)
@given(numbers, uint32, uint32)
def test_live_codes_fit_version_6_at_level_m(number: int, epoch: int, second: int) -> None:
    said: dict[str, Any] = {"pass_number": number, "epoch": epoch, "organizer_id": ORGANIZER}
    now = from_seconds(second)
    of_device = qr_bound.sign_bound(key=bound.PHONE, now=now, **said)
    of_wallet = qr_step.make_time_step(secret=steps.SECRET, now=now, **said)

    assert len(of_device) == qr_bound.TEXT_LENGTH == 148
    assert len(of_wallet) == qr_step.TEXT_LENGTH == 64
    assert len(qr_image.qr_matrix(of_device)) == 17 + 4 * 6
    assert len(qr_image.qr_matrix(of_wallet)) == 17 + 4 * 4


@pytest.mark.parametrize(
    ("second", "digits"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_digits_are_those_of_rfc_6238(second: int, digits: str) -> None:
    assert qr_step.totp(RFC_6238_SECRET, second // 30) == digits


def test_the_published_secret_and_pattern_are_ours() -> None:
    said: dict[str, Any] = {
        "pass_number": int(VECTORS["codes"]["T"]["pass_id"]),
        "epoch": 3,
        "organizer_id": ORGANIZER,
    }
    secret = qr_step.pass_secret(steps.ISSUER_SECRET, **said)

    assert secret.hex() == VECTORS["keys"]["step_pass_secret"]
    assert qr_step.value_pattern(secret=secret, **said) == VECTORS["codes"]["T"]["pattern"]
    made = qr_step.make_time_step(secret=secret, now=from_seconds(steps.SHOWN), **said)
    assert made == VECTORS["codes"]["T"]["text"]


def test_a_secret_is_of_one_pass_in_one_epoch_of_one_organizer() -> None:
    said: dict[str, Any] = {"pass_number": 1 << 96 | 1 << 32 | 1, "epoch": 1}
    changes: list[dict[str, Any]] = [
        {},
        {"pass_number": 1 << 96 | 1 << 32 | 2},
        {"pass_number": 1 << 96 | 2 << 32 | 1},
        {"epoch": 2},
        {"organizer_id": UUID(int=2)},
    ]
    secrets = {
        qr_step.pass_secret(bytes(32), **({"organizer_id": UUID(int=1)} | said | changed))
        for changed in changes
    }

    assert len(secrets) == len(changes)
    assert {len(secret) for secret in secrets} == {qr_step.SECRET_LENGTH}


@pytest.mark.parametrize(
    "key", [None, b"", bytes(65), b"\x04" + bytes(64), bound.DEVICE_KEY[:33], bound.OTHER_KEY]
)
def test_a_bound_code_proves_nothing_to_another_key(key: bytes | None) -> None:
    found = qr_bound.verify(
        qr_bound.read(VECTORS["codes"]["B"]["text"]),
        device_key=key,
        epoch=3,
        organizer_id=ORGANIZER,
        now=NOW,
    )

    assert found.verdict is CodeVerdict.BAD_SIGNATURE


@pytest.mark.parametrize("key", NO_KEYS, ids=lambda key: key[:2].hex() or "empty")
def test_what_is_no_uncompressed_point_refuses_even_codes_that_name_it(key: bytes) -> None:
    found = qr_bound.verify(
        qr_bound.read(naming(key)), device_key=key, epoch=3, organizer_id=ORGANIZER, now=NOW
    )

    assert found.verdict is CodeVerdict.BAD_SIGNATURE


@pytest.mark.parametrize(
    "changed",
    [
        {"epoch": -1},
        {"epoch": MAX_UINT32 + 1},
        {"now": from_seconds(-1)},
        {"now": from_seconds(MAX_UINT32 + 1)},
        {"pass_number": 5},
    ],
)
def test_what_does_not_fit_is_not_made(changed: dict[str, Any]) -> None:
    said: dict[str, Any] = {"pass_number": 1 << 96 | 1 << 32 | 1, "epoch": 1, "now": NOW}
    said |= {"organizer_id": ORGANIZER, **changed}

    with pytest.raises(DomainError):
        qr_bound.sign_bound(key=bound.PHONE, **said)
    with pytest.raises(DomainError):
        qr_step.make_time_step(secret=steps.SECRET, **said)


def test_no_secret_is_derived_for_an_epoch_that_does_not_fit() -> None:
    with pytest.raises(CodeMalformed):
        qr_step.pass_secret(
            bytes(32), pass_number=1 << 96 | 1 << 32 | 1, epoch=-1, organizer_id=ORGANIZER
        )
