"""What signing and checking a voucher costs, beside bare coincurve in the same run.

`python -m tests.bench.bench_voucher`. One core; the best of several rounds, because anything else
on the machine only ever adds time. Rounds of ours and of the ceiling take turns, so that both
meet the same machine.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from coincurve import PublicKey

from passes_service.core import pass_id, qr, voucher
from tests.vectors import codes
from tests.vectors.common import ISSUED, ORGANIZER, SERIES, wallet
from tests.vectors.vouchers import SOUND

COUNT = 500
ROUNDS = 12
SIGN_RATE_TARGET = 1_000
RECOVER_RATIO_TARGET = 2.0
CODE_TARGET = 250e-6
Step = Callable[[int], object]


def best_times(*steps: Step) -> list[float]:
    """Return the seconds per call of each step, which is called with 0 to COUNT - 1 per round."""
    best = [float("inf")] * len(steps)
    for _ in range(ROUNDS):
        for place, step in enumerate(steps):
            start = perf_counter()
            for number in range(COUNT):
                step(number)
            best[place] = min(best[place], (perf_counter() - start) / COUNT)
    return best


def main() -> int:
    """Print the figures; return 1 if one misses its target."""
    key = wallet("issuer")
    # Every voucher is different, so that nothing but the domain can come from a cache.
    said = [replace(SOUND, pass_id=pass_id.compose(SERIES, n + 1)) for n in range(COUNT)]
    digests = [voucher.digest(one, ORGANIZER) for one in said]
    signatures = [voucher.sign(digest, key) for digest in digests]
    compact = [key.sign_recoverable(digest, hasher=None) for digest in digests]
    public = codes.PUBLIC
    gate_key, message = codes.ISSUER.public_key(), qr.CONTEXT + codes.SOUND[: qr.BODY_LENGTH]
    code_signature, code = codes.SOUND[qr.BODY_LENGTH :], codes.text(codes.SOUND)

    sign, bare_sign, check, bare_recover, code_check, bare_ed25519 = best_times(
        lambda n: voucher.sign(voucher.digest(said[n], ORGANIZER), key),
        lambda n: key.sign_recoverable(digests[n], hasher=None),
        lambda n: voucher.recover(voucher.digest(said[n], ORGANIZER), signatures[n]),
        lambda n: PublicKey.from_signature_and_message(compact[n], digests[n], hasher=None),
        lambda n: qr.check(code, public_keys=(public,), organizer_id=ORGANIZER, now=ISSUED),
        lambda n: gate_key.verify(code_signature, message),
    )
    rows = [
        ("voucher digest + sign", sign, "bare coincurve sign", bare_sign),
        ("voucher digest + recover", check, "bare coincurve recover", bare_recover),
        ("static code read + verify", code_check, "bare Ed25519 verify", bare_ed25519),
    ]
    for name, ours, ceiling, bare in rows:
        print(
            f"{name:26} {ours * 1e6:7.1f} us {1 / ours:8,.0f}/s | "
            f"{ceiling:22} {bare * 1e6:7.1f} us {1 / bare:8,.0f}/s | ratio {ours / bare:.2f}"
        )
    met = {
        f"at least {SIGN_RATE_TARGET:,} digests and signatures per second": 1 / sign
        >= SIGN_RATE_TARGET,
        f"digest and recovery at most {RECOVER_RATIO_TARGET} times bare recovery": check
        <= RECOVER_RATIO_TARGET * bare_recover,
        f"static code in under {CODE_TARGET * 1e6:.0f} us": code_check < CODE_TARGET,
    }
    for target, reached in met.items():
        print(f"{'reached' if reached else 'MISSED '}  {target}")
    return 0 if all(met.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
