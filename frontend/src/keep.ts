// <form data-keep="key">: what is typed stays on this device until the server has it, so that nothing
// is lost where there is no signal. <… data-kept="key"> on a page says that the server has it for good.
// Only what one typed oneself, under a key with the person in it; it goes when it is saved.

const PREFIX = "kept:";
type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export function keepForms(root: ParentNode): void {
  root.querySelectorAll<HTMLElement>("[data-kept]").forEach((done) => forget(done.dataset.kept ?? ""));
  root.querySelectorAll<HTMLFormElement>("form[data-keep]").forEach(keep);
}

function keep(form: HTMLFormElement): void {
  const key = form.dataset.keep ?? "";
  const changed = new Map<string, string>(Object.entries(read(key)));
  // What was saved though its answer never came is not kept any longer.
  for (const [name, value] of changed) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLElement && served(field) === value) changed.delete(name);
  }
  write(key, changed);
  form.addEventListener("input", (event) => {
    const field = event.target as Field;
    if (!field.name || field.name === "csrfmiddlewaretoken") return;
    changed.set(field.name, field.value);
    write(key, changed);
  });
  form.addEventListener("htmx:afterRequest", (event) => {
    const { successful } = (event as CustomEvent<{ successful: boolean }>).detail;
    if (!successful) return;
    // What was typed since the request was sent goes with the next one.
    for (const [name, value] of changed) if (sent.get(name) === value) changed.delete(name);
    write(key, changed);
  });
  const sent = new Map<string, string>();
  form.addEventListener("htmx:beforeRequest", () => {
    sent.clear();
    new FormData(form).forEach((value, name) => typeof value === "string" && sent.set(name, value));
  });
  const restore = () => {
    for (const [name, value] of changed) {
      const field = form.elements.namedItem(name);
      if (!(field instanceof HTMLElement) || !("value" in field)) continue;
      // A browser that brings back what was in the fields tells nobody: htmx has to hear of it.
      const there = (field as Field).value === value;
      (field as Field).value = value;
      field.closest("details")?.setAttribute("open", "");
      field.dispatchEvent(new Event(there ? "change" : "input", { bubbles: true }));
    }
  };
  // When htmx listens to the form.
  if (document.readyState === "complete") restore();
  else window.addEventListener("load", restore, { once: true });
  // Back on the net: send what is kept.
  window.addEventListener("online", () => {
    for (const name of changed.keys()) {
      const field = form.elements.namedItem(name);
      if (field instanceof HTMLElement) return void field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

/** What the server put into the field, whatever the person or the browser put there since. */
function served(field: HTMLElement): string | null {
  if (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) return field.defaultValue;
  if (field instanceof HTMLSelectElement) {
    const chosen = [...field.options].find((one) => one.defaultSelected) ?? field.options[0];
    return chosen?.value ?? null;
  }
  return null;
}

function read(key: string): Record<string, string> {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key) ?? "{}") as Record<string, string>;
  } catch {
    return {};
  }
}

function write(key: string, changed: Map<string, string>): void {
  try {
    if (changed.size) localStorage.setItem(PREFIX + key, JSON.stringify(Object.fromEntries(changed)));
    else localStorage.removeItem(PREFIX + key);
  } catch {
    // No storage (private mode, full): the server's copy is all there is.
  }
}

function forget(key: string): void {
  try {
    localStorage.removeItem(PREFIX + key);
  } catch {
    // As above.
  }
}
