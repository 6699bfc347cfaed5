// [data-print]: prints the page. Hidden until there is a script that does it.

export function watchPrinting(): void {
  const show = (root: ParentNode) => root.querySelectorAll<HTMLElement>("[data-print]").forEach((button) => (button.hidden = false));
  show(document);
  document.addEventListener("click", (event) => {
    if ((event.target as Element).closest("[data-print]")) window.print();
  });
}
