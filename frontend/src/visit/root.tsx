import { useState } from "preact/hooks";

import { app } from "./app";
import { LOGIN } from "./addresses";
import { DayScreen } from "./day";
import { takeOver } from "./device";
import { go, link, useApp, useHeading, useRoute } from "./hooks";
import { Notices } from "./notices";
import { SendingScreen } from "./outbox";
import { ShopScreen } from "./shop";
import { VisitScreen } from "./visit";
import { currentLanguage, switchLanguage, t } from "./words";

let update = false;

/** A new version waits: the person says when. */
export function updateReady(): void {
  update = true;
  app.changed();
}

export function Root() {
  useApp();
  const [screen = "", id = "", item = ""] = useRoute();
  const visiting = screen === "visit" && !!app.draft(id);
  return (
    <>
      <a class="skip" href="#content" onClick={toContent}>
        {t("skip.content")}
      </a>
      <Header visiting={visiting} />
      <main id="content" tabIndex={-1}>
        {update && !visiting && (
          <div class="alert alert-info banner" role="status">
            <p>{t("update.ready")}</p>
            <button type="button" class="btn btn-primary" onClick={takeOver}>
              {t("update.now")}
            </button>
          </div>
        )}
        <Notices visiting={visiting} />
        <Screen screen={screen} id={id} item={item} />
      </main>
    </>
  );
}

/** The hash is the screen's: the link must not change it. */
function toContent(event: Event): void {
  event.preventDefault();
  document.getElementById("content")?.focus();
}

function Screen({ screen, id, item }: { screen: string; id: string; item: string }) {
  if (!app.person) return <Stranger />;
  if (app.locked) return <Locked />;
  if (screen === "shop") return <ShopScreen licence={id} />;
  if (screen === "visit" && app.draft(id)) return <VisitScreen id={id} item={item} />;
  if (screen === "sending") return <SendingScreen />;
  return <DayScreen />;
}

function Header({ visiting }: { visiting: boolean }) {
  const [, again] = useState(0);
  const language = currentLanguage();
  const change = async () => {
    await switchLanguage();
    again((count) => count + 1);
    app.changed();
    void app.refresh(); // what the server words comes anew, too
  };
  return (
    <header class="site-header visits-header">
      <a class="site-name" href={link()} aria-label={t("day.title")}>
        <span>{t("title")}</span>
      </a>
      {app.person && <ToSend />}
      {!visiting && (
        <button type="button" class="btn btn-plain" lang={language === "en" ? "zh-hans" : "en"} onClick={() => void change()}>
          {language === "en" ? "中文" : "English"}
        </button>
      )}
    </header>
  );
}

/** The way to the queue, with what is in it. */
function ToSend() {
  const waiting = app.waiting().length;
  const words = waiting ? t("sending.waiting", { count: waiting }) : t("sending.nothing");
  return (
    <button type="button" class={`btn btn-plain to-send ${waiting ? "warn" : "good"}`} onClick={() => go("sending")}>
      {waiting ? `↑ ${words}` : `✓ ${words}`}
    </button>
  );
}

function Stranger() {
  const heading = useHeading("stranger");
  const unknown = app.session === "unknown" && app.online;
  return (
    <section class="card empty">
      <h1 ref={heading} tabIndex={-1}>{unknown ? t("opening") : t("stranger.title")}</h1>
      {!unknown && <p>{app.online ? t("stranger.login") : t("stranger.offline")}</p>}
      {!unknown && app.online && (
        <a class="btn btn-primary" href={LOGIN}>
          {t("login")}
        </a>
      )}
    </section>
  );
}

function Locked() {
  const heading = useHeading("locked");
  return (
    <section class="card empty">
      <h1 ref={heading} tabIndex={-1}>{t("locked.title")}</h1>
      <p>{t("locked.words", { count: app.waiting().length + app.drafts.length })}</p>
      <a class="btn btn-primary" href={LOGIN}>
        {t("login")}
      </a>
    </section>
  );
}
