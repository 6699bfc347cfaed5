// The service worker: the page opens without a network, and what waits is sent when there is one.
//
// The server puts BUILD in front of this file (customers/visits/phone/views.py). A new version waits
// until the page says that it may take over, so that no visit is interrupted.

import { PAGE, SHELL } from "./addresses";
import { alone, askSession, sendAll } from "./sending";
import { databaseName, openStore } from "./storage";

interface Waiting extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Event {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Worker {
  BUILD: { version: string; files: string[] };
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  addEventListener(name: string, then: (event: never) => void): void;
}

const worker = self as unknown as Worker;
const { version, files } = worker.BUILD;
const CACHE = `visits-page-${version}`;

worker.addEventListener("install", (event: Waiting) => event.waitUntil(fill()));
worker.addEventListener("activate", (event: Waiting) => event.waitUntil(takeOver()));
worker.addEventListener("fetch", (event: Fetching) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== location.origin) return;
  if (event.request.mode === "navigate") {
    // Other pages below this address (the supervisor's, the plan) are the network's.
    if (address.pathname === PAGE) event.respondWith(answer(SHELL, event.request));
  } else if (files.includes(address.pathname)) {
    event.respondWith(answer(address.pathname, event.request));
  }
});
worker.addEventListener("message", (event: MessageEvent) => {
  if (event.data === "take over") void worker.skipWaiting();
});
worker.addEventListener("sync", (event: Waiting & { tag: string }) => {
  if (event.tag === "send") event.waitUntil(send());
});

async function fill(): Promise<void> {
  const cache = await caches.open(CACHE);
  await Promise.all(
    files.map(async (file) => {
      const found = await fetch(file, { cache: "no-cache", credentials: "omit" });
      // Half a page would be worse than the old one, which stays if this fails.
      if (!found.ok || found.redirected) throw new Error(`${file}: ${found.status}`);
      await cache.put(file, found);
    }),
  );
}

async function takeOver(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith("visits-page-") && name !== CACHE) await caches.delete(name);
  }
  await worker.clients.claim();
}

async function answer(file: string, request: Request): Promise<Response> {
  const kept = await (await caches.open(CACHE)).match(file);
  return kept ?? fetch(request);
}

/** Background sync. Fails where the net was cut, so that the browser calls again. */
async function send(): Promise<void> {
  const { user } = await askSession();
  if (!user) return; // the page asks for the login
  const store = await openStore(user.id);
  const tabs = new BroadcastChannel(databaseName(user.id));
  try {
    const tell = (id: string) => tabs.postMessage({ sent: id });
    const outcome = await alone(user.id, () => sendAll(store, user, tell, true));
    if (outcome.state === "offline" || outcome.state === "later") throw new Error(outcome.state);
  } finally {
    tabs.close();
    store.close();
  }
}
