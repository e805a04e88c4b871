// Keeps the scan page usable without network: our own files and one page that is about nobody; never an answer of the
// server. `KEPT` ({page, scope, files}) stands above this, and changes with what is kept.
"use strict";
const SLOW_MS = 4000;
const NAME = `xinyi-scan ${KEPT.files.join(" ")}`;

self.addEventListener("install", (event) => event.waitUntil((async () => {
  const cache = await caches.open(NAME);
  await Promise.all([KEPT.page, ...KEPT.files].map(async (address) => {
    const answer = await fetch(address, { redirect: "error", cache: "reload" });
    if (!answer.ok) throw new Error(`${answer.status} ${address}`);
    await cache.put(address, answer);
  }));
  await self.skipWaiting();
})()));

self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith("xinyi-scan ") && name !== NAME) await caches.delete(name);
  await self.clients.claim();
})()));

self.addEventListener("fetch", (event) => {
  const { request } = event, address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  const path = address.pathname + address.search;
  if (KEPT.files.includes(path)) event.respondWith(caches.match(path).then((kept) => kept ?? fetch(request)));
  else if (request.mode === "navigate" && address.pathname.startsWith(KEPT.scope)) event.respondWith(network(request));
});

// The page itself while there is network; the kept one when there is none, or it doesn't answer in time.
const network = async (request) => {
  const late = new Promise((done, fail) => { setTimeout(() => fail(new Error("slow")), SLOW_MS); });
  try {
    return await Promise.race([fetch(request), late]);
  } catch {
    return (await caches.match(KEPT.page)) ?? Response.error();
  }
};
