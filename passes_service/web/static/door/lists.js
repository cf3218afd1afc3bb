// The lists that this gate holds, one per session: fetched, checked, kept, and let go of in time.

import * as api from "./api.js";
import { BundleRefused, PassList, applyDelta, checkState, readBundle, split } from "./bundle.js";
import * as clock from "./clock.js";
import * as identities from "./identity.js";
import { openSealed } from "./sealed.js";
import * as store from "./store.js";

const SEALED_EVERY = 600; // seconds; sooner where the list has changed

export function createLists(identity) {
  const lists = new Map();
  const opened = new Map();
  const refusals = new Map();

  /** Takes up what is kept for a session; what is damaged is dropped. */
  async function load(session) {
    const kept = await store.get("bundles", session);
    if (kept && !lists.has(session)) {
      try {
        await checkState(kept);
        lists.set(session, new PassList(kept));
      } catch {
        await store.remove("bundles", session);
      }
    }
    const sealed = await store.get("sealed", session);
    if (sealed && sealed.deleteAt > clock.now()) await open(session, sealed.bytes).catch(() => store.remove("sealed", session));
  }

  async function take(session, found) {
    const { header, records, entries } = found;
    const kept = { header, records: records.slice(), entries: entries.slice() };
    await store.put("bundles", session, kept);
    lists.set(session, new PassList(kept));
    // What a pinned key announces is pinned.
    if (header.issuer_keys.length) identity.issuerKeys = header.issuer_keys;
    await identities.keep(identity);
  }

  async function read(bytes, session) {
    const held = lists.get(session);
    const found = await readBundle(bytes, {
      issuerKeys: identity.issuerKeys,
      organizer: identity.organizer,
      session,
      heldSequence: held?.header.sequence ?? null,
      now: clock.now(),
    });
    if (found.header.kind === "full") return take(session, found);
    if (!held) throw new BundleRefused("gap", "A change came without the list.");
    return take(session, await applyDelta(held, found));
  }

  /** Fetches what is new; returns whether something was. What is refused leaves the held list alone. */
  async function refresh(session) {
    const before = lists.get(session)?.header.sequence ?? null;
    try {
      await fetchSince(session, before);
      refusals.delete(session);
    } catch (error) {
      if (!(error instanceof BundleRefused)) throw error;
      refusals.set(session, error);
    }
    const changed = (lists.get(session)?.header.sequence ?? null) !== before;
    await refreshSealed(session, changed);
    return changed;
  }

  async function fetchSince(session, sequence) {
    try {
      for (const one of split((await api.bundles(session, sequence)) ?? new Uint8Array())) await read(one, session);
    } catch (error) {
      if (!(error instanceof BundleRefused) || error.why !== "gap") throw error;
      for (const one of split((await api.bundles(session, null)) ?? new Uint8Array())) await read(one, session);
    }
  }

  async function refreshSealed(session, changed) {
    const kept = await store.get("sealed", session);
    if (!changed && kept && clock.now() - kept.fetchedAt < SEALED_EVERY) return;
    const bytes = await api.sealed(session);
    if (!bytes) return;
    const found = await open(session, bytes);
    if (found) await store.put("sealed", session, { bytes, deleteAt: found.delete_at, fetchedAt: clock.now() });
  }

  async function open(session, bytes) {
    const { keys, gate, issuerKeys } = identity;
    const found = await openSealed(bytes, { agree: keys.agree, gate: gate.id, session, issuerKeys });
    if (found.delete_at <= clock.now()) return null;
    opened.set(session, found);
    return found;
  }

  /** Deletes what is sealed, where its time has come or everywhere. */
  async function deleteSealed(all = false) {
    for (const [session, kept] of await store.pairs("sealed")) {
      if (!all && kept.deleteAt > clock.now()) continue;
      opened.delete(session);
      await store.remove("sealed", session);
    }
    for (const [session, found] of opened) if (all || found.delete_at <= clock.now()) opened.delete(session);
  }

  return {
    load,
    refresh,
    deleteSealed,
    /** Returns the list to decide by, or null. */
    usable(session) {
      const list = lists.get(session);
      return list && clock.now() < list.header.not_after ? list : null;
    },
    held: (session) => lists.get(session) ?? null,
    sealed: (session) => opened.get(session) ?? null,
    refusal: (session) => refusals.get(session) ?? null,
    async forgetAll() {
      await deleteSealed(true);
      for (const [session] of await store.pairs("bundles")) await store.remove("bundles", session);
      lists.clear();
    },
  };
}
