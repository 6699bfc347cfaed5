// Native dialogs: opened by [data-dialog=ID], closed by [data-close], asked by [data-confirm].

export function watchDialogs(): void {
  document.addEventListener("click", (event) => {
    const target = event.target as Element;
    const opener = target.closest<HTMLElement>("[data-dialog]");
    if (opener) {
      const dialog = document.getElementById(opener.dataset.dialog ?? "");
      if (dialog instanceof HTMLDialogElement) dialog.showModal();
    }
    if (target.closest("[data-close]")) target.closest("dialog")?.close();
    // A click beside the dialog lands on the element itself, for its backdrop belongs to it.
    if (target instanceof HTMLDialogElement && isBeside(target, event)) target.close();
  });
}

export function watchConfirmations(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target as HTMLFormElement;
    const button = event.submitter;
    const question = button?.dataset.confirm ?? form.dataset.confirm;
    if (!question || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    void ask(question).then((yes) => {
      if (!yes) return;
      form.dataset.confirmed = "yes";
      form.requestSubmit(button);
      delete form.dataset.confirmed;
    });
  }, true);

  document.addEventListener("htmx:confirm", (event) => {
    const { detail } = event as CustomEvent<{ question: string | null; issueRequest: (go: boolean) => void }>;
    if (!detail.question) return;
    event.preventDefault();
    void ask(detail.question).then((yes) => {
      if (yes) detail.issueRequest(true);
    });
  });
}

/** The dialog #confirm of base.html, or the browser's own where a page has none. */
function ask(question: string): Promise<boolean> {
  const dialog = document.getElementById("confirm");
  if (!(dialog instanceof HTMLDialogElement)) return Promise.resolve(window.confirm(question));
  const words = dialog.querySelector("[data-question]");
  if (words) words.textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}

function isBeside(dialog: HTMLDialogElement, { clientX, clientY }: MouseEvent): boolean {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}
