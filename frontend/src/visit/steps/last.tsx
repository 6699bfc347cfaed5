// 答 记: questions, mock order, promises, what closes the visit.

import { useState } from "preact/hooks";

import { app } from "../app";
import { PackPad } from "../pad";
import { amount } from "../quantities";
import { short } from "../time";
import type { Answers, CountLine, Draft, OrderLine, Shop } from "../types";
import { AddProduct, Checks, Choice, Due, Text } from "../widgets";
import { t } from "../words";
import type { StepPage } from "./all";
import { options } from "./first";

interface Props {
  draft: Draft;
  shop: Shop | undefined;
}

const ABOUT = ["marketing", "monopoly", "delivery", "other"] as const;
type Asked = NonNullable<NonNullable<Answers["questions"]>["asked"]>[number];

export const questions: StepPage<"questions"> = {
  expected: () => ({ asked: [] }),
  expectedWords: "questions.expected",
  Fields: ({ draft }: Props) => {
    const asked = draft.steps.questions?.asked ?? [];
    const set = (rows: Asked[]) => app.answer(draft.id, "questions", { asked: rows });
    const change = (number: number, part: Partial<Asked>) =>
      set(asked.map((one, i) => (i === number ? { ...one, ...part } : one)));
    return (
      <>
        {asked.map((one, number) => (
          <div key={number} class="one">
            <Text label={t("question", { number: number + 1 })} value={one.text} onChange={(text) => change(number, { text })} />
            <Choice label={t("question.about")} options={options("about", ABOUT)} value={one.about as (typeof ABOUT)[number]}
              onChange={(about) => change(number, { about: about ?? "other" })} />
            <Choice label={t("question.done")} value={one.answered ? "now" : "later"} options={options("question", ["now", "later"] as const)}
              onChange={(when) => change(number, { answered: when === "now" })} />
            {one.answered ? (
              <Text label={t("question.answer")} value={one.answer} onChange={(answer) => change(number, { answer })} />
            ) : (
              <Due value={one.due_on} onChange={(due_on) => change(number, { due_on })} />
            )}
          </div>
        ))}
        <button type="button" class="btn" onClick={() => set([...asked, { text: "", about: "marketing", answered: true }])}>
          + {t("question.add")}
        </button>
        <Text label={t("question.explained")} value={draft.steps.questions?.explained}
          onChange={(explained) => app.answer(draft.id, "questions", { explained })} />
      </>
    );
  },
};

export const mockOrder: StepPage<"mock_order"> = {
  expected: (shop) => ({
    lines: (shop?.steps.mock_order?.lines ?? [])
      .filter((one) => (one.advice ?? 0) > 0)
      .map((one) => ({ barcode: one.barcode, packs: one.advice! })),
  }),
  expectedWords: "order.expected",
  Fields: ({ draft, shop }: Props) => {
    const [open, show] = useState<string | null>(null);
    const given = shop?.steps.mock_order;
    const chosen = draft.steps.mock_order?.lines ?? [];
    const extra = chosen.filter((one) => !given?.lines.some((line) => line.barcode === one.barcode));
    const empty = { quota: null, in_force: null, stock: null, advice: null };
    const lines: OrderLine[] = [...(given?.lines ?? []), ...extra.map((one) => ({ barcode: one.barcode, ...empty }))];
    const line = lines.find((one) => one.barcode === open) ?? (open ? { barcode: open, ...empty } : null);
    const limit = line ? limitOf(line) : null;
    const done = (packs: number | undefined, next: boolean) => {
      const wanted = packs ?? line?.advice ?? 0;
      const rest = chosen.filter((one) => one.barcode !== open);
      app.answer(draft.id, "mock_order", { lines: wanted ? [...rest, { barcode: open!, packs: wanted }] : rest });
      const at = lines.findIndex((one) => one.barcode === open);
      show(next && at >= 0 ? lines[at + 1]?.barcode ?? null : null);
    };
    return (
      <>
        {given?.delivery && <p class="muted">{t("order.delivery", { day: short(given.delivery) })}</p>}
        <Total chosen={chosen} lines={lines} limit={given?.total_limit ?? null} />
        <ul class="stock-lines">
          {lines.map((one) => {
            const product = app.product(one.barcode);
            const packs = chosen.find((row) => row.barcode === one.barcode)?.packs;
            const most = limitOf(one);
            const over = packs !== undefined && most !== null && packs > most;
            return (
              <li key={one.barcode}>
                <button type="button" class={`stock-row ${packs !== undefined ? "counted" : ""}`} onClick={() => show(one.barcode)}>
                  <span>{product.name}</span>
                  <span class="number">{most === null ? "—" : t("quota", { amount: amount(most, product.packs_per_carton) })}</span>
                  {packs !== undefined && (
                    <span class="number whole">
                      {t("order.wanted", { amount: amount(packs, product.packs_per_carton) })}
                      {over && <b class="bad"> {t("order.over")}</b>}
                    </span>
                  )}
                </button>
              </li>
            );
          })}
        </ul>
        <AddProduct words={t("order.more")} onPick={(product) => show(product.barcode)} />
        {line && (
          <PackPad key={line.barcode} product={app.product(line.barcode)} reasons={line.reasons} listed={line.advice} listedWords={t("order.advice")}
            value={chosen.find((one) => one.barcode === line.barcode)?.packs}
            limit={limit === null ? null : {
              packs: limit,
              words: t("order.over.words", { amount: amount(limit, app.product(line.barcode).packs_per_carton) }),
            }}
            onDone={done} onClose={() => show(null)} />
        )}
      </>
    );
  },
};

