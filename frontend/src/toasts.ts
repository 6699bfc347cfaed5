// Short words at the edge of the screen, read out, gone by a click or after a while.

const SECONDS = 8;

/** `words` empty: what base.html says of an answer that did not come. */
export function toast(words: string, tone: string): void {
  const corner = document.querySelector<HTMLElement>(".toasts");
  if (!corner) return;
  const box = document.createElement("div");
  box.className = `alert alert-${tone}`;
  box.append(words || corner.dataset.failed || "");
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn btn-plain";
  close.textContent = "✕";
  close.setAttribute("aria-label", corner.dataset.close ?? "");
  close.addEventListener("click", () => box.remove());
  box.append(close);
  corner.append(box);
  // What went wrong stays until it was read.
  if (tone !== "bad") window.setTimeout(() => box.remove(), SECONDS * 1000);
}
