// The door page without a network: its shell and files, kept by version. Answers of the API are never
// kept here. `SHELL` ({version, files}) comes before this text, from web/pages/door.py.
/* global SHELL */

const CACHE = `door ${SHELL.version}`;
const PAGE = "/door";
const kept = new Set([PAGE, ...SHELL.files]);

self.addEventListener("install", (event) => {
  const fetched = SHELL.files.map((file) => new Request(file, { cache: "no-cache" }));
  // Without cookies: the page is the same for everybody, and nobody's answer is kept.
  const page = new Request(PAGE, { cache: "no-cache", credentials: "omit" });
  event.waitUntil(
    caches.open(CACHE).then((cache) => cache.addAll([page, ...fetched])).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("door ") && name !== CACHE);
  event.waitUntil(
    caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  const ours = event.request.method === "GET" && address.origin === self.location.origin;
  if (!ours || !kept.has(address.pathname)) return;
  event.respondWith(answer(event.request, address.pathname));
});

async function answer(request, path) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}
