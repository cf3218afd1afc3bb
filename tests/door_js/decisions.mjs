// Asks decide.js what it says to each scan of offline_decisions.json. Argument: the folder of modules.

import { readFileSync } from "node:fs";

const folder = process.argv[2];
const { PassList } = await import(`${folder}bundle.js`);
const { decideEntry, decideExit } = await import(`${folder}decide.js`);
const { Events } = await import(`${folder}known.js`);
const { organizerTag } = await import(`${folder}../door-codes.js`);
const { gate: told, worlds, scans } = JSON.parse(readFileSync(0, "utf8"));
const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

function records(rows) {
  const packed = rows.toSorted((left, right) => left[0] - right[0] || left[1] - right[1]).map(([index, serial, epoch, flags, key]) => {
    const one = Buffer.alloc(44);
    one.writeUInt16BE(index, 0);
    one.writeUInt32BE(serial, 2);
    one.writeUInt32BE(epoch, 6);
    one[10] = flags;
    one.set(bytes(key), 11);
    return one;
  });
  return new Uint8Array(Buffer.concat(packed));
}

function entries(rows, [index, serial]) {
  const packed = rows.map(([number, at, exitedAt, gate]) => {
    const one = Buffer.alloc(18);
    one.writeUInt16BE(index, 0);
    one.writeUInt32BE(serial, 2);
    one.writeUInt16BE(number, 6);
    one.writeUInt32BE(at, 8);
    one.writeUInt32BE(exitedAt, 12);
    one.writeUInt16BE(gate, 16);
    return one;
  });
  return new Uint8Array(Buffer.concat(packed));
}

async function answer({ world: place, now, way, text, entries: rows, events: own, of }) {
  const world = worlds[place];
  const header = { ...world, issued_at: 0 };
  const list = new PassList({ header, records: records(world.records), entries: entries(rows, of) });
  const pass = String((1n << 96n) | (BigInt(world.series[of[0]].series) << 32n) | BigInt(of[1]));
  const events = new Events();
  own.forEach((one, at) => events.add({
    ...one, nonce: String(at), pass, session: world.session.id, gate: "West", gateId: told.id, knownAt: null,
  }));
  const secrets = new Map(world.step_secrets.map(([index, serial, , hex]) => [`${world.series[index].series}/${serial}`, bytes(hex)]));
  const gate = {
    organizerTag: await organizerTag(told.organizer),
    issuerKeys: told.issuer_keys.map(bytes),
    secretOf: (record) => secrets.get(`${record.series}/${record.serial}`) ?? null,
  };
  const found = await (way === "out" ? decideExit : decideEntry)({ text, gate, list, events, now });
  const { code, sentence, rule, pass: number, number: entry, forceable } = found;
  const scope = found.scope.startsWith("session:") ? "session" : found.scope;
  return { pass: number, number: entry, scope, forceable, code, sentence, rule };
}

const answers = [];
for (const scan of scans) answers.push(await answer(scan));
process.stdout.write(JSON.stringify(answers));
