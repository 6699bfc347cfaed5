// What the phone keeps: one database per person, so that nobody meets another's data.
//
// Where the browser has no IndexedDB (private mode of some, a full disk), the texts go to
// localStorage and the photos stay in memory; where it has neither, everything stays in memory.
// `kind` says which it is, for the page to say so loudly.

import { deleteDB, openDB, type DBSchema, type IDBPDatabase } from "idb";

import type { Draft, Photo, Sending } from "./types";

/** Shape of the records. A new one gets a step in `bringForward`, and never loses a field. */
export const SHAPE = 2;
const VERSION = 1; // of the database: its tables

export interface Setting {
  key: string;
  value: unknown;
}

export interface Tables {
  drafts: Draft;
  outbox: Sending;
  photos: Photo;
  settings: Setting;
}

export type TableName = keyof Tables;

type Change = { [N in TableName]: { put: N; value: Tables[N] } | { drop: N; key: string } }[TableName];

/** `unless`: nothing is written if there is such a record; `only`: unless there is none. */
interface Condition {
  unless?: [TableName, string];
  only?: [TableName, string];
}

export interface Store {
  readonly kind: "kept" | "texts" | "memory";
  get<N extends TableName>(table: N, key: string): Promise<Tables[N] | undefined>;
  all<N extends TableName>(table: N): Promise<Tables[N][]>;
  keys(table: TableName): Promise<string[]>;
  /** All of the changes or none; false when the condition forbade them. Throws when full. */
  write(changes: Change[], condition?: Condition): Promise<boolean>;
  close(): void;
}

interface Schema extends DBSchema {
  drafts: { key: string; value: Draft };
  outbox: { key: string; value: Sending };
  photos: { key: string; value: Photo };
  settings: { key: string; value: Setting };
}

const TABLES: TableName[] = ["drafts", "outbox", "photos", "settings"];

export function databaseName(person: number): string {
  return `visits-${person}`;
}

/** The person's store. `onLost` is called when the database was closed under the page's feet. */
export async function openStore(person: number, onLost: () => void = () => undefined): Promise<Store> {
  let store: Kept;
  try {
    const database = await openDB<Schema>(databaseName(person), VERSION, {
      upgrade(made) {
        for (const table of TABLES) {
          if (made.objectStoreNames.contains(table)) continue;
          made.createObjectStore(table, { keyPath: keyOf(table) });
        }
      },
      blocking() {
        // A newer page wants to change the tables; it must not wait for this one.
        database.close();
        onLost();
      },
      terminated: onLost,
    });
    store = new Kept(database);
  } catch {
    return new Unkept(person);
  }
  // A disk that is full can still be read.
  await store.bringForward().catch(() => undefined);
  await store.adopt(person).catch(() => undefined);
  return store;
}

/** For when the database takes no more: the draft's text, where `openStore` finds it again. */
export async function keepBeside(person: number, draft: Draft): Promise<boolean> {
  const beside = new Unkept(person);
  await beside.write([{ put: "drafts", value: { ...draft, photos: [] } }]);
  return beside.kind === "texts";
}

/** Forget everything of the person on this phone. */
export async function forget(person: number): Promise<void> {
  await deleteDB(databaseName(person)).catch(() => undefined);
}

function keyOf(table: TableName): string {
  return table === "photos" || table === "settings" ? "key" : "id";
}

/** A record of an older page in today's shape. */
export function inTodaysShape<R extends Draft | Sending>(record: R): R {
  if ((record.v ?? 1) >= SHAPE) return record;
  const draft = "draft" in record ? record.draft : (record as Draft);
  // 1 → 2: the reason for an unplanned visit and the planned mark came with it.
  draft.unplanned_reason ??= "";
  draft.planned ??= true;
  draft.photos ??= [];
  draft.v = SHAPE;
  if ("draft" in record) record.photos ??= [];
  record.v = SHAPE;
  return record;
}

class Kept implements Store {
  readonly kind = "kept";

  constructor(private database: IDBPDatabase<Schema>) {}

  get<N extends TableName>(table: N, key: string) {
    return this.database.get(table, key) as Promise<Tables[N] | undefined>;
  }

  all<N extends TableName>(table: N) {
    return this.database.getAll(table) as Promise<Tables[N][]>;
  }

  keys(table: TableName) {
    return this.database.getAllKeys(table);
  }

