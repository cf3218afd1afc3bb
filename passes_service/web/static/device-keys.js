// Keys of this browser, by their public half. The private halves are CryptoKeys that no script can
// read: the browser only signs with them.

const DATABASE = "calendar-passes";
const STORE = "device-keys";

/** Returns {publicKey, passId, raw, privateKey} of a public key in base64url, or undefined. */
export function keyOf(publicKey) {
  return inStore("readonly", (store) => store.get(publicKey));
}

/** Keeps a key until the browser's data is deleted. */
export function keepKey(key) {
  return inStore("readwrite", (store) => store.put(key));
}

function inStore(mode, ask) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(DATABASE, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "publicKey" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction(STORE, mode);
      const asked = ask(transaction.objectStore(STORE));
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
