// The day: the shops in travel order, what is done and what the server has of it.

import { useState } from "preact/hooks";

import { app } from "./app";
import { link, useHeading } from "./hooks";
import { dayOf, short } from "./time";
import type { Sending, Shop } from "./types";
import { t } from "./words";

type View = "planned" | "all" | "promises" | "warnings" | "order";
const VIEWS: View[] = ["planned", "all", "promises", "warnings", "order"];

export function DayScreen() {
  const heading = useHeading("day");
  const [chosen, look] = useState<View | null>(null);
  const [words, search] = useState("");
  const day = app.day;
  if (!day) {
    return (
      <section class="card empty">
        <h1 ref={heading} tabIndex={-1}>{t("day.title")}</h1>
        <p>{app.online && app.session !== "out" ? t("day.coming") : t("day.missing")}</p>
      </section>
    );
  }
  const planned = day.shops.filter((one) => one.planned);
  const view = chosen ?? (planned.length ? "planned" : "all");
  const shown = found(day.shops, words) ?? day.shops.filter((one) => isIn(one, view));
  const today = dayOf();
  return (
    <>
      <div class="head">
        <h1 ref={heading} tabIndex={-1}>{t("day.of", { day: short(day.day) })}</h1>
        {day.day !== today && <p class="badge badge-warn">{t("day.old", { day: short(day.made_at) })}</p>}
      </div>
      <Progress />
      {app.drafts.length > 0 && <Open />}
      <Prepare />
      <div class="find">
        <label class="sr-only" for="find">{t("find")}</label>
        <input id="find" class="form-control" type="search" placeholder={t("find")} value={words}
          onInput={(event) => search(event.currentTarget.value)} />
        <div class="chips" role="group" aria-label={t("view")}>
          {VIEWS.map((one) => (
            <button key={one} type="button" class="chip" aria-pressed={view === one && !words}
              onClick={() => { look(one); search(""); }}>
              {t(`view.${one}`)} {one === "planned" ? planned.length : day.shops.filter((shop) => isIn(shop, one)).length}
            </button>
          ))}
        </div>
      </div>
      {shown.length === 0 && <p class="card empty">{words ? t("find.nothing") : t(`view.${view}.nothing`)}</p>}
      <ol class="shop-list">
        {shown.map((shop) => (
          <ShopRow key={shop.licence_no} shop={shop} />
        ))}
      </ol>
    </>
  );
}

function isIn(shop: Shop, view: View): boolean {
  if (view === "planned") return shop.planned;
  if (view === "promises") return (shop.steps.promises?.open.length ?? 0) > 0;
  if (view === "warnings") return shop.warnings.length > 0;
  if (view === "order") return isOrderDay(shop);
  return true;
}

export function isOrderDay(shop: Shop): boolean {
  return !!shop.next_order && shop.next_order === app.day?.day;
}

function found(shops: Shop[], words: string): Shop[] | null {
  const asked = words.trim().toLowerCase();
  if (!asked) return null;
  return shops.filter((one) =>
    [one.name, one.address, one.contact, one.licence_no].some((text) => text?.toLowerCase().includes(asked)),
  );
}

/** "31 of 31 on the server": from receipts, and what the server itself counts beside it. */
function Progress() {
  const today = dayOf();
  const made = app.outbox.filter((one) => one.day === today);
  const sent = made.filter((one) => one.state === "sent").length;
  const photos = made.flatMap((one) => one.photos);
  const photosSent = photos.filter((one) => one.state === "sent").length;
  const all = sent === made.length && photosSent === photos.length;
  const standard = app.day?.standard;
  return (
    <section class={`card progress-card ${all ? "" : "waits"}`} aria-label={t("progress")}>
      <p class="big">
        {all && made.length > 0 && <span class="good" aria-hidden="true">✓ </span>}
        {t("progress.visits", { sent, made: made.length })}
      </p>
      <p>{t("progress.photos", { sent: photosSent, made: photos.length })}</p>
      {made.length > 0 && <progress max={made.length + photos.length} value={sent + photosSent} aria-label={t("progress")} />}
      <p class="muted small">
        {standard && t("progress.standard", { visits: standard.visits, minutes: standard.minutes })}{" "}
        {app.counts && t("progress.server", { visits: app.counts.visits, photos: app.counts.photos.received })}
      </p>
    </section>
  );
}

