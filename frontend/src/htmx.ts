// htmx with what our pages need: no eval, no styles of its own, no figures kept in the browser.

import htmx from "htmx.org";
import { toast } from "./toasts";

htmx.config.allowEval = false;
htmx.config.allowScriptTags = false;
htmx.config.includeIndicatorStyles = false;
htmx.config.historyCacheSize = 0; // the next person at this machine finds no page of the last one
htmx.config.scrollBehavior = "auto";
// A form that is not valid comes back with its errors.
htmx.config.responseHandling = [
  { code: "204", swap: false },
  { code: "[23]..", swap: true },
  { code: "422", swap: true },
  { code: "[45]..", swap: false, error: true },
];

type Detail<T> = CustomEvent<T>;

document.addEventListener("htmx:configRequest", (event) => {
  const { detail } = event as Detail<{ headers: Record<string, string> }>;
  const token = document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]");
  if (token) detail.headers["X-CSRFToken"] = token.value;
});

// The session has ended: the answer is the login page, which belongs into the whole window.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { detail } = event as Detail<{ xhr: XMLHttpRequest; shouldSwap: boolean }>;
  if (new URL(detail.xhr.responseURL || location.href).pathname.startsWith("/accounts/login/")) {
    detail.shouldSwap = false;
    location.reload();
  }
});

for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, () => toast("", "bad"));
}

// Sent by the server in the header HX-Trigger.
document.addEventListener("toast", (event) => {
  const { detail } = event as Detail<{ words: string; tone?: string }>;
  toast(detail.words, detail.tone ?? "info");
});

document.addEventListener("htmx:xhr:progress", (event) => {
  const { detail, target } = event as Detail<{ loaded: number; total: number }> & {
    target: Element | null;
  };
  const bar = target?.querySelector<HTMLProgressElement>("progress[data-upload]");
  if (bar && detail.total) {
    bar.hidden = false;
    bar.max = detail.total;
    bar.value = detail.loaded;
  }
});
