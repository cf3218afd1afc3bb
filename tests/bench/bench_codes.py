"""What reading and checking a door code costs, beside the bare cryptography in the same run.

`python -m tests.bench codes`. One core; the best of several rounds, because anything else on the
machine only ever adds time. Every code is of another pass and, if bound, of another phone: at a
door nobody comes twice, so no cache of keys may help.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from datetime import timedelta

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from passes_service.core import pass_id, qr, qr_bound, qr_read, qr_step
from passes_service.core.qr_bound import BoundCode
from passes_service.core.qr_read import KnownPass
from passes_service.core.qr_step import TimeStepCode
from tests.bench.bench_voucher import COUNT, best_times
from tests.bench.figures import Figure, show
from tests.vectors import codes
from tests.vectors.common import EXPIRES, ISSUED, ORGANIZER, SERIES, device

STATIC_TARGET = 250e-6
BOUND_TARGET = 300e-6
NOW = ISSUED + timedelta(seconds=10)
NUMBERS = [pass_id.compose(SERIES, serial + 1) for serial in range(COUNT)]
PHONES = [device(f"phone {serial}") for serial in range(COUNT)]
SECRETS = [bytes([serial % 256]) * 20 for serial in range(COUNT)]
KNOWN = {
    number: KnownPass(epoch=1, device_key=qr_bound.device_key(phone.public_key()), step_secret=own)
    for number, phone, own in zip(NUMBERS, PHONES, SECRETS, strict=True)
}


def checked(text: str) -> None:
    """Check a code as a gate does; a refusal would be a figure of something else."""
    found = qr_read.check(
        text, public_keys=(codes.PUBLIC,), organizer_id=ORGANIZER, find=known, now=NOW
    )
    if not found.ok:
        raise AssertionError(found)


def known(code: BoundCode | TimeStepCode) -> KnownPass | None:
    return KNOWN.get(code.pass_id)


def static_steps() -> tuple[Callable[[int], object], Callable[[int], object]]:
    """Return checking the nth static code, and nothing but its Ed25519 verification."""
    texts = [
        qr.sign_static(
            pass_number=number,
            epoch=1,
            organizer_id=ORGANIZER,
            issued_at=ISSUED,
            expires_at=EXPIRES,
            key=codes.ISSUER,
        )
        for number in NUMBERS
    ]
    read = [qr.read(text) for text in texts]
    signed = [(code.signature, qr.CONTEXT + code.body) for code in read]
    key = codes.ISSUER.public_key()
    return lambda n: checked(texts[n]), lambda n: key.verify(*signed[n])


def bound_steps() -> tuple[Callable[[int], object], Callable[[int], object]]:
    """Return checking the nth bound code, and nothing but its ECDSA verification."""
    texts = [
        qr_bound.sign_bound(
            pass_number=number, epoch=1, organizer_id=ORGANIZER, now=ISSUED, key=phone
        )
        for number, phone in zip(NUMBERS, PHONES, strict=True)
    ]
    read = [qr_bound.read(text) for text in texts]
    signed = [(_der(code.signature), qr.CONTEXT + code.body) for code in read]
    keys, algorithm = [phone.public_key() for phone in PHONES], ec.ECDSA(hashes.SHA256())
    return lambda n: checked(texts[n]), lambda n: keys[n].verify(*signed[n], algorithm)


def step_steps() -> tuple[Callable[[int], object], Callable[[int], object]]:
    """Return checking the nth time-step code, and nothing but its HMAC."""
    texts = [
        qr_step.make_time_step(
            secret=own, pass_number=number, epoch=1, organizer_id=ORGANIZER, now=ISSUED
        )
        for number, own in zip(NUMBERS, SECRETS, strict=True)
    ]
    return lambda n: checked(texts[n]), lambda n: hmac.digest(SECRETS[n], bytes(8), "sha1")


def measure() -> list[Figure]:
    """Return the figures."""
    pairs = (static_steps(), bound_steps(), step_steps())
    static, bare_static, bound, bare_bound, step, bare_step = best_times(
        *(one for pair in pairs for one in pair)
    )
    return [
        _figure("S code read + verify", static, "Ed25519 verify", bare_static, STATIC_TARGET),
        _figure("B code read + verify", bound, "P-256 verify", bare_bound, BOUND_TARGET),
        _figure("T code read + verify", step, "HMAC-SHA-1", bare_step, None),
    ]


def _figure(name: str, ours: float, ceiling: str, bare: float, target: float | None) -> Figure:
    return Figure(
        name=name,
        ours=f"{1 / ours:,.0f}/s, {ours * 1e6:.0f} us",
        ceiling=f"{1 / bare:,.0f}/s, {bare * 1e6:.0f} us: bare {ceiling}",
        ratio=f"{bare / ours:.2f} ({(ours - bare) * 1e6:.0f} us more)",
        target=f"under {target * 1e6:.0f} us" if target else "",
        reached=ours < target if target else None,
    )


def _der(signature: bytes) -> bytes:
    r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
    return encode_dss_signature(r, s)


if __name__ == "__main__":
    print(show(measure()))
