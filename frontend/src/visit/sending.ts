// The queue: each visit one POST, each photo one PUT, repeated until the server gives a receipt.
//
// Runs in the page and in the service worker (background sync), never twice at once where the
// browser has Web Locks; and if it does, the server answers the repeat with the first receipt.

import { API } from "./addresses";
import { SHAPE, type Store } from "./storage";
import type { Counts, Day, Person, Photo, Sending, SendingPhoto } from "./types";

const PATIENCE = { visit: 30_000, photo: 90_000, question: 15_000 }; // ms until an answer counts as lost
const LONGEST_WAIT = 5 * 60_000; // where the server asked for it
const LONGEST_BACKOFF = 60_000;
const SILENT = 3; // requests in a row without an answer: there is no net
const UNWELL = 4; // answers in a row that say "later": the server is not well
const DAY = 24 * 60 * 60_000;
const KEEP_SENT = 14 * DAY; // what was sent is shown so long; its photos go at the receipt

/** How a round ended. `again`: when (ms since 1970) the next is worth it; null: nothing to do. */
export interface Outcome {
  state: "done" | "offline" | "login" | "other_person" | "later";
  again: number | null;
}

export interface Session {
  user: Person | null;
  csrf: string;
}

/** No answer of ours: no net, cut off, timed out, or a login page of somebody's WLAN. */
export class NoAnswer extends Error {}

export function backoff(tries: number, random = Math.random()): number {
  return Math.min(LONGEST_BACKOFF, 250 * 2 ** Math.min(tries, 12)) * (0.5 + random / 2);
}

async function ask(address: string, options: RequestInit, patience: number): Promise<Response> {
  const stop = new AbortController();
  const clock = setTimeout(() => stop.abort(), patience);
  try {
    const answer = await fetch(address, {
      credentials: "same-origin",
      redirect: "manual",
      cache: "no-store",
      signal: stop.signal,
      ...options,
      headers: { Accept: "application/json", ...options.headers },
    });
    if (answer.type === "opaqueredirect") throw new NoAnswer("redirected");
    // The whole body, while the clock still runs: half an answer is none.
    const body = await answer.text();
    const bare = answer.status === 304 || answer.status === 204 || answer.status < 200;
    return new Response(bare ? null : body, { status: answer.status, headers: answer.headers });
  } catch (problem) {
    throw problem instanceof NoAnswer ? problem : new NoAnswer(String(problem));
  } finally {
    clearTimeout(clock);
  }
}

async function json<T>(answer: Response): Promise<T> {
  try {
    return (await answer.json()) as T;
  } catch {
    throw new NoAnswer("not JSON");
  }
}

/** Who is logged in, as the server says. Throws NoAnswer. */
export async function askSession(): Promise<Session> {
  const answer = await ask(`${API}session/`, {}, PATIENCE.question);
  if (answer.status === 401 || answer.status === 403) return { user: null, csrf: "" };
  if (!answer.ok) throw new NoAnswer(String(answer.status));
  const session = await json<Session>(answer);
  if (typeof session.csrf !== "string") throw new NoAnswer("no session");
  return session;
}

/** The day's shops; null when they have not changed. Throws NoAnswer. */
export async function askDay(tag: string): Promise<{ day: Day; tag: string } | null> {
  const headers: Record<string, string> = tag ? { "If-None-Match": tag } : {};
  const answer = await ask(`${API}day/`, { headers }, 3 * PATIENCE.question);
  if (answer.status === 304) return null;
  if (!answer.ok) throw new NoAnswer(String(answer.status));
  return { day: await json<Day>(answer), tag: answer.headers.get("ETag") ?? "" };
}

/** What the server has of that day. Throws NoAnswer. */
export async function askCounts(day: string): Promise<Counts> {
  const answer = await ask(`${API}counts/?day=${day}`, {}, PATIENCE.question);
  if (!answer.ok) throw new NoAnswer(String(answer.status));
  return json<Counts>(answer);
}

/** Run `work` while nobody else on this phone sends for that person. */
export async function alone<T>(person: number, work: () => Promise<T>): Promise<T> {
  if (!globalThis.navigator?.locks) return work();
  return (await navigator.locks.request(`visits-send-${person}`, work)) as T;
}

/** One round over all that is due; with `hurry` over all that waits. `changed` is called after each
 *  record that was written. */
export async function sendAll(
  store: Store,
  person: Person,
  changed: (id: string) => void,
  hurry = false,
): Promise<Outcome> {
  const round = new Round(store, person, changed, hurry);
  try {
    return await round.run();
  } catch (problem) {
    if (problem instanceof Stop) return round.outcome(problem.state);
    if (problem instanceof NoAnswer) return round.outcome("offline");
    throw problem;
  }
}

class Stop extends Error {
  constructor(readonly state: Outcome["state"]) {
    super(state);
  }
}