  async write(changes: Change[], condition: Condition = {}): Promise<boolean> {
    const tables = new Set<TableName>(changes.map((one) => ("put" in one ? one.put : one.drop)));
    for (const asked of [condition.unless, condition.only]) if (asked) tables.add(asked[0]);
    // Strict: on the disk, not only on the way there, before anybody is told that it is kept.
    const options = { durability: "strict" } as const;
    const action = this.database.transaction([...tables], "readwrite", options);
    const there = async (asked: [TableName, string]) =>
      (await action.objectStore(asked[0]).getKey(asked[1])) !== undefined;
    const forbidden =
      (condition.unless && (await there(condition.unless))) ||
      (condition.only && !(await there(condition.only)));
    if (!forbidden) {
      for (const one of changes) {
        if ("put" in one) void action.objectStore(one.put).put!(one.value).catch(() => undefined);
        else void action.objectStore(one.drop).delete!(one.key).catch(() => undefined);
      }
    }
    await action.done;
    return !forbidden;
  }

  async bringForward(): Promise<void> {
    for (const table of ["drafts", "outbox"] as const) {
      for (const record of await this.all(table)) {
        if ((record.v ?? 1) >= SHAPE) continue;
        const value = inTodaysShape<Draft | Sending>(record);
        await this.write([{ put: table, value } as Change], { only: [table, record.id] });
      }
    }
  }

  /** Take over what was written beside the database while it could not be opened. */
  async adopt(person: number): Promise<void> {
    const beside = new Unkept(person);
    for (const value of await beside.all("outbox")) {
      const gone = { drop: "drafts" as const, key: value.id };
      await this.write([{ put: "outbox", value }, gone], { unless: ["outbox", value.id] });
    }
    for (const value of await beside.all("drafts")) {
      const known = await this.get("drafts", value.id);
      if (known && known.changed_at >= value.changed_at) continue;
      const photos = known?.photos ?? value.photos;
      await this.write([{ put: "drafts", value: { ...value, photos } }], { unless: ["outbox", value.id] });
    }
    beside.clear();
  }

  close(): void {
    this.database.close();
  }
}

class Unkept implements Store {
  kind: "texts" | "memory" = "texts";
  private tables = new Map<TableName, Map<string, Tables[TableName]>>();
  private name: string;

  constructor(person: number) {
    this.name = `${databaseName(person)}.`;
    for (const table of TABLES) this.tables.set(table, new Map());
    try {
      for (const table of ["drafts", "outbox"] as const) {
        const text = localStorage.getItem(this.name + table);
        for (const record of JSON.parse(text ?? "[]") as (Draft | Sending)[]) {
          this.tables.get(table)!.set(record.id, inTodaysShape<Draft | Sending>(record));
        }
      }
    } catch {
      this.kind = "memory";
    }
  }

  async get<N extends TableName>(table: N, key: string) {
    return this.tables.get(table)!.get(key) as Tables[N] | undefined;
  }

  async all<N extends TableName>(table: N) {
    return [...this.tables.get(table)!.values()] as Tables[N][];
  }

  async keys(table: TableName) {
    return [...this.tables.get(table)!.keys()];
  }

  async write(changes: Change[], condition: Condition = {}): Promise<boolean> {
    const there = ([table, key]: [TableName, string]) => this.tables.get(table)!.has(key);
    if (condition.unless && there(condition.unless)) return false;
    if (condition.only && !there(condition.only)) return false;
    for (const one of changes) {
      if ("put" in one) {
        const key = (one.value as unknown as Record<string, string>)[keyOf(one.put)]!;
        this.tables.get(one.put)!.set(key, structuredCopy(one.value));
      } else {
        this.tables.get(one.drop)!.delete(one.key);
      }
    }
    try {
      for (const table of ["drafts", "outbox"] as const) {
        const records = [...this.tables.get(table)!.values()];
        if (records.length) localStorage.setItem(this.name + table, JSON.stringify(records));
        else localStorage.removeItem(this.name + table);
      }
      this.kind = "texts";
    } catch {
      this.kind = "memory";
    }
    return true;
  }

  clear(): void {
    try {
      localStorage.removeItem(`${this.name}drafts`);
      localStorage.removeItem(`${this.name}outbox`);
    } catch {
      // A browser without localStorage has nothing there either.
    }
  }

  close(): void {
    // Nothing is open.
  }
}

function structuredCopy<T>(value: T): T {
  if (value && typeof value === "object" && "bytes" in value) return { ...value };
  return JSON.parse(JSON.stringify(value)) as T;
}
