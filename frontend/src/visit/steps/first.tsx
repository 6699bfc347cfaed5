// 问 看 介 整: greeting, display, price tags, illegal cigarettes, what was introduced, what was tidied.

import { app } from "../app";
import { amount } from "../quantities";
import type { Draft, Product, Shop, StepName } from "../types";
import { AddProduct, Checks, Choice, Photos, Text, YesNo } from "../widgets";
import { t } from "../words";
import type { StepPage } from "./all";

interface Props {
  draft: Draft;
  shop: Shop | undefined;
}

export function options<V extends string>(group: string, values: readonly V[]): { value: V; words: string }[] {
  return values.map((value) => ({ value, words: t(`${group}.${value}`) }));
}

export const greeting: StepPage<"greeting"> = {
  expected: () => ({ trend: "level" }),
  expectedWords: "greeting.expected",
  Fields: ({ draft }: Props) => {
    const answer = draft.steps.greeting;
    return (
      <>
        <Choice label={t("trend")} options={options("trend", ["up", "level", "down"] as const)} value={answer?.trend}
          onChange={(trend) => app.answer(draft.id, "greeting", { trend })} />
        <Text label={t("note")} value={answer?.note} onChange={(note) => app.answer(draft.id, "greeting", { note })} />
      </>
    );
  },
};

const SHOWN = ["whole_cartons", "zero_boxes", "opened_for_packs", "tidy"] as const;

export const display: StepPage<"display"> = {
  expected: () => ({ whole_cartons: "yes", zero_boxes: "yes", opened_for_packs: "yes", tidy: "yes" }),
  expectedWords: "display.expected",
  Fields: ({ draft }: Props) => {
    const answer = draft.steps.display;
    return (
      <>
        {SHOWN.map((name) => (
          <YesNo key={name} label={t(`display.${name}`)} value={answer?.[name]}
            onChange={(value) => app.answer(draft.id, "display", { [name]: value })} />
        ))}
        <Photos draft={draft} step="display" />
        <Text label={t("note")} value={answer?.note} onChange={(note) => app.answer(draft.id, "display", { note })} />
      </>
    );
  },
};

export const priceTags: StepPage<"price_tags"> = {
  expected: () => ({ complete: "yes", match: "yes" }),
  expectedWords: "display.expected",
  Fields: ({ draft }: Props) => {
    const answer = draft.steps.price_tags;
    const missing = answer?.missing ?? [];
    const set = (codes: string[]) => app.answer(draft.id, "price_tags", { missing: codes });
    return (
      <>
        <YesNo label={t("tags.complete")} value={answer?.complete} onChange={(complete) => app.answer(draft.id, "price_tags", { complete })} />
        <YesNo label={t("tags.match")} value={answer?.match} onChange={(match) => app.answer(draft.id, "price_tags", { match })} />
        <Rows codes={missing} onDrop={(code) => set(missing.filter((one) => one !== code))} />
        <AddProduct words={t("tags.missing")} onPick={(product) => set([...new Set([...missing, product.barcode])])} />
        <Photos draft={draft} step="price_tags" />
      </>
    );
  },
};

/** Products that were picked, each with a way to take it off. */
function Rows({ codes, onDrop }: { codes: string[]; onDrop: (code: string) => void }) {
  return (
    <ul class="picked">
      {codes.map((code) => {
        const product = app.product(code);
        return (
          <li key={code}>
            <span>{product.name}</span>
            <button type="button" class="btn btn-plain" aria-label={t("drop", { name: product.name })} onClick={() => onDrop(code)}>×</button>
          </li>
        );
      })}
    </ul>
  );
}

const ILLEGAL = ["illegal", "foreign_channel", "counterfeit", "other"] as const;

export const illegal: StepPage<"illegal"> = {
  expected: () => ({ found: false }),
  expectedWords: "illegal.expected",
  Fields: ({ draft }: Props) => {
    const answer = draft.steps.illegal;
    return (
      <details class="fold" open={!!answer?.found}>
        <summary>{t("illegal.report")}</summary>
        <p class="muted small">{t("illegal.confidential")}</p>
        <Choice label={t("illegal.kind")} options={options("illegal", ILLEGAL)} value={answer?.kind as (typeof ILLEGAL)[number] | undefined}
          onChange={(kind) => app.answer(draft.id, "illegal", kind ? { kind, found: true } : { kind, found: false })} />
        <Text label={t("note")} value={answer?.note} onChange={(note) => app.answer(draft.id, "illegal", { note, found: true })} />
        <Photos draft={draft} step="illegal" />
      </details>
    );
  },
};

const TOPICS = ["policy", "brand_changes", "supply", "new_brands", "skills"] as const;
const REACTIONS = ["interested", "will_order", "refused", "none"] as const;

export const introduced: StepPage<"introduced"> = {
  expected: (shop) => ({
    products: (shop?.steps.introduced?.recommended ?? []).map((one) => ({ barcode: one.barcode })),
  }),
  expectedWords: "introduced.expected",
  Fields: ({ draft, shop }: Props) => {
    const answer = draft.steps.introduced;
    const said = answer?.products ?? [];
    const recommended = shop?.steps.introduced?.recommended ?? [];
    const others = said.filter((one) => !recommended.some((known) => known.barcode === one.barcode));
    const set = (barcode: string, reaction: string | undefined) => {
      const rest = said.filter((one) => one.barcode !== barcode);
      const products = reaction ? [...rest, { barcode, reaction }] : rest;
      app.answer(draft.id, "introduced", { products });
    };
    return (
      <>
        <Checks label={t("topics")} options={options("topic", TOPICS)} values={(answer?.topics ?? []) as (typeof TOPICS)[number][]}
          onChange={(topics) => app.answer(draft.id, "introduced", { topics })} />
        {[...recommended, ...others].map((one) => {
          const product: Product = app.product(one.barcode);
          const packs = "packs" in one ? one.packs : null;
          const reasons = "reasons" in one ? one.reasons : [];
          return (
            <div key={one.barcode} class="one">
              <Choice label={packs ? `${product.name} · ${amount(packs, product.packs_per_carton)}` : product.name}
                options={options("reaction", REACTIONS)}
                value={said.find((row) => row.barcode === one.barcode)?.reaction as (typeof REACTIONS)[number] | undefined}
                onChange={(reaction) => set(one.barcode, reaction)} />
              {reasons?.map((reason) => <p key={reason} class="muted small">{reason}</p>)}
            </div>
          );
        })}
        <AddProduct words={t("introduced.more")} onPick={(product) => set(product.barcode, "interested")} />
      </>
    );
  },
};

const TIDIED = ["counter", "display", "price_tags"] as const;

export const tidied: StepPage<"tidied"> = {
  expected: () => ({ counter: true, display: true, price_tags: true }),
  expectedWords: "tidied.expected",
  Fields: ({ draft }: Props) => {
    const answer = draft.steps.tidied;
    return (
      <>
        <Checks label={t("tidied")} options={options("tidied", TIDIED)} values={TIDIED.filter((name) => answer?.[name])}
          onChange={(names) => app.answer(draft.id, "tidied", Object.fromEntries(TIDIED.map((name) => [name, names.includes(name)])))} />
        <Photos draft={draft} step={"tidied" satisfies StepName} />
      </>
    );
  },
};
