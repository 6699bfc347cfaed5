// What the steps are made of: big things to tap.

import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";

import { app } from "./app";
import { useDialog } from "./hooks";
import { Camera, Microphone } from "./icons";
import { inDays } from "./time";
import type { Draft, Product, StepName, Word } from "./types";
import { currentLanguage, t } from "./words";

/** One of a few, each a button. */
export function Choice<V extends string>(props: {
  label: string;
  options: { value: V; words: string }[];
  value: V | undefined;
  onChange: (value: V | undefined) => void;
}) {
  const name = useId();
  return (
    <fieldset class="choice">
      <legend>{props.label}</legend>
      <div class="choice-options">
        {props.options.map((one) => (
          <label key={one.value} class={props.value === one.value ? "chosen" : ""}>
            <input class="sr-only" type="radio" name={name} checked={props.value === one.value}
              onClick={() => props.onChange(props.value === one.value ? undefined : one.value)} />
            {one.words}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

export function YesNo(props: { label: string; value: Word | undefined; onChange: (value: Word | undefined) => void }) {
  const options = (["yes", "no", "na"] as const).map((value) => ({ value, words: t(value) }));
  return <Choice {...props} options={options} />;
}

/** Several of a few. */
export function Checks<V extends string>(props: {
  label: string;
  options: { value: V; words: string }[];
  values: V[];
  onChange: (values: V[]) => void;
}) {
  const flip = (value: V) =>
    props.onChange(
      props.values.includes(value) ? props.values.filter((one) => one !== value) : [...props.values, value],
    );
  return (
    <fieldset class="choice">
      <legend>{props.label}</legend>
      <div class="choice-options">
        {props.options.map((one) => (
          <label key={one.value} class={props.values.includes(one.value) ? "chosen" : ""}>
            <input class="sr-only" type="checkbox" checked={props.values.includes(one.value)} onChange={() => flip(one.value)} />
            {one.words}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

interface Heard {
  results: ArrayLike<ArrayLike<{ transcript: string }>>;
}
interface Listener {
  lang: string;
  start(): void;
  onresult: ((event: Heard) => void) | null;
  onend: (() => void) | null;
}
const speech = window as unknown as Record<string, (new () => Listener) | undefined>;
const Recognition = speech.SpeechRecognition ?? speech.webkitSpeechRecognition;

/** Words, typed or, where the browser listens, spoken. Kept at every key. */
export function Text(props: { label: string; value: string | undefined; onChange: (value: string) => void; rows?: number }) {
  const id = useId();
  const [listening, listen] = useState(false);
  const value = props.value ?? "";
  const latest = useRef(value);
  latest.current = value;
  const hear = () => {
    const listener = new Recognition!();
    listener.lang = currentLanguage() === "en" ? "en-GB" : "zh-CN";
    listener.onresult = (event) => {
      const said = event.results[0]?.[0]?.transcript ?? "";
      if (said) props.onChange(latest.current ? `${latest.current} ${said}` : said);
    };
    listener.onend = () => listen(false);
    listen(true);
    listener.start();
  };
  return (
    <div class="text">
      <label class="form-label" for={id}>{props.label}</label>
      <div class="text-row">
        <textarea id={id} class="form-control" rows={props.rows ?? 2} maxLength={4000} value={value}
          onInput={(event) => props.onChange(event.currentTarget.value)} />
        {Recognition && (
          <button type="button" class="btn" aria-pressed={listening} aria-label={t("speak", { label: props.label })} onClick={hear}>
            {listening ? "…" : <Microphone />}
          </button>
        )}
      </div>
    </div>
  );
}

/** Until when: a few taps, or the browser's calendar. */
export function Due(props: { value: string | undefined; onChange: (value: string | undefined) => void }) {
  const id = useId();
  const soon = [1, 7, 14].map((days) => ({ day: inDays(days), words: t(`due.in.${days}`) }));
  return (
    <div class="due">
      <label class="form-label" for={id}>{t("due.on")}</label>
      <div class="choice-options">
        {soon.map((one) => (
          <button key={one.day} type="button" class="chip" aria-pressed={props.value === one.day}
            onClick={() => props.onChange(props.value === one.day ? undefined : one.day)}>
            {one.words}
          </button>
        ))}
        <input id={id} type="date" class="form-control" value={props.value ?? ""}
          onInput={(event) => props.onChange(event.currentTarget.value || undefined)} />
      </div>
    </div>
  );
}

/** Photos of a step: from the camera, shrunk here, kept until the server has them. */
export function Photos({ draft, step }: { draft: Draft; step: StepName }) {
  const id = useId();
  const [problem, say] = useState("");
  const [busy, work] = useState(0);
  const mine = (draft.steps[step] as { photos?: string[] } | undefined)?.photos ?? [];
  const take = async (input: HTMLInputElement) => {
    const files = [...(input.files ?? [])];
    input.value = "";
    say("");
    for (const file of files) {
      work((count) => count + 1);
      try {
        await app.addPhoto(draft.id, step, file);
      } catch {
        say(app.full ? t("storage.full") : t("photo.unreadable"));
      } finally {
        work((count) => count - 1);
      }
    }
  };
  return (
    <div class="photos">
      <input id={id} class="sr-only" type="file" accept="image/*" capture="environment"
        onChange={(event) => void take(event.currentTarget)} />
      <label class="btn" for={id}><Camera /> {busy ? t("photo.busy") : t("photo.take")}</label>
      <ul>
        {mine.map((digest, number) => (
          <li key={digest}>
            <img src={draft.photos.find((one) => one.sha256 === digest)?.thumbnail} alt={t("photo.number", { number: number + 1 })} />
            <button type="button" class="btn btn-plain" aria-label={t("photo.drop", { number: number + 1 })}
              onClick={() => app.dropPhoto(draft.id, step, digest)}>×</button>
          </li>
        ))}
      </ul>
      {problem && <p class="alert alert-bad" role="alert">{problem}</p>}
    </div>
  );
}

export function Sheet(props: { title: string; onClose: () => void; children: ComponentChildren }) {
  const { dialog, here } = useDialog();
  const heading = useId();
  return (
    <dialog ref={dialog} class="dialog sheet" aria-labelledby={heading} onClose={() => here.current && props.onClose()}>
      <div class="head">
        <h2 id={heading}>{props.title}</h2>
        <button type="button" class="btn btn-plain" aria-label={t("close")} onClick={props.onClose}>×</button>
      </div>
      {props.children}
    </dialog>
  );
}

/** Find a product among all that are sold. */
export function ProductPicker(props: { onPick: (product: Product) => void; onClose: () => void }) {
  const id = useId();
  const [words, search] = useState("");
  const asked = words.trim().toLowerCase();
  const found = (app.day?.products ?? []).filter((one) =>
    [one.name, one.brand, one.barcode].some((text) => text.toLowerCase().includes(asked)),
  );
  return (
    <Sheet title={t("product.pick")} onClose={props.onClose}>
      <label class="sr-only" for={id}>{t("product.find")}</label>
      <input id={id} class="form-control" type="search" placeholder={t("product.find")} value={words}
        onInput={(event) => search(event.currentTarget.value)} />
      <ul class="picker">
        {found.slice(0, 60).map((one) => (
          <li key={one.barcode}>
            <button type="button" class="btn btn-plain" onClick={() => props.onPick(one)}>{one.name}</button>
          </li>
        ))}
      </ul>
      {!found.length && <p>{t("find.nothing")}</p>}
    </Sheet>
  );
}

/** Add one row of several: a button that opens the picker. */
export function AddProduct(props: { words: string; onPick: (product: Product) => void }) {
  const [open, set] = useState(false);
  return (
    <>
      <button type="button" class="btn" onClick={() => set(true)}>+ {props.words}</button>
      {open && (
        <ProductPicker onClose={() => set(false)} onPick={(product) => { set(false); props.onPick(product); }} />
      )}
    </>
  );
}
