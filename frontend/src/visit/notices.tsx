// What the person must know wherever they are, the worst first.

import { LOGIN } from "./addresses";
import { app } from "./app";
import { webview, worksOffline } from "./device";
import { go } from "./hooks";
import { t } from "./words";

export function Notices({ visiting }: { visiting: boolean }) {
  const waiting = app.waiting();
  const stuck = waiting.filter((one) => one.state === "set_aside" || one.state === "refused" || one.state === "conflict");
  const unkept = app.store && app.store.kind !== "kept";
  const sendNow = (
    <button type="button" class="btn" onClick={() => void app.retry()}>
      {t("sending.now")}
    </button>
  );
  return (
    <div class="notices" aria-live="polite">
      {unkept && (
        <div class="alert alert-bad">
          <p>{app.store?.kind === "texts" ? t("storage.texts") : t("storage.memory")}</p>
          {sendNow}
        </div>
      )}
      {app.full && (
        <div class="alert alert-bad">
          <p>{t("storage.full")}</p>
          {sendNow}
        </div>
      )}
      {app.short && !app.full && <p class="alert alert-warn">{t("storage.short")}</p>}
      {app.person && !app.locked && app.session === "out" && (
        <div class="alert alert-warn">
          <p>{waiting.length ? t("login.again.waiting", { count: waiting.length }) : t("login.again")}</p>
          <a class="btn" href={LOGIN}>
            {t("login")}
          </a>
        </div>
      )}
      {app.refused && <p class="alert alert-bad">{t("day.refused")}</p>}
      {!visiting && stuck.length > 0 && (
        <div class="alert alert-warn">
          <p>{t("sending.stuck", { count: stuck.length })}</p>
          <button type="button" class="btn" onClick={() => go("sending")}>
            {t("sending.look")}
          </button>
        </div>
      )}
      {!visiting && !worksOffline() && (
        <p class="alert alert-warn">{webview() ? t(`offline.never.${webview()}`) : t("offline.never")}</p>
      )}
      {!visiting &&
        app.others.map((one) => (
          <p key={one.id} class="alert alert-quiet">
            {t("others.waiting", { name: one.name, count: one.waiting })}
          </p>
        ))}
      {!app.online && <p class="alert alert-quiet">{t("offline.now")}</p>}
    </div>
  );
}