class Round {
  private csrf = "";
  private silent = 0;
  private unwell = 0;
  private moved = false; // something arrived in this round
  private stop = false;
  private next: number | null = null;

  constructor(
    private store: Store,
    private person: Person,
    private changed: (id: string) => void,
    private hurry: boolean,
  ) {}

  async run(): Promise<Outcome> {
    const seen = new Set<string>();
    // Read anew each time: the person may finish a visit while others are being sent.
    while (!this.stop) {
      const records = await this.store.all("outbox");
      records.sort((a, b) => a.ended_at.localeCompare(b.ended_at));
      const due = records.find((one) => one.state === "waiting" && this.isDue(one) && !seen.has(one.id));
      if (due) {
        seen.add(due.id);
        await this.attempt(this.sendVisit(due));
        continue;
      }
      // Visits first: they are small, and the day's counts hang on them.
      const [record, photo] = this.duePhoto(records, seen);
      if (!record || !photo) break;
      seen.add(photo.sha256 + record.id);
      await this.attempt(this.sendPhoto(record, photo));
    }
    await this.tidy();
    return this.outcome(this.next === null && !this.stop ? "done" : "later");
  }

  /** One connection that broke is not yet the end of the net: the others get their try. */
  private async attempt(work: Promise<void>): Promise<void> {
    try {
      await work;
    } catch (problem) {
      if (!(problem instanceof NoAnswer) || ++this.silent >= SILENT) throw problem;
    }
  }

  outcome(state: Outcome["state"]): Outcome {
    // A net that carried something is worth another try at once.
    if (this.moved && this.next !== null) return { state: "later", again: Date.now() + 500 };
    return { state, again: this.next };
  }

  private arrived(): void {
    this.silent = this.unwell = 0;
    this.moved = this.hurry = true;
  }

  private isDue(one: { next_at?: number }): boolean {
    const at = one.next_at ?? 0;
    const now = Date.now();
    // A clock that was set back must not make a visit wait for days.
    if (this.hurry || at <= now || at > now + LONGEST_WAIT) return true;
    this.next = Math.min(this.next ?? at, at);
    return false;
  }

  private duePhoto(records: Sending[], seen: Set<string>): [Sending?, SendingPhoto?] {
    for (const record of records) {
      if (record.state === "refused") continue;
      for (const photo of record.photos) {
        if (photo.state !== "waiting" || seen.has(photo.sha256 + record.id)) continue;
        if (this.isDue(photo)) return [record, photo];
      }
    }
    return [];
  }

  /** Ask with the token of the session; a token that is out of date is renewed once. */
  private async deliver(address: string, options: RequestInit, patience: number): Promise<Response> {
    if (!this.csrf) await this.renew();
    for (let again = false; ; again = true) {
      const headers = { ...options.headers, "X-CSRFToken": this.csrf };
      const answer = await ask(address, { ...options, headers }, patience);
      if (answer.status !== 401 && answer.status !== 403) return answer;
      if (again) {
        if (answer.status === 401) throw new Stop("login");
        return answer;
      }
      await this.renew();
    }
  }

  private async renew(): Promise<void> {
    const session = await askSession();
    if (!session.user) throw new Stop("login");
    if (session.user.id !== this.person.id) throw new Stop("other_person");
    this.csrf = session.csrf;
  }

  private async sendVisit(record: Sending): Promise<void> {
    let answer: Response;
    try {
      answer = await this.deliver(
        API,
        {
          method: "POST",
          body: record.body,
          headers: {
            "Content-Type": "application/json",
            // The phone's clock now: how wrong it is, the server sees. Not part of the body, so
            // that every repeat has the same.
            "X-Sent-At": new Date().toISOString(),
          },
        },
        PATIENCE.visit,
      );
    } catch (problem) {
      if (problem instanceof NoAnswer) await this.putOff(record);
      throw problem;
    }
    if (isForLater(answer.status)) return this.putOff(record, answer);
    const said = await json<Record<string, unknown>>(answer);
    if ((answer.status === 200 || answer.status === 201) && said.receipt && said.id === record.id) {
      record.state = "sent";
      record.receipt = String(said.receipt);
      record.received_at = String(said.received_at ?? "");
      record.words = texts(said.notes);
      record.errors = undefined;
    } else if (answer.status === 409) {
      record.state = "conflict";
      record.words = texts([said.detail]);
      record.conflict = String(said.conflict ?? "");
      record.kept = shown(said.kept);
    } else if (answer.status === 422) {
      record.state = "set_aside";
      record.receipt = String(said.receipt ?? "");
      record.errors = places(said.errors);
      record.words = texts([said.detail]);
    } else if (answer.status >= 400) {
      record.state = "refused";
      record.errors = places(said.errors);
      record.words = texts([said.detail ?? String(answer.status)]);
    } else {
      return this.putOff(record);
    }
    this.arrived();
    record.tries = 0;
    await this.save(record);
  }

