// What this gate keeps in the phone: who it is, bundles, what is sealed for it, and its log.

const DATABASE = "door-gate";
const VERSION = 1;
// One value per name: identity, clock, counts and the like.
const PLAIN = ["facts", "bundles", "sealed", "counts"];

let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, VERSION);
    opening.onupgradeneeded = () => {
      for (const name of PLAIN) opening.result.createObjectStore(name);
      opening.result.createObjectStore("log", { keyPath: "sequence" });
      // What the service decided itself, until a bundle says it.
      opening.result.createObjectStore("online", { keyPath: "nonce" });
    };
    opening.onerror = () => reject(opening.error);
    opening.onblocked = () => reject(new Error("Another tab holds an older version of this page."));
    opening.onsuccess = () => {
      const database = opening.result;
      database.onversionchange = () => { database.close(); opened = null; };
      database.onclose = () => { opened = null; }; // the browser deleted its data
      resolve(database);
    };
  }).catch((trouble) => { opened = null; throw trouble; });
  return opened;
}

/** Runs `ask(store)` in one transaction; returns its result once that is on disk. */
async function inStore(name, mode, ask, options) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(name, mode, options);
    const asked = ask(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(asked?.result);
    transaction.onabort = () => reject(transaction.error ?? new Error("The browser kept nothing."));
  });
}

export const get = (store, key) => inStore(store, "readonly", (kept) => kept.get(key));
export const all = (store) => inStore(store, "readonly", (kept) => kept.getAll());
/** Returns [key, value] of every value of a store of plain values. */
export async function pairs(store) {
  const keys = await inStore(store, "readonly", (kept) => kept.getAllKeys());
  const values = await all(store);
  return keys.map((key, at) => [key, values[at]]);
}

export const put = (store, key, value) => inStore(store, "readwrite", (kept) => kept.put(value, key));
export const remove = (store, key) => inStore(store, "readwrite", (kept) => kept.delete(key));

/** Writes what must outlive a dead battery: true once the disk has it, false if `key` is taken. */
export async function append(store, value) {
  try {
    await inStore(store, "readwrite", (kept) => kept.add(value), { durability: "strict" });
    return true;
  } catch (trouble) {
    if (trouble?.name === "ConstraintError") return false;
    throw trouble;
  }
}

/** Replaces an entry that carries its own key. */
export const replace = (store, ...values) =>
  inStore(store, "readwrite", (kept) => {
    for (const value of values) kept.put(value);
  }, { durability: "strict" });

/** Deletes everything; for a gate that is given up. */
export async function clear() {
  const database = await open();
  await Promise.all(Array.from(database.objectStoreNames, (name) => inStore(name, "readwrite", (kept) => kept.clear())));
}

/** Returns the last value of a store by its key, or undefined. */
export async function last(store) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const asked = database.transaction(store).objectStore(store).openCursor(null, "prev");
    asked.onsuccess = () => resolve(asked.result?.value);
    asked.onerror = () => reject(asked.error);
  });
}
