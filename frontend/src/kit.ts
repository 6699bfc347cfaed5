// What every page loads: the look, htmx, and a few behaviours named by data- attributes. Charts and
// the map are fetched only by pages that hold one. Nothing here writes code or styles as text, so a
// content security policy without unsafe-inline and unsafe-eval holds.

import "./kit.scss";
import "./htmx";
import { watchConfirmations, watchDialogs } from "./dialogs";
import { watchDownloads } from "./downloads";
import { watchDropZones } from "./drop";
import { watchPrinting } from "./print";
import { watchReadouts } from "./readout";

watchDialogs();
watchConfirmations();
watchDownloads();
watchDropZones();
watchReadouts();
watchPrinting();

/** Draws the charts and maps inside `root` that are not drawn yet. */
async function draw(root: ParentNode): Promise<void> {
  if (root.querySelector("[data-chart]")) {
    const { drawCharts } = await import("./charts");
    drawCharts(root);
  }
  if (root.querySelector("[data-map]")) {
    const { drawMaps } = await import("./map");
    drawMaps(root);
  }
  if (root.querySelector("[data-keep], [data-kept]")) {
    const { keepForms } = await import("./keep");
    keepForms(root);
  }
  const plan = root.querySelector<HTMLElement>("[data-plan]");
  if (plan || root.querySelector(".day")) {
    const { openDays, watchPlan } = await import("./plan");
    openDays();
    if (plan) watchPlan(plan);
  }
}

void draw(document);
document.addEventListener("htmx:load", (event) => {
  const part = event.target;
  if (part instanceof HTMLElement && part !== document.body) void draw(part.parentElement ?? part);
});