/** What may be ordered at most: the quota in force, else the recommended one. */
function limitOf(line: OrderLine): number | null {
  return line.in_force ?? line.quota;
}

function Total({ chosen, lines, limit }: { chosen: CountLine[]; lines: OrderLine[]; limit: number | null }) {
  const packs = chosen.reduce((sum, one) => sum + one.packs, 0);
  const over = chosen.filter((one) => {
    const line = lines.find((row) => row.barcode === one.barcode);
    const most = line ? limitOf(line) : null;
    return most !== null && one.packs > most;
  }).length;
  const beyond = limit !== null && packs > limit;
  return (
    <p role="status" class={over || beyond ? "warn" : ""}>
      {t("order.total", { products: chosen.length, amount: amount(packs, 10) })}
      {limit !== null && ` ${t("order.limit", { amount: amount(limit, 10) })}`}
      {over > 0 && ` ${t("order.over.count", { count: over })}`}
      {beyond && ` ${t("order.beyond")}`}
    </p>
  );
}

export const promises: StepPage<"promises"> = {
  expected: () => ({ made: [], kept: [] }),
  expectedWords: "promises.expected",
  Fields: ({ draft, shop }: Props) => {
    const open = shop?.steps.promises?.open ?? [];
    const made = draft.steps.promises?.made ?? [];
    const kept = draft.steps.promises?.kept ?? [];
    const set = (number: number, part: { text?: string; due_on?: string | undefined }) =>
      app.answer(draft.id, "promises", { made: made.map((one, i) => (i === number ? { ...one, ...part } : one)) });
    return (
      <>
        {open.length > 0 && (
          <Checks label={t("promises.kept")} values={kept.map(String)}
            options={open.map((one) => ({ value: String(one.id), words: one.due_on ? `${one.text} · ${t(one.overdue ? "due.over" : "due", { day: short(one.due_on) })}` : one.text }))}
            onChange={(ids) => app.answer(draft.id, "promises", { kept: ids.map(Number) })} />
        )}
        {made.map((one, number) => (
          <div key={number} class="one">
            <Text label={t("promise", { number: number + 1 })} value={one.text} onChange={(text) => set(number, { text })} />
            <Due value={one.due_on} onChange={(due_on) => set(number, { due_on })} />
          </div>
        ))}
        <button type="button" class="btn" onClick={() => app.answer(draft.id, "promises", { made: [...made, { text: "" }] })}>
          + {t("promise.add")}
        </button>
      </>
    );
  },
};

export const closing: StepPage<"closing"> = {
  expected: () => ({ handbook: true }),
  expectedWords: "closing.expected",
  Fields: ({ draft }: Props) => {
    const answer = draft.steps.closing;
    return (
      <>
        <Checks label={t("handbook")} options={[{ value: "handbook", words: t("handbook.done") }]} values={answer?.handbook ? ["handbook"] : []}
          onChange={(values) => app.answer(draft.id, "closing", { handbook: values.length > 0 })} />
        <details class="fold" open={!!(answer?.effect || answer?.suggestions || answer?.care)}>
          <summary>{t("closing.words")}</summary>
          {(["effect", "suggestions", "care"] as const).map((name) => (
            <Text key={name} label={t(`closing.${name}`)} value={answer?.[name]}
              onChange={(value) => app.answer(draft.id, "closing", { [name]: value })} />
          ))}
        </details>
      </>
    );
  },
};
