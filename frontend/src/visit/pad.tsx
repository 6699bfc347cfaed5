// Cartons and packs by big keys: digits, steppers, one tap for "as listed" and "none". A keyboard's
// digits work, too; the phone's own keyboard stays away.

import { useEffect, useRef, useState } from "preact/hooks";

import { amount, change } from "./quantities";
import type { Product } from "./types";
import { t } from "./words";
import { Sheet } from "./widgets";

type Field = "cartons" | "packs";
const MOST = 99_999;

export function PackPad(props: {
  product: Product;
  value: number | undefined;
  /** What it is held against: the stock as listed, or the advice. */
  listed: number | null;
  listedWords: string;
  limit?: { packs: number; words: string } | null;
  reasons?: string[] | undefined;
  onDone: (packs: number | undefined, next: boolean) => void;
  onClose: () => void;
}) {
  const per = props.product.packs_per_carton || 10;
  const start = props.value ?? props.listed ?? 0;
  const [value, set] = useState({ cartons: Math.floor(start / per), packs: start % per });
  const [field, choose] = useState<Field>("cartons");
  const [fresh, touch] = useState(true); // the first digit replaces what was there
  const shown = useRef<HTMLInputElement>(null);
  const total = value.cartons * per + value.packs;

  useEffect(() => {
    shown.current?.focus();
    shown.current?.select(); // so that a keyboard's first digit replaces, too
  }, [field]);

  const put = (name: Field, number: number) => {
    set((now) => ({ ...now, [name]: Math.min(MOST, Math.max(0, Math.floor(number) || 0)) }));
  };
  const digit = (number: number) => {
    put(field, fresh ? number : value[field] * 10 + number);
    touch(false);
  };
  const step = (name: Field, by: number) => {
    const packs = Math.max(0, total + by * (name === "cartons" ? per : 1));
    set({ cartons: Math.floor(packs / per), packs: packs % per });
    choose(name);
    touch(true);
  };
  const over = props.limit && total > props.limit.packs;
  return (
    <Sheet title={props.product.name} onClose={props.onClose}>
      <form onSubmit={(event) => { event.preventDefault(); props.onDone(total, true); }}>
        <p class="muted">
          {props.listed != null && `${props.listedWords} ${amount(props.listed, per)}`}
          {props.listed != null && total !== props.listed && (
            <b class="warn"> {change(total - props.listed, per)}</b>
          )}
        </p>
        {over && <p class="alert alert-warn" role="status">{props.limit!.words}</p>}
        {(["cartons", "packs"] as const).map((name) => (
          <div key={name} class={`pad-field ${field === name ? "chosen" : ""}`}>
            <button type="button" class="btn" aria-label={t(`pad.less.${name}`)} onClick={() => step(name, -1)}>−</button>
            <label>
              <input ref={field === name ? shown : undefined} class="form-control" inputMode="none" autoComplete="off"
                value={value[name]} onFocus={() => { choose(name); touch(true); }}
                onInput={(event) => { put(name, Number(event.currentTarget.value.replace(/\D/g, ""))); touch(false); }} />
              <span>{t(`pad.${name}`)}</span>
            </label>
            <button type="button" class="btn" aria-label={t(`pad.more.${name}`)} onClick={() => step(name, 1)}>+</button>
          </div>
        ))}
        <div class="pad-keys">
          {[1, 2, 3, 4, 5, 6, 7, 8, 9].map((number) => (
            <button key={number} type="button" class="btn" onClick={() => digit(number)}>{number}</button>
          ))}
          <button type="button" class="btn" onClick={() => { choose(field === "cartons" ? "packs" : "cartons"); touch(true); }}>
            {t(field === "cartons" ? "pad.packs" : "pad.cartons")}
          </button>
          <button type="button" class="btn" onClick={() => digit(0)}>0</button>
          <button type="button" class="btn" aria-label={t("pad.back")}
            onClick={() => { put(field, Math.floor(value[field] / 10)); touch(false); }}>⌫</button>
        </div>
        {props.reasons && props.reasons.length > 0 && (
          <details>
            <summary class="small">{t("why")}</summary>
            {props.reasons.map((reason) => <p key={reason} class="muted small">{reason}</p>)}
          </details>
        )}
        <div class="actions">
          <button type="button" class="btn" onClick={() => props.onDone(0, true)}>{t("pad.none")}</button>
          {props.listed != null && (
            <button type="button" class="btn" onClick={() => props.onDone(undefined, true)}>{t("pad.listed")}</button>
          )}
          <button type="submit" class="btn btn-primary">{t("pad.next")}</button>
        </div>
      </form>
    </Sheet>
  );
}
