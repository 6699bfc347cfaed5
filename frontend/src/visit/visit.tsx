// The visit: seven items 问看介整收答记, each with its steps, then one tap to finish.

import { useEffect, useState } from "preact/hooks";

import { app } from "./app";
import { goInstead, link, useHeading } from "./hooks";
import { placeWords } from "./outbox";
import { Facts } from "./shop";
import { STEPS } from "./steps/all";
import { minutesSince } from "./time";
import type { Draft, Shop, StepName } from "./types";
import { t } from "./words";
import { Sheet, Text } from "./widgets";

export const ITEMS = ["ask", "look", "introduce", "tidy", "collect", "answer", "record"] as const;
type Item = (typeof ITEMS)[number] | "finish";

interface Shown {
  name: StepName;
  item: string;
  title: string;
}

/** The steps that the server has and this page knows, in the server's order. */
function stepsOf(item: Item): Shown[] {
  return (app.day?.steps ?? []).filter((one) => one.item === item && one.name in STEPS) as Shown[];
}

export function VisitScreen({ id, item: asked }: { id: string; item: string }) {
  const draft = app.draft(id)!;
  const shop = app.shop(draft.licence_no);
  const items: Item[] = [...ITEMS.filter((one) => stepsOf(one).length > 0), "finish"];
  const item = items.includes(asked as Item) ? (asked as Item) : firstOpen(draft, items);
  const heading = useHeading(`${id}/${item}`);
  const [facts, showFacts] = useState(false);
  const next = items[items.indexOf(item) + 1];
  const steps = item === "finish" ? [] : stepsOf(item);
  const open = steps.filter((one) => !isWhole(draft, one.name, shop));

  useEffect(() => {
    // In the address, so that the next answer or a reload does not move on by itself.
    if (item !== asked) goInstead("visit", id, item);
    // Here, so that the place is known when the last tap comes.
    if (item === "finish" || item === "record") app.prepareCheckOut(id);
  }, [id, item]);

  const allAsExpected = () => {
    for (const step of open) fill(draft, step.name, shop);
    if (next) goInstead("visit", id, next);
  };

  return (
    <div class="visit">
      <div class="head visit-head">
        <p>
          <b>{draft.name}</b> <Clock draft={draft} />
        </p>
        {shop && <button type="button" class="btn btn-plain" onClick={() => showFacts(true)}>{t("shop.facts")}</button>}
      </div>
      <nav class="items" aria-label={t("items")}>
        {items.map((one) => (
          <a key={one} href={link("visit", id, one)} aria-current={one === item ? "step" : undefined}
            class={isDone(draft, one) ? "done" : ""} aria-label={`${t(`item.${one}`)}${isDone(draft, one) ? ` (${t("done")})` : ""}`}
            onClick={(event) => { event.preventDefault(); goInstead("visit", id, one); }}>
            <span aria-hidden="true">{t(`item.${one}.sign`)}</span>
          </a>
        ))}
      </nav>
      <h1 ref={heading} tabIndex={-1}>{t(`item.${item}`)}</h1>
      {draft.mending && draft.mending.length > 0 && (
        <div class="alert alert-warn">
          <p>{t("mending")}</p>
          <ul>{draft.mending.map((one) => <li key={one.place}><b>{placeWords(one.place)}</b> {one.words}</li>)}</ul>
        </div>
      )}
      {item === "finish" ? (
        <Finish draft={draft} items={items} />
      ) : (
        <>
          {steps.map((step) => (
            <StepCard key={step.name} draft={draft} shop={shop} step={step} />
          ))}
          <div class="bottom-bar">
            {open.length > 0 && next && (
              <button type="button" class="btn" onClick={() => goInstead("visit", id, next)}>{t("skip")}</button>
            )}
            {open.length > 0 ? (
              <button type="button" class="btn btn-primary" onClick={allAsExpected}>{t("expected.all")}</button>
            ) : (
              next && <button type="button" class="btn btn-primary" onClick={() => goInstead("visit", id, next)}>{t("next")}</button>
            )}
          </div>
        </>
      )}
      {facts && shop && (
        <Sheet title={shop.name} onClose={() => showFacts(false)}>
          <Facts shop={shop} />
        </Sheet>
      )}
    </div>
  );
}

function isDone(draft: Draft, item: Item): boolean {
  const shop = app.shop(draft.licence_no);
  return item !== "finish" && stepsOf(item).every((one) => isWhole(draft, one.name, shop));
}

