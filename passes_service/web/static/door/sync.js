// What this gate does beside scanning: lists fetched, scans uploaded, the hub heard, sealed parts
// deleted in time. Each on its own beat, none of them in the way of a scan.

import * as api from "./api.js";
import * as clock from "./clock.js";
import * as hub from "./hub.js";
import * as line from "./line.js";
import { prune } from "./log.js";
import { uploadWaiting } from "./upload.js";

const LISTS_EVERY = 60_000;
const PROBE_EVERY = 3_000;
const HUB_EVERY = 3_000;
const NEAR = 24 * 3600; // seconds: lists of sessions that begin within a day are kept too
const MOST_NEAR = 5;

/**
 * `gate()` is the gate or null, `sessions()` those it stands at, `current()` the one chosen.
 * `on` hears: changed() whenever what the page states may differ, uploaded(), refused(error).
 */
export function createSync({ gate, sessions, current, on }) {
  let fetching = false;
  let uploading = false;
  let cursor = null;
  let pushed = 0;

  function near() {
    const now = clock.now();
    const soon = sessions().filter((one) => {
      const [starts, ends] = [Date.parse(one.starts_at) / 1000, Date.parse(one.ends_at) / 1000];
      return one.id !== current()?.id && starts < now + NEAR && ends > now;
    });
    return [current(), ...soon.slice(0, MOST_NEAR)].filter(Boolean);
  }

  async function fetchLists() {
    const able = gate();
    if (!able?.canCheck || able.identity.revoked || fetching) return;
    fetching = true;
    try {
      for (const { id } of near()) {
        await able.lists.load(id);
        if (await line.asking(async () => { await able.lists.refresh(id); return true; }, on.refused) === null) break;
      }
    } finally {
      fetching = false;
    }
    on.changed();
  }

  async function upload() {
    const able = gate();
    if (!able?.waiting().length || uploading) return;
    uploading = true;
    try {
      const done = await line.asking(
        () => uploadWaiting(api.upload, (records) => records.forEach((one) => able.remember(one))),
        on.refused,
      );
      if (done) on.uploaded();
    } finally {
      uploading = false;
    }
    on.changed();
  }

  async function hearHub() {
    const able = gate();
    if (!able || !hub.name()) return;
    try {
      const fresh = able.own.filter((one) => one.sequence > pushed).slice(0, 200);
      if (fresh.length) {
        await hub.push(fresh.map(({ text, signature }) => ({ entry: text, signature })));
        pushed = fresh.at(-1).sequence;
      }
      const found = await hub.after(cursor);
      cursor = found.cursor;
      for (const { gate_name: name, entry } of found.entries) {
        const said = typeof entry === "string" ? JSON.parse(entry) : entry;
        if (said.gate !== able.identity.gate.id) able.learn(said, { gate: name });
      }
    } catch (error) {
      if (!(error instanceof api.Unreachable || error instanceof api.Refused)) throw error;
    }
  }

  async function probe() {
    if (!line.isDown()) return;
    await line.asking(() => api.here(PROBE_EVERY), on.refused);
  }

  function now() {
    fetchLists();
    upload();
  }

  /** Deletes what is no longer this phone's to keep: sealed lists, and what the service has. */
  function forget() {
    gate()?.lists.deleteSealed();
    prune(clock.now()).catch(() => {}); // storage that was wiped has nothing to forget
  }

  function start() {
    setInterval(() => { if (!line.isDown()) now(); }, LISTS_EVERY);
    setInterval(probe, PROBE_EVERY);
    setInterval(hearHub, HUB_EVERY);
    setInterval(forget, LISTS_EVERY);
    window.addEventListener("online", probe);
    forget();
    now();
  }

  return { start, now, upload, probe, fetchLists, hearHub };
}
