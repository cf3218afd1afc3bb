// Asks bundle.js, points.js and sealed.js what they say to bundles.json. Argument: the folder of modules.

import { readFileSync } from "node:fs";

const folder = process.argv[2];
const { PassList, applyDelta, readBundle, split } = await import(`${folder}bundle.js`);
const { uncompressed } = await import(`${folder}points.js`);
const { openSealed } = await import(`${folder}sealed.js`);
const { gate, checks, held, applied, device_keys: points, sealed, bodies } = JSON.parse(readFileSync(0, "utf8"));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (data) => data && Buffer.from(data).toString("hex");
const known = { issuerKeys: gate.issuer_keys, organizer: gate.organizer, session: gate.session };

const verdict = (work) => work.then((found) => ({ verdict: "ok", found }), (error) => ({ verdict: error.why ?? String(error) }));
const read = (data, held_sequence, now) => readBundle(bytes(data), { ...known, heldSequence: held_sequence || null, now });

async function apply(data) {
  const base = await read(held, 0, gate.now);
  return applyDelta(base, await read(data, base.header.sequence, gate.now));
}

function asked(found) {
  const list = new PassList(found);
  const records = found.header.series.flatMap(({ series }) => [...Array(600).keys()].map((serial) => list.find(BigInt(series), serial)));
  return records.filter(Boolean).map((one) => ({
    series: String(one.series), serial: one.serial, epoch: one.epoch, live: one.live, reserved: one.reserved,
    device_key: one.bound ? hex(one.deviceKey) : null, entries: list.entriesOf(one.series, one.serial),
  }));
}

const answer = { checks: [], applied: [], points: [], sealed: [], bodies: [] };
for (const one of checks) answer.checks.push((await verdict(read(one.bytes, one.held_sequence, one.now))).verdict);
for (const one of applied) answer.applied.push((await verdict(apply(one.bytes))).verdict);
answer.held = asked(await read(held, 0, gate.now));
const after = await apply(applied[0].bytes);
answer.after = asked(after);
answer.state = after.header.state;
for (const one of points) answer.points.push(hex(uncompressed(bytes(one.compressed))));
for (const bad of [new Uint8Array(33), bytes("02" + "ff".repeat(32)), bytes("05" + "01".repeat(32)), bytes("02" + "00".repeat(31) + "01")]) {
  answer.points.push(uncompressed(bad));
}
const url = (hexText) => Buffer.from(hexText, "hex").toString("base64url");
const [x, y] = [sealed.agreement_key.slice(2, 66), sealed.agreement_key.slice(66)];
const jwk = { kty: "EC", crv: "P-256", d: url(sealed.agreement_scalar), x: url(x), y: url(y) };
const agree = await crypto.subtle.importKey("jwk", jwk, { name: "ECDH", namedCurve: "P-256" }, false, ["deriveBits"]);
const opening = (data, changed) => openSealed(bytes(data), { agree, gate: sealed.gate, session: gate.session, issuerKeys: gate.issuer_keys, ...changed });
for (const one of sealed.checks) answer.sealed.push(await opening(one.bytes).catch(() => null));
answer.elsewhere = await opening(sealed.checks[0].bytes, { session: "01940000-0000-7000-8000-0000000000d4" }).catch(() => null);
for (const one of bodies) {
  try {
    answer.bodies.push(split(bytes(one)).map(hex));
  } catch (error) {
    answer.bodies.push(error.why);
  }
}
process.stdout.write(JSON.stringify(answer));
