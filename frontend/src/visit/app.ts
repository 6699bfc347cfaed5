// What the page knows: the person, the day, drafts, the queue. Screens read it and are drawn anew
// when it changes; every change is written to the phone before anything else.

import { LOGOUT } from "./addresses";
import { finished } from "./body";
import * as device from "./device";
import { askPlace } from "./place";
import * as sending from "./sending";
import { newId, sha256 } from "./sha256";
import { shrink } from "./shrink";
import { databaseName, keepBeside, openStore, SHAPE, type Store } from "./storage";
import { dayOf, stamp } from "./time";
import type { Answers, Counts, Day, Draft, Kind, Person, Place, Product, Sending, Shop, StepName } from "./types";
import { currentLanguage } from "./words";

const IDLE = 30_000; // ms between looks at a net that was not there
const FRESH = 5 * 60_000; // ms that the day's shops are not asked for again
const LOCK_AFTER = 12 * 60 * 60_000; // ms without a login that the server confirmed

export class App {
  person: Person | null = null;
  store: Store | null = null;
  day: Day | null = null;
  drafts: Draft[] = [];
  outbox: Sending[] = [];
  counts: Counts | null = null;
  online = navigator.onLine;
  session: "unknown" | "in" | "out" = "unknown";
  busy = false; // sending now
  full = false; // the phone took no more
  short = false; // of room for a day of photos
  refused = ""; // why the day's shops were not handed out
  others: device.Known[] = [];
  confirmed = 0;

