// [data-plan]: the month's plan. A shop is dragged to another day with mouse, pen or (after a long
// press) finger. Without any of it, each shop is a link to a form that does the same.

import htmx from "htmx.org";
import { toast } from "./toasts";

const LONG_PRESS = 350; // ms; sooner it is scrolling
const FAR = 6; // px; nearer it is a click

export function watchPlan(box: HTMLElement): void {
  if (box.dataset.watched) return;
  box.dataset.watched = "yes";
  box.addEventListener("pointerdown", (down) => {
    const shop = (down.target as Element).closest<HTMLElement>("[data-visit]");
    if (shop && down.button === 0) new Drag(box, shop, down);
  });
  // The browser's own drag of a link would take the pointer away.
  box.addEventListener("dragstart", (event) => event.preventDefault());
}

/** On a wide screen every day is open; on a narrow one, one at a time is enough. */
export function openDays(): void {
  const wide = window.matchMedia("(min-width: 60rem)");
  const open = () => {
    if (wide.matches) document.querySelectorAll<HTMLDetailsElement>(".day > details").forEach((day) => (day.open = true));
  };
  open();
  wide.addEventListener("change", open);
}

class Drag {
  private ghost: HTMLElement | null = null;
  private over: HTMLElement | null = null;
  private timer = 0;

  constructor(
    private readonly box: HTMLElement,
    private readonly shop: HTMLElement,
    private readonly start: PointerEvent,
  ) {
    window.addEventListener("pointermove", this.move);
    window.addEventListener("pointerup", this.drop);
    window.addEventListener("pointercancel", this.end);
    window.addEventListener("keydown", this.key);
    if (start.pointerType === "touch") {
      this.timer = window.setTimeout(() => this.lift(start.clientX, start.clientY), LONG_PRESS);
      box.addEventListener("touchmove", this.hold, { passive: false });
      box.addEventListener("contextmenu", this.hold);
    }
  }

  private readonly hold = (event: Event) => {
    if (this.ghost) event.preventDefault();
  };

  private readonly key = (event: KeyboardEvent) => {
    if (event.key === "Escape") this.end();
  };

  private readonly move = (event: PointerEvent) => {
    if (event.pointerId !== this.start.pointerId) return;
    const { clientX: x, clientY: y } = event;
    if (!this.ghost) {
      const far = Math.hypot(x - this.start.clientX, y - this.start.clientY) > FAR;
      if (!far) return;
      if (event.pointerType === "touch") return this.end();
      this.lift(x, y);
    }
    this.ghost!.style.transform = `translate(${x + 8}px, ${y + 8}px)`;
    const day = document.elementFromPoint(x, y)?.closest<HTMLElement>("[data-day]") ?? null;
    const aim = day === this.shop.closest("[data-day]") ? null : day;
    if (aim !== this.over) {
      this.over?.classList.remove("over");
      aim?.classList.add("over");
      this.over = aim;
    }
    const edge = 60;
    if (y < edge) window.scrollBy(0, -12);
    else if (y > window.innerHeight - edge) window.scrollBy(0, 12);
  };

  private lift(x: number, y: number): void {
    this.ghost = document.createElement("div");
    this.ghost.className = "ghost";
    this.ghost.textContent = this.shop.textContent;
    this.ghost.style.transform = `translate(${x + 8}px, ${y + 8}px)`;
    document.body.append(this.ghost);
    document.body.classList.add("dragging");
    this.shop.classList.add("lifted");
  }

  private readonly drop = (event: PointerEvent) => {
    if (event.pointerId !== this.start.pointerId) return;
    const day = this.over?.dataset.day;
    if (this.ghost) {
      // The click that follows belongs to the drag.
      const swallow = (click: Event) => {
        click.preventDefault();
        click.stopPropagation();
      };
      window.addEventListener("click", swallow, { capture: true, once: true });
      window.setTimeout(() => window.removeEventListener("click", swallow, { capture: true }), 0);
    }
    this.end();
    if (day) void moveTo(this.box, this.shop as HTMLAnchorElement, day);
  };

  private readonly end = () => {
    window.clearTimeout(this.timer);
    window.removeEventListener("pointermove", this.move);
    window.removeEventListener("pointerup", this.drop);
    window.removeEventListener("pointercancel", this.end);
    window.removeEventListener("keydown", this.key);
    this.box.removeEventListener("touchmove", this.hold);
    this.box.removeEventListener("contextmenu", this.hold);
    this.ghost?.remove();
    this.over?.classList.remove("over");
    this.shop.classList.remove("lifted");
    document.body.classList.remove("dragging");
  };
}

async function moveTo(box: HTMLElement, shop: HTMLAnchorElement, day: string): Promise<void> {
  const head = document.getElementById("plan-head");
  if (head?.dataset.open === "no") {
    // What was handed in or approved wants a reason: the form asks for it.
    await htmx.ajax("get", `${shop.href}?day=${day}`, { target: "#visit-box", select: "#visit-form", swap: "innerHTML" });
    const dialog = document.getElementById("visit-dialog");
    if (dialog instanceof HTMLDialogElement) dialog.showModal();
    return;
  }
  box.setAttribute("aria-busy", "true");
  try {
    const token = document.querySelector<HTMLInputElement>("input[name=csrfmiddlewaretoken]")?.value ?? "";
    const answer = await fetch(shop.href, {
      method: "POST",
      headers: { "X-Plan-Drag": "1", "X-CSRFToken": token },
      body: new URLSearchParams({ deed: "move", day, version: head?.dataset.version ?? "" }),
    });
    if (answer.redirected) return location.reload(); // the session has ended
    const text = await answer.text();
    if (!answer.ok) return toast(answer.status === 409 ? text : "", "bad");
    put(text);
    const said = answer.headers.get("HX-Trigger");
    if (said) toast((JSON.parse(said) as { toast: { words: string } }).toast.words, "good");
  } catch (problem) {
    console.error(problem);
    toast("", "bad");
  } finally {
    box.removeAttribute("aria-busy");
  }
}

/** Each part of the answer takes the place of what has its id. */
function put(text: string): void {
  const parts = new DOMParser().parseFromString(`<body>${text}</body>`, "text/html").body.children;
  for (const part of Array.from(parts)) {
    const old = document.getElementById(part.id);
    const open = old?.querySelector("details")?.open ?? false;
    const scrolled = old?.querySelector(".stops")?.scrollTop ?? 0;
    old?.replaceWith(part);
    const details = part.querySelector("details");
    if (details) details.open = details.open || open;
    const stops = part.querySelector(".stops");
    if (stops) stops.scrollTop = scrolled;
    htmx.process(part);
  }
  const version = document.getElementById("plan-head")?.dataset.version ?? "";
  document.querySelectorAll<HTMLInputElement>("[data-plan-version]").forEach((field) => (field.value = version));
}
