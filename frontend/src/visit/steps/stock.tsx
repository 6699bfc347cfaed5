// 看: the stock. What is listed stands there; only what differs is typed, in cartons and packs.

import { useState } from "preact/hooks";

import { app } from "../app";
import { PackPad } from "../pad";
import { amount, change } from "../quantities";
import { short } from "../time";
import type { CountLine, Draft, Shop, StockLine } from "../types";
import { AddProduct } from "../widgets";
import { t } from "../words";
import type { StepPage } from "./all";

export const stockCount: StepPage<"stock_count"> = {
  expected: () => ({ as_expected: true }),
  expectedWords: "stock.expected",
  Fields: ({ draft, shop }: { draft: Draft; shop: Shop | undefined }) => {
    const [open, show] = useState<string | null>(null);
    const listed = shop?.steps.stock_count?.lines ?? [];
    const counted = draft.steps.stock_count?.lines ?? [];
    const more = counted.filter((one) => !listed.some((line) => line.barcode === one.barcode));
    const lines: StockLine[] = [...listed, ...more.map((one) => ({ barcode: one.barcode, packs: null, day: null }))];
    const line = lines.find((one) => one.barcode === open) ?? (open ? { barcode: open, packs: null, day: null } : null);

    const done = (packs: number | undefined, next: boolean) => {
      const rest = counted.filter((one) => one.barcode !== open);
      const changed: CountLine[] = packs === undefined ? rest : [...rest, { barcode: open!, packs }];
      app.answer(draft.id, "stock_count", { lines: changed });
      const at = lines.findIndex((one) => one.barcode === open);
      show(next && at >= 0 ? lines[at + 1]?.barcode ?? null : null);
    };
    return (
      <>
        <Balance lines={lines} counted={counted} asExpected={!!draft.steps.stock_count?.as_expected} />
        <ul class="stock-lines">
          {lines.map((one) => (
            <Row key={one.barcode} line={one} counted={counted.find((row) => row.barcode === one.barcode)?.packs}
              onOpen={() => show(one.barcode)} />
          ))}
        </ul>
        <AddProduct words={t("stock.more")} onPick={(product) => show(product.barcode)} />
        {line && (
          <PackPad key={line.barcode} product={app.product(line.barcode)} listed={line.packs} listedWords={t("stock.listed")}
            value={counted.find((one) => one.barcode === line.barcode)?.packs} onDone={done} onClose={() => show(null)} />
        )}
      </>
    );
  },
};

function Row({ line, counted, onOpen }: { line: StockLine; counted: number | undefined; onOpen: () => void }) {
  const product = app.product(line.barcode);
  const per = product.packs_per_carton;
  const difference = counted !== undefined && line.packs !== null ? counted - line.packs : 0;
  return (
    <li>
      <button type="button" class={`stock-row ${counted !== undefined ? "counted" : ""}`} onClick={onOpen}>
        <span>{product.name}</span>
        <span class="number">
          {line.packs === null ? "—" : amount(line.packs, per)}
          {line.day && <span class="muted small"> {short(line.day)}</span>}
        </span>
        {counted !== undefined && (
          <span class="number whole">
            {t("stock.counted", { amount: amount(counted, per) })}
            {difference !== 0 && <b class="warn"> {change(difference, per)}</b>}
          </span>
        )}
      </button>
    </li>
  );
}

/** What was counted against what is listed, over all products. */
function Balance(props: { lines: StockLine[]; counted: CountLine[]; asExpected: boolean }) {
  const known = props.lines.filter((one) => one.packs !== null);
  const differing = props.counted.filter((one) => known.find((line) => line.barcode === one.barcode)?.packs !== one.packs);
  const difference = differing.reduce((sum, one) => sum + one.packs - (known.find((line) => line.barcode === one.barcode)?.packs ?? 0), 0);
  return (
    <p role="status">
      {t("stock.balance", {
        listed: known.length,
        differing: differing.length,
        packs: difference > 0 ? `+${difference}` : String(difference).replace("-", "−"),
      })}
      {props.asExpected && ` ${t("stock.rest")}`}
    </p>
  );
}
