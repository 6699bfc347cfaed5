// What the server hands out for the day, what is kept on the phone, and what is sent.

export interface Person {
  id: number;
  username: string;
  name: string;
}

export interface Product {
  barcode: string;
  name: string;
  brand: string;
  price_class: number;
  packs_per_carton: number;
  wholesale_price?: string | null;
  retail_price?: string | null;
  flags?: string[];
}

export interface StockLine {
  barcode: string;
  packs: number | null;
  day: string | null;
}

export interface Recommended {
  barcode: string;
  packs?: number | null;
  reasons?: string[];
}

export interface OrderLine {
  barcode: string;
  quota: number | null;
  in_force: number | null;
  stock: number | null;
  advice: number | null;
  reasons?: string[];
}

export interface OpenPromise {
  id: number;
  text: string;
  due_on: string | null;
  overdue: boolean;
}

/** What each step's app hands out for one shop; an app that is not there hands out nothing. */
export interface ShopParts {
  stock_count?: { lines: StockLine[] };
  introduced?: { recommended: Recommended[] };
  mock_order?: { lines: OrderLine[]; total_limit: number | null; delivery: string | null };
  promises?: { open: OpenPromise[] };
}

export interface Shop {
  licence_no: string;
  name: string;
  address: string;
  contact: string;
  format: string;
  area: string;
  scale: string;
  latitude: number | null;
  longitude: number | null;
  segment: string | null;
  position: number | null;
  planned: boolean;
  why: string;
  window: string | null;
  next_order: string | null;
  next_delivery: string | null;
  last_visit: { day: string; by: string; words: string } | null;
  warnings: string[];
  steps: ShopParts;
}

export interface Day {
  user: Person;
  day: string;
  made_at: string;
  as_of: string | null;
  standard: { visits: number; minutes: number } | null;
  meeting: { ids: number[]; parts: { title: string; text: string }[]; read: boolean } | null;
  bag: { id: number; words: string; checked: boolean }[];
  steps: { name: string; item: string; title: string }[];
  products: Product[];
  shops: Shop[];
}

export type Place =
  | {
      latitude: number;
      longitude: number;
      accuracy: number;
      coordinate_system: string;
      at: string;
    }
  | { missing: "denied" | "unavailable" | "timeout" | "unsupported" };

export type Word = "yes" | "no" | "na";
export type Kind = "on_site" | "phone";

export interface CountLine {
  barcode: string;
  packs: number;
}

/** The answers of a visit, by the name of their step. A step that was not done is not there. */
export interface Answers {
  greeting?: { trend?: "up" | "level" | "down"; note?: string };
  stock_count?: { as_expected?: boolean; lines?: CountLine[] };
  display?: {
    whole_cartons?: Word;
    zero_boxes?: Word;
    opened_for_packs?: Word;
    tidy?: Word;
    note?: string;
    photos?: string[];
  };
  price_tags?: { complete?: Word; match?: Word; missing?: string[]; photos?: string[] };
  illegal?: { found?: boolean; kind?: string; note?: string; photos?: string[] };
  introduced?: { topics?: string[]; products?: { barcode: string; reaction?: string }[] };
  tidied?: { counter?: boolean; display?: boolean; price_tags?: boolean; photos?: string[] };
  market?: {
    demand?: string;
    reactions?: string;
    banquets?: string;
    neighbourhood?: string;
    customer_changes?: string;
    prices?: { barcode: string; unit: "pack" | "carton"; price: string }[];
    opinions?: { staff: string; opinion: string; note?: string }[];
  };
  questions?: {
    asked?: { text: string; about: string; answered: boolean; answer?: string; due_on?: string }[];
    explained?: string;
  };
  mock_order?: { lines?: CountLine[] };
  promises?: { made?: { text: string; due_on?: string }[]; kept?: number[] };
  closing?: { handbook?: boolean; effect?: string; suggestions?: string; care?: string };
}

export type StepName = keyof Answers;

/** A visit that is not finished. `v` is the shape of the record (storage.ts brings it forward). */
export interface Draft {
  id: string;
  v: number;
  licence_no: string;
  name: string;
  kind: Kind;
  started_at: string;
  planned: boolean;
  unplanned_reason: string;
  check_in: Place | null;
  steps: Answers;
  photos: { sha256: string; step: string; thumbnail: string; sent?: boolean }[];
  changed_at: string;
  /** Set when the server set the visit aside and it is being mended: what it said. */
  mending?: { place: string; words: string }[];
  ended_at?: string;
  check_out?: Place;
}

export type SendingState = "waiting" | "sent" | "set_aside" | "conflict" | "refused";

export interface SendingPhoto {
  sha256: string;
  step: string;
  state: "waiting" | "sent" | "refused";
  words?: string;
  tries?: number;
  next_at?: number;
}

/** A finished visit on its way. `body` is sent as it stands, so that every repeat is the same. */
export interface Sending {
  id: string;
  v: number;
  body: string;
  licence_no: string;
  name: string;
  day: string;
  ended_at: string;
  state: SendingState;
  tries: number;
  next_at: number;
  receipt?: string;
  received_at?: string;
  words?: string[];
  errors?: { place: string; words: string }[];
  conflict?: string;
  kept?: string;
  photos: SendingPhoto[];
  draft: Draft;
}

/** The bytes of a photo; bytes, because some browsers lose Blobs that they keep. */
export interface Photo {
  key: string;
  visit: string;
  sha256: string;
  step: string;
  bytes: ArrayBuffer;
}

export interface Counts {
  visits: number;
  photos: { expected: number; received: number };
  set_aside: number;
  conflicts: number;
}
