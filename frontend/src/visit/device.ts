// What belongs to the phone and not to one person: who was here last, whether others' visits wait,
// what this browser can do.

import { openDB, type DBSchema, type IDBPDatabase } from "idb";

import { WORKER } from "./addresses";
import type { Person } from "./types";

const LAST = "visits.person";
const PEOPLE = "visits.people";
const ROOM = 40_000_000; // bytes: a day of photos and some air

export interface Known {
  id: number;
  name: string;
  waiting: number;
}

// In a database of its own: a browser that is killed may lose what localStorage was told last. Where
// there is no database, localStorage is what there is.
interface Facts extends DBSchema {
  facts: { key: string; value: unknown };
}
let opened: Promise<IDBPDatabase<Facts>> | null = null;

function facts(): Promise<IDBPDatabase<Facts>> {
  opened ??= openDB<Facts>("visits-device", 1, {
    upgrade: (made) => void made.createObjectStore("facts"),
    terminated: () => (opened = null),
  });
  return opened;
}

async function read<T>(key: string, otherwise: T): Promise<T> {
  try {
    return ((await (await facts()).get("facts", key)) as T | undefined) ?? otherwise;
  } catch {
    try {
      return (JSON.parse(localStorage.getItem(key) ?? "null") as T | null) ?? otherwise;
    } catch {
      return otherwise;
    }
  }
}

async function write(key: string, value: unknown): Promise<void> {
  try {
    const action = (await facts()).transaction("facts", "readwrite", { durability: "strict" });
    await Promise.all([action.store.put(value, key), action.done]);
  } catch {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Then the page asks for a net at the next opening; it says so (storage.ts: kind).
    }
  }
}

export function lastPerson(): Promise<{ person: Person; confirmed: number } | null> {
  return read<{ person: Person; confirmed: number } | null>(LAST, null);
}

/** The server says that this person is logged in; when it said so. */
export async function confirm(person: Person): Promise<number> {
  const confirmed = Date.now();
  await write(LAST, { person, confirmed });
  return confirmed;
}

export function forgetPerson(): Promise<void> {
  return write(LAST, null);
}

/** Remember how much of the person's is still on this phone. */
export async function note(person: Person, waiting: number): Promise<void> {
  const known = await read<Known[]>(PEOPLE, []);
  const before = known.find((one) => one.id === person.id)?.waiting ?? 0;
  if (before === waiting) return;
  const people = known.filter((one) => one.id !== person.id);
  if (waiting) people.push({ id: person.id, name: person.name || person.username, waiting });
  await write(PEOPLE, people);
}

/** Who else has visits waiting here. */
export async function others(person?: number): Promise<Known[]> {
  const people = await read<Known[]>(PEOPLE, []);
  return people.filter((one) => one.id !== person && one.waiting > 0);
}

/** Ask the browser not to throw our data away when it needs room. */
export async function persist(): Promise<void> {
  await navigator.storage?.persist?.().catch(() => false);
}

/** Whether there is too little room for a day of photos. */
export async function shortOfRoom(): Promise<boolean> {
  const said = await navigator.storage?.estimate?.().catch(() => null);
  return !!said?.quota && said.quota - (said.usage ?? 0) < ROOM;
}

interface Syncing extends ServiceWorkerRegistration {
  sync?: { register(tag: string): Promise<void> };
}

/** Let the browser send when there is a net, even when the page is closed by then. */
export async function askForSync(): Promise<void> {
  if (!worksOffline()) return;
  const registration: Syncing | undefined = await navigator.serviceWorker.getRegistration();
  await registration?.sync?.register("send").catch(() => undefined);
}

/** Whether this browser can open the page without a network. */
export function worksOffline(): boolean {
  return "serviceWorker" in navigator && isSecureContext;
}

/** In which app's own browser the page is shown: wechat, dingtalk, or none. */
export function webview(agent = navigator.userAgent): "wechat" | "dingtalk" | "" {
  if (/MicroMessenger/i.test(agent)) return "wechat";
  return /DingTalk/i.test(agent) ? "dingtalk" : "";
}

let waiting: ServiceWorker | null = null;

/** Install the worker. `ready`: a new version waits for `takeOver`. */
export async function install(ready: () => void): Promise<void> {
  if (!worksOffline()) return;
  const registration = await navigator.serviceWorker.register(WORKER, { updateViaCache: "none" });
  const look = () => {
    // Without a controller it is the first one, which waits for nobody.
    if (!registration.waiting || !navigator.serviceWorker.controller) return;
    waiting = registration.waiting;
    ready();
  };
  look();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", look);
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") registration.update().catch(() => undefined);
  });
}

/** The new version takes over, and the page is loaded anew in it. */
export function takeOver(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
  waiting?.postMessage("take over");
}
