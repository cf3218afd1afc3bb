// What this browser keeps of passes: keys by their public half, whose private halves are CryptoKeys
// that no script can read, and of each bound pass what its page needs without a network.

const DATABASE = "calendar-passes";
const KEYS = "device-keys";
const PASSES = "bound-passes";

/** Returns {publicKey, passId, raw, privateKey} of a public key in base64url, or undefined. */
export function keyOf(publicKey) {
  return inStore(KEYS, "readonly", (store) => store.get(publicKey));
}

/** Keeps a key until the browser's data is deleted. */
export function keepKey(key) {
  return inStore(KEYS, "readwrite", (store) => store.put(key));
}

/** Returns what `keepPass` kept of a pass, or undefined. */
export function passOf(passId) {
  return inStore(PASSES, "readonly", (store) => store.get(passId));
}

/** Keeps {passId, epoch, organizer, publicKey, label, title, zone, sessions, ahead}: nobody's name. */
export function keepPass(pass) {
  return inStore(PASSES, "readwrite", (store) => store.put(pass));
}

/** Forgets a pass that is no longer bound here; its key stays, and is of no use alone. */
export function forgetPass(passId) {
  return inStore(PASSES, "readwrite", (store) => store.delete(passId));
}

/** Forgets every pass, as at a logout. */
export function forgetPasses() {
  return inStore(PASSES, "readwrite", (store) => store.clear());
}

/** Returns how many passes are kept. */
export function passesKept() {
  return inStore(PASSES, "readonly", (store) => store.count());
}

function inStore(name, mode, ask) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 2);
    opening.onupgradeneeded = () => {
      const there = opening.result.objectStoreNames;
      if (!there.contains(KEYS)) opening.result.createObjectStore(KEYS, { keyPath: "publicKey" });
      if (!there.contains(PASSES)) opening.result.createObjectStore(PASSES, { keyPath: "passId" });
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      database.onversionchange = () => database.close();
      const transaction = database.transaction(name, mode);
      const asked = ask(transaction.objectStore(name));
      transaction.oncomplete = () => {
        database.close();
        resolve(asked.result);
      };
      transaction.onabort = () => {
        database.close();
        reject(transaction.error);
      };
    };
  });
}