/** Whether the step has an answer to all that "as expected" would answer. */
function isWhole(draft: Draft, name: StepName, shop: Shop | undefined): boolean {
  const answer = draft.steps[name] as Record<string, unknown> | undefined;
  const expected = STEPS[name]!.expected(shop) as Record<string, unknown>;
  return !!answer && Object.keys(expected).every((field) => answer[field] !== undefined);
}

/** The rest of the step is as expected; what was entered stays. */
function fill(draft: Draft, name: StepName, shop: Shop | undefined): void {
  const given = Object.entries(draft.steps[name] ?? {}).filter(([, value]) => value !== undefined);
  const expected = STEPS[name]!.expected(shop);
  app.answer(draft.id, name, { ...expected, ...Object.fromEntries(given) } as never);
}

/** Take "as expected" back; what was entered stays. */
function takeBack(draft: Draft, name: StepName, shop: Shop | undefined): void {
  const expected = STEPS[name]!.expected(shop) as Record<string, unknown>;
  app.change(draft.id, (one) => {
    const given = Object.entries(one.steps[name] ?? {}).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(expected[field]),
    );
    if (given.length) one.steps = { ...one.steps, [name]: Object.fromEntries(given) };
    else delete one.steps[name];
  });
}

/** Where a draft that is opened again goes on. */
function firstOpen(draft: Draft, items: Item[]): Item {
  return items.find((one) => !isDone(draft, one)) ?? "finish";
}

function Clock({ draft }: { draft: Draft }) {
  const [, again] = useState(0);
  useEffect(() => {
    const clock = setInterval(() => again((count) => count + 1), 20_000);
    return () => clearInterval(clock);
  }, []);
  const standard = app.day?.standard?.minutes;
  const minutes = minutesSince(draft.started_at);
  const words = draft.kind === "phone" ? t("clock.phone", { minutes }) : t("clock", { minutes });
  return <span class={`badge ${standard && minutes >= standard ? "badge-good" : ""}`}>{words}</span>;
}

function StepCard({ draft, shop, step }: { draft: Draft; shop: Shop | undefined; step: Shown }) {
  const { Fields, expectedWords } = STEPS[step.name]!;
  const done = isWhole(draft, step.name, shop);
  return (
    <section class={`card step ${done ? "done" : ""}`} data-step={step.name} aria-label={step.title}>
      <div class="head">
        <h2>
          {done && <span class="good" aria-hidden="true">✓ </span>}
          {step.title}
        </h2>
        <button type="button" class="btn" aria-pressed={done} 
          onClick={() => (done ? takeBack : fill)(draft, step.name, shop)}>
          {done ? t("undo") : t(expectedWords)}
        </button>
      </div>
      <Fields draft={draft} shop={shop} />
    </section>
  );
}

function Finish({ draft, items }: { draft: Draft; items: Item[] }) {
  const [discarding, ask] = useState(false);
  const shop = app.shop(draft.licence_no);
  const left = items.flatMap((one) => stepsOf(one)).filter((one) => !isWhole(draft, one.name, shop));
  const finish = async () => {
    await app.finish(draft.id).catch(() => undefined);
    if (!app.draft(draft.id)) goInstead();
  };
  const discard = async () => {
    await app.discard(draft.id);
    goInstead();
  };
  const photos = Object.values(draft.steps).flatMap((one) => (one as { photos?: string[] }).photos ?? []);
  return (
    <>
      <section class="card">
        <p>{left.length ? t("finish.left", { count: left.length, steps: left.map((one) => one.title).join("、") }) : t("finish.complete")}</p>
        <p class="muted">
          {t("finish.photos", { count: photos.length })} {t(placeState(draft))}
        </p>
      </section>
      {!draft.planned && (
        <section class="card">
          <Text label={t("unplanned")} value={draft.unplanned_reason}
            onChange={(value) => app.change(draft.id, (one) => { one.unplanned_reason = value; })} />
        </section>
      )}
      <p>
        {discarding ? (
          <>
            {t("discard.sure")}{" "}
            <button type="button" class="btn btn-danger" onClick={() => void discard()}>{t("discard.yes")}</button>{" "}
            <button type="button" class="btn" onClick={() => ask(false)}>{t("discard.no")}</button>
          </>
        ) : (
          <button type="button" class="btn btn-plain" onClick={() => ask(true)}>{t("discard")}</button>
        )}
      </p>
      <div class="bottom-bar">
        <button type="button" class="btn btn-primary" onClick={() => void finish()}>{t("finish")}</button>
      </div>
    </>
  );
}

function placeState(draft: Draft): string {
  if (draft.kind === "phone") return "place.phone";
  if (!draft.check_in) return "place.asking";
  return "missing" in draft.check_in ? `place.${draft.check_in.missing}` : "place.known";
}
