// 收: demand, reactions, banquets, neighbourhood, changes, prices, opinions on the staff.

import { app } from "../app";
import type { Answers, Draft } from "../types";
import { AddProduct, Choice, Text } from "../widgets";
import { t } from "../words";
import type { StepPage } from "./all";
import { options } from "./first";

const TEXTS = ["demand", "reactions", "banquets", "neighbourhood", "customer_changes"] as const;
const STAFF = ["telephone", "delivery", "supervision", "inspection"] as const;
const OPINIONS = ["satisfied", "neutral", "dissatisfied"] as const;

type Market = NonNullable<Answers["market"]>;

export const market: StepPage<"market"> = {
  expected: () => ({}),
  expectedWords: "market.expected",
  Fields: ({ draft }: { draft: Draft }) => {
    const answer: Market = draft.steps.market ?? {};
    const set = (part: Market) => app.answer(draft.id, "market", part);
    const prices = answer.prices ?? [];
    const opinions = answer.opinions ?? [];
    return (
      <>
        <details class="fold">
          <summary>{t("market.words")}</summary>
          {TEXTS.map((name) => (
            <Text key={name} label={t(`market.${name}`)} value={answer[name]} onChange={(value) => set({ [name]: value })} />
          ))}
        </details>
        <details class="fold" open={prices.length > 0}>
          <summary>{t("market.prices")}</summary>
          {prices.map((one, number) => (
            <Price key={one.barcode} price={one}
              onChange={(price) => set({ prices: price ? prices.map((row, i) => (i === number ? price : row)) : prices.filter((_row, i) => i !== number) })} />
          ))}
          <AddProduct words={t("market.price.add")}
            onPick={({ barcode }) => prices.some((one) => one.barcode === barcode) || set({ prices: [...prices, { barcode, unit: "pack", price: "" }] })} />
        </details>
        <details class="fold" open={opinions.length > 0}>
          <summary>{t("market.opinions")}</summary>
          {STAFF.map((staff) => {
            const mine = opinions.find((one) => one.staff === staff);
            const rest = opinions.filter((one) => one.staff !== staff);
            return (
              <div key={staff}>
                <Choice label={t(`staff.${staff}`)} options={options("opinion", OPINIONS)} value={mine?.opinion as (typeof OPINIONS)[number] | undefined}
                  onChange={(opinion) => set({ opinions: opinion ? [...rest, { ...mine, staff, opinion }] : rest })} />
                {mine?.opinion === "dissatisfied" && (
                  <Text label={t("market.opinion.why")} value={mine.note} onChange={(note) => set({ opinions: [...rest, { ...mine, note }] })} />
                )}
              </div>
            );
          })}
        </details>
      </>
    );
  },
};

type PriceRow = NonNullable<Market["prices"]>[number];

function Price({ price, onChange }: { price: PriceRow; onChange: (price: PriceRow | null) => void }) {
  const { name } = app.product(price.barcode);
  return (
    <div class="price">
      <span class="whole">{name}</span>
      <input class="form-control" inputMode="decimal" aria-label={t("market.price", { name })} value={price.price}
        onInput={(event) => onChange({ ...price, price: tidy(event.currentTarget.value) })} />
      <Choice label={t("market.unit")} options={options("unit", ["pack", "carton"] as const)} value={price.unit}
        onChange={(unit) => unit && onChange({ ...price, unit })} />
      <button type="button" class="btn btn-plain" aria-label={t("drop", { name })} onClick={() => onChange(null)}>×</button>
    </div>
  );
}

/** "12,5 元" as "12.5": digits, one point, two places. */
function tidy(text: string): string {
  return /\d+(?:\.\d{0,2})?/.exec(text.replace(/[,，。]/g, "."))?.[0] ?? "";
}
