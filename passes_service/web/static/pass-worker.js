// Served as /me/sw.js. It keeps the shell of one page and answers with it when the page of a pass
// that is bound to this browser cannot be had. Everything else is the network's.

const CACHE = "pass-page-{{ version }}";
const SHELL = "/me/offline";
const FILES = {{ files }};
const PASS_PAGE = /^\/me\/passes\/([0-9]+)$/;
const PATIENCE_MS = 4_000;
const DOWN_MS = 30_000;
let downUntil = 0; // after a network that hung: its files come from the cache at once

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([SHELL, ...FILES])));
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOlder());
});

async function dropOlder() {
  const old = (await caches.keys()).filter((name) => name.startsWith("pass-page-") && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin) return;
  if (mode === "navigate" && PASS_PAGE.test(pathname)) event.respondWith(passPage(event.request));
  else if (FILES.includes(pathname)) event.respondWith(file(event.request));
});

async function passPage(request) {
  const [, passId] = PASS_PAGE.exec(new URL(request.url).pathname);
  const answer = await inTime(request);
  if (answer && answer.status === 404) await forget(passId); // handed on: it is somebody else's
  if (answer && answer.status < 500) return answer;
  const shell = await caches.match(SHELL, { cacheName: CACHE });
  return shell && (await keeps(passId)) ? shell : (answer ?? fetch(request));
}

async function file(request) {
  const kept = () => caches.match(request, { cacheName: CACHE, ignoreSearch: true });
  if (Date.now() < downUntil) return (await kept()) ?? fetch(request);
  const answer = await inTime(request);
  return answer?.ok ? answer : ((await kept()) ?? answer ?? Response.error());
}

/** Returns what the network answers, or nothing if it does not in time. */
async function inTime(request) {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const answer = await Promise.race([fetch(request).catch(() => undefined), late]);
  if (!answer) downUntil = Date.now() + DOWN_MS;
  return answer;
}

const keeps = async (passId) => (await inStore("readonly", (store) => store.get(passId))) !== undefined;
const forget = (passId) => inStore("readwrite", (store) => store.delete(passId));

// As device-keys.js does it: classic workers import no modules, and Firefox has no other ones.
function inStore(mode, ask) {
  return new Promise((resolve) => {
    const opening = indexedDB.open("calendar-passes", 2);
    opening.onupgradeneeded = () => opening.transaction.abort(); // nothing was kept yet
    opening.onerror = () => resolve(undefined);
    opening.onsuccess = () => {
      const asked = ask(opening.result.transaction("bound-passes", mode).objectStore("bound-passes"));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => resolve(undefined);
      asked.transaction.oncomplete = () => opening.result.close();
    };
  });
}