/** Visits that are not finished. */
function Open() {
  return (
    <section aria-label={t("drafts")}>
      {app.drafts.map((draft) => (
        <a key={draft.id} class="btn btn-primary wide" href={link("visit", draft.id)}>
          {t("draft.go_on", { name: draft.name })}
        </a>
      ))}
    </section>
  );
}

/** The morning: what the meeting said, what is in the bag. */
function Prepare() {
  const { meeting, bag } = app.day!;
  return (
    <details class="card fold">
      <summary>{t("prepare")}</summary>
      {meeting?.parts.map((part) => (
        <div key={part.title}>
          <h2>{part.title}</h2>
          <p class="lines">{part.text}</p>
        </div>
      ))}
      {meeting && (
        <p><a class="btn" href="/visits/meeting/">{t(meeting.read ? "prepare.meeting" : "prepare.read")}</a></p>
      )}
      <p class="actions">
        <a class="btn" href="/visits/schedule/">{t("prepare.schedule")}</a>
        <a class="btn" href="/visits/bag/">{t("prepare.bag")}</a>
      </p>
      {bag?.length > 0 && (
        <ul>
          {bag.map((one) => (
            <li key={one.id}>{one.checked ? "✓ " : "○ "}{one.words}</li>
          ))}
        </ul>
      )}
    </details>
  );
}

/** Sent, waiting, open: in words and a sign, not in colour alone. */
export function stateOf(shop: Shop): { sign: string; words: string; tone: string } | null {
  const draft = app.drafts.find((one) => one.licence_no === shop.licence_no);
  if (draft) return { sign: "…", words: t("state.draft"), tone: "info" };
  const today = dayOf();
  const made = app.outbox.filter((one) => one.licence_no === shop.licence_no && one.day === today);
  if (!made.length) return null;
  return tick(made[0]!);
}

export function tick(record: Sending): { sign: string; words: string; tone: string } {
  const photos = record.photos.filter((one) => one.state !== "sent").length;
  if (record.state === "sent" && !photos) return { sign: "✓", words: t("state.sent"), tone: "good" };
  if (record.state === "sent") return { sign: "↑", words: t("state.photos", { count: photos }), tone: "warn" };
  if (record.state === "waiting") return { sign: "↑", words: t("state.waiting"), tone: "warn" };
  return { sign: "!", words: t(`state.${record.state}`), tone: "bad" };
}

function ShopRow({ shop }: { shop: Shop }) {
  const state = stateOf(shop);
  const promises = shop.steps.promises?.open ?? [];
  const overdue = promises.some((one) => one.overdue);
  return (
    <li>
      <a class="shop-row" href={link("shop", shop.licence_no)}>
        <span class="shop-place">{shop.planned ? shop.position ?? "·" : "+"}</span>
        <span class="shop-words">
          <b>{shop.name}</b>
          <span class="muted small">
            {shop.window && `${shop.window} · `}
            {shop.address}
          </span>
          <span class="badges">
            {state && <span class={`badge badge-${state.tone}`}>{state.sign} {state.words}</span>}
            {isOrderDay(shop) && <span class="badge badge-info">{t("order.today")}</span>}
            {promises.length > 0 && (
              <span class={`badge ${overdue ? "badge-bad" : "badge-warn"}`}>
                {t(overdue ? "promises.overdue" : "promises.open", { count: promises.length })}
              </span>
            )}
            {shop.warnings.length > 0 && <span class="badge badge-warn">{t("warnings", { count: shop.warnings.length })}</span>}
            {shop.segment && <span class="badge">{t("segment", { segment: shop.segment })}</span>}
          </span>
        </span>
      </a>
    </li>
  );
}
