// The queue: what the server has, what waits, and what it wants to be told again.

import { app } from "./app";
import { tick } from "./day";
import { go, link, useHeading } from "./hooks";
import { short } from "./time";
import type { Sending } from "./types";
import { t } from "./words";

export function SendingScreen() {
  const heading = useHeading("sending");
  const waiting = app.waiting();
  const sent = app.outbox.filter((one) => !waiting.includes(one));
  return (
    <>
      <div class="head">
        <h1 ref={heading} tabIndex={-1}>{t("sending.title")}</h1>
        <a class="btn btn-plain" href={link()}>‹ {t("day.title")}</a>
      </div>
      <p role="status">
        {app.busy ? t("sending.busy") : waiting.length ? t("sending.waiting", { count: waiting.length }) : t("sending.nothing")}
      </p>
      <div class="actions">
        <button type="button" class="btn btn-primary" disabled={!waiting.length} onClick={() => void app.retry()}>
          {t("sending.now")}
        </button>
        <button type="button" class="btn" disabled={!waiting.length && !app.drafts.length} onClick={save}>
          {t("sending.save")}
        </button>
      </div>
      {waiting.length > 0 && <List records={waiting} />}
      {sent.length > 0 && (
        <details class="card fold">
          <summary>{t("sending.sent", { count: sent.length })}</summary>
          <List records={sent} />
        </details>
      )}
      <p>
        <button type="button" class="btn btn-plain" onClick={() => void logOut()}>
          {t("logout", { name: app.person?.name || app.person?.username || "" })}
        </button>
      </p>
    </>
  );
}

async function logOut(): Promise<void> {
  await app.logOut().catch(() => undefined);
  go();
}

function List({ records }: { records: Sending[] }) {
  return (
    <ul class="sending-list">
      {records.map((record) => (
        <Row key={record.id} record={record} />
      ))}
    </ul>
  );
}

function Row({ record }: { record: Sending }) {
  const state = tick(record);
  const lost = record.photos.filter((one) => one.state === "refused");
  const mend = async () => {
    await app.mend(record.id);
    go("visit", record.id);
  };
  return (
    <li class="card" data-visit={record.id} data-state={record.state}>
      <div class="head">
        <b>{record.name}</b>
        <span class={`badge badge-${state.tone}`}>{state.sign} {state.words}</span>
      </div>
      <p class="muted small">
        {short(record.ended_at)} {record.ended_at.slice(11, 16)}
        {record.photos.length > 0 && ` · ${t("photos.sent", {
          sent: record.photos.filter((one) => one.state === "sent").length,
          made: record.photos.length,
        })}`}
        {record.receipt && ` · ${t("receipt", { receipt: record.receipt })}`}
      </p>
      {record.words?.map((one) => <p key={one}>{one}</p>)}
      {record.errors && record.errors.length > 0 && (
        <ul>
          {record.errors.map((one) => (
            <li key={one.place}><b>{placeWords(one.place)}</b> {one.words}</li>
          ))}
        </ul>
      )}
      {lost.map((one) => (
        <p key={one.sha256} class="bad">{t("photo.refused", { words: one.words === "gone" ? t("photo.gone") : one.words ?? "" })}</p>
      ))}
      {record.state === "set_aside" && (
        <button type="button" class="btn" onClick={() => void mend()}>{t("sending.mend")}</button>
      )}
      {record.state === "conflict" && (
        <>
          <p>{t("conflict.words", { kept: record.kept || "—", other: record.conflict || "—" })}</p>
          <button type="button" class="btn" onClick={() => void app.putAway(record.id)}>{t("conflict.seen")}</button>
        </>
      )}
    </li>
  );
}

/** "steps.stock_count.lines[3].packs" as the step's name and what is in it. */
export function placeWords(place: string): string {
  const step = /^steps\.(\w+)/.exec(place)?.[1];
  const found = app.day?.steps.find((one) => one.name === step);
  return found ? `${found.title} (${place}):` : place && `${place}:`;
}

/** What is not sent, as a file: for a phone that is about to lose it. */
function save(): void {
  const visits = app.waiting().map((one) => JSON.parse(one.body) as unknown);
  const text = JSON.stringify({ person: app.person?.username, visits, drafts: app.drafts }, null, 1);
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = `visits-${app.person?.username}.json`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
