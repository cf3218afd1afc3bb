"""One scan of a gate without a network, on a phone six times slower than this machine.

`python -m tests.bench.bench_gate`. The scanner page's own modules in headless Chromium, throttled
by its own means, hold the list of a full house; each scan is a live code of another phone, decided
and written down durably. The throttle slows the page's thread; its disk and its threads for
cryptography are as quick as this machine's. The ceiling is the cryptography and one durable write.
"""

from __future__ import annotations

from datetime import timedelta
from statistics import median, quantiles
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlmodel import col

from passes_service.core import pass_id, qr_bound
from passes_service.core.instants import to_seconds
from passes_service.db.models import PassDevice
from tests.bench import bundle_ground
from tests.bench.bench_bundle import CHROMIUM, PASSES, open_page
from tests.bench.figures import Figure, Ratio, show
from tests.bench.ground import Ground, ground
from tests.bench.server import serving_process
from tests.vectors.common import device

SCANS = 200
SLOWER = 6
TARGET_MS = 50.0
EPOCH = 2
_SCANS = """async ({ session, token, pinned, organizer, now, epoch, codes }) => {
  const at = (name) => import(`/static/door/${name}.js`);
  const [api, clock, keys, gates, log, store] = await Promise.all(
    ["api", "clock", "keys", "gate", "log", "store"].map(at));
  const { checkCode, organizerTag } = await import("/static/door-codes.js");
  api.gateKey.set(token);
  const own = await keys.makeKeys();
  const id = "01940000-0000-7000-8000-0000000000e5";
  const known = { organizer, token, issuerKeys: pinned, keys: own };
  const identity = { ...known, gate: { id, name: "Main door" } };
  clock.observe(new Date(now * 1000).toISOString(), Date.now(), Date.now());
  const gate = await gates.openGate(identity);
  await gate.lists.refresh(session).catch((error) => error);  // this gate has nothing sealed
  const list = gate.usable(session);
  const bare = { organizerTag: await organizerTag(organizer), issuerKeys: [] };
  const found = [];
  for (const { text, series, serial } of codes) {
    let began = performance.now();
    const asked = { session, text, way: "in", reason: "", nonce: api.newNonce() };
    const outcome = await gate.decide(asked);
    const ours = performance.now() - began;
    if (outcome.code !== "ADMIT_PROVISIONAL") throw new Error(outcome.sentence);
    const key = list.find(BigInt(series), serial).deviceKey;
    const find = () => ({ epoch, deviceKey: key });
    began = performance.now();
    const { verdict } = await checkCode(text, { ...bare, find }, clock.now());
    if (verdict !== "VALID") throw new Error(verdict);
    const entry = await log.sealedEntry(own, { gate: id, sequence: 1, previous: "", text });
    await store.append("online", { ...entry, nonce: api.newNonce() });
    found.push([ours, performance.now() - began]);
  }
  return found;
}"""


def measure() -> list[Figure]:
    """Return the figure."""
    name = f"scan without a network, {PASSES:,} passes, CPU throttled {SLOWER} times"
    if not CHROMIUM.exists():
        return [Figure(name=name, ours=f"no browser at {CHROMIUM}", target="under 50 ms")]
    with ground("sqlite") as at:
        ids = bundle_ground.fill(at, PASSES)
        asked = _asked(at, ids[:SCANS])
        with serving_process("ours", at, at=at.doors_open) as server, open_page(server) as page:
            session = page.context.new_cdp_session(page)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            times = page.evaluate(_SCANS, asked)
    return [_figure(name, times)]


def _asked(at: Ground, ids: list[UUID]) -> dict[str, Any]:
    """Give the first passes phones whose keys are known; return what the page needs."""
    phones = [device(f"bench phone {number}") for number in range(len(ids))]
    with at.database.transaction() as session:
        for row_id, phone in zip(ids, phones, strict=True):
            key = qr_bound.device_key(phone.public_key())
            of_pass = col(PassDevice.pass_row_id) == row_id
            session.execute(update(PassDevice).where(of_pass).values(public_key=key))
    series, now = at.made.series.series_no, at.doors_open
    codes = [
        {
            "series": str(series),
            "serial": serial,
            "text": qr_bound.sign_bound(
                pass_number=pass_id.compose(series, serial),
                epoch=EPOCH,
                organizer_id=at.made.organizer_id,
                now=now + timedelta(seconds=20),  # the page's clock runs meanwhile
                key=phone,
            ),
        }
        for serial, phone in enumerate(phones, 1)
    ]
    return {
        "session": str(at.made.sessions[0].id),
        "token": at.gate_key,
        "pinned": [key.hex() for key in at.services.keyring.gate_public_keys(now)],
        "organizer": str(at.made.organizer_id),
        "now": to_seconds(now),
        "epoch": EPOCH,
        "codes": codes,
    }


def _figure(name: str, times: list[tuple[float, float]]) -> Figure:
    ours, bare = zip(*times, strict=True)
    late = quantiles(ours, n=20)[-1]
    return Figure(
        name=name,
        ours=f"{median(ours):.0f} ms, 95 % under {late:.0f} ms, at most {max(ours):.0f} ms",
        ceiling=f"{median(bare):.0f} ms: verify, sign, write",
        ratio=str(Ratio(tuple(one / other for one, other in zip(bare, ours, strict=True)))),
        target=f"under {TARGET_MS:.0f} ms",
        reached=late < TARGET_MS,
    )


if __name__ == "__main__":
    print(show(measure()))