  private async sendPhoto(record: Sending, photo: SendingPhoto): Promise<void> {
    const kept = await this.store.get("photos", photoKey(record.id, photo.sha256));
    if (!kept) {
      await this.savePhoto(record, photo, { state: "refused", words: "gone" });
      return;
    }
    let answer: Response;
    try {
      answer = await this.deliver(
        `${API}${record.id}/photos/${photo.sha256}/`,
        {
          method: "PUT",
          body: kept.bytes,
          headers: { "Content-Type": "image/jpeg", "X-Step": photo.step },
        },
        PATIENCE.photo,
      );
    } catch (problem) {
      if (problem instanceof NoAnswer) await this.putOffPhoto(record, photo);
      throw problem;
    }
    if (isForLater(answer.status)) return this.putOffPhoto(record, photo, answer);
    // Some servers answer 204; a WLAN's login page answers 200 in HTML, and json() says so.
    const said = answer.status === 204 ? {} : await json<Record<string, unknown>>(answer);
    if (answer.ok) {
      this.arrived();
      await this.savePhoto(record, photo, { state: "sent", words: undefined });
    } else {
      const words = texts([said.detail ?? String(answer.status)])[0];
      await this.savePhoto(record, photo, { state: "refused", words });
    }
  }

  private async putOff(record: Sending, answer?: Response): Promise<void> {
    record.tries += 1;
    record.next_at = this.later(record.tries, answer);
    await this.save(record);
  }

  private async putOffPhoto(record: Sending, photo: SendingPhoto, answer?: Response): Promise<void> {
    const tries = (photo.tries ?? 0) + 1;
    await this.savePhoto(record, photo, { tries, next_at: this.later(tries, answer) });
  }

  /** When to try again. */
  private later(tries: number, answer?: Response): number {
    const asked = Number(answer?.headers.get("Retry-After") ?? 0) * 1000;
    const at = Date.now() + Math.min(LONGEST_WAIT, Math.max(asked || 0, backoff(tries)));
    this.next = Math.min(this.next ?? at, at);
    if (answer && ++this.unwell >= UNWELL) this.stop = true;
    return at;
  }

  private async save(record: Sending): Promise<void> {
    // It may have become a draft again (mended) meanwhile; then there is nothing to note.
    const fresh = await this.store.get("outbox", record.id);
    if (fresh) {
      const value = { ...record, photos: fresh.photos };
      await this.store.write([{ put: "outbox", value }], { only: ["outbox", record.id] });
    }
    this.changed(record.id);
  }

  private async savePhoto(record: Sending, photo: SendingPhoto, said: Partial<SendingPhoto>): Promise<void> {
    const fresh = await this.store.get("outbox", record.id);
    if (fresh) {
      const photos = fresh.photos.map((one) => (one.sha256 === photo.sha256 ? { ...one, ...said } : one));
      const put = { put: "outbox" as const, value: { ...fresh, photos } };
      const key = photoKey(record.id, photo.sha256);
      const changes = said.state === "sent" ? [put, { drop: "photos" as const, key }] : [put];
      await this.store.write(changes, { only: ["outbox", record.id] });
    }
    this.changed(record.id);
  }

  /** What was sent long ago need not be shown any more. */
  private async tidy(): Promise<void> {
    for (const record of await this.store.all("outbox")) {
      const old = Date.now() - Date.parse(record.ended_at) > KEEP_SENT;
      const done = record.state === "sent" && record.photos.every((one) => one.state === "sent");
      if (old && done) {
        await this.store.write([{ drop: "outbox", key: record.id }]);
        this.changed(record.id);
      }
    }
  }
}

/** Answers that say nothing about the visit: try again. */
function isForLater(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

export function photoKey(visit: string, digest: string): string {
  return `${visit}/${digest}`;
}

export function newPhoto(visit: string, digest: string, step: string, bytes: ArrayBuffer): Photo {
  return { key: photoKey(visit, digest), visit, sha256: digest, step, bytes };
}

export function newSending(fields: Omit<Sending, "v" | "state" | "tries" | "next_at">): Sending {
  return { ...fields, v: SHAPE, state: "waiting", tries: 0, next_at: 0 };
}

function texts(said: unknown): string[] {
  const list = Array.isArray(said) ? said : [];
  return list.filter((one) => one !== undefined && one !== null && one !== "").map(String);
}

function places(said: unknown): { place: string; words: string }[] {
  if (!Array.isArray(said)) return [];
  return said.map((one: Record<string, unknown>) => ({
    place: String(one.place ?? one.field ?? ""),
    words: String(one.words ?? one.message ?? ""),
  }));
}

function shown(kept: unknown): string {
  if (kept && typeof kept === "object") return String((kept as Record<string, unknown>).receipt ?? "");
  return kept ? String(kept) : "";
}