  private tag = "";
  private listeners = new Set<() => void>();
  private clock: ReturnType<typeof setTimeout> | undefined;
  private tabs: BroadcastChannel | null = null;
  private again = false;
  private refreshing: Promise<void> | null = null;
  private fetched = { at: 0, language: "" };
  private checkOut: { id: string; place: Place | null } | null = null;
  private writing = new Map<string, { again: boolean; done: Promise<void> }>();
  private writes = 0;

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  /** What was left on the phone first, then what the server says. */
  async start(): Promise<void> {
    const known = await device.lastPerson();
    if (known) {
      this.confirmed = known.confirmed;
      await this.enter(known.person);
    }
    this.others = await device.others(this.person?.id);
    this.changed();
    window.addEventListener("online", () => void this.refresh());
    window.addEventListener("offline", () => {
      this.online = false;
      this.changed();
    });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") void this.refresh();
    });
    this.short = await device.shortOfRoom();
    await this.refresh();
  }

  private async enter(person: Person): Promise<void> {
    this.leave();
    this.person = person;
    this.store = await openStore(person.id, () => void this.reopen());
    if ("BroadcastChannel" in window) {
      this.tabs = new BroadcastChannel(databaseName(person.id));
      this.tabs.onmessage = () => void this.reload();
    }
    const kept = (await this.store.get("settings", "day"))?.value as { day: Day; tag: string } | undefined;
    this.day = kept?.day ?? null;
    this.tag = kept?.tag ?? "";
    this.counts = null;
    await this.reload();
  }

  private leave(): void {
    this.store?.close();
    this.tabs?.close();
    this.person = this.store = this.day = this.tabs = this.counts = null;
    this.drafts = [];
    this.outbox = [];
    this.tag = "";
    this.fetched = { at: 0, language: "" };
  }

  /** The browser closed the database (a newer page, or it was in need); go on with a new one. */
  private async reopen(): Promise<void> {
    if (this.person) this.store = await openStore(this.person.id, () => void this.reopen());
    await this.reload();
  }

  private async reload(): Promise<void> {
    if (!this.store || !this.person) return;
    let drafts: Draft[];
    let outbox: Sending[];
    let before: number;
    do {
      // What was written while it was read is read again.
      before = this.writes;
      [drafts, outbox] = await Promise.all([this.store.all("drafts"), this.store.all("outbox")]);
    } while (before !== this.writes);
    // What is being written here is newer than what is on the disk.
    const unwritten = this.drafts.filter((one) => this.writing.has(one.id));
    this.drafts = [...drafts.filter((one) => !this.writing.has(one.id)), ...unwritten];
    this.outbox = outbox.sort((a, b) => b.ended_at.localeCompare(a.ended_at));
    void device.note(this.person, this.waiting().length + this.drafts.length);
    this.changed();
  }

  /** Ask the server who is here, what the day is, and send what waits; once at a time. */
  refresh(): Promise<void> {
    this.refreshing ??= this.ask().finally(() => (this.refreshing = null));
    return this.refreshing;
  }

  private async ask(): Promise<void> {
    try {
      const { user } = await sending.askSession();
      this.online = true;
      this.session = user ? "in" : "out";
      if (user) {
        if (this.person?.id !== user.id) await this.enter(user);
        this.person = user;
        this.confirmed = await device.confirm(user);
        this.others = await device.others(user.id);
        this.changed();
        await Promise.all([this.fetchDay(), this.send(true)]);
        return;
      }
    } catch (problem) {
      if (!(problem instanceof sending.NoAnswer)) throw problem;
      this.online = false;
    }
    this.changed();
    this.plan(Date.now() + IDLE);
  }

  /** The day's shops, unless they came a moment ago. */
  private async fetchDay(): Promise<void> {
    const store = this.store;
    const language = currentLanguage();
    const known = this.day && this.day.day === dayOf() && this.fetched.language === language;
    if (known && Date.now() - this.fetched.at < FRESH) return;
    try {
      const found = await sending.askDay(this.day ? this.tag : "");
      this.refused = "";
      this.fetched = { at: Date.now(), language };
      if (found && store && store === this.store) {
        this.day = found.day;
        this.tag = found.tag;
        await store.write([{ put: "settings", value: { key: "day", value: found } }]).catch(() => this.noRoom());
      }
    } catch (problem) {
      if (!(problem instanceof sending.NoAnswer)) throw problem;
      this.refused = problem.message === "403" ? "403" : "";
    }
    this.changed();
  }

  /** Send what is due; with `hurry` what waits for its next try, too. */
  async send(hurry = false): Promise<void> {
    const { store, person } = this;
    if (!store || !person) return;
    if (this.busy) {
      this.again ||= hurry;
      return;
    }
    this.busy = true;
    this.changed();
    try {
      const told = (id: string) => {
        this.tabs?.postMessage({ sent: id });
        void this.reload();
      };
      const outcome = await sending.alone(person.id, () => sending.sendAll(store, person, told, hurry));
      if (outcome.state === "login") this.session = "out";
      else if (outcome.state !== "other_person") this.online = outcome.state !== "offline";
      if (outcome.state === "done") await this.fetchCounts();
      else this.plan(outcome.state === "login" ? Date.now() + IDLE : outcome.again ?? Date.now() + IDLE);
      if (outcome.state === "other_person") setTimeout(() => void this.refresh());
    } finally {
      this.busy = false;
      await this.reload();
      if (this.again) {
        this.again = false;
        void this.send(true);
      }
    }
  }

  private async fetchCounts(): Promise<void> {
    try {
      this.counts = await sending.askCounts(dayOf());
    } catch (problem) {
      if (!(problem instanceof sending.NoAnswer)) throw problem;
    }
  }

  private plan(at: number): void {
    clearTimeout(this.clock);
    const look = () => void (this.session === "in" && this.online ? this.send() : this.refresh());
    this.clock = setTimeout(look, Math.max(300, at - Date.now()));
  }

  // Drafts

  draft(id: string): Draft | undefined {
    return this.drafts.find((one) => one.id === id);
  }

  async begin(shop: Shop, kind: Kind): Promise<Draft> {
    const draft: Draft = {
      id: newId(),
      v: SHAPE,
      licence_no: shop.licence_no,
      name: shop.name,
      kind,
      started_at: stamp(),
      planned: shop.planned,
      unplanned_reason: "",
      check_in: null,
      steps: {},
      photos: [],
      changed_at: "",
    };
    this.drafts.push(draft);
    await this.keep(draft);
    void device.persist();
    if (kind === "on_site") {
      void askPlace().then((place) => this.change(draft.id, (one) => (one.check_in ??= place)));
    } else {
      draft.check_in = { missing: "unsupported" };
    }
    return draft;
  }

  /** Change a draft; it is on the phone's disk before the next key is pressed. */
  change(id: string, how: (draft: Draft) => void): void {
    const draft = this.draft(id);
    if (!draft) return;
    how(draft);
    void this.keep(draft);
  }

  answer<N extends StepName>(id: string, step: N, part: Answers[N]): void {
    this.change(id, (draft) => {
      draft.steps[step] = { ...draft.steps[step], ...part } as Answers[N];
    });
  }

  /** One write at a time for each draft; the last state wins, those between are skipped. */
  private keep(draft: Draft): Promise<void> {
    draft.changed_at = new Date().toISOString();
    this.changed();
    const running = this.writing.get(draft.id);
    if (running) {
      running.again = true;
      return running.done;
    }
    const state = { again: false, done: Promise.resolve() };
    this.writing.set(draft.id, state);
    state.done = this.write(draft.id, state);
    return state.done;
  }

  private async write(id: string, state: { again: boolean }): Promise<void> {
    do {
      state.again = false;
      const draft = this.draft(id);
      if (!draft || !this.store || !this.person) break;
      try {
        await this.store.write([{ put: "drafts", value: draft }], { unless: ["outbox", id] });
        this.full = false;
      } catch {
        await keepBeside(this.person.id, draft);
        this.noRoom();
      }
      this.writes += 1;
    } while (state.again);
    this.writing.delete(id);
    this.tabs?.postMessage({ draft: id });
  }

  private noRoom(): void {
    this.full = true;
    this.changed();
  }

  async discard(id: string): Promise<void> {
    const draft = this.draft(id);
    if (!draft || !this.store) return;
    this.drafts = this.drafts.filter((one) => one.id !== id);
    const photos = draft.photos.map((one) => ({ drop: "photos" as const, key: sending.photoKey(id, one.sha256) }));
    await this.store.write([{ drop: "drafts", key: id }, ...photos]);
    await this.reload();
  }

  /** Take a photo into the draft; throws where it is no picture or the phone is full. */
  async addPhoto(id: string, step: StepName, file: Blob): Promise<void> {
    const { bytes, thumbnail } = await shrink(file);
    const digest = await sha256(bytes);
    const draft = this.draft(id);
    if (!draft || !this.store) return;
    if (!draft.photos.some((one) => one.sha256 === digest)) {
      try {
        await this.store.write([{ put: "photos", value: sending.newPhoto(id, digest, step, bytes) }]);
      } catch (problem) {
        this.noRoom();
        throw problem;
      }
    }
    this.change(id, (one) => {
      if (!one.photos.some((photo) => photo.sha256 === digest)) {
        one.photos.push({ sha256: digest, step, thumbnail });
      }
      const answer = (one.steps[step] ?? {}) as { photos?: string[] };
      const photos = [...new Set([...(answer.photos ?? []), digest])];
      one.steps = { ...one.steps, [step]: { ...answer, photos } };
    });
  }

  dropPhoto(id: string, step: StepName, digest: string): void {
    this.change(id, (one) => {
      const answer = (one.steps[step] ?? {}) as { photos?: string[] };
      const photos = (answer.photos ?? []).filter((photo) => photo !== digest);
      one.steps = { ...one.steps, [step]: { ...answer, photos } };
    });
  }

  /** Ask for the place before the last tap, so that the last tap need not wait for it. */
  prepareCheckOut(id: string): void {
    const draft = this.draft(id);
    if (!draft || draft.check_out || draft.kind === "phone" || this.checkOut?.id === id) return;
    const asked: { id: string; place: Place | null } = { id, place: null };
    this.checkOut = asked;
    void askPlace().then((place) => {
      asked.place = place;
    });
  }

  /** The draft goes into the queue, whole or not at all; false if another tab was first. */
  async finish(id: string): Promise<boolean> {
    const { store, person } = this;
    const draft = this.draft(id);
    if (!store || !person || !draft) return false;
    const found = this.checkOut?.id === id ? this.checkOut.place : null;
    const missing = { missing: draft.kind === "phone" ? "unsupported" : "timeout" } as const;
    const value = finished(draft, person, found ?? missing);
    let done: boolean;
    try {
      const gone = { drop: "drafts" as const, key: id };
      await this.writing.get(id)?.done;
      done = await store.write([{ put: "outbox", value }, gone], { unless: ["outbox", id] });
    } catch (problem) {
      this.noRoom();
      throw problem;
    }
    this.tabs?.postMessage({ finished: id });
    await this.reload();
    void device.askForSync();
    void this.send(true);
    return done;
  }

  // The queue

  /** What the server has not all of. */
  waiting(): Sending[] {
    return this.outbox.filter(
      (one) => one.state !== "sent" || one.photos.some((photo) => photo.state !== "sent"),
    );
  }

  /** What the server set aside becomes a draft again, under the same UUID. */
  async mend(id: string): Promise<void> {
    const record = this.outbox.find((one) => one.id === id);
    if (!record || !this.store) return;
    const states = new Map(record.photos.map((one) => [one.sha256, one.state]));
    const value: Draft = {
      ...record.draft,
      mending: record.errors ?? [],
      photos: record.draft.photos.map((one) => ({ ...one, sent: states.get(one.sha256) === "sent" })),
    };
    const changes = [{ put: "drafts" as const, value }, { drop: "outbox" as const, key: id }];
    await this.store.write(changes, { only: ["outbox", id] });
    await this.reload();
  }

  /** Try again what was refused, now. */
  async retry(): Promise<void> {
    if (!this.store) return;
    for (const record of this.outbox) {
      const photos = record.photos.map((one) =>
        one.state === "refused" && one.words !== "gone"
          ? { ...one, state: "waiting" as const, next_at: 0 }
          : one,
      );
      const state = record.state === "refused" ? "waiting" : record.state;
      const value: Sending = { ...record, state, photos, next_at: 0 };
      if (state !== record.state || photos.some((one, i) => one !== record.photos[i])) {
        await this.store.write([{ put: "outbox", value }], { only: ["outbox", record.id] });
      }
    }
    await this.reload();
    await (this.session === "in" ? this.send(true) : this.refresh());
  }

  /** Seen and understood: the server keeps both, the phone need not show it any more. */
  async putAway(id: string): Promise<void> {
    const record = this.outbox.find((one) => one.id === id);
    if (!record || !this.store || record.state !== "conflict") return;
    const photos = record.photos.map((one) => ({ drop: "photos" as const, key: sending.photoKey(id, one.sha256) }));
    await this.store.write([{ drop: "outbox", key: id }, ...photos]);
    await this.reload();
  }

  /** Log out; what waits stays on the phone, unseen, until the same person is back. */
  async logOut(): Promise<void> {
    const { csrf } = await sending.askSession();
    const headers = { "X-CSRFToken": csrf };
    await fetch(LOGOUT, { method: "POST", headers, credentials: "same-origin", redirect: "manual" });
    this.leave();
    await device.forgetPerson();
    this.session = "out";
    this.others = await device.others();
    this.changed();
  }

  /** The screen is shut when the server says that nobody is logged in, and has for long. */
  get locked(): boolean {
    return this.session === "out" && Date.now() - this.confirmed > LOCK_AFTER;
  }

  // Looking things up

  shop(licence: string): Shop | undefined {
    return this.day?.shops.find((one) => one.licence_no === licence);
  }

  product(barcode: string): Product {
    const found = this.day?.products.find((one) => one.barcode === barcode);
    return found ?? { barcode, name: barcode, brand: "", price_class: 0, packs_per_carton: 10 };
  }
}

export const app = new App();
