// [data-drop]: files dropped on the zone go to its file field; names and sizes are shown.

export function watchDropZones(): void {
  for (const name of ["dragover", "dragleave", "drop"] as const) {
    document.addEventListener(name, (event) => {
      const zone = (event.target as Element).closest?.<HTMLElement>("[data-drop]");
      if (!zone) return;
      event.preventDefault();
      zone.classList.toggle("over", name === "dragover");
      const input = zone.querySelector<HTMLInputElement>("input[type=file]");
      if (name === "drop" && input && event.dataTransfer?.files.length) {
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }
  document.addEventListener("change", (event) => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== "file") return;
    const list = input.closest("[data-drop]")?.querySelector("[data-drop-files]");
    list?.replaceChildren(
      ...Array.from(input.files ?? [], (file) => {
        const item = document.createElement("li");
        item.textContent = `${file.name} · ${size(file.size)}`;
        return item;
      }),
    );
  });
}

function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}
