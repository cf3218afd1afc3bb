"""What signing and checking a voucher costs, beside bare coincurve in the same run.

`python -m tests.bench.bench_voucher`. One core; the best of several rounds, because anything else
on the machine only ever adds time. Rounds of ours and of the ceiling take turns, so that both
meet the same machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from coincurve import PublicKey

from passes_service.core import pass_id, qr, voucher
from tests.bench.figures import Figure, show
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


def measure() -> list[Figure]:
    """Return the figures."""
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
    recover_target = f"at most {RECOVER_RATIO_TARGET:.1f} times as long"
    return [
        _figure("voucher digest + sign", sign, "coincurve sign", bare_sign)(
            f"{SIGN_RATE_TARGET:,}/s or more", 1 / sign >= SIGN_RATE_TARGET
        ),
        _figure("voucher digest + recover", check, "coincurve recover", bare_recover)(
            recover_target, check <= RECOVER_RATIO_TARGET * bare_recover
        ),
        _figure("static code read + verify", code_check, "Ed25519 verify", bare_ed25519)(
            f"under {CODE_TARGET * 1e6:.0f} us", code_check < CODE_TARGET
        ),
    ]


def _figure(name: str, ours: float, ceiling: str, bare: float) -> Callable[[str, bool], Figure]:
    def aimed(target: str, reached: bool) -> Figure:
        return Figure(
            name=name,
            ours=f"{1 / ours:,.0f}/s, {ours * 1e6:.0f} us",
            ceiling=f"{1 / bare:,.0f}/s, {bare * 1e6:.0f} us: bare {ceiling}",
            ratio=f"{bare / ours:.2f} ({ours / bare:.2f} times as long)",
            target=target,
            reached=reached,
        )

    return aimed


def main() -> None:
    """Print the figures."""
    print(show(measure()))


if __name__ == "__main__":
    main()
