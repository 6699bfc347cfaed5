// One shop before the visit: what happened last, what is promised, what is in stock and why.

import { app } from "./app";
import { isOrderDay, stateOf } from "./day";
import { go, goInstead, link, useHeading } from "./hooks";
import { amount } from "./quantities";
import { short } from "./time";
import type { Kind, Shop } from "./types";
import { t } from "./words";

export function ShopScreen({ licence }: { licence: string }) {
  const heading = useHeading(licence);
  const shop = app.shop(licence);
  if (!shop) {
    return (
      <section class="card empty">
        <h1 ref={heading} tabIndex={-1}>{t("shop.unknown")}</h1>
        <p>{t("shop.unknown.words")}</p>
        <a class="btn" href={link()}>{t("day.title")}</a>
      </section>
    );
  }
  const open = app.drafts.find((one) => one.licence_no === licence);
  const state = stateOf(shop);
  const start = async (kind: Kind) => {
    const draft = await app.begin(shop, kind);
    // Back leads to the day, not to a second start.
    goInstead("visit", draft.id);
  };
  return (
    <>
      <div class="head">
        <h1 ref={heading} tabIndex={-1}>{shop.name}</h1>
        {state && <p class={`badge badge-${state.tone}`}>{state.sign} {state.words}</p>}
      </div>
      <p class="muted">
        {[shop.licence_no, shop.contact, shop.format, shop.area, shop.scale].filter(Boolean).join(" · ")}
        <br />
        {shop.address}
        {shop.why && <><br />{shop.why}</>}
      </p>
      <Facts shop={shop} />
      <div class="bottom-bar">
        {open ? (
          <button type="button" class="btn btn-primary" onClick={() => go("visit", open.id)}>
            {t("visit.go_on")}
          </button>
        ) : (
          <>
            <button type="button" class="btn" onClick={() => void start("phone")}>{t("visit.by_phone")}</button>
            <button type="button" class="btn btn-primary" onClick={() => void start("on_site")}>{t("visit.start")}</button>
          </>
        )}
      </div>
    </>
  );
}

/** Also shown during the visit, behind a button. */
export function Facts({ shop }: { shop: Shop }) {
  const promises = shop.steps.promises?.open ?? [];
  const stock = shop.steps.stock_count?.lines ?? [];
  const order = shop.steps.mock_order;
  const recommended = shop.steps.introduced?.recommended ?? [];
  return (
    <div class="shop-facts-list">
      {shop.warnings.length > 0 && (
        <section class="alert alert-warn">
          <ul>{shop.warnings.map((one) => <li key={one}>{one}</li>)}</ul>
        </section>
      )}
      {promises.length > 0 && (
        <section class="card">
          <h2>{t("promises")}</h2>
          <ul>
            {promises.map((one) => (
              <li key={one.id}>
                {one.text}{" "}
                {one.due_on && <span class={one.overdue ? "bad" : "muted"}>
                  {t(one.overdue ? "due.over" : "due", { day: short(one.due_on) })}
                </span>}
              </li>
            ))}
          </ul>
        </section>
      )}
      <section class="card">
        <dl class="facts columns">
          <div>
            <dt>{t("last_visit")}</dt>
            <dd>{shop.last_visit ? `${short(shop.last_visit.day)} ${shop.last_visit.by}` : t("last_visit.none")}</dd>
            {shop.last_visit?.words && <dd class="muted small">{shop.last_visit.words}</dd>}
          </div>
          <div><dt>{t("next_order")}</dt><dd>{shop.next_order ? short(shop.next_order) : "—"}{isOrderDay(shop) && ` · ${t("order.today")}`}</dd></div>
          <div><dt>{t("next_delivery")}</dt><dd>{shop.next_delivery ? short(shop.next_delivery) : "—"}</dd></div>
          <div><dt>{t("segment.name")}</dt><dd>{shop.segment ?? "—"}</dd></div>
        </dl>
      </section>
      {recommended.length > 0 && (
        <section class="card">
          <h2>{t("recommended")}</h2>
          <ul class="product-lines">
            {recommended.map((one) => {
              const product = app.product(one.barcode);
              return (
                <li key={one.barcode}>
                  <b>{product.name}</b> {one.packs != null && amount(one.packs, product.packs_per_carton)}
                  {one.reasons?.map((reason) => <span key={reason} class="muted small whole">{reason}</span>)}
                </li>
              );
            })}
          </ul>
        </section>
      )}
      {order && order.lines.length > 0 && (
        <details class="card fold">
          <summary>{t("quotas", { count: order.lines.length })}</summary>
          <ul class="product-lines">
            {order.lines.map((one) => {
              const product = app.product(one.barcode);
              const quota = one.in_force ?? one.quota;
              return (
                <li key={one.barcode}>
                  <b>{product.name}</b>{" "}
                  {quota != null && t("quota", { amount: amount(quota, product.packs_per_carton) })}{" "}
                  {one.stock != null && t("stock", { amount: amount(one.stock, product.packs_per_carton) })}
                  {one.reasons?.map((reason) => <span key={reason} class="muted small whole">{reason}</span>)}
                </li>
              );
            })}
          </ul>
        </details>
      )}
      {stock.length > 0 && (
        <details class="card fold">
          <summary>{t("stocks", { count: stock.length })}</summary>
          <ul class="product-lines">
            {stock.map((one) => {
              const product = app.product(one.barcode);
              return (
                <li key={one.barcode}>
                  <b>{product.name}</b> {one.packs != null ? amount(one.packs, product.packs_per_carton) : "—"}{" "}
                  {one.day && <span class="muted small">{short(one.day)}</span>}
                </li>
              );
            })}
          </ul>
        </details>
      )}
    </div>
  );
}
